"""The report for machines: JSON format 1, whose meaning never changes within the format.

Law: values in, text out; private keys and what is not ours to show stay out. The schema is `schema/report.schema.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from simulator.model.deployment import Difference
from simulator.model.evidence import Attempt, Evidence
from simulator.model.finding import Finding
from simulator.model.report import FORMAT, AttackOutcome, FixTrial, Report
from simulator.report import pages, values, words
from simulator.report.redact import redact


def render(report: Report) -> str:
    """One report as a JSON document."""
    return dumps(document(report))


def render_all(reports: Iterable[Report], *, failures: Sequence[tuple[str, str, str]] = ()) -> str:
    """Many reports as one JSON document, and whether all behaved. `failures`: id, family and reason of what could not
    be run."""
    found = [document(report) for report in reports]
    unrun = [{"scenario": id, "family": family, "error": redact(why)} for id, family, why in failures]
    behaved = not unrun and all(report["behaved"] for report in found)
    return dumps({"format": FORMAT, "behaved": behaved, "reports": found, "failures": unrun})


def dumps(value: Any) -> str:
    """JSON as the simulator writes it everywhere: readable, one line end at the end; lone surrogates stay escaped."""
    import json

    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    return text + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    tokens = frozenset(a.token for trial in report.trials for a in trial.attacks if a.token)
    scenario, evidence = report.scenario, report.evidence
    value: dict[str, Any] = {
        "format": report.format,
        "scenario": scenario.id,
        "title": scenario.title,
        "family": scenario.family,
        "level": scenario.level,
        "story": scenario.story.strip(),
        "behaved": report.behaved,
        "problems": list(report.problems),
        "url": evidence.url,
        "reference": evidence.reference,
        "path": [
            {"subject": n.subject, "not_after": words.day(n.not_after), "place": n.place, "findings": list(n.marks)}
            for n in report.path
        ],
        "attempts": [attempt(a) for a in evidence.attempts],
        "findings": [finding(f, evidence) for f in report.findings],
        "trials": [_trial(t, evidence) for t in report.trials],
        "environment": dict(report.environment),
    }
    cleaned: dict[str, Any] = _clean(value, tokens)
    return cleaned


def attempt(attempt: Attempt) -> dict[str, Any]:
    """One attempt as plain values."""
    return {
        "client": attempt.client,
        "version": attempt.version,
        "traits": list(attempt.traits),
        "verdict": attempt.verdict,
        "error": attempt.error,
        "exceptions": list(attempt.exceptions),
        "verify_code": attempt.verify_code,
        "alert": attempt.alert,
        "stage": attempt.stage,
        "status": attempt.status,
        "elapsed_ms": round(attempt.elapsed_ms, 3),
    }


def finding(found: Finding, evidence: Evidence) -> dict[str, Any]:
    """One finding as plain values, `message` and `fix` from its page."""
    return {
        "id": found.id,
        "severity": found.severity,
        "party": found.party,
        "certificate": found.certificate,
        "field": found.field,
        "expected": found.expected,
        "seen": found.seen,
        "message": pages.message(found, evidence),
        "fix": pages.fix(found),
        "rivals": list(found.rivals),
    }


def _trial(trial: FixTrial, evidence: Evidence) -> dict[str, Any]:
    return {
        "title": trial.title,
        "grade": trial.grade,
        "claim": trial.claim,
        "shortcut": trial.shortcut,
        "changed": [_difference(d) for d in trial.changed],
        "attempts": [attempt(a) for a in trial.attempts],
        "attacks": [_attack(a) for a in trial.attacks],
        "findings": [finding(f, evidence) for f in trial.findings],
    }


def _attack(attack: AttackOutcome) -> dict[str, Any]:
    return {"id": attack.id, "outcome": attack.outcome, "why": attack.why, "token": attack.token or None}


def _difference(difference: Difference) -> dict[str, Any]:
    before, after = values.change(difference)
    return {"path": difference.path, "before": before, "after": after}


def _clean(value: Any, tokens: frozenset[str]) -> Any:
    if isinstance(value, str):
        return redact(value, keep=tokens)
    if isinstance(value, list):
        return [_clean(item, tokens) for item in value]
    if isinstance(value, dict):
        return {redact(key, keep=tokens): _clean(item, tokens) for key, item in value.items()}
    return value
