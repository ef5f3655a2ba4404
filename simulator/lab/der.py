"""The little of DER (X.690) that the lab reads and writes by hand. Law: definite lengths, one-byte tags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, IA5_STRING, UTC_TIME, GENERALIZED_TIME = 0x0C, 0x13, 0x16, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def element(data: bytes, at: int) -> tuple[int, bytes, int]:
    """The element at `at`: its tag, its content, and where the next one begins."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    return tag, data[start : start + length], start + length


def elements(content: bytes) -> list[tuple[int, bytes]]:
    """All elements in `content`, as tags and contents."""
    found = []
    at = 0
    while at < len(content):
        tag, body, at = element(content, at)
        found.append((tag, body))
    return found


def encode(tag: int, body: bytes) -> bytes:
    """One element."""
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(body).to_bytes(size, "big") + body


def tagged(number: int, body: bytes) -> bytes:
    """An element with the constructed, context-specific tag `number`: what is EXPLICIT in RFC 5280's modules."""
    return encode(0xA0 | number, body)


def integer(value: int) -> bytes:
    """An INTEGER, in as few bytes as its two's complement takes."""
    magnitude = value if value >= 0 else ~value
    return encode(INTEGER, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def bit_string(value: bytes, unused: int = 0) -> bytes:
    """A BIT STRING whose last byte has `unused` bits that do not count."""
    return encode(BIT_STRING, bytes((unused,)) + value)


@lru_cache(maxsize=1024)
def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER. Raises `ValueError` for a text that is none (X.660: at least two arcs, 0.0 to 2.…)."""
    try:
        first, second, *rest = [int(arc) for arc in dotted.split(".")]
        if not 0 <= first <= 2 or (first < 2 and second > 39) or min((second, *rest)) < 0:
            raise ValueError
    except ValueError:
        raise ValueError(f"{dotted} is no object identifier") from None
    body = b""
    for arc in (40 * first + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        body += bytes(reversed(digits))
    return encode(OID, body)


@lru_cache(maxsize=1024)
def moment(seconds: int) -> bytes:
    """A Time, from seconds since 1970 UTC: UTCTime from 1950 to 2049, else GeneralizedTime (RFC 5280 §4.1.2.5).

    Raises `OverflowError` outside the years 1 to 9999.
    """
    date = _EPOCH + timedelta(seconds=seconds)
    if 1950 <= date.year < 2050:
        return encode(UTC_TIME, f"{date:%y%m%d%H%M%SZ}".encode("ascii"))
    return encode(GENERALIZED_TIME, f"{date.year:04}{date:%m%d%H%M%SZ}".encode("ascii"))
