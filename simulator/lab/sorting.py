"""Sorts out a heap of certificates and keys: which one is the server's, which key fits which, what leads upward.

Law: by what stands in the files alone: names, keys and the CA flag. No signature is checked here; that is diagnosis.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from simulator.lab.der import SEQUENCE, element, elements, encode
from simulator.lab.peek import presented_names

_VERSION, _EXTENSIONS = 0xA0, 0xA3
_BASIC_CONSTRAINTS, _COMMON_NAME = b"\x55\x1d\x13", b"\x55\x04\x03"
_LONGEST = 20
"""Issuers above a certificate that are put into a chain at most."""


class Card(NamedTuple):
    """The little that sorting needs of a certificate."""

    der: bytes
    subject: bytes
    issuer: bytes
    spki: bytes
    ca: bool
    label: str
    """Its common name, else its first SAN, for a sentence. As it stands there: whoever prints it makes it inert."""

    @property
    def self_issued(self) -> bool:
        """Issuer and subject are the same name."""
        return self.subject == self.issuer


@lru_cache(maxsize=2048)
def card(der: bytes) -> Card | None:
    """The card of a certificate; None where it cannot be read."""
    try:
        fields = elements(element(element(der, 0)[1], 0)[1])
        if fields[0][0] == _VERSION:
            fields = fields[1:]
        issuer, subject, spki = (encode(SEQUENCE, fields[n][1]) for n in (2, 4, 5))
        ca = any(_is_ca(body) for tag, body in fields[6:] if tag == _EXTENSIONS)
        label = _common_name(fields[4][1]) or next(iter(presented_names(der)), "") or "a certificate without a name"
    except (IndexError, ValueError):
        return None
    return Card(der, subject, issuer, spki, ca, label)


def _is_ca(extensions: bytes) -> bool:
    for _, extension in elements(element(extensions, 0)[1]):
        parts = elements(extension)
        if parts[0][1] == _BASIC_CONSTRAINTS:
            flags = elements(element(parts[-1][1], 0)[1])
            return bool(flags) and flags[0][0] == 0x01 and flags[0][1] != b"\x00"
    return False


def _common_name(subject: bytes) -> str:
    for _, relative in elements(subject):
        for _, pair in elements(relative):
            kind, value = elements(pair)[:2]
            if kind[1] == _COMMON_NAME:
                return value[1][:256].decode("utf-8", "backslashreplace")
    return ""


def cards(ders: Iterable[bytes]) -> list[Card]:
    """The cards of those that can be read, each once, in order."""
    return [found for der in dict.fromkeys(ders) if (found := card(der)) is not None]


def leads_to(start: Card, goal: Card, among: Sequence[Card]) -> bool:
    """Whether `goal` is, by names, an issuer somewhere above `start`."""
    return goal.der != start.der and any(c.der == goal.der for c in upward(start, among))


def upward(start: Card, among: Sequence[Card]) -> list[Card]:
    """The issuers above `start` by name, nearest first, without `start`; every certificate once."""
    found: list[Card] = []
    taken = {start.der}
    wanted = [start]
    while wanted and len(found) < _LONGEST:
        below = wanted.pop(0)
        if below.self_issued:
            continue
        for one in among:
            if one.subject == below.issuer and one.der not in taken and len(found) < _LONGEST:
                taken.add(one.der)
                found.append(one)
                wanted.append(one)
    return found


def misplaced(chain: Sequence[bytes]) -> int:
    """Where in a chain file the server's own certificate stands, by names: 0, unless the first one is plainly an issuer
    of exactly one later certificate that is no CA."""
    first = card(chain[0]) if chain else None
    if first is None or len(chain) < 2:
        return 0
    known = cards(chain)
    below = [c for c in known if not c.ca and not c.self_issued and leads_to(c, first, known)]
    return list(chain).index(below[0].der) if len(below) == 1 else 0


def server(known: Sequence[Card], keys: Sequence[bytes], host: str) -> Card | None:
    """The certificate that is the server's: no issuer of another one, no CA, with a key that is there, naming the host;
    in this order of weight. `keys`: public halves, SubjectPublicKeyInfo."""
    issuers = {c.issuer for c in known if not c.self_issued}

    def weight(one: Card) -> tuple[bool, bool, bool, bool]:
        named = host.lower() in (n.lower() for n in presented_names(one.der)) if host else False
        return one.subject not in issuers or one.self_issued, not one.ca, one.spki in keys, named

    ends = [c for c in known if c.subject not in issuers and not (c.ca and len(known) > 1 and c.self_issued)]
    return max(ends or known, key=weight, default=None)  # the first of equals
