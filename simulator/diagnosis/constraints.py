"""Name constraints (RFC 5280 §4.2.1.10), as OpenSSL 3.0 applies them: those of every CA above, the anchor's too.

Law: bounded work. Names times constraints beyond 2^20 are refused unread, as OpenSSL refuses them.
"""

from __future__ import annotations

from simulator.diagnosis import names
from simulator.diagnosis.certificate import Certificate
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.general_names import (
    DIRECTORY,
    DNS,
    EMAIL,
    IP,
    OTHER,
    URI,
    GeneralName,
    NameConstraints,
    Subtree,
)
from simulator.diagnosis.plain import clean, listed

MOST = 1 << 20
OK, UNSPECIFIED, OUTSIDE, EXCLUDED, RANGE, TYPE, NAME_SYNTAX = 0, 1, 47, 48, 49, 51, 53
_KINDS = {DNS: "DNS", EMAIL: "email", DIRECTORY: "directory name", URI: "URI", IP: "IP address"}
_WHY = {
    UNSPECIFIED: "too many names and constraints to compare",
    RANGE: "a constraint with a minimum or maximum, which no client supports",
    TYPE: "a constraint of a kind that clients do not support",
    NAME_SYNTAX: "a name that cannot be compared",
}


def faults(chain: tuple[Certificate, ...], common_name: bool) -> list[Fault]:
    """Faults of the whole path in OpenSSL's order. `common_name`: the client takes a CN for a host name where the end
    entity has no DNS name, so constraints on DNS names hold for it too."""
    found: list[Fault] = []
    if all(certificate.x.name_constraints is None for certificate in chain):
        return found
    for at in range(len(chain) - 1, -1, -1):
        subject = chain[at]
        if at and subject.self_issued:
            continue
        for above in range(len(chain) - 1, at, -1):
            limits = chain[above].x.name_constraints
            if limits is None:
                continue
            code, offender = _check(subject, limits)
            if not code and at == 0 and common_name and not any(tag == DNS for tag, _ in subject.x.names or ()):
                code, offender = _check_common_names(subject, limits)
            if code:
                found.append(_fault(code, at, offender, limits, chain[above]))
    return found


def _fault(code: int, at: int, offender: GeneralName, limits: NameConstraints, issuer: Certificate) -> Fault:
    kind = offender[0]
    if code in (OUTSIDE, EXCLUDED):
        trees = limits.permitted if code == OUTSIDE else limits.excluded
        allowed = listed([_shown(tree.base) for tree in trees if tree.base[0] == kind])
        verb = "a name within" if code == OUTSIDE else "no name within"
        expected = f"{verb} {allowed} ({issuer.label} may sign no other)"
        seen = f"{_KINDS.get(kind, 'another kind of name')} {_shown(offender)}"
    else:
        expected, seen = "constraints that clients can apply", _WHY[code]
    return Fault("name-constraint-violated", code, at, "nameConstraints", expected, seen)


def _shown(name: GeneralName) -> str:
    kind, value = name
    if kind == DIRECTORY:
        return names.name(value).text
    if kind == IP:
        half = len(value) // 2
        parts = (value[:half], value[half:]) if len(value) in (8, 32) else (value,)
        return "/".join(address(part) for part in parts)
    return clean(value, 80) or "(everything)"


def address(value: bytes) -> str:
    """An IP address of 4 or 16 bytes in its usual spelling; else in hexadecimal."""
    if len(value) == 4:
        return ".".join(str(byte) for byte in value)
    if len(value) == 16:
        from ipaddress import IPv6Address

        return str(IPv6Address(value))
    return clean(value[:16].hex(" ")) or "no bytes at all"


def _check(subject: Certificate, limits: NameConstraints) -> tuple[int, GeneralName]:
    alternative = subject.x.names or ()
    count = len(subject.subject.attributes) + len(alternative)
    nothing = (DNS, b"")
    if count and len(limits.permitted) + len(limits.excluded) > MOST // count:
        return UNSPECIFIED, nothing
    if subject.subject.attributes:
        whole = (DIRECTORY, subject.subject_der)
        code = _match(whole, limits)
        if code:
            return code, whole
        for tag, value in subject.subject.values(names.EMAIL_ADDRESS):
            if tag != names.IA5:
                return NAME_SYNTAX, (EMAIL, value)
            code = _match((EMAIL, value), limits)
            if code:
                return code, (EMAIL, value)
    for name in alternative:
        code = _match(name, limits)
        if code:
            return code, name
    return OK, nothing


