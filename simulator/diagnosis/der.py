"""A small, tolerant reader of DER (X.690).

Law: bytes from the network are only sliced, never trusted; whatever does not fit raises `Malformed`, and nothing here
recurses. `cryptography` refuses certificates that clients meet and judge all the same (repeated extensions, odd names),
so the room reads them itself.
"""

from __future__ import annotations

from itertools import pairwise

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE, SET = 0x01, 0x02, 0x03, 0x04, 0x06, 0x30, 0x31

Item = tuple[int, int, int]
"""Tag, and where the value starts and ends."""


class Malformed(ValueError):
    """These bytes are not what they should be."""


def read(data: bytes, at: int, end: int) -> Item:
    """The item that begins at `at` and must end by `end` (both in bytes). Raises Malformed. X.690 §8.1."""
    if at + 2 > end:
        raise Malformed("cut off")
    tag, length, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise Malformed("a tag of more than one byte")
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or start + size > end:
            raise Malformed("a length that cannot be read")
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > end:
        raise Malformed("cut off")
    return tag, start, start + length


def items(data: bytes, start: int, end: int) -> list[Item]:
    """All items from `start` to `end`, which must be filled to the last byte. Raises Malformed."""
    found = []
    while start < end:
        item = read(data, start, end)
        found.append(item)
        start = item[2]
    return found


def inside(data: bytes, tag: int = SEQUENCE) -> list[Item]:
    """The members of the one constructed value that `data` begins with. Bytes behind it are let pass, as OpenSSL does
    for extensions. Raises Malformed."""
    found, start, end = read(data, 0, len(data))
    if found != tag:
        raise Malformed("another type than expected")
    return items(data, start, end)


def integer(data: bytes, item: Item) -> int:
    """The value of an INTEGER (or of an implicitly tagged one). Raises Malformed, for idle leading bytes too: OpenSSL
    does not take those. X.690 §8.3."""
    _, start, end = item
    if start == end:
        raise Malformed("an empty number")
    if end - start > 1 and data[start] == (0, 0xFF)[data[start + 1] >> 7]:
        raise Malformed("a number with idle leading bytes")
    return int.from_bytes(data[start:end], "big", signed=True)


def identifier(data: bytes, item: Item) -> bytes:
    """The content of an OBJECT IDENTIFIER. Raises Malformed. X.690 §8.19."""
    tag, start, end = item
    content = data[start:end]
    if tag != OID or not content or content[-1] >= 0x80 or content[0] == 0x80 or _idle(content):
        raise Malformed("an object identifier that cannot be read")
    return content


def _idle(content: bytes) -> bool:
    """Whether some arc begins with a byte that says nothing."""
    return b"\x80" in content and any(a < 0x80 and b == 0x80 for a, b in pairwise(content))


def bits(data: bytes, item: Item) -> bytes:
    """The content of a BIT STRING, unused bits cleared. Raises Malformed. X.690 §8.6."""
    _, start, end = item
    if start == end or data[start] > 7:
        raise Malformed("a bit string that cannot be read")
    content = data[start + 1 : end]
    unused = data[start]
    if unused and content:
        content = content[:-1] + bytes([content[-1] & (0xFF << unused) & 0xFF])
    return content


def dotted(oid: bytes) -> str:
    """An object identifier's content bytes in dots: "2.5.29.17"."""
    arcs, value = [], 0
    for byte in oid:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(value)
            value = 0
    if not arcs:
        return "?"
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def wrap(tag: int, content: bytes) -> bytes:
    """One encoded item."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content
