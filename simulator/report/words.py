"""Results of a run in words that people read. Law: pure functions from values to short texts, alike in every format."""

from __future__ import annotations

import time

from simulator.model.evidence import Attempt, Evidence
from simulator.model.grade import Grade
from simulator.model.report import FixTrial, Report

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
    "leaf-is-ca": "is a CA",
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


def status(code: int | None) -> str:
    """200 OK."""
    known = {200: "200 OK", 204: "204 No Content", 404: "404 Not Found", 500: "500 Internal Server Error"}
    return "accepted" if code is None else known.get(code, str(code))


def admitted(trial: FixTrial) -> int:
    """How many attacks got in."""
    return sum(1 for attack in trial.attacks if attack.outcome == "admitted")


def verdict(trial: FixTrial) -> str:
    """A trial's result in a few words, without a judgement of safety: what was run, and what came of it."""
    count, inside = len(trial.attacks), admitted(trial)
    unclear = [a for a in trial.attacks if a.outcome == "not-run"]
    if unclear:
        return f"{len(unclear)} of {attacks(count)} did not end cleanly"
    if trial.grade is None:
        return "a run did not end cleanly"
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
