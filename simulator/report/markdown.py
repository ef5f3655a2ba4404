"""The report as Markdown, for an issue, a pull request or a handout: the same order as in the terminal.

Law: data from outside stands in code spans or fences that it cannot close, or is escaped; nothing in it is markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.model.report import FixTrial, Report
from simulator.report import calls, clause, pages, values, words
from simulator.report.inert import inert
from simulator.report.redact import redact

_ACTIVE = str.maketrans({c: "\\" + c for c in "\\`*_{}[]<>#|!~&@"})


def render(report: Report, *, following: str | None = None) -> str:
    """One report as a Markdown document."""
    return _Page(report).all(following)


def render_all(reports: Iterable[Report], *, failures: Sequence[tuple[str, str, str]] = ()) -> str:
    """Many reports as one table, and what did not behave below it. `failures`: id, family and reason of what could
    not be run."""
    found = list(reports)
    wrong = [r for r in found if not r.behaved]
    lines = [
        "# Scenarios",
        "",
        f"{len(found) - len(wrong)} of {len(found) + len(failures)} behaved as their files say.",
        "",
        "| scenario | client | verdict | findings | grades | as its file says |",
        "|---|---|---|---|---|---|",
    ]
    for report in found:
        attempt = words.asked(report)
        grades = ", ".join(f"{escaped(t.title)}: {words.GRADES[t.grade]}" for t in report.trials)
        lines.append(
            f"| {escaped(report.scenario.id)} | {escaped(attempt.client if attempt else '')} "
            f"| {attempt.verdict if attempt else 'not run'} | {', '.join(f.id for f in report.findings) or 'none'} "
            f"| {grades or 'none'} | {'yes' if report.behaved else '**no**'} |"
        )
    for report in wrong:
        lines += ["", f"## {escaped(report.scenario.id)}", "", *(f"- {escaped(p)}" for p in report.problems)]
    for id, _, why in failures:
        lines += ["", f"## {escaped(id)}", "", f"- could not be run: {escaped(redact(why))}"]
    return "\n".join(lines) + "\n"


class _Page:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._lines: list[str] = []
        self._tokens = frozenset(a.token for t in report.trials for a in t.attacks if a.token)

    def all(self, following: str | None) -> str:
        scenario, evidence = self._report.scenario, self._report.evidence
        self._add(f"# {self._safe(scenario.id)} · {self._safe(scenario.title)}", "")
        story = self._safe(" ".join(scenario.story.split()))
        self._add(f"{self._safe(scenario.family)}, level {scenario.level}. {story}".strip())
        self._add("", "## What was built", "", code(redact(evidence.url)), "")
        self._add(*(f"- {code(redact(line))}" for line in calls.trust(evidence)))
        for node in self._report.path:
            marks = ", ".join(words.mark(m) for m in node.marks)
            self._add(
                f"- {self._safe(node.subject)}: until {words.day(node.not_after)}, {node.place}"
                + (f" ✗ {marks}" if marks else "")
            )
        self._said()
        self._why()
        self._trials("Tempting, and wrong", [t for t in self._report.trials if t.grade != "cure"])
        self._trials("The fix, proven", [t for t in self._report.trials if t.grade == "cure"])
        self._commands()
        if self._report.problems:
            self._add("", "## This scenario did not behave as its file says", "")
            self._add(*(f"- {self._safe(p)}" for p in self._report.problems))
        self._add("", "Try it yourself: " + code(f"simulate {scenario.id} --serve"))
        if following:
            self._add("", "Next: " + code(f"simulate {following}"))
        return "\n".join(self._lines) + "\n"

    def _said(self) -> None:
        for attempt in self._report.evidence.attempts:
            self._add("", f"## What {self._safe(attempt.client)} said: {attempt.verdict}", "")
            self._add(fence("\n".join(calls.call(self._report.evidence, attempt.client)), "python"))
            if attempt.error:
                self._add("", fence(redact(clause.last_words(attempt), keep=self._tokens), "text"))

    def _why(self) -> None:
        if not self._report.findings:
            return
        self._add("", "## Why")
        for finding in self._report.findings:
            self._add("", f"### {finding.id} · {pages.title(finding.id)}", "")
            self._add(f"Severity: {finding.severity}. Who can mend it: {finding.party}.", "")
            if finding.expected:
                self._add(f"- expected: {self._safe(finding.expected)}")
            if finding.seen:
                self._add(f"- seen: {self._safe(finding.seen)}")
            for paragraph in pages.why(finding, self._report.evidence):
                self._add("", "".join(code(t) if style else self._safe(t) for style, t in paragraph))
            if finding.rivals:
                self._add("", f"This evidence would also fit: {', '.join(finding.rivals)}.")

    def _trials(self, heading: str, trials: list[FixTrial]) -> None:
        if trials:
            self._add("", f"## {heading}", "")
        for trial in trials:
            told = words.answer(trial)
            self._add(f"- **{self._safe(trial.title)}**: {words.GRADES[trial.grade]} ({told}; {words.verdict(trial)})")
            for attack in trial.attacks:
                if attack.outcome != "kept-out":
                    token = f": {code(attack.token[:8] + '…')}" if attack.token else ""
                    self._add(f"  - {attack.id}: {self._safe(attack.why)}{token}")
            for difference in trial.changed if trial.grade == "cure" else ():
                before, after = values.change(difference)
                self._add(f"  - {code(f'{difference.path}  {before} → {after}')}")

    def _commands(self) -> None:
        for finding in self._report.findings[:1]:
            for language in ("sh", "python"):
                self._add(*("\n" + fence(block, language) for block in pages.page(finding.id).code(language)))

    def _safe(self, text: str) -> str:
        return escaped(redact(text, keep=self._tokens))

    def _add(self, *lines: str) -> None:
        self._lines += lines


def escaped(text: str) -> str:
    """Text from outside as Markdown that is only text."""
    return inert(text.replace("\n", " ")).translate(_ACTIVE)


def code(text: str) -> str:
    """A code span that its content cannot close."""
    content = inert(text)
    ticks = "`"
    while ticks in content:
        ticks += "`"
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{ticks}{pad}{content}{pad}{ticks}"


def fence(text: str, language: str) -> str:
    """A code block that its content cannot close."""
    content = "\n".join(inert(line) for line in text.split("\n"))
    ticks = "```"
    while ticks in content:
        ticks += "`"
    return f"{ticks}{language}\n{content}\n{ticks}"
