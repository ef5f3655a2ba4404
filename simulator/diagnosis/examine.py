"""All checks in the order in which a client would come upon what they find.

Law: this is the only place that knows the order of checks; the checks do not know each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.diagnosis import (
    constraints,
    handshake,
    identity,
    interception,
    path,
    revocation,
    rules,
    served,
    server,
    settings,
    trust,
    validity,
)  # fmt: skip
from simulator.diagnosis.certificate import Certificate, parse
from simulator.diagnosis.der import Malformed
from simulator.diagnosis.fault import Fault
from simulator.model.evidence import Evidence

_LARGEST = 102_400
"""Bytes of the certificate message that OpenSSL takes at most (RFC 8446 §4.4.2 would allow 16 MB)."""
_BROWSERS_REFUSE = ("Ed25519", "Ed448")


class Client(NamedTuple):
    """The traits of the client asked about."""

    strict: bool
    partial: bool
    fallback: bool


class Examined(NamedTuple):
    """Everything found. `path` is the one drawn for people: mended where it could be."""

    faults: list[Fault]
    """What the client refuses for, in its order, and what stands right beside it."""
    accepted: list[Fault]
    """What it accepts: settings first, then along the path, then in the served chain."""
    path: path.Path | None
    missing: bool
    """Whether the path ends without its issuer."""
    anchors: path.Store


def client(traits: Sequence[str] | frozenset[str]) -> Client:
    """A client with these measured traits."""
    return Client("x509-strict" in traits, "partial-chain" in traits, "common-name-fallback" in traits)


def examine(evidence: Evidence, asked: Client) -> Examined:
    """Run all checks. Raises nothing for any evidence."""
    anchors = path.store(evidence.anchors)
    chain, found = _parsed(evidence)
    before, after = handshake.faults(evidence)
    setup = settings.unreadable(evidence, asked.fallback) if evidence.settings.verify else []
    if evidence.url.lower().startswith("http://"):
        # What https:// would bring waits behind the port that does not understand; where it does, nothing waits.
        found = before + setup + found if before else []
        chain = chain if before else []
    else:
        found = setup + before + found
    accepted: list[Fault] = []
    best: path.Path | None = None
    missing = False
    blamed = ""
    if chain:
        now = float(int(evidence.client_time))
        weak = rules.weak_leaf_key(chain[0], evidence.settings.security_level)
        if weak:
            found.append(weak)
        built = path.build(chain, anchors, now, asked.partial)
        trusted = _trust(evidence, chain, built, anchors, asked.partial, blind=bool(setup))
        best, missing, blamed = trusted.mended.path, trusted.mended.missing, trusted.blamed
        found += trusted.stop
        found += _along(evidence, asked, trusted.mended, trusted.anchors, now)
        accepted = _remarks(chain, best, built.code == 0)
    found += after
    accepted = settings.remarks(evidence, blamed) + accepted
    return Examined(
        [f for f in found if f.refuses or f.beside],
        accepted + [f for f in found if not f.refuses and not f.beside],
        best, missing, anchors,
    )  # fmt: skip


def _parsed(evidence: Evidence) -> tuple[list[Certificate], list[Fault]]:
    chain: list[Certificate] = []
    faults: list[Fault] = []
    size = 4 + sum(len(der) + 5 for der in evidence.served)
    if size > _LARGEST:
        expected = f"a certificate message of at most {_LARGEST:,} bytes"
        faults.append(
            Fault("cannot-tell", 0, -1, "certificate_list", expected, f"{size:,} bytes, which no client reads")
        )
    for at, der in enumerate(evidence.served):
        try:
            chain.append(parse(der))
        except Malformed as error:
            faults.append(
                Fault(
                    "cannot-tell", 0, -1, "certificate", "a certificate in DER", f"bytes that cannot be read ({error})",
                    place=f"served[{at}]",
                )
            )  # fmt: skip
            if at == 0:
                break  # without the end entity there is nothing to judge
    return chain, faults


class _Trust(NamedTuple):
    mended: trust.Mended
    stop: list[Fault]
    """What keeps the client from building the path."""
    anchors: path.Store
    """Those that end it: the client's, or the ones that a setting keeps from it."""
    blamed: str = ""
    """The finding of that setting."""


