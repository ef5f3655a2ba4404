"""What the page of many scenarios shows: one table, and below it what did not behave. Law: plain values, as in
`page_scenario`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.model.report import Report
from simulator.report import words


def view(reports: Sequence[Report], failures: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """The values of `page_all.html.j2`."""
    good = sum(1 for report in reports if report.behaved)
    return {
        "good": good,
        "total": len(reports) + len(failures),
        "rows": [_row(report) for report in reports],
        "wrong": [
            {"id": report.scenario.id, "problems": list(report.problems)} for report in reports if not report.behaved
        ],
        "failures": [{"id": id, "family": family, "why": " ".join(why.split())} for id, family, why in failures],
    }


def _row(report: Report) -> dict[str, Any]:
    attempt = words.asked(report)
    grades = [words.GRADES[trial.grade] for trial in report.trials]
    return {
        "id": report.scenario.id,
        "title": report.scenario.title,
        "family": report.scenario.family,
        "client": attempt.client if attempt else "",
        "verdict": attempt.verdict if attempt else "not run",
        "findings": [finding.id for finding in report.findings],
        "grades": [f"{grades.count(grade)} {grade}" for grade in dict.fromkeys(grades)],
        "behaved": report.behaved,
    }
