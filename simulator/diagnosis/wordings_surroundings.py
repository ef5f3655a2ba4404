"""Reads what stands around an error: the speaker, the URL, products, variables, names. Law: facts, no verdicts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from simulator.diagnosis.wordings_text import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


_URL = (
    r"\b(https?|wss?|ldaps?|postgres(?:ql)?|grpcs?)://(?:[^\s/@'\"<>|]+@)?"
    r"(\[[0-9a-f:.]+\]|[a-z0-9_*.-]+)(:\d{1,5})?(/[^\s'\"<>|)\]},;\\]*)?"
)
_NAME = r"(?<![a-z0-9_./@-])[a-z0-9-]+(?:\.[a-z0-9-]+)+(?![a-z0-9-])"
_IP = r"\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f]*:[0-9a-f:.]+\]?"
_PRIVATE_IP = r"10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|127\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\."

# (words without which the pattern cannot match, the pattern: host, then port or nothing). The first match wins, so
# what a client says about the host it asked for comes before what may be any host.
_HOSTS: tuple[tuple[str, str], ...] = (
    ("connectionpool(", r"connectionpool\(\s*host='([^'\s]+)',\s+port=(\d+)"),
    ("cannot connect to host", r"cannot connect to host\s+([a-z0-9_.\[\]:-]+?):(\d+)\s+ssl"),
    ("not valid for", r"not valid for\s+'([^'\s]+)'"),
    ("doesn't match", r"hostname\s+u?['\"]?([^'\"\s]+)['\"]?\s+doesn't match"),
    ("host name", r"(?:target|requested)\s+host\s+name\s+'([^'\s]+)'"),
    ("matches target", r"matches target ipv[46] address\s+'([^'\s]+)'"),
    ("does not match hostname", r"does not match hostname\s+'([^'\s]+)'"),
    ("certificate of", r"certificate of\s+'([^'\s]+)'"),
    ("is not in", r"host:\s+([a-z0-9_.-]+?)\.?\s+is\s+not"),
    ("is not cert's", r"host:\s+([a-z0-9_.-]+?)\.?\s+is\s+not"),
    ("is not in", r"ip:\s+([0-9a-f:.]+)\s+is\s+not\s+in"),
    ("wanted to match", r"wanted to match\s+([a-z0-9_.-]*[a-z0-9])"),
    (", not ", r"certificate is valid for\s.{1,2000}?,\s+not\s+([a-z0-9_.:-]*[a-z0-9])"),
    ("cannot validate certificate", r"cannot validate certificate for\s+(\S+)\s+because"),
    ("matching", r"no (?:name|subject alternative dns name) matching\s+(\S+)\s+found"),
    ("matching ip", r"matching ip address\s+(\S+)\s+found"),
    ("certificate for <", r"certificate for\s+<([^>\s]+)>"),
    ("didn't match: <", r"certificate didn't match:\s+<([^>\s]+)>"),
    ("not verified", r"hostname\s+(\S+)\s+not verified"),
    ("does not match host name", r"does not match host name\s+\"([^\"\s]+)\""),
    ("does not match the server", r"hostname\s+\"?([^\"\s]+)\"?\s+does not match the server"),
    ("did not match expected", r"expected cn=.([^'`\s]+)'"),
    ("not valid for name", r"certificate not valid for name\s+\"([^\"\s]+)\""),
    ("cannot verify", r"cannot verify\s+([a-z0-9_.-]+)'s\s+certificate"),
    ("-connect", r"-connect\s+([a-z0-9_.\[\]-]+):(\d+)"),
    ("could not resolve host", r"could not resolve host:\s+([a-z0-9_.-]+)"),
    ("notfound", r"enotfound\s+([a-z0-9_.-]+)"),
    ("lookup", r"lookup\s+([a-z0-9_.-]+)"),
    ("connected to", r"connected to\s+([a-z0-9_.-]+)\s+\([^)]*\)\s+port\s+(\d+)"),
    ("dial tcp", r"dial tcp\s+([0-9.]+):(\d+)"),
    (
        "connect",
        r"connect(?:ing)?\s+to\s+(localhost|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,12})(?:\s+port\s+|:)(\d+)",
    ),
    ("host", r"\bhost\s*[=:]\s*[\"']?(localhost|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,12})\b"),
    ("depth=0", r"depth=0[^\n]*cn ?= ?([a-z0-9.*-]+)"),
    (" 0 s:", r"\n 0 s:[^\n]*cn ?= ?([a-z0-9.*-]+)"),
    (":443", r"\b(localhost|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,12}):(443)\b"),
)
_NAMES: tuple[tuple[str, str], ...] = (
    ("doesn't match", r"doesn't match\s+(?:either of\s+)?((?:u?'[^']*'(?:,\s*)?)+)"),
    ("is valid for", r"certificate is valid for\s+(.{1,2000}?),\s+not\s"),
    ("cert's altnames", r"in the cert's altnames:\s+([^\n\[\]]*)"),
    ("cert's list", r"in the cert's list:[ ]?([^\n\[\]]*)"),
    ("cert's cn", r"is not cert's cn:\s+(\S+)"),
    ("alternative names", r"subject alternative names:\s+\[([^\]]{0,2000})\]"),
    ("subjectaltnames", r"subjectaltnames:\s+\[([^\]]{0,2000})\]"),
    ("certificate subject:", r"certificate subject:\s+([^\n>]*)"),
    ("certificate subject name", r"certificate subject name\s+'?([^'\n]*?)'?\s+does not match"),
    ("certificate common name", r"certificate common name\s+'([^'\n]*)'"),
    ("only valid for", r"only valid for\s+([^\n(]*)"),
    ("server certificate for", r"server certificate for\s+\"([^\"]*)\""),
    ("peer certificate cn", r"peer certificate cn=.([^'\n]*)'"),
    ("following names", r"following names:\s+([^\n]*)"),
    ("didn't match", r"didn't match:\s+<[^>]*>\s+!=\s+(<[^\n]*)"),
)
_BUNDLE = (
    r"(?:verify\s?=\s?|ca_?file\s?[=:]\s?|ca_certs\s?=\s?|--ca-?cert(?:ificate)?[=\s]|--ca[=\s]|invalid path:\s?|"
    r"sslrootcert\s?[=\s]|sslcainfo[=\s]|locations:\s?|loaded ca certificate |certificate file:\s?|"
    r"_ca_bundle['\"]?\]?\s?[=:]\s?|"
    r"ssl_cert_(?:file|dir)['\"]?\]?\s?[=:]\s?|pip_cert\s?=\s?|--cert[=\s]|root certificate file )"
    r"r?['\"]?([^\s'\"),;]{0,300}?[/\\.][^\s'\"),;]{1,300})"
)
_INSIDE = frozenset(
    (
        "corp",
        "lab",
        "internal",
        "intern",
        "int",
        "intra",
        "intranet",
        "lan",
        "local",
        "priv",
        "private",
        "svc",
        "onprem",
    )
)
_TENANTS = frozenset(("compute", "compute-1", "rds", "cache", "elb", "eks", "docdb", "cloudapp", "kafka", "msk", "es"))
"""Parts of names under a cloud's own domain that belong to its customers: their certificates are their own affair."""
_LONGEST_NAME = 253
"""Of a host, by DNS; what is longer is no host, and taking it apart is slow."""
_PLACEHOLDER = r"[{}%$<>()]"
_ASKED = r"\bip: \S+|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
_SENT = r"\n *(\d+) s:([^\n]*)\n\s*i:([^\n]*)"


