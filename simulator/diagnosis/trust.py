"""Why a path is not whole, and how it would go on if that were mended (RFC 5280 §6.1).

Law: what the certificates prove to be the cause takes the place of `untrusted-issuer`; what only makes a cause likely
stands beside it. The mended path is what the other checks look at, so that all faults are found at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.diagnosis import oids
from simulator.diagnosis.certificate import Certificate, identifies
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.path import Path, Store
from simulator.diagnosis.plain import hexed, listed

_TRIES = 8
"""Candidates of one name whose signature is tried at one step: enough for people, little for an attacker."""
_STEPS = 16

_BROKEN = {
    "subjectAltName": "malformed-san",
    "keyUsage": "wrong-purpose",
    "extendedKeyUsage": "wrong-purpose",
    "basicConstraints": "issuer-not-ca",
    "nameConstraints": "name-constraint-violated",
    "authorityKeyIdentifier": "aki-mismatch",
    "proxyCertInfo": "unknown-critical-extension",
}
"""The finding for an extension that cannot be decoded; else `cannot-tell`."""


class Mended(NamedTuple):
    """A path carried on past what stops OpenSSL."""

    path: Path
    proven: list[Fault]
    """What stopped it, as the certificates themselves prove."""
    missing: bool
    """Whether it still ends without an issuer."""


def mend(path: Path, served: Sequence[Certificate], anchors: Store) -> Mended:
    """Carry the path on by name and signature alone, past key identifiers that do not fit and certificates that OpenSSL
    calls invalid. A whole path comes back as it is."""
    chain, trusted = list(path.chain), path.trusted
    proven = [fault for at, c in enumerate(chain) for fault in broken(c, at, path.code)]
    if path.code == 22:
        return Mended(path, [_too_many(path)], False)
    missing = path.code in (2, 20)
    while missing and len(chain) < len(path.chain) + _STEPS:
        last, at = chain[-1], len(chain) - 1
        if last.self_issued and last.signed_by(last):
            # Self-signed in truth, though its own key identifiers do not say so.
            if not last.x.broken and not identifies(last, last.x.aki):
                proven.append(_aki(last, last, at, path.code))
            if last in anchors:
                trusted = min(trusted, at)
            missing = False
        elif last in anchors:
            break
        else:
            issuer = _by_signature(last, chain, served, anchors)
            if issuer is None:
                break
            if issuer.x.broken:
                proven += broken(issuer, at + 1, path.code)
            elif not last.x.broken and not identifies(issuer, last.x.aki):
                proven.append(_aki(last, issuer, at, path.code))
            chain.append(issuer)
            if issuer in anchors:
                missing = not issuer.self_signed
            elif trusted == len(chain) - 1:
                trusted += 1  # it was served: so far nothing of the path is the client's own
    return Mended(Path(tuple(chain), min(trusted, len(chain)), path.code), proven, missing)


def _by_signature(
    subject: Certificate, chain: list[Certificate], served: Sequence[Certificate], anchors: Store
) -> Certificate | None:
    wanted = subject.issuer.canonical
    candidates = anchors.named(wanted)[:_TRIES] + [c for c in served if c.subject.canonical == wanted][:_TRIES]
    return next((c for c in candidates if c not in chain and subject.signed_by(c)), None)


def _aki(subject: Certificate, issuer: Certificate, at: int, code: int) -> Fault:
    aki = subject.x.aki
    if aki is not None and aki.key_id is not None and aki.key_id != issuer.x.ski:
        expected, seen = hexed(issuer.x.ski), hexed(aki.key_id)
    else:
        expected = f"issuer and serial number of {issuer.label}"
        seen = "another issuer or serial number"
    return Fault("aki-mismatch", code, at, "authorityKeyIdentifier", expected, seen)


def broken(certificate: Certificate, at: int, code: int) -> list[Fault]:
    """Extensions that are repeated or cannot be decoded. OpenSSL then finds no issuer for the certificate, nor takes it
    for one; `code` is what it says, 0 where it took the certificate all the same."""
    x = certificate.x
    found = []
    refuses = code != 0
    if x.repeated:
        names = listed(oids.NAMES.get(oid, "an extension") for oid in x.repeated)
        noticed = refuses and any(why == "stands there twice" for _, why in x.broken)
        found.append(
            Fault(
                "duplicate-extension",
                code,
                at,
                "extensions",
                "each extension once",
                f"{names} twice",
                noticed,
                severity="note",
            )
        )
    for field, why in x.broken:
        if why != "stands there twice":
            id = _BROKEN.get(field, "cannot-tell")
            if at and field == "keyUsage":
                id = "issuer-cannot-sign"
            found.append(Fault(id, code, at, field, "an extension that can be read", why, refuses))
    return found


def _too_many(path: Path) -> Fault:
    return Fault(
        "path-length-exceeded",
        22,
        len(path.chain) - 1,
        "certificate_list",
        "at most 100 CAs in a path",
        "more than 100",
    )


def unknown(mended: Mended, anchors: Store, default_bundle: bool) -> list[Fault]:
    """The findings of a path whose anchor the client does not know. `default_bundle`: it uses the bundle that came with
    its packages, which a reinstallation may have replaced."""
    path, code = mended.path, mended.path.code or 20
    pinned = next((at for at, c in enumerate(path.chain) if c in anchors and not c.self_issued), None)
    last, at = path.chain[-1], len(path.chain) - 1
    if pinned is not None:
        return [not_self_signed(path.chain[pinned], pinned, code, True)]
    twin = (
        next((a for a in anchors.named(last.issuer.canonical) if a.spki != last.spki), None)
        if not mended.missing
        else None
    )
    if not mended.missing and at == 0:
        found = [
            Fault(
                "self-signed",
                code,
                0,
                "issuer",
                "an issuer that the client trusts",
                "itself",
                party="client" if twin else None,
            )
        ]
    else:
        twin = twin or _namesake(mended, anchors)
        found = [_no_issuer(mended, code, twin is not None, default_bundle)]
    if twin is not None:
        found.append(
            Fault(
                "same-name-other-key", 0, at, "subjectPublicKeyInfo", f"the key that the trusted {twin.label} has",
                f"{last.label} was signed with another key of that name", refuses=False, beside=True,
            )
        )  # fmt: skip
    return found


def _namesake(mended: Mended, anchors: Store) -> Certificate | None:
    """An anchor with the name of a CA of the path, or of the issuer that is missing, and with another key."""
    for certificate in mended.path.chain[1:]:
        for anchor in anchors.named(certificate.subject.canonical):
            if anchor.spki != certificate.spki:
                return anchor
    return next(iter(anchors.named(mended.path.chain[-1].issuer.canonical)), None) if mended.missing else None


def _no_issuer(mended: Mended, code: int, same_name: bool, default_bundle: bool) -> Fault:
    last, at = mended.path.chain[-1], len(mended.path.chain) - 1
    reset = ("bundle-was-reset",) if default_bundle else ()
    if not mended.missing:
        return Fault(
            "untrusted-issuer", code, at, "issuer", "an issuer that the client trusts",
            f"{last.label}, which it does not know", rivals=reset,
        )  # fmt: skip
    if last.x.ca_issuers and not same_name:
        return Fault(
            "incomplete-chain", code, at, "issuer", f"the certificate of {last.issuer.text}",
            "not sent, and not trusted", rivals=("untrusted-issuer",),
        )  # fmt: skip
    rivals = () if same_name else ("incomplete-chain", *reset)
    return Fault(
        "untrusted-issuer", code, at, "issuer", "an issuer that the client trusts",
        f"{last.issuer.text}, which it does not know", rivals=rivals,
    )  # fmt: skip


def not_self_signed(anchor: Certificate, at: int, code: int, refuses: bool) -> Fault:
    """`anchor-not-self-signed`: the trust store holds it, and it is the end of no path for a client without the
    partial-chain trait."""
    return Fault(
        "anchor-not-self-signed", code, at, "issuer", "a certificate that signed itself",
        f"{anchor.label}, signed by {anchor.issuer.text}", refuses, severity="note",
    )  # fmt: skip