def _check_common_names(subject: Certificate, limits: NameConstraints) -> tuple[int, GeneralName]:
    for tag, value in subject.subject.values(names.COMMON_NAME):
        text = names.decoded(tag, value).encode().rstrip(b"\0")
        if b"\0" in text:
            return NAME_SYNTAX, (DNS, text)
        if _like_a_host(text):
            code = _match((DNS, text), limits)
            if code:
                return code, (DNS, text)
    return OK, (DNS, b"")


def _like_a_host(text: bytes) -> bool:
    """At least two labels of letters, digits, hyphens and underscores: else OpenSSL takes a CN for a mere title."""
    labels = text.split(b".")
    return len(labels) > 1 and all(
        label
        and label.replace(b"-", b"").replace(b"_", b"").isalnum()
        and label.isascii()
        and label[:1] != b"-"
        and label[-1:] != b"-"
        for label in labels
    )


def _match(name: GeneralName, limits: NameConstraints) -> int:
    seen = inside = False
    for tree in limits.permitted:
        if _same_kind(name, tree.base):
            if not tree.plain:
                return RANGE
            seen = True
            if not inside:
                code = _single(name, tree)
                inside = code == OK
                if code not in (OK, OUTSIDE):
                    return code
    if seen and not inside:
        return OUTSIDE
    for tree in limits.excluded:
        if _same_kind(name, tree.base):
            if not tree.plain:
                return RANGE
            code = _single(name, tree)
            if code != OUTSIDE:
                return EXCLUDED if code == OK else code
    return OK


def _same_kind(name: GeneralName, base: GeneralName) -> bool:
    """Other names (RFC 5280's otherName) are of one kind only where their type is the same."""
    if name[0] != base[0] or name[0] != OTHER:
        return name[0] == base[0]
    length = 2 + name[1][1] if len(name[1]) > 1 else 0
    return name[1][:length] == base[1][:length]


def _single(name: GeneralName, tree: Subtree) -> int:
    kind, value = name
    base = tree.base[1]
    if kind == DNS:
        return OK if _dns_within(value, base) else OUTSIDE
    if kind == IP:
        return _ip_within(value, base)
    if kind == DIRECTORY:
        return OK if names.name(value).canonical.startswith(names.name(base).canonical) else OUTSIDE
    if kind == EMAIL:
        return _email_within(value, base)
    if kind == URI:
        return _uri_within(value, base)
    return TYPE


def _dns_within(value: bytes, base: bytes) -> bool:
    value, base = value.lower(), base.lower()
    if not base:
        return True
    if not value.endswith(base):
        return False
    return len(value) == len(base) or base[:1] == b"." or value[-len(base) - 1 : -len(base)] == b"."


def _ip_within(value: bytes, base: bytes) -> int:
    if len(value) not in (4, 16) or len(base) not in (8, 32):
        return NAME_SYNTAX
    if 2 * len(value) != len(base):
        return OUTSIDE
    net, mask = base[: len(value)], base[len(value) :]
    return OK if all(a & m == b & m for a, b, m in zip(value, net, mask, strict=True)) else OUTSIDE


def _email_within(value: bytes, base: bytes) -> int:
    local, at, host = value.rpartition(b"@")
    if not at:
        return NAME_SYNTAX
    if b"@" not in base and base[:1] == b".":
        return OK if len(value) > len(base) and value.lower().endswith(base.lower()) else OUTSIDE
    base_local, base_at, base_host = base.rpartition(b"@")
    if base_at and base_local and base_local != local:
        return OUTSIDE
    return OK if host.lower() == base_host.lower() else OUTSIDE


def _uri_within(value: bytes, base: bytes) -> int:
    _, colon, rest = value.partition(b":")
    if not colon or not rest.startswith(b"//"):
        return NAME_SYNTAX
    host = rest[2:].split(b"/")[0].split(b":")[0]
    if not host:
        return NAME_SYNTAX
    host, base = host.lower(), base.lower()
    if base[:1] == b".":
        return OK if len(host) > len(base) and host.endswith(base) else OUTSIDE
    return OK if host == base else OUTSIDE