class Surroundings:
    """What the text tells beside the error itself."""

    __slots__ = ("bundle", "client", "facts", "host", "kind", "names", "url")

    @property
    def port(self) -> str:
        """Of the URL, or "" where it names none."""
        tail = (self.url or "").partition("://")[2].partition("/")[0].rpartition("]")[2]
        return tail.rpartition(":")[2] if ":" in tail else ""

    def __init__(
        self,
        *,
        client: str,
        url: str | None,
        host: str,
        kind: str,
        bundle: str,
        names: tuple[str, ...],
        facts: Mapping[str, str],
    ) -> None:
        self.client = client
        self.url = url
        self.host = host
        self.kind = kind
        """Of the host: "", localhost, ip, private, public (a site that everybody knows), other."""
        self.bundle = bundle
        """A file or directory of certificates that the text names."""
        self.names = names
        """What the certificate is said to be for, where the text says it."""
        self.facts = facts
        """Each fact with the words that show it."""


def surroundings(reading: Reading, at: int, data: Mapping[str, Any]) -> Surroundings:
    """Everything around the place of the decisive clause."""
    low = reading.low
    url, host, scheme = _target(low, at, data)
    kind = kind_of(host, data)
    facts: dict[str, str] = {}
    # `s_client` always prints this line; it says that none is wanted.
    shown = " ".join(low.split()).replace("no client certificate ca names sent", "")
    for fact, needles in data["surroundings"].items():
        for needle in needles:
            if needle in shown:
                facts[fact] = needle.strip()
                break
    if "handshakingtoupstream" in reading.squash:
        # nginx is the client here, whatever else its log says.
        facts.pop("server-side", None)
    if scheme == "http":
        facts["plain-url"] = "http://"
    bundle = _bundle(low)
    if "certifi" in bundle:
        facts["certifi-path"] = "certifi"
    if bundle.endswith(("/", "/certs")):
        facts["directory"] = bundle
    asked = re.search(_ASKED, low[at : at + 300])
    if asked is not None:
        facts["ip-asked"] = asked[0]
    _chain(low, facts)
    client = _speaker(low, reading.raw, data)
    return Surroundings(
        client=client, url=url, host=host, kind=kind, bundle=bundle, names=_certificate_names(low), facts=facts
    )


