"""The little of DER (X.690) that the lab reads and writes by hand. Law: definite lengths, one-byte tags."""

from __future__ import annotations

INTEGER, OID, UTF8_STRING, SEQUENCE, SET = 0x02, 0x06, 0x0C, 0x30, 0x31


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
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
