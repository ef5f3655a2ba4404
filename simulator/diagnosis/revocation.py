"""Is the end entity on a revocation list? (RFC 5280 §5 and §6.3, as OpenSSL 3.0 checks the leaf alone)

Law: nothing is fetched: a client knows the CRLs it was given. A client that does not check accepts a revoked
certificate, and someone is in danger.
"""

from __future__ import annotations

from functools import lru_cache

from simulator.diagnosis import keys, names, oids
from simulator.diagnosis.certificate import identifies, moment
from simulator.diagnosis.der import BIT_STRING, INTEGER, SEQUENCE, Malformed, integer, items, read
from simulator.diagnosis.extensions import Extensions
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.path import Path
from simulator.diagnosis.plain import day
from simulator.model.finding import Party

_DISTRIBUTION_POINT = b"\x55\x1d\x1c"
_HANDLED = frozenset({_DISTRIBUTION_POINT, oids.AUTHORITY_KEY_IDENTIFIER, b"\x55\x1d\x1b"})
_REASON = b"\x55\x1d\x15"


class RevocationList:
    """One CRL (RFC 5280 §5.1). Times in seconds since 1970 UTC; `revoked` maps serial numbers to the date."""

    def __init__(self, der: bytes) -> None:
        outer = items(der, *read(der, 0, len(der))[1:])
        if [tag for tag, _, _ in outer] != [SEQUENCE, SEQUENCE, BIT_STRING]:
            raise Malformed("not a CRL")
        (_, begin, stop), (_, _, alg_end), (_, sig, sig_end) = outer
        self.algorithm, self.signature = der[stop:alg_end], der[sig + 1 : sig_end]
        self.signed_part = der[read(der, 0, len(der))[1] : stop]
        body = items(der, begin, stop)
        if body and body[0][0] == INTEGER:
            body = body[1:]
        if len(body) < 3 or body[0][0] != SEQUENCE or body[1][0] != SEQUENCE:
            raise Malformed("not a CRL")
        self.issuer = names.name(der[body[0][2] : body[1][2]])
        self.this_update = moment(der, body[2])
        rest = body[3:]
        self.next_update: float | None = None
        self.open_ended = not (rest and rest[0][0] in (0x17, 0x18))
        if not self.open_ended:
            self.next_update = moment(der, rest[0])
            rest = rest[1:]
        self.revoked: dict[int, float | None] = {}
        if rest and rest[0][0] == SEQUENCE:
            self._read_entries(der, rest[0])
            rest = rest[1:]
        where = next(((a, b) for tag, a, b in rest if tag == 0xA0), None)
        self.x = Extensions(der, where)
        self.unhandled = [oid for oid, critical in self.x.present.items() if critical and oid not in _HANDLED]
        self.partial = _DISTRIBUTION_POINT in self.x.present

    def _read_entries(self, der: bytes, where: tuple[int, int, int]) -> None:
        for _, start, end in items(der, where[1], where[2]):
            entry = items(der, start, end)
            if len(entry) < 2:
                raise Malformed("an entry that cannot be read")
            if len(entry) > 2 and der[entry[2][1] : entry[2][2]].find(_REASON + b"\x04\x03\x0a\x01\x08") >= 0:
                continue  # removeFromCRL
            self.revoked[integer(der, entry[0])] = moment(der, entry[1])

    def in_time(self, now: float) -> bool:
        """Whether `now` lies between its two updates."""
        if self.this_update is None or self.this_update > now:
            return False
        return self.open_ended or (self.next_update is not None and self.next_update > now)


@lru_cache(maxsize=64)
def parse(der: bytes) -> RevocationList:
    """The CRL in these bytes, cached. Raises Malformed."""
    return RevocationList(der)


def _issuer_known(path: Path) -> bool:
    """Whether the leaf's issuer is on the path. A pinned leaf stands for it itself, in OpenSSL's eyes."""
    return len(path.chain) > 1 or path.code == 0


def _for(path: Path, crls: tuple[bytes, ...], now: float) -> RevocationList | None:
    """The list that OpenSSL would choose: of the leaf's issuer, in time if there is such a one, then the newest."""
    leaf, issuer = path.chain[0], path.chain[min(1, len(path.chain) - 1)]
    best: tuple[tuple[bool, bool, bool, float], RevocationList] | None = None
    for der in crls:
        try:
            crl = parse(der)
        except (Malformed, IndexError):
            continue
        if crl.issuer.canonical != leaf.issuer.canonical:
            continue
        if _issuer_known(path) and not identifies(issuer, crl.x.aki):
            continue
        score = (not crl.unhandled, not crl.partial, crl.in_time(now), crl.this_update or 0.0)
        if best is None or score > best[0]:
            best = (score, crl)
    return best[1] if best else None


def faults(path: Path, crls: tuple[bytes, ...], now: float, checks: bool) -> list[Fault]:
    """Revocation faults of the end entity. `checks`: the client looks at its CRLs. Without its issuer it is not known
    which CRL would count, so that none is missed."""
    if not checks and not crls:
        return []
    leaf = path.chain[0]
    crl = _for(path, crls, now)
    if crl is None:
        if not checks or path.code:
            return []
        seen = "no CRL at all" if not crls else "CRLs of other issuers only"
        return [Fault("crl-unavailable", 3, 0, "CRL", f"a CRL of {leaf.issuer.text}", seen)]
    found = _usable(crl, path, now)
    if not checks:
        found = [f._replace(refuses=False) for f in found if f.id == "crl-expired"]
    if leaf.serial in crl.revoked and (checks or not crl.unhandled):
        expected, seen = "a serial number that is on no CRL", f"revoked on {day(crl.revoked[leaf.serial])}"
        party: Party | None = None if checks else "client"
        found.append(
            Fault("revoked", 23, 0, "revokedCertificates", expected, seen, checks, party=party, severity="warning")
        )
    return found


def _usable(crl: RevocationList, path: Path, now: float) -> list[Fault]:
    """What keeps a CRL from counting, in OpenSSL's order."""
    issuer = path.chain[min(1, len(path.chain) - 1)]
    found = []

    def unusable(code: int, expected: str, seen: str) -> None:
        found.append(Fault("crl-unavailable", code, 0, "CRL", expected, seen))

    if _issuer_known(path) and issuer.x.key_usage is not None and not issuer.x.key_usage & oids.CRL_SIGN:
        unusable(35, f"keyUsage cRLSign in {issuer.label}", "a CA that may not sign CRLs")
    if crl.this_update is None or crl.this_update > now:
        found.append(Fault("crl-expired", 11, 0, "thisUpdate", f"a date before {day(now)}", day(crl.this_update)))
    elif not crl.open_ended and (crl.next_update is None or crl.next_update <= now):
        found.append(Fault("crl-expired", 12, 0, "nextUpdate", f"a date after {day(now)}", day(crl.next_update)))
    if _issuer_known(path) and keys.signed(issuer.spki, crl.algorithm, crl.signature, crl.signed_part) is False:
        unusable(8, f"a CRL signed by {issuer.label}", "a signature that does not fit")
    if crl.unhandled:
        unusable(36, "no critical extension that clients do not know", "one that they do not")
    return found
