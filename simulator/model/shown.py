"""One certificate in words, for a list of what is served. Law: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One certificate that a server sends (or would), in words that are safe to print."""

    place: str
    """served[0] is the first one sent."""
    subject: str
    issuer: str
    names: tuple[str, ...] = ()
    """subjectAltName: "DNS:localhost", "IP:127.0.0.1"; long lists are cut and say so."""
    not_before: float | None = None
    """Seconds since 1970 UTC; None: a date that cannot be read."""
    not_after: float | None = None
    problem: str = ""
    """Why it cannot be read, where it cannot."""