def _trust(
    evidence: Evidence, chain: list[Certificate], built: path.Path, anchors: path.Store, partial: bool, *, blind: bool
) -> _Trust:
    if built.code == 0:
        invalid = [fault for at, c in enumerate(built.chain) for fault in trust.broken(c, at, 0)]
        return _Trust(trust.Mended(built, [], False), invalid, anchors)
    pinned = any(c in anchors and not c.self_issued for c in built.chain)
    now = float(int(evidence.client_time))
    # An anchor that stands in the path explains more than any setting does.
    remedy = None if pinned else settings.remedy(evidence, chain, now, partial, built.code)
    if remedy is not None:
        mended = trust.Mended(remedy.path, [], remedy.path.code in (2, 20))
        return _Trust(mended, [remedy.fault], path.store(remedy.anchors), remedy.fault.id)
    mended = trust.mend(built, chain, anchors)
    last = mended.path.chain[-1]
    explained = mended.proven and (built.code == 22 or (last in anchors and last.self_issued and not mended.missing))
    # With a bundle that cannot be read, or nothing in force and nothing verified, nobody knows what would be trusted.
    unknowable = blind or not (evidence.settings.verify or anchors.places)
    if explained or unknowable:
        return _Trust(mended, mended.proven, anchors)
    nothing = [fault._replace(code=built.code) for fault in settings.no_anchors(evidence)]
    if nothing:
        return _Trust(mended, nothing + mended.proven, anchors)
    default = any(b.in_force and b.named_by == "default" for b in evidence.bundles)
    stop = mended.proven + trust.unknown(mended, anchors, default)
    if any(fault.id in ("untrusted-issuer", "incomplete-chain") for fault in stop):
        stop += interception.suspicion(evidence, mended.path)
    return _Trust(mended, stop, anchors)


def _along(evidence: Evidence, asked: Client, mended: trust.Mended, store: path.Store, now: float) -> list[Fault]:
    way = mended.path
    length = len(way.chain) + mended.missing
    if mended.missing and way.chain[-1] in store:
        length -= 1  # an anchor that did not sign itself ends the path for whoever accepts it
    found = rules.faults(way.chain, length, asked.strict)
    found += rules.strength(way.chain, length, evidence.settings.security_level)
    if evidence.reference and "subjectAltName" not in [field for field, _ in way.chain[0].x.broken]:
        wanted = identity.reference(evidence.reference, asked.fallback)
        names = identity.faults(way.chain[0], wanted, asked.fallback)
        if names:
            if names[0].refuses and [fault.id for fault in names] in (["name-mismatch"], ["ip-not-in-san"]):
                names += server.another_site(evidence, way.chain[0], wanted)
            if not evidence.settings.check_hostname:
                names = [f._replace(refuses=False, severity="warning") if f.refuses else f for f in names]
            found += names
    checks = evidence.settings.checks_crls and evidence.settings.verify
    found += revocation.faults(way, evidence.crls, now, checks)
    dates = validity.faults(way, store, now)
    if dates:
        clock = validity.clock(dates, way, now, evidence.server_time)
        found += dates + ([clock] if clock else [])
    return found + constraints.faults(way.chain, asked.fallback)


def _remarks(chain: list[Certificate], way: path.Path, whole: bool) -> list[Fault]:
    """What every client of today accepts, along the path and then in the served chain."""
    leaf = way.chain[0]
    found: list[Fault] = []
    if leaf.self_signed and leaf.x.constraints is not None and leaf.x.constraints.ca:
        seen = "CA:TRUE in the server's own certificate: its key signs for any site"
        found.append(Fault("leaf-is-ca", 0, 0, "basicConstraints", "CA:FALSE", seen, refuses=False))
    long = validity.too_long(leaf)
    if long:
        found.append(long)
    if whole and not way.chain[-1].self_signed:
        at = len(way.chain) - 1 if way.trusted else 0
        found.append(trust.not_self_signed(way.chain[at], at, 0, False))
    for at, certificate in enumerate(way.chain):
        if certificate.serial <= 0:
            found.append(
                Fault(
                    "serial-not-positive",
                    0,
                    at,
                    "serialNumber",
                    "a number above zero",
                    "zero" if certificate.serial == 0 else "a negative number",
                    refuses=False,
                )
            )
    odd = next((at for at, c in enumerate(way.chain) if c.key is not None and c.key.kind in _BROWSERS_REFUSE), None)
    if odd is not None:
        kind = way.chain[odd].key
        seen = kind.text if kind else ""
        found.append(
            Fault(
                "browser-unsupported-key",
                0,
                odd,
                "subjectPublicKeyInfo",
                "RSA or an elliptic curve (P-256)",
                seen,
                refuses=False,
            )
        )
    return found + served.remarks(chain, way)