def kind_of(host: str, data: Mapping[str, Any]) -> str:
    """Which sort of host it is; a site that everybody knows does not have a private CA."""
    if not host:
        return ""
    if host in {"localhost", "127.0.0.1", "::1", "[::1]", "host.docker.internal"} or host.endswith(".localhost"):
        return "ip" if host[:1] in "1[:" else "localhost"
    if re.fullmatch(_IP, host):
        return "ip"
    parts = host[:_LONGEST_NAME].split(".")
    if len(parts) == 1 or host.endswith(tuple(data["private"])) or not _INSIDE.isdisjoint(parts[:-2]):
        return "private"
    public = data["public"]
    if any(".".join(parts[index:]) in public for index in range(len(parts) - 1)):
        return "public" if _TENANTS.isdisjoint(parts) else "other"
    return "other"


def is_private_address(host: str) -> bool:
    """An address of a network that is somebody's own."""
    return bool(re.match(_PRIVATE_IP, host)) or host in {"::1", "[::1]"}


def _target(low: str, at: int, data: Mapping[str, Any]) -> tuple[str | None, str, str]:
    """The URL that was asked for, its host and scheme: nearest before the decisive clause, pages of help left out."""
    skipped: Sequence[str] = data["not_the_target"]
    best: tuple[int, str, str, str] | None = None
    for match in re.finditer(_URL, low):
        if any(mark in match[0][match[0].index("://") + 3 :] for mark in skipped):
            continue
        distance = at - match.start() if match.start() <= at else (match.start() - at) * 2
        if best is None or distance < best[0]:
            best = distance, match[0].rstrip(".:"), match[2].strip("."), match[1]
    named = _named_host(low, at)
    if named is not None:
        host, port = named
        if best is not None and best[2] == host:
            url = best[1]
        elif port and port != "443":
            url = f"https://{host}:{port}/"
        else:
            url = f"https://{host}/" if ":" not in host or host.startswith("[") else f"https://[{host}]/"
        return url, host, best[3] if best is not None and best[2] == host else ""
    if best is not None:
        return best[1], best[2], best[3]
    public = data["public"]
    for match in re.finditer(_NAME, low):
        if len(match[0]) > _LONGEST_NAME:
            continue
        parts = match[0].split(".")
        if any(".".join(parts[index:]) in public for index in range(len(parts) - 1)):
            if any(mark in match[0] for mark in skipped):
                continue
            return f"https://{match[0]}/", match[0], ""
    for needle, implied in data["speaks_to"].items():
        # "pip install numpy" names no host, and everybody knows which one is asked.
        if needle in low:
            return None, implied, ""
    return None, "", ""


def _named_host(low: str, at: int) -> tuple[str, str] | None:
    for needle, pattern in _HOSTS:
        if needle not in low:
            continue
        found: re.Match[str] | None = None
        for match in re.finditer(pattern, low):
            # The last one before the decisive clause, or the first after it.
            if found is not None and match.start() > at:
                break
            # A traceback shows source lines too: f"hostname {hostname!r} doesn't match" names nobody.
            if not re.search(_PLACEHOLDER, match[1]):
                found = match
        if found is not None:
            return found[1].strip("."), found[2] if found.re.groups > 1 else ""
    return None


def _certificate_names(low: str) -> tuple[str, ...]:
    for needle, pattern in _NAMES:
        if needle not in low:
            continue
        for match in re.finditer(pattern, low):
            inside = match[1]
            if re.search(_PLACEHOLDER, inside):
                continue
            found = re.split(r"[\s,'\"<>\[\]]+|\bor\b|\band\b|(?<![a-z0-9])u(?=')", inside)
            names = [name.removeprefix("dns:").removeprefix("dnsname(").rstrip(")") for name in found]
            return tuple(name for name in names if name and name not in {"dns", "ip", "address", "address:"}) or ("",)
    return ()


def _bundle(low: str) -> str:
    if not any(word in low for word in ("verify", "ca", "cert", "path")):
        return ""
    match = re.search(_BUNDLE, low)
    return match[1] if match is not None else ""


def _chain(low: str, facts: dict[str, str]) -> None:
    """What `openssl s_client` shows of the chain: how deep the error stands, how many certificates were sent."""
    if "depth" in low:
        for match in re.finditer(r"depth=(\d+)[^\n]*\n\s*verify error|error \d+ at (\d+) depth", low):
            depth = match[1] or match[2]
            facts.setdefault("depth", depth)
            break
    if " s:" in low:
        sent = {match[1] for match in re.finditer(_SENT, low)}
        if sent:
            facts["sent"] = str(len(sent))
            if any(match[2].strip() == match[3].strip() for match in re.finditer(_SENT, low)):
                facts["self-issued"] = "subject and issuer are the same"


def _speaker(low: str, raw: str, data: Mapping[str, Any]) -> str:
    """Who says it; a tool stands before the library that it uses."""
    for client, needles in data["speakers"].items():
        for needle in needles:
            if needle in low or needle in raw:
                return str(client)
    return ""
