"""A diagnosis for machines: JSON format 1, whose meaning never changes within the format.

Law: values in, text out; what is not ours to show stays out. The schema is `schema/diagnose.schema.json`.
"""

from __future__ import annotations

from typing import Any

from simulator.model.diagnosis import DiagnosisReport, Shown
from simulator.report import diagnosis_words, json_report, words
from simulator.report.redact import redact


def render(report: DiagnosisReport) -> str:
    """The diagnosis as a JSON document."""
    return json_report.dumps(document(report))


def document(report: DiagnosisReport) -> dict[str, Any]:
    """The diagnosis as plain values."""
    evidence = report.evidence
    value: dict[str, Any] = {
        "format": report.format,
        "target": report.target,
        "live": report.live,
        "verdict": report.verdict,
        "client": {
            "name": evidence.settings.client,
            "traits": list(evidence.settings.traits),
            "security_level": evidence.settings.security_level,
        },
        "attempts": [json_report.attempt(one) for one in evidence.attempts],
        "foretold": [
            {
                "client": told.client,
                "python": told.python,
                "verdict": told.verdict,
                "verify_code": told.verify_code,
                "words": told.words,
            }
            for told in report.foretold
        ],
        "served": [_shown(one) for one in report.served],
        "path": [
            {"subject": n.subject, "not_after": words.day(n.not_after), "place": n.place, "findings": list(n.marks)}
            for n in report.path
        ],
        "findings": [
            {
                **json_report.finding(one, evidence),
                "commands": diagnosis_words.commands(one, report),
                "tell_apart": [{"rival": r, "question": diagnosis_words.question(one.id, r)} for r in one.rivals],
            }
            for one in report.findings
        ],
        "notes": list(report.notes),
        "environment": dict(evidence.environment),
    }
    cleaned: dict[str, Any] = _clean(value)
    return cleaned


def _shown(one: Shown) -> dict[str, Any]:
    return {
        "place": one.place,
        "subject": one.subject,
        "issuer": one.issuer,
        "names": list(one.names),
        "not_before": None if one.not_before is None else words.day(one.not_before),
        "not_after": None if one.not_after is None else words.day(one.not_after),
        "problem": one.problem,
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return {key: _clean(item) for key, item in value.items()} if isinstance(value, dict) else value
