"""Signatures and dates along the path, from the anchor down (RFC 5280 §6.1.3 (a)).

Law: an anchor's own signature is never checked, its dates are (OpenSSL does, though RFC 5280 does not ask for it).
"""

from __future__ import annotations

from simulator.diagnosis.certificate import Certificate
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.path import Path, Store
from simulator.diagnosis.plain import day, span

LONGEST_DAYS = 398
"""Days that an end entity of a public CA might live until March 2026 (CA/Browser Forum, BR §6.3.2)."""


def faults(path: Path, anchors: Store, now: float) -> list[Fault]:
    """Signature and date faults of the whole path, in OpenSSL's order. `now` in seconds since 1970 UTC."""
    found: list[Fault] = []
    top = len(path.chain) - 1
    for at in range(top, -1, -1):
        subject = path.chain[at]
        if at < top and subject.signed_by(path.chain[at + 1]) is False:
            found.append(_bad_signature(path, at, anchors))
        if subject.not_before is None or subject.not_after is None or not subject.not_before <= now < subject.not_after:
            found += _dates(subject, at, at >= path.trusted and subject in anchors, now)
    return found


def _bad_signature(path: Path, at: int, anchors: Store) -> Fault:
    subject, issuer = path.chain[at], path.chain[at + 1]
    right = [c for c in anchors.named(subject.issuer.canonical)[:8] if c is not issuer and subject.signed_by(c)]
    if right:
        return Fault(
            "same-name-other-key", 7, at, "signatureValue",
            f"the issuer that signed it, among those named {issuer.label}",
            f"{issuer.label} with another key, which the client finds first",
        )  # fmt: skip
    return Fault(
        "bad-signature", 7, at, "signatureValue",
        f"a signature by {issuer.label}", f"bytes that the key of {issuer.label} did not sign",
        rivals=("same-name-other-key",),
    )  # fmt: skip


def _dates(subject: Certificate, at: int, trusted: bool, now: float) -> list[Fault]:
    early, late = ("not-yet-valid", "expired")
    if at > 0:
        early, late = (
            ("anchor-not-yet-valid", "expired-anchor") if trusted else ("issuer-not-yet-valid", "expired-issuer")
        )
    begins, ends = subject.not_before, subject.not_after
    found = []
    if begins is None or begins > now:
        wait = f" (in {span(begins - now)})" if begins is not None else ""
        found.append(
            Fault(
                early, 9 if begins is not None else 13, at, "notBefore", f"a date before {day(now)}", day(begins) + wait
            )
        )
    if ends is None or ends <= now:
        ago = f" ({span(now - ends)} ago)" if ends is not None else ""
        found.append(
            Fault(late, 10 if ends is not None else 14, at, "notAfter", f"a date after {day(now)}", day(ends) + ago)
        )
    if begins is not None and ends is not None and ends < begins:
        found.append(
            Fault(
                "inverted-validity",
                0,
                at,
                "validity",
                "a notAfter behind the notBefore",
                f"{day(begins)} to {day(ends)}",
            )
        )
    return found


def clock(found: list[Fault], path: Path, now: float, server_time: float | None) -> Fault | None:
    """`clock-suspected`, where the server's clock (its Date header) would end every date fault of the path."""
    early_or_late = [f for f in found if f.code in (9, 10)]
    if server_time is None or not early_or_late or abs(server_time - now) < 60:
        return None
    if any(_dates(path.chain[f.at], f.at, False, server_time) for f in early_or_late):
        return None
    side = "behind" if now < server_time else "ahead"
    return Fault(
        "clock-suspected", 0, -1, "Date", f"about {day(server_time)}, as the server's clock says",
        f"{day(now)}: the client's clock is {span(server_time - now)} {side}", refuses=False, beside=True,
    )  # fmt: skip


def too_long(leaf: Certificate) -> Fault | None:
    """`validity-too-long` for an end entity that lives longer than any public CA may give."""
    if leaf.not_before is None or leaf.not_after is None:
        return None
    days = (leaf.not_after - leaf.not_before) / 86400
    if days <= LONGEST_DAYS:
        return None
    return Fault(
        "validity-too-long", 0, 0, "validity", f"at most {LONGEST_DAYS} days", f"{int(days):,} days", refuses=False
    )
