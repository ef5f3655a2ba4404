"""Distinguished names (RFC 5280 §4.1.2.4): compared as OpenSSL compares them, written for people.

Law: two names are the same when case, runs of spaces and string types are all that tells them apart (RFC 5280 §7.1).
"""

from __future__ import annotations

from functools import cached_property, lru_cache

from simulator.diagnosis.der import OID, SEQUENCE, SET, Malformed, identifier, inside, items, wrap
from simulator.diagnosis.plain import clean

COMMON_NAME = b"\x55\x04\x03"
EMAIL_ADDRESS = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"

_SHORT = {
    COMMON_NAME: "CN",
    b"\x55\x04\x06": "C",
    b"\x55\x04\x07": "L",
    b"\x55\x04\x08": "ST",
    b"\x55\x04\x0a": "O",
    b"\x55\x04\x0b": "OU",
    b"\x55\x04\x05": "serialNumber",
    EMAIL_ADDRESS: "emailAddress",
    b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19": "DC",
    b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01": "UID",
}
UTF8, PRINTABLE, T61, IA5, VISIBLE, UNIVERSAL, BMP = 0x0C, 0x13, 0x14, 0x16, 0x1A, 0x1C, 0x1E
_ENCODINGS = {
    UTF8: "utf-8", PRINTABLE: "latin-1", T61: "latin-1", IA5: "latin-1", VISIBLE: "latin-1",
    UNIVERSAL: "utf-32-be", BMP: "utf-16-be",
}  # fmt: skip


class Name:
    """One name: `canonical` bytes to compare by, and its attributes in order as (type, string tag, value)."""

    __slots__ = ("__dict__", "attributes", "canonical")

    def __init__(self, der: bytes) -> None:
        attributes: list[tuple[bytes, int, bytes]] = []
        sets = []
        for tag, start, end in inside(der):
            if tag != SET:
                raise Malformed("a name that cannot be read")
            members = []
            for kind, first, last in items(der, start, end):
                pair = items(der, first, last)
                if kind != SEQUENCE or len(pair) != 2:
                    raise Malformed("a name that cannot be read")
                string, c, d = pair[1]
                oid, value = identifier(der, pair[0]), der[c:d]
                attributes.append((oid, string, value))
                members.append(wrap(SEQUENCE, wrap(OID, oid) + _canonical(string, value)))
            sets.append(wrap(SET, b"".join(sorted(members) if len(members) > 1 else members)))
        self.attributes = tuple(attributes)
        self.canonical = b"".join(sets)

    def values(self, oid: bytes) -> list[tuple[int, bytes]]:
        """(String tag, bytes) of each attribute of this type, in order."""
        return [(tag, value) for kind, tag, value in self.attributes if kind == oid]

    @cached_property
    def text(self) -> str:
        """The name for people, in the certificate's own order: "O=Example, CN=localhost"; "an empty name"."""
        parts = []
        for oid, tag, value in self.attributes[:8]:
            parts.append(f"{_SHORT.get(oid, '?')}={clean(decoded(tag, value), 64)}")
        if len(self.attributes) > 8:
            parts.append("…")
        return ", ".join(parts) or "an empty name"


def decoded(tag: int, value: bytes) -> str:
    """A directory string's text. What its type does not allow is replaced, never raised."""
    return value.decode(_ENCODINGS.get(tag, "latin-1"), "replace")


def _canonical(tag: int, value: bytes) -> bytes:
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        return wrap(tag, value)
    utf8 = value if encoding == "utf-8" or (value.isascii() and encoding == "latin-1") else decoded(tag, value).encode()
    return wrap(UTF8, b" ".join(utf8.split()).lower())


@lru_cache(maxsize=2048)
def name(der: bytes) -> Name:
    """The name that these bytes encode. Raises Malformed."""
    return Name(der)
