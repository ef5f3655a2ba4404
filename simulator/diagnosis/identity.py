"""Is the certificate for the name in the URL? (RFC 9525, RFC 5280 §4.2.1.6)

Law: only DNS and IP identifiers in subjectAltName count, each for its own kind of reference. `*` is a whole leftmost
label, with at least two labels behind it. The common name never counts, except as the fallback of a client that was
measured to have it (trait "common-name-fallback").
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from simulator.diagnosis import names
from simulator.diagnosis.certificate import Certificate
from simulator.diagnosis.constraints import address
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.general_names import DNS, IP
from simulator.diagnosis.plain import clean, listed


class Reference(NamedTuple):
    """What the client looks for: an IP address (packed), or a host name as it stands in the DNS (A-labels)."""

    text: str
    host: bytes
    ip: bytes | None


@lru_cache(maxsize=256)
def reference(text: str, keep_dot: bool) -> Reference:
    """The reference identifier for the host of a URL. requests takes trailing dots off, the standard library keeps them
    (`keep_dot`). A name in other scripts becomes A-labels (RFC 5891)."""
    host = text.partition("%")[0] if ":" in text else text
    ip = ip_address(host.strip("[]"))
    if ip is not None:
        return Reference(host.strip("[]"), b"", ip)
    if not keep_dot:
        host = host.rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = ""
    return Reference(clean(host), host.encode("ascii"), None)


def ip_address(text: str) -> bytes | None:
    """The packed address that this text spells; None where it spells none."""
    if ":" in text:
        from ipaddress import AddressValueError, IPv6Address

        try:
            return IPv6Address(text).packed
        except AddressValueError:
            return None
    parts = text.split(".")
    if len(parts) != 4 or not all(p.isascii() and p.isdigit() and len(p) < 4 and int(p) < 256 for p in parts):
        return None
    return bytes(int(p) for p in parts)


def matches(pattern: bytes, host: bytes) -> bool:
    """Whether a presented DNS identifier covers this host name: letters without case, `*` for one whole label."""
    if not pattern or b"\0" in pattern:
        return False
    pattern, host = pattern.lower(), host.lower()
    if pattern[:2] == b"*." and _is_wildcard(pattern):
        label, dot, rest = host.partition(b".")
        return bool(dot) and dot + rest == pattern[1:] and (label == b"*" or _plain_label(label))
    return pattern == host


def _plain_label(label: bytes) -> bool:
    return bool(label) and label.isascii() and label.replace(b"-", b"0").isalnum()


def _is_wildcard(pattern: bytes) -> bool:
    """Whether what follows the star is at least two well-formed labels; else OpenSSL takes the star for a letter."""
    labels = pattern[2:].split(b".")
    return len(labels) > 1 and all(_plain_label(x) and x[:1] != b"-" and x[-1:] != b"-" for x in labels)


def faults(leaf: Certificate, wanted: Reference, fallback: bool) -> list[Fault]:
    """Why this end entity is not for that name; empty where it is. `fallback`: the client looks at the common name
    where there is no DNS identifier."""
    presented = leaf.x.names or ()
    hosts = [value for tag, value in presented if tag == DNS]
    addresses = [value for tag, value in presented if tag == IP]
    odd = [host for host in hosts if _malformed(host)]
    if wanted.ip is not None:
        if wanted.ip in addresses:
            return []
        return _no_ip(leaf, wanted, hosts, addresses)
    if any(matches(host, wanted.host) for host in hosts):
        return [_malformed_san(odd, refuses=False)] if odd else []
    common = [names.decoded(tag, value) for tag, value in leaf.subject.values(names.COMMON_NAME)]
    by_common_name = fallback and not hosts and any(matches(text.encode(), wanted.host) for text in common)
    refuses = not by_common_name
    if not hosts and not addresses:
        return [Fault("missing-san", 62, 0, "subjectAltName", wanted.text, _nameless(leaf, common, fallback), refuses)]
    found = [Fault("name-mismatch", 62, 0, "subjectAltName", wanted.text, presented_text(leaf), refuses)]
    stars = [host for host in hosts if _would_cover(host, wanted.host)]
    if stars:
        found.append(
            Fault(
                "wildcard-scope", 62, 0, "subjectAltName", f"{wanted.text}, or a wildcard one label above it",
                f"{listed(clean(star) for star in stars)}: {_scope(stars[0], wanted.host)}", refuses,
            )
        )  # fmt: skip
    if odd:
        found.append(_malformed_san(odd, refuses))
    return found


def presented_text(leaf: Certificate) -> str:
    """The identifiers of a certificate for people: "DNS:a, DNS:b and 9,998 more"."""
    texts = [
        f"DNS:{clean(value)}" if tag == DNS else f"IP:{address(value)}"
        for tag, value in leaf.x.names or ()
        if tag in (DNS, IP)
    ]
    return listed(texts) or "no name at all"


def _nameless(leaf: Certificate, common: list[str], fallback: bool) -> str:
    why = "no subjectAltName" if leaf.x.names is None else "no host name or address in subjectAltName"
    if not common:
        return f"no name at all: {why}"
    looked = "is looked at by few clients" if fallback else "is not looked at"
    return f"no name at all: {why} (CN={clean(common[-1], 64)} {looked})"


def _no_ip(leaf: Certificate, wanted: Reference, hosts: list[bytes], addresses: list[bytes]) -> list[Fault]:
    if not hosts and not addresses:
        common = [names.decoded(tag, value) for tag, value in leaf.subject.values(names.COMMON_NAME)]
        return [Fault("missing-san", 64, 0, "subjectAltName", f"IP:{wanted.text}", _nameless(leaf, common, False))]
    found = [Fault("ip-not-in-san", 64, 0, "subjectAltName", f"IP:{wanted.text}", presented_text(leaf))]
    if any(ip_address(host.decode("latin-1").strip("[]")) == wanted.ip for host in hosts if len(host) < 48):
        found.append(
            Fault(
                "ip-in-dns-name",
                64,
                0,
                "subjectAltName",
                f"IP:{wanted.text}",
                f"DNS:{wanted.text}, an address spelled as a host name",
            )
        )
    odd = [host for host in hosts if _malformed(host)]
    return [*found, _malformed_san(odd, True)] if odd and not found[1:] else found


def _malformed(host: bytes) -> str:
    """What is wrong with a DNS identifier as such; "" where nothing is."""
    if ip_address(host.decode("latin-1").strip("[]")) is not None if len(host) < 48 else False:
        return ""  # an address in the wrong place is a finding of its own
    for sign, what in (
        (b"://", "a URL"),
        (b"/", "a path"),
        (b"@", "a mailbox"),
        (b":", "a port"),
        (b"\0", "a zero byte"),
    ):
        if sign in host:
            return what
    if not host or host.isspace():
        return "an empty name"
    if not host.isascii():
        return "letters that are not A-labels"
    if host.endswith(b".") or host.startswith(b".") or b".." in host:
        return "a dot too many"
    return "a space" if b" " in host else ""


def _malformed_san(odd: list[bytes], refuses: bool) -> Fault:
    shown = listed(f"DNS:{clean(host) or '(empty)'} ({_malformed(host)})" for host in odd)
    return Fault("malformed-san", 62, 0, "subjectAltName", "host names alone, as they stand in the DNS", shown, refuses)


def _would_cover(pattern: bytes, host: bytes) -> bool:
    """Whether somebody who takes `*` for anything at all would expect this pattern to cover the host."""
    pattern, host = pattern.lower(), host.lower()
    if b"*" not in pattern or _malformed(pattern):
        return False
    if pattern.startswith(b"*.") and pattern[2:] == host:
        return True
    parts = pattern.split(b"*")
    if not host.startswith(parts[0]) or not host.endswith(parts[-1]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        at = host.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return at <= len(host) - len(parts[-1])


def _scope(pattern: bytes, host: bytes) -> str:
    pattern = pattern.lower()
    if pattern[:2] != b"*." or b"*" in pattern[1:]:
        return "a star stands only for a whole first label"
    if b"." not in pattern[2:]:
        return "a star directly under a top-level name covers nothing"
    if pattern[2:] == host.lower():
        return "a star does not cover the name without its label"
    return "a star stands for one label, not for two"
