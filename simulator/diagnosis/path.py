"""The path from the end entity to a trust anchor (RFC 5280 §6), built the way OpenSSL 3.0 builds it.

Law: trusted issuers are tried before served ones, at every step, and no step is ever taken back. So a path costs as
many steps as it is long, however many certificates share a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from simulator.diagnosis.certificate import Certificate, issued, parse
from simulator.diagnosis.der import Malformed

LONGEST = 101
"""Certificates that a path may have before its anchor is looked for in vain: OpenSSL's depth of 100, and the leaf."""


class Path(NamedTuple):
    """A path, end entity first. From `trusted` on its certificates came out of the trust store."""

    chain: tuple[Certificate, ...]
    trusted: int
    code: int
    """0 where it is whole; else X509_V_ERR: 18, 19 self-signed and unknown, 20 and 2 no issuer, 22 too long."""


class Store:
    """A set of trust anchors, each once, in order."""

    def __init__(self, anchors: Iterable[bytes]) -> None:
        self.places: dict[bytes, int] = {}
        self.by_subject: dict[bytes, list[Certificate]] = {}
        for place, der in enumerate(anchors):
            try:
                anchor = parse(der)
            except Malformed:
                continue
            if self.places.setdefault(der, place) == place:
                self.by_subject.setdefault(anchor.subject.canonical, []).append(anchor)

    def named(self, subject: bytes) -> list[Certificate]:
        """The anchors with this (canonical) subject."""
        return self.by_subject.get(subject, [])

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate.der in self.places

    def issuer(self, subject: Certificate, now: float) -> Certificate | None:
        """The anchor that OpenSSL would take for this certificate's issuer."""
        return _best((a for a in self.named(subject.issuer.canonical) if issued(a, subject)), now)


@lru_cache(maxsize=32)
def store(anchors: tuple[bytes, ...]) -> Store:
    """The store of these anchors (DER), cached: a program's bundle seldom changes."""
    return Store(anchors)


def current(certificate: Certificate, now: float) -> bool:
    """Whether `now` lies in its validity. The last second does not count, as in OpenSSL."""
    before, after = certificate.not_before, certificate.not_after
    return before is not None and after is not None and before <= now < after


def _best(candidates: Iterable[Certificate], now: float) -> Certificate | None:
    """The first that is valid now; where none is, the one that ended last."""
    latest: Certificate | None = None
    for candidate in candidates:
        if current(candidate, now):
            return candidate
        if latest is None or (candidate.not_after or 0) > (latest.not_after or 0):
            latest = candidate
    return latest


def build(served: Sequence[Certificate], anchors: Store, now: float, partial: bool) -> Path:
    """OpenSSL's path for the first of `served`. `now` in seconds since 1970 UTC; `partial`: any anchor ends a path,
    even one that did not sign itself."""
    leaf = served[0]
    chain = [leaf]
    taken = {leaf.der}
    untrusted = 1
    from_served = True
    while True:
        last = chain[-1]
        issuer = anchors.issuer(last, now) if len(chain) <= LONGEST else None
        if issuer is not None and not last.self_signed:
            chain.append(issuer)
            from_served = False
            if issuer.self_signed or partial:
                return Path(tuple(chain), untrusted, 0)
            continue
        if issuer is not None and issuer.der == last.der:
            return Path(tuple(chain), len(chain) - 1, 0)
        if not from_served or last.self_signed or len(chain) > LONGEST:
            break
        wanted = last.issuer.canonical
        issuer = _best(
            (c for c in served if c.subject.canonical == wanted and c.der not in taken and issued(c, last)), now
        )
        if issuer is None:
            break
        chain.append(issuer)
        taken.add(issuer.der)
        untrusted += 1
    if partial and untrusted == len(chain) <= LONGEST and leaf in anchors:
        return Path(tuple(chain), 0, 0)
    return Path(tuple(chain), untrusted, _why_not(chain, untrusted))


def _why_not(chain: list[Certificate], untrusted: int) -> int:
    if len(chain) > LONGEST:
        return 22
    if chain[-1].self_signed:
        return 18 if len(chain) == 1 else 19
    return 2 if untrusted < len(chain) else 20
