"""The page of a diagnosis, as values. Law: they are plain, as in `page_scenario`; what is foretold is no run."""

from __future__ import annotations

from typing import Any

from simulator.model.diagnosis import DiagnosisReport, Foretold, Shown
from simulator.report import calls, clause, drawing, pages, words
from simulator.report.page import drawn
from simulator.report.page_scenario import ending, finding, lines, typed


def view(report: DiagnosisReport) -> dict[str, Any]:
    """The values of `page_diagnosis.html.j2`."""
    attempt = words.attempt_of(report.evidence)
    said = ("", "", "")
    if attempt is not None and attempt.error:
        whole = clause.last_words(attempt)
        start, end = clause.decisive(whole, attempt.exceptions)
        said = (lines(whole[:start]), lines(whole[start:end]), lines(whole[end:]))
    return {
        "target": report.target,
        "live": report.live,
        "verdict": report.verdict,
        "ok": report.ok,
        "client": report.evidence.settings.client,
        "version": attempt.version if attempt else "",
        "ending": ending(attempt) if attempt else "",
        "call": calls.call(report.evidence, attempt.client) if attempt else [],
        "before": said[0],
        "mark": said[1],
        "after": said[2],
        "trust": calls.trust(report.evidence),
        "chain": drawn(drawing.svg(report.path, report.findings, report.evidence)),
        "served": [_shown(one) for one in report.served],
        "findings": [{**finding(f, report), "commands": _commands(f.id), "fix": pages.fix(f)} for f in report.findings],
        "foretold": [_foretold(one) for one in report.foretold],
        "notes": list(report.notes),
    }


def _commands(id: str) -> list[dict[str, Any]]:
    page = pages.page(id)
    return [typed(language, block) for language in ("sh", "python") for block in page.code(language)]


def _shown(one: Shown) -> dict[str, Any]:
    dates = "" if one.not_after is None else words.day(one.not_after)
    begins = "" if one.not_before is None else words.day(one.not_before)
    return {
        "place": one.place,
        "subject": one.subject,
        "issuer": one.issuer,
        "names": list(one.names),
        "from": begins,
        "until": dates,
        "problem": one.problem,
    }


def _foretold(one: Foretold) -> dict[str, str]:
    return {"client": one.client, "python": one.python, "verdict": one.verdict, "words": one.words}
