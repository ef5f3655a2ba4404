"""Values of a deployment in words: 89 days, CA:TRUE, DNS:localhost. Law: pure functions, alike in every format."""

from __future__ import annotations

from simulator.model.deployment import (
    DAY,
    CertificateSpec,
    Difference,
    GivenCertificate,
    Key,
    NameConstraints,
    Proxy,
    RevocationList,
    TrustFile,
    Variable,
    VirtualHost,
)


def duration(seconds: int) -> str:
    """89 days; 1 year; 3 hours."""
    amount = abs(seconds)
    for size, unit in ((365 * DAY, "year"), (DAY, "day"), (3600, "hour"), (60, "minute")):
        if amount >= size and (amount % size == 0 or unit != "year"):
            number = round(amount / size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{amount} second{'' if amount == 1 else 's'}"


def when(seconds: int) -> str:
    """A time relative to the run: "in 89 days", "1 day ago", "now"."""
    if seconds == 0:
        return "now"
    return f"in {duration(seconds)}" if seconds > 0 else f"{duration(seconds)} ago"


def change(difference: Difference) -> tuple[str, str]:
    """Before and after of one difference, in words."""
    name = difference.path.rpartition(".")[2]
    if difference.after is None and isinstance(difference.before, CertificateSpec | GivenCertificate):
        return "a certificate", "not used any more"
    before, after = value(difference.before, name), value(difference.after, name)
    if before == after:
        before, after = _closer(difference.before, before), _closer(difference.after, after)
    return before, after


def value(thing: object, name: str = "") -> str:  # noqa: PLR0911  # one line for each kind of value is easiest to read
    """One value of a deployment in words. `name` is its field."""
    if thing is None:
        return "none"
    if isinstance(thing, bool):
        return f"CA:{str(thing).upper()}" if name == "ca" else str(thing)
    if isinstance(thing, int):
        if name in ("not_before", "not_after", "this_update", "next_update"):
            return when(thing)
        return (
            (duration(thing) + (" ahead" if thing > 0 else " behind")) if name == "clock_skew" and thing else str(thing)
        )
    if isinstance(thing, CertificateSpec):
        return "new certificate"
    if isinstance(thing, GivenCertificate):
        return "the given certificate"
    if isinstance(thing, TrustFile):
        return thing.name if thing.form == "pem" else f"{thing.name} ({thing.form})"
    if isinstance(thing, Variable):
        return f"{thing.name}={value(thing.value)}"
    if isinstance(thing, Key):
        return f"{thing.kind} key"
    if isinstance(thing, tuple):
        return _listed(thing)
    if isinstance(thing, bytes):
        return f"{len(thing)} bytes"
    return _other(thing)


def _other(thing: object) -> str:
    if isinstance(thing, NameConstraints):
        parts = ("permitted " + ", ".join(thing.permitted), "excluded " + ", ".join(thing.excluded))
        return "; ".join(part for part in parts if not part.endswith(" "))
    if isinstance(thing, VirtualHost):
        return thing.host
    if isinstance(thing, RevocationList):
        return f"revocation list of {thing.issuer}"
    if isinstance(thing, Proxy):
        return f"{thing.scheme} proxy" if thing.behaviour == "tunnel" else "intercepting proxy"
    return str(thing)


def _listed(things: tuple[object, ...]) -> str:
    if not things:
        return "none"
    if all(isinstance(t, tuple) and len(t) == 2 and all(isinstance(x, str) for x in t) for t in things):
        return ", ".join(f"{t[0]}={t[1]}" for t in things if isinstance(t, tuple))
    return ", ".join(value(t) for t in things)


def _closer(thing: object, words: str) -> str:
    if isinstance(thing, TrustFile):
        return f"{words} with {', '.join(thing.roles) or 'nothing'}"
    if isinstance(thing, Key):
        return f"{words} “{thing.name}”"
    return words
