"""The served chain itself: what is sent too much, and in which order (RFC 8446 §4.4.2).

Law: remarks only. Clients forgive all of it; what they cannot forgive shows where the path is built.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.diagnosis.certificate import Certificate, issued
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.path import Path

_TRIES = 200
"""Signatures that are checked to tell relatives from strangers."""


def remarks(chain: Sequence[Certificate], path: Path) -> list[Fault]:
    """Roots sent along, strangers, and the wrong order."""
    found: list[Fault] = []
    if len(chain) < 2:
        return found
    places = {c.der: at for at, c in reversed(list(enumerate(chain)))}
    relatives = _relatives(chain, path)
    swapped = _out_of_order(chain, places, relatives)
    if swapped is not None:
        before, after = swapped
        seen = f"{chain[before].label} before {chain[after].label}, which it signed"
        found.append(_remark("chain-out-of-order", before, "each certificate before its issuer", seen))
    replaced = path.chain[0].self_signed  # its former issuers are still sent: no fault of their own
    for at, certificate in enumerate(chain):
        if at == 0 or places[certificate.der] != at:
            continue
        if certificate.der not in relatives and replaced:
            continue
        if certificate.der not in relatives:
            expected = "certificates that lead from the server's to its root"
            seen = f"{certificate.label}, which signed none of them"
            found.append(_remark("unrelated-certificate", at, expected, seen))
        elif certificate.self_signed:
            expected = "no root: a client trusts only its own copy"
            found.append(_remark("root-in-served-chain", at, expected, f"{certificate.label}, which signed itself"))
    return found


def _remark(id: str, at: int, expected: str, seen: str) -> Fault:
    return Fault(id, 0, -1, "certificate_list", expected, seen, refuses=False, place=f"served[{at}]")


def _out_of_order(
    chain: Sequence[Certificate], places: dict[bytes, int], relatives: set[bytes]
) -> tuple[int, int] | None:
    """Places of the first issuer that is sent before what it signed (the end entity, always first, left out)."""
    by_subject: dict[bytes, list[Certificate]] = {}
    for at, certificate in enumerate(chain[:_TRIES]):
        if at and certificate.der in relatives and places[certificate.der] == at:
            for subject in by_subject.get(certificate.issuer.canonical, ()):
                if issued(subject, certificate) and not issued(certificate, subject):
                    return places[subject.der], at
            if len(by_subject.setdefault(certificate.subject.canonical, [])) < 8:
                by_subject[certificate.subject.canonical].append(certificate)
    return None


def _relatives(chain: Sequence[Certificate], path: Path) -> set[bytes]:
    """What leads up from the end entity, on this path or on another one."""
    known = {c.der: c for c in path.chain}
    waiting = list(known.values())
    tries = 0
    by_subject: dict[bytes, list[Certificate]] = {}
    for certificate in chain:
        by_subject.setdefault(certificate.subject.canonical, []).append(certificate)
    while waiting and tries < _TRIES:
        subject = waiting.pop()
        for candidate in by_subject.get(subject.issuer.canonical, ()):
            if candidate.der in known or not issued(candidate, subject):
                continue
            tries += 1
            if subject.signed_by(candidate) is not False:
                known[candidate.der] = candidate
                waiting.append(candidate)
            if tries >= _TRIES:
                break
    return set(known)
