"""What the page of a scenario shows, as plain values for its template. Law: nothing is escaped here and nothing is
decided: `page` escapes, and the report was computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.model.evidence import Attempt
from simulator.model.finding import FINDINGS, Finding
from simulator.model.report import FixTrial, Report
from simulator.report import calls, clause, drawing, pages, values, words
from simulator.report.chain import ENDS
from simulator.report.page import drawn
from simulator.report.scenes import scene
from simulator.report.wrapping import break_command

SEVERITIES = {"error": "error", "warning": "danger", "note": "note"}
MEANS = {
    "error": "the client refuses for this",
    "warning": "the client accepts, and somebody is in danger",
    "note": "this client accepts; a stricter one would not",
}
COLUMNS = 84
"""Of a shell command on the page."""
PARTIES = {
    "issuer": "whoever issued the certificate",
    "server": "whoever runs the server",
    "client": "whoever runs the client",
}


def view(report: Report, following: str | None) -> dict[str, Any]:
    """The values of `page_scenario.html.j2`."""
    scenario, evidence = report.scenario, report.evidence
    wrong = [t for t in report.trials if t.grade != "cure"]
    cures = [t for t in report.trials if t.grade == "cure"]
    refusal = evidence.refusal.message.strip().rpartition("\n")[2] if evidence.refusal else ""
    return {
        "id": scenario.id,
        "title": scenario.title,
        "family": scenario.family,
        "level": scenario.level,
        "story": paragraphs(scenario.story),
        "url": evidence.url,
        "trust": calls.trust(evidence),
        "refusal": refusal,
        "chain": drawn(drawing.svg(report.path, report.findings, evidence)),
        "unseen": unseen(report),
        "asked": asked(report),
        "others": [_other(a) for a in evidence.attempts if a is not words.asked(report)],
        "findings": [finding(f, report) for f in report.findings],
        "wrong": [_trial(t) for t in wrong],
        "tempting": any(t.shortcut for t in wrong),
        "cures": [_trial(t) for t in cures],
        "graded": cures[0].attempts[0].client if cures and cures[0].attempts else "requests",
        "commands": commands(report.findings, cures[0] if cures else None),
        "problems": list(report.problems),
        "environment": list(report.environment),
        "serve": f"simulate {scenario.id} --serve",
        "following": f"simulate {following}" if following else "",
    }


def paragraphs(text: str) -> list[str]:
    """Paragraphs, each one line."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def unseen(report: Report) -> list[str]:
    """What was seen in the place of a certificate, where none was."""
    if report.path or report.evidence.refusal is not None:
        return []
    return [ENDS[end] for end in sorted({v.end for v in report.evidence.visits if v.purpose == "sni"} & ENDS.keys())]


def asked(report: Report) -> dict[str, Any] | None:
    """The attempt of the client that the report is about, its decisive words cut out; None: not run."""
    attempt = words.asked(report)
    if attempt is None:
        return None
    said = clause.last_words(attempt)
    start, end = clause.decisive(said, attempt.exceptions) if attempt.verdict == "rejected" else (0, 0)
    danger = any(f.severity == "warning" for f in report.findings)
    return {
        "client": attempt.client,
        "version": attempt.version,
        "verdict": attempt.verdict,
        "ending": ending(attempt),
        "call": calls.call(report.evidence, attempt.client),
        "before": lines(said[:start]),
        "mark": " ".join(said[start:end].split("\n")),
        "after": lines(said[end:]),
        "status": words.status(attempt.status),
        "comment": "nothing failed, and that is the trouble" if danger else "nothing failed",
    }


def lines(text: str) -> str:
    """A text on one line: a page breaks lines itself."""
    return " ".join(text.split("\n"))


def ending(attempt: Attempt) -> str:
    """How an attempt ended, and when."""
    if attempt.verdict == "not-run":
        return "not run"
    took = f" after {attempt.elapsed_ms:.0f} ms" if attempt.elapsed_ms >= 0.5 else ""
    return attempt.verdict + took


def _other(attempt: Attempt) -> dict[str, str]:
    start, end = clause.decisive(attempt.error, attempt.exceptions)
    said = lines(attempt.error if attempt.verdict == "not-run" else attempt.error[start:end])
    return {"client": attempt.client, "version": attempt.version, "verdict": attempt.verdict, "said": said}


def finding(found: Finding, report: Any) -> dict[str, Any]:
    """One finding with its explanation. `report`: whatever has the evidence."""
    kind = FINDINGS.get(found.id)
    names = kind is not None and "reference" in kind.reads
    field = found.field
    return {
        "id": found.id,
        "title": pages.title(found.id),
        "severity": SEVERITIES[found.severity],
        "means": MEANS[found.severity],
        "party": PARTIES[found.party],
        "place": pages.place(found.certificate) if found.certificate else "",
        "labels": ("asked for", "certificate has") if names else (f"{field} should be", f"{field} is"),
        "expected": found.expected,
        "seen": found.seen,
        "why": [list(paragraph) for paragraph in pages.why(found, report.evidence)],
        "rivals": [{"id": rival, "title": pages.title(rival)} for rival in found.rivals],
    }


def _trial(trial: FixTrial) -> dict[str, Any]:
    admitted = [attack for attack in trial.attacks if attack.outcome == "admitted"]
    return {
        "title": trial.title,
        "grade": words.GRADES[trial.grade],
        "kind": trial.grade or "none",
        "answer": words.answer(trial),
        "verdict": words.verdict(trial),
        "scenes": [
            {
                "id": attack.id,
                "victim": scene(attack).victim,
                "attacker": scene(attack).attacker,
                "left_out": scene(attack).left_out,
                "story": scene(attack).story,
                "lost": attack.why,
                "token": attack.token[:8] + "…" if attack.token else "",
            }
            for attack in admitted
        ],
        "kept_out": [attack.id for attack in trial.attacks if attack.outcome == "kept-out"],
        "unclear": [f"{attack.id}: {attack.why}" for attack in trial.attacks if attack.outcome == "not-run"],
        "still": _still(trial),
        "changed": [
            {"path": d.path, "before": values.change(d)[0], "after": values.change(d)[1]} for d in trial.changed
        ],
    }


def _still(trial: FixTrial) -> str:
    """Why a change that let nobody in is no cure."""
    if trial.grade == "no-effect":
        attempt = trial.attempts[0] if trial.attempts else None
        if attempt is None or attempt.verdict != "rejected":
            return "Every finding is still there."
        start, end = clause.decisive(attempt.error, attempt.exceptions)
        return lines(attempt.error[start:end])
    if trial.grade == "workaround":
        left = ", ".join(f.id for f in trial.findings)
        return f"Still there: {left}." if left else "For this client only: a fresh one is refused."
    return ""


def commands(findings: Sequence[Finding], cure: FixTrial | None) -> list[dict[str, Any]]:
    """What a person would type to mend the first finding: in Python first where only the client's settings changed."""
    if not findings or cure is None:
        return []
    page = pages.page(findings[0].id)
    client = bool(cure.changed) and all(d.path.startswith(("client.", "ambient.")) for d in cure.changed)
    order = ("python", "sh") if client else ("sh", "python")
    return [typed(language, block) for language in order for block in page.code(language)]


def typed(language: str, block: str) -> dict[str, Any]:
    """What somebody would type: Python as it stands, shell commands broken where they mean the same."""
    if language == "python":
        return {"name": "in Python", "lines": block.splitlines()}
    whole = block.replace("\\\n", " ").splitlines()
    lines = [part for line in whole for part in break_command(line, COLUMNS)]
    return {"name": "in a shell", "lines": lines}
