"""The extensions of one certificate (RFC 5280 §4.2), decoded as OpenSSL 3.0 decodes them.

Law: an extension that cannot be decoded, or stands there twice, is an entry in `broken`; the others are still read. One
such entry makes OpenSSL take the certificate for nobody's subject and nobody's issuer.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.diagnosis import names, oids
from simulator.diagnosis.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    Malformed,
    bits,
    identifier,
    inside,
    integer,
    items,
    read,
)  # fmt: skip
from simulator.diagnosis.general_names import DIRECTORY, GeneralName, NameConstraints, Subtree, general_names, subtrees


class BasicConstraints(NamedTuple):
    """RFC 5280 §4.2.1.9."""

    ca: bool
    path_length: int | None
    critical: bool


class AuthorityKeyIdentifier(NamedTuple):
    """RFC 5280 §4.2.1.1; the issuer as a canonical name."""

    key_id: bytes | None
    issuer: bytes | None
    serial: int | None


class Extensions:
    """What the extensions say. A field is None where its extension is absent or broken."""

    def __init__(self, der: bytes, where: tuple[int, int] | None) -> None:
        self.present: dict[bytes, bool] = {}
        """Each extension's identifier, and whether it is critical."""
        self.broken: list[tuple[str, str]] = []
        """(Field, why) of each extension that is repeated or cannot be decoded."""
        self.repeated: list[bytes] = []
        self.constraints: BasicConstraints | None = None
        self.key_usage: int | None = None
        self.purposes: frozenset[bytes] | None = None
        self.netscape: int | None = None
        self.ski: bytes | None = None
        self.aki: AuthorityKeyIdentifier | None = None
        self.names: tuple[GeneralName, ...] | None = None
        self.name_constraints: NameConstraints | None = None
        self.proxy = False
        self.ca_issuers = False
        if where is not None:
            self._read(der, where)
        if self.proxy and (
            (self.constraints is not None and self.constraints.ca)
            or oids.SUBJECT_ALT_NAME in self.present
            or oids.ISSUER_ALT_NAME in self.present
        ):
            self.broken.append(("proxyCertInfo", "a proxy certificate that claims what no proxy certificate may"))

    @property
    def unhandled(self) -> list[bytes]:
        """Critical extensions that OpenSSL does not handle: it must refuse the certificate (RFC 5280 §4.2)."""
        return [oid for oid, critical in self.present.items() if critical and oid not in oids.HANDLED_WHEN_CRITICAL]

    @property
    def count(self) -> int:
        """How many different extensions there are."""
        return len(self.present)

    def _read(self, der: bytes, where: tuple[int, int]) -> None:
        found: list[tuple[bytes, bool, bytes]] = []
        try:
            tag, start, end = read(der, *where)
            if tag != SEQUENCE:
                raise Malformed("not a list")
            for _, first, last in items(der, start, end):
                found.append(_extension(der, first, last))
        except Malformed as error:
            self.broken.append(("extensions", f"cannot be read ({error})"))
        twice: list[bytes] = []
        for oid, critical, _ in found:
            if oid in self.present and oid not in twice:
                twice.append(oid)
            self.present[oid] = critical or self.present.get(oid, False)
        for oid, critical, value in found:
            decode = _DECODERS.get(oid)
            if decode is not None and oid not in twice:
                try:
                    decode(self, value, critical)
                except (Malformed, IndexError) as error:
                    self.broken.append((oids.NAMES[oid], f"cannot be read ({error})"))
        self.repeated = twice
        for oid in twice:
            # OpenSSL notices a repetition only where it decodes the extension.
            if oid in _DECODERS and oid != oids.AUTHORITY_INFORMATION:
                self.broken.append((oids.NAMES[oid], "stands there twice"))


def _extension(der: bytes, start: int, end: int) -> tuple[bytes, bool, bytes]:
    members = items(der, start, end)
    critical = False
    if len(members) == 3 and members[1][0] == BOOLEAN:
        critical = any(der[members[1][1] : members[1][2]])
        del members[1]
    if len(members) != 2 or members[1][0] != OCTET_STRING:
        raise Malformed("an extension that cannot be read")
    return identifier(der, members[0]), critical, der[members[1][1] : members[1][2]]


