"""A diagnosis as Markdown, for an issue or a pull request: the same order as in the terminal.

Law: data from outside stands in code spans or fences that it cannot close, or is escaped; nothing in it is markup.
"""

from __future__ import annotations

from simulator.model.diagnosis import DiagnosisReport
from simulator.model.finding import Finding
from simulator.report import clause, diagnosis_words, pages, words
from simulator.report.markdown import code, escaped, fence
from simulator.report.redact import redact


def render(report: DiagnosisReport) -> str:
    """The diagnosis as a Markdown document."""
    lines = [f"# {code(redact(report.target))}", "", f"{diagnosis_words.summary(report).capitalize()}.", ""]
    if report.served:
        lines += ["| sent | subject | issuer | names | dates |", "|---|---|---|---|---|"]
    for shown in report.served[: diagnosis_words.MOST]:
        if shown.problem:
            lines.append(f"| {shown.place} | {_text(shown.problem)} | | | |")
            continue
        names, dates = _text(", ".join(shown.names)) or "none", diagnosis_words.dates(shown)
        lines.append(f"| {shown.place} | {_text(shown.subject)} | {_text(shown.issuer)} | {names} | {dates} |")
    lines += ["", "## What clients say", ""]
    for attempt in report.evidence.attempts:
        lines += [f"{_text(attempt.client)}: {attempt.verdict}", ""]
        if attempt.error:
            lines += [fence(redact(clause.last_words(attempt)), "text"), ""]
    for told in report.foretold:
        code_ = f" ({told.verify_code})" if told.verify_code else ""
        said = f": {_text(told.words)}{code_}" if told.words else ""
        lines.append(f"- {told.client}, Python {told.python}: {told.verdict}{said}")
    lines += ["", "## What is wrong" if report.findings else "## Nothing is wrong"]
    for number, finding in enumerate(report.findings, 1):
        lines += _finding(number, finding, report)
    if report.notes:
        lines += ["", "## Good to know", "", *(f"- {_text(note)}" for note in report.notes)]
    if report.path:
        lines += ["", "## The path to trust", ""]
        lines += [f"- {_text(n.subject)}: {n.place}, until {words.day(n.not_after)}" for n in report.path]
    return "\n".join(lines) + "\n"


def _finding(number: int, finding: Finding, report: DiagnosisReport) -> list[str]:
    lines = ["", f"### {number}. {finding.id} · {pages.title(finding.id)}", ""]
    lines.append(f"{finding.severity.capitalize()}, {diagnosis_words.mender(finding)}.")
    lines.append("")
    if finding.certificate:
        lines.append(f"- where: {_text(diagnosis_words.place(finding))}")
    if finding.expected:
        lines.append(f"- expected: {_text(finding.expected)}")
    if finding.seen:
        lines.append(f"- seen: {_text(finding.seen)}")
    lines += ["", _text(pages.message(finding, report.evidence))]
    fix = pages.fix(finding)
    if fix:
        lines += ["", f"**Fix.** {_text(fix)}"]
    commands = diagnosis_words.commands(finding, report)
    if commands:
        lines += ["", fence("\n".join(commands), "sh")]
    for rival in finding.rivals:
        lines += ["", f"Or is it {rival}? {_text(diagnosis_words.question(finding.id, rival))}"]
    return lines


def _text(text: str) -> str:
    return escaped(redact(text))
