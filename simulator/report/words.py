"""Values of a run in words that people read. Law: pure functions from values to short texts, the same in every format."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

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
from simulator.model.evidence import Attempt, Evidence
from simulator.model.report import FixTrial, Grade, Report

MARKS = {
    "missing-san": "no subjectAltName",
    "self-signed": "signed itself",
    "untrusted-issuer": "its issuer is not trusted",
    "bad-signature": "signature is wrong",
    "name-mismatch": "another name",
    "ip-not-in-san": "IP address not named",
    "ip-in-dns-name": "IP address as DNS name",
    "wildcard-scope": "wildcard does not reach",
    "malformed-san": "name is malformed",
    "leaf-is-ca": "is a CA itself",
    "expired-issuer": "expired",
    "expired-anchor": "expired",
    "issuer-not-yet-valid": "not yet valid",
    "anchor-not-yet-valid": "not yet valid",
    "issuer-not-ca": "is no CA",
    "issuer-cannot-sign": "may not sign",
    "aki-mismatch": "points at another key",
    "same-name-other-key": "same name, other key",
    "name-constraint-violated": "name not permitted",
    "root-in-served-chain": "a root, sent along",
    "missing-aki": "no authorityKeyIdentifier",
    "missing-ski": "no subjectKeyIdentifier",
    "ca-missing-key-usage": "no keyUsage",
    "v1-ca": "version 1",
}
"""A few words beside a certificate in the drawn chain, where the finding's id does not say it."""

GRADES: dict[Grade | None, str] = {
    "no-effect": "no effect",
    "dangerous": "dangerous",
    "workaround": "workaround",
    "cure": "cure",
    None: "not graded",
}


def mark(id: str) -> str:
    """A finding in two or three words."""
    return MARKS.get(id, id.replace("-", " "))


def day(seconds: float) -> str:
    """A date, or what can be said of one that no calendar has."""
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(seconds))
    except (OverflowError, OSError, ValueError):
        return "no date at all"


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


def status(code: int | None) -> str:
    """200 OK."""
    known = {200: "200 OK", 204: "204 No Content", 404: "404 Not Found", 500: "500 Internal Server Error"}
    return "accepted" if code is None else known.get(code, str(code))


def change(difference: Difference) -> tuple[str, str]:
    """Before and after of one difference, in words."""
    name = difference.path.rpartition(".")[2]
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


def name(qualified: str) -> str:
    """The last part of a qualified name: SSLError."""
    return qualified.rpartition(".")[2]


def last_words(attempt: Attempt) -> str:
    """What the client said, headed by its outermost exception as a traceback's last line is."""
    outer = name(attempt.exceptions[0]) if attempt.exceptions else ""
    if not outer or attempt.error.startswith((outer, attempt.exceptions[0])):
        return attempt.error
    return f"{outer}: {attempt.error}"


_OPENINGS = ("certificate verify failed: ", "SSL certificate problem: ", "SSL: ")
_ENDINGS = re.compile(r" \(_ssl\.c|['\"]?\)+$|['\"]\)|\n")
_REASON = re.compile(
    r"\[(?:SSL|X509|SYS|PEM|ASN1)(?:: )?[A-Z0-9_]*\] (?P<words>.+?)(?= \(_ssl\.c|['\"]\)|$)", re.MULTILINE
)
_ERRNO = re.compile(r"\[Errno -?\d+\] [^\n'\")\]]+")


def decisive(error: str, exceptions: Sequence[str] = ()) -> tuple[int, int]:
    """Where in an error text the part stands that matters: a start and an end; (0, 0) for an empty text."""
    for opening in _OPENINGS:
        at = error.rfind(opening)
        if at >= 0 and (opening != "SSL: " or error[at - 1 : at] != "["):
            start = at + len(opening)
            end = _ENDINGS.search(error, start)
            return start, end.start() if end else len(error.rstrip())
    for pattern in (_REASON, _ERRNO):
        matches = list(pattern.finditer(error))
        if matches:
            group = "words" if pattern is _REASON else 0
            return matches[-1].start(group), matches[-1].end(group)
    return _innermost(error, exceptions)


def _innermost(error: str, exceptions: Sequence[str]) -> tuple[int, int]:
    for qualified in reversed(exceptions):
        for opening in (f"{name(qualified)}('", f'{name(qualified)}("', f"{name(qualified)}: "):
            at = error.rfind(opening)
            if at >= 0:
                start = at + len(opening)
                end = error.find(opening[-1] + ")", start) if opening[-1] in "'\"" else -1
                return start, end if end >= 0 else len(error.rstrip())
    return 0, len(error.split("\n", 1)[0].rstrip())


def admitted(trial: FixTrial) -> int:
    """How many attacks got in."""
    return sum(1 for attack in trial.attacks if attack.outcome == "admitted")


def verdict(trial: FixTrial) -> str:
    """A trial's result in a few words, without a judgement of safety: what was run, and what came of it."""
    count, inside = len(trial.attacks), admitted(trial)
    unclear = [a for a in trial.attacks if a.outcome == "not-run"]
    if unclear:
        return f"{len(unclear)} of {attacks(count)} did not end cleanly"
    if inside:
        return f"{inside} of {attacks(count)} got in"
    return f"none of the {attacks(count)} that apply got in" if count else "no attack applies"


def attacks(count: int) -> str:
    """8 attacks."""
    return f"{count} attack{'' if count == 1 else 's'}"


def answer(trial: FixTrial) -> str:
    """How the client fared after the change: 200 OK, or its refusal."""
    if not trial.attempts:
        return "not run"
    attempt = trial.attempts[0]
    if attempt.verdict == "accepted":
        return status(attempt.status)
    return "rejected" if attempt.verdict == "rejected" else "not run"


def asked(report: Report) -> Attempt | None:
    """The attempt of the client that the report is about."""
    return attempt_of(report.evidence)


def attempt_of(evidence: Evidence) -> Attempt | None:
    """The attempt of the client asked about, else the first there is."""
    for attempt in evidence.attempts:
        if attempt.client == evidence.settings.client:
            return attempt
    return evidence.attempts[0] if evidence.attempts else None
