"""Which host was asked for. Law: what a client says of its own request wins over any address that merely stands near.

Pages of help, licence texts and mirrors are addresses too; a host that is nobody's public site has other causes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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
    # What nginx asked; `host:` is what its visitor wanted.
    ('upstream: "https', r"ssl handshaking to upstream.{0,600}?upstream: \"https?://([^/:\"]+):?(\d*)"),
    ("information from", r"steal your information from\s+([a-z0-9-]+(?:\.[a-z0-9-]+)+)"),
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
_HOUSES = frozenset(("google", "amazon", "yahoo", "ebay"))
_COUNTRY = 2
"""Letters of a country's domain."""
_LONGEST_NAME = 253
"""Of a host, by DNS; what is longer is no host, and taking it apart is slow."""
PLACEHOLDER = r"[{}%$<>()]"


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
    if any(".".join(parts[index:]) in public for index in range(len(parts) - 1)) or _everywhere(parts):
        return "public" if _TENANTS.isdisjoint(parts) else "other"
    return "other"


def _everywhere(parts: Sequence[str]) -> bool:
    """Houses that have their name in every country: google.de, amazon.co.uk."""
    return not _HOUSES.isdisjoint(parts[-3:-1]) and len(parts[-1]) == _COUNTRY


def is_private_address(host: str) -> bool:
    """An address of a network that is somebody's own."""
    return bool(re.match(_PRIVATE_IP, host)) or host in {"::1", "[::1]"}


def target(low: str, at: int, data: Mapping[str, Any]) -> tuple[str | None, str, str]:
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
    host = _public_name(low, data)
    if host:
        return f"https://{host}/", host, ""
    for needle, implied in data["speaks_to"].items():
        # "pip install numpy" names no host, and everybody knows which one is asked.
        if needle in low:
            return None, implied, ""
    return None, "", ""


def _public_name(low: str, data: Mapping[str, Any]) -> str:
    """A site that everybody knows, named without a URL; where it is no page of help."""
    public = data["public"]
    for match in re.finditer(_NAME, low):
        if len(match[0]) > _LONGEST_NAME:
            continue
        parts = match[0].split(".")
        if any(".".join(parts[index:]) in public for index in range(len(parts) - 1)) or _everywhere(parts):
            if any(mark in match[0] for mark in data["not_the_target"]):
                continue
            return match[0]
    return ""


def _named_host(low: str, at: int) -> tuple[str, str] | None:
    flat = low.replace("\n", " ")
    for needle, pattern in _HOSTS:
        if needle not in flat:
            continue
        found: re.Match[str] | None = None
        for match in re.finditer(pattern, low):
            # The last one before the decisive clause, or the first after it.
            if found is not None and match.start() > at:
                break
            # A traceback shows source lines too: f"hostname {hostname!r} doesn't match" names nobody.
            if not re.search(PLACEHOLDER, match[1]):
                found = match
        if found is not None:
            return found[1].strip("."), found[2] if found.re.groups > 1 else ""
    return None
