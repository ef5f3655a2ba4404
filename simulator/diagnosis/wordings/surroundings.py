"""Reads what stands around an error: the speaker, the URL, products, variables, names. Law: facts, no verdicts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from simulator.diagnosis.wordings.target import PLACEHOLDER, kind_of, target
from simulator.diagnosis.wordings.text import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


_NAMES: tuple[tuple[str, str], ...] = (
    ("doesn't match", r"doesn't match\s+(?:either of\s+)?((?:u?'[^']*'(?:,\s*)?)+)"),
    ("'dns', '", r"\('dns', '([^'\n]*)'\)"),
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
    r"(?:verify\s?=\s?|ca_?file\s?[=:]\s?|ca_certs\s?=\s?|--ca-?cert(?:ificate)?[=\s]|--ca[=\s]|invalid\s?path:\s?|"
    r"sslrootcert\s?[=\s]|sslcainfo[=\s]|locations:\s?|loaded ca certificate |certificate file:\s?|"
    r"_ca_bundle['\"]?\]?\s?[=:]\s?|"
    r"ssl_cert_(?:file|dir)['\"]?\]?\s?[=:]\s?|pip_cert\s?=\s?|--cert[=\s]|root certificate file )"
    r"r?['\"]?([^\s'\"),;]{0,300}?[/\\.][^\s'\"),;]{1,300})"
)
_PROXIED = r"prox[^\n]{0,160}['\"]?https['\"]?[ ]?:[ ]?['\"]https://|https_proxy[ ]?=[ ]?['\"]?https://|proxymanager\(['\"]https://"
"""A proxy for https:// URLs that is itself named by an https:// URL: nearly always a slip for http://."""
_ASKED = r"\bip: \S+|(?<!client: )(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
_ROOT_NAMED = r"\bcn ?= ?[^\n/,]{0,40}\broot\b[^\n]*\n?[^\n]*\berror"
_ROOT_ENDED = (
    r"\b2021-(?:09-30|1[0-2])|\b2020-0(?:5-3[01]|6)|\b30(?:th)? sep[a-z]* 2021|\bsep[a-z]* 30(?:th)?,? 2021|"
    r"\boct[a-z]* \d{1,2}(?:th)?,? 2021"
)
"""The weeks after the ends of DST Root CA X3 (30 September 2021) and of AddTrust External CA Root (30 May 2020)."""
_SENT = r"\n *(\d+) s:([^\n]*)\n\s*i:([^\n]*)"


class Surroundings:
    """What the text tells beside the error itself."""

    __slots__ = ("bundle", "client", "facts", "host", "kind", "names", "told", "url")

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
        told: str,
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
        self.told = told
        """The finding that a site for tests bears in its name (expired.badssl.com), or ""."""


def surroundings(reading: Reading, at: int, data: Mapping[str, Any]) -> Surroundings:
    """Everything around the place of the decisive clause."""
    low = reading.low
    url, host, scheme = target(low, at, data)
    kind = kind_of(host, data)
    facts: dict[str, str] = {}
    # `s_client` always prints this line; it says that none is wanted.
    both = f"{low}\n{reading.raw}" if reading.glued else low
    shown = " ".join(both.split()).replace("no client certificate ca names sent", "")
    for fact, needles in data["surroundings"].items():
        for needle in needles:
            if needle in shown and _begins_a_word(needle, shown):
                facts[fact] = needle.strip()
                break
    daemon = next((name for name in data["daemons"] if name in reading.raw), None)
    if daemon is not None:
        facts.setdefault("server-side", daemon.rstrip("["))
    if "handshakingtoupstream" in reading.squash:
        # nginx is the client here, whatever else its log says.
        facts.pop("server-side", None)
    if scheme == "http":
        facts["plain-url"] = "http://"
    bundle = _bundle(both)
    if "certifi" in bundle and "cacert.pem" in bundle:
        facts["certifi-path"] = "certifi"
    proxied = re.search(_PROXIED, low)
    if proxied is not None:
        facts["proxy-url"] = proxied[0][-24:]
    if bundle.endswith(("/", "/certs")):
        facts["directory"] = bundle
    asked = re.search(_ASKED, low[at : at + 300])
    if asked is not None:
        facts["ip-asked"] = asked[0]
    _chain(low, facts)
    if re.search(_ROOT_NAMED, low):
        facts["root-named"] = "root"
    ended = re.search(_ROOT_ENDED, low) if "202" in low else None
    if ended is not None:
        facts["root-ended"] = ended[0]
    client = _speaker(low, reading.raw, data)
    return Surroundings(
        client=client,
        url=url,
        host=host,
        kind=kind,
        bundle=bundle,
        names=_certificate_names(low),
        facts=facts,
        told=next((finding for word, finding in data["telling"].items() if word in host), ""),
    )


def _begins_a_word(needle: str, text: str) -> bool:
    """No product and no fact stands in the middle of a word: "reset by peer" names no ESET."""
    if not needle[0].isalnum():
        return True
    at = text.find(needle)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(needle, at + 1)
    return at >= 0


def _certificate_names(low: str) -> tuple[str, ...]:
    flat = low.replace("\n", " ")
    for needle, pattern in _NAMES:
        if needle not in flat:
            continue
        for match in re.finditer(pattern, low):
            inside = match[1]
            if re.search(PLACEHOLDER, inside):
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
            if needle in raw or (needle in low and _begins_a_word(needle, low)):
                return str(client)
    return ""
