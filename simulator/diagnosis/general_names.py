"""General names and the constraints on them (RFC 5280 §4.2.1.6 and §4.2.1.10), as they stand in extensions.

Law: a name is its context tag and its content bytes; nothing is decoded before somebody asks for it, but a directory
name, which must be one.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.diagnosis import names
from simulator.diagnosis.der import SEQUENCE, Malformed, integer, items

OTHER, DNS, EMAIL, DIRECTORY, URI, IP = 0xA0, 0x82, 0x81, 0xA4, 0x86, 0x87
"""Context tags of GeneralName (RFC 5280 §4.2.1.6) that this room looks into."""
_GENERAL_NAMES = frozenset({OTHER, EMAIL, DNS, 0xA3, DIRECTORY, 0xA5, URI, IP, 0x88})

GeneralName = tuple[int, bytes]


class Subtree(NamedTuple):
    """One name constraint; `plain` is false where it has a minimum or maximum, which no verifier supports."""

    base: GeneralName
    plain: bool


class NameConstraints(NamedTuple):
    """RFC 5280 §4.2.1.10."""

    permitted: tuple[Subtree, ...]
    excluded: tuple[Subtree, ...]


def general_names(value: bytes, start: int, end: int) -> list[GeneralName]:
    """The names from `start` to `end`. Raises Malformed."""
    found = []
    for tag, first, last in items(value, start, end):
        if tag not in _GENERAL_NAMES:
            raise Malformed("a name of a kind that does not exist")
        content = value[first:last]
        if tag == DIRECTORY:
            names.name(content)
        found.append((tag, content))
    return found


def subtrees(value: bytes, start: int, end: int) -> tuple[Subtree, ...]:
    """The constraints from `start` to `end`. Raises Malformed."""
    found = []
    for tag, first, last in items(value, start, end):
        members = items(value, first, last)
        if tag != SEQUENCE or not members:
            raise Malformed("a constraint that cannot be read")
        base = general_names(value, first, members[0][2])[0]
        plain = all(kind == 0x80 and integer(value, (kind, a, b)) == 0 for kind, a, b in members[1:])
        found.append(Subtree(base, plain))
    return tuple(found)