def _constraints(x: Extensions, value: bytes, critical: bool) -> None:
    members = inside(value)
    ca, path_length = False, None
    if members and members[0][0] == BOOLEAN:
        ca = any(value[members[0][1] : members[0][2]])
        members = members[1:]
    if members and members[0][0] == INTEGER:
        path_length = integer(value, members[0])
        members = members[1:]
    if members:
        raise Malformed("more than it may hold")
    if path_length is not None and path_length < 0:
        x.broken.append(("basicConstraints", "a negative path length"))
        path_length = None
    x.constraints = BasicConstraints(ca, path_length, critical)


def _bit_flags(value: bytes) -> int:
    tag, start, end = read(value, 0, len(value))
    if tag != BIT_STRING:
        raise Malformed("another type than expected")
    return int.from_bytes(bits(value, (tag, start, end))[:2], "little")


def _key_usage(x: Extensions, value: bytes, _critical: bool) -> None:
    x.key_usage = _bit_flags(value)
    if x.key_usage == 0:
        x.broken.append(("keyUsage", "permits nothing"))


def _netscape(x: Extensions, value: bytes, _critical: bool) -> None:
    x.netscape = _bit_flags(value) & 0xFF


def _purposes(x: Extensions, value: bytes, _critical: bool) -> None:
    members = inside(value)
    x.purposes = frozenset(identifier(value, member) for member in members)


def _ski(x: Extensions, value: bytes, _critical: bool) -> None:
    tag, start, end = read(value, 0, len(value))
    if tag != OCTET_STRING:
        raise Malformed("another type than expected")
    x.ski = value[start:end]


def _aki(x: Extensions, value: bytes, _critical: bool) -> None:
    key_id = issuer = serial = None
    for tag, start, end in inside(value):
        if tag == 0x80:
            key_id = value[start:end]
        elif tag == 0xA1:
            for kind, content in general_names(value, start, end):
                if kind == DIRECTORY and issuer is None:
                    issuer = names.name(content).canonical
        elif tag == 0x82:
            serial = integer(value, (tag, start, end))
        else:
            raise Malformed("more than it may hold")
    x.aki = AuthorityKeyIdentifier(key_id, issuer, serial)


def _san(x: Extensions, value: bytes, _critical: bool) -> None:
    tag, start, end = read(value, 0, len(value))
    if tag != SEQUENCE:
        raise Malformed("another type than expected")
    x.names = tuple(general_names(value, start, end))


def _name_constraints(x: Extensions, value: bytes, _critical: bool) -> None:
    permitted: tuple[Subtree, ...] = ()
    excluded: tuple[Subtree, ...] = ()
    for tag, start, end in inside(value):
        if tag == 0xA0:
            permitted = subtrees(value, start, end)
        elif tag == 0xA1:
            excluded = subtrees(value, start, end)
        else:
            raise Malformed("more than it may hold")
    x.name_constraints = NameConstraints(permitted, excluded)


def _crl_points(_x: Extensions, value: bytes, _critical: bool) -> None:
    for _, start, end in inside(value):
        tags = {tag for tag, _, _ in items(value, start, end)}
        if not tags & {0xA0, 0xA2}:
            raise Malformed("a distribution point that points nowhere")


def _proxy(x: Extensions, value: bytes, _critical: bool) -> None:
    inside(value)
    x.proxy = True


def _only_well_formed(_x: Extensions, value: bytes, _critical: bool) -> None:
    inside(value)


def _access(x: Extensions, value: bytes, _critical: bool) -> None:
    # OpenSSL's verifier never reads it, so a malformed one breaks nothing.
    try:
        for _, start, end in inside(value):
            members = items(value, start, end)
            if value[members[0][1] : members[0][2]] == oids.CA_ISSUERS:
                x.ca_issuers = True
    except (Malformed, IndexError):
        return


_DECODERS = {
    oids.BASIC_CONSTRAINTS: _constraints,
    oids.KEY_USAGE: _key_usage,
    oids.EXTENDED_KEY_USAGE: _purposes,
    oids.NETSCAPE_TYPE: _netscape,
    oids.SUBJECT_KEY_IDENTIFIER: _ski,
    oids.AUTHORITY_KEY_IDENTIFIER: _aki,
    oids.SUBJECT_ALT_NAME: _san,
    oids.NAME_CONSTRAINTS: _name_constraints,
    oids.CRL_DISTRIBUTION_POINTS: _crl_points,
    oids.PROXY_CERTIFICATE: _proxy,
    oids.IP_RESOURCES: _only_well_formed,
    oids.AS_RESOURCES: _only_well_formed,
    oids.AUTHORITY_INFORMATION: _access,
}
