"""The last two sections of a terminal report: what was tried and is wrong, and what mends it.

Law: a shortcut is never scolded, it is shown losing; nothing is called safe: so many attacks got in, or none did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.model.finding import Finding
from simulator.model.report import FixTrial
from simulator.report import clause, pages, values, words
from simulator.report.sheet import GLUE, Sheet, Span

Safe = Callable[[str], str]
MOST = 6
"""Differences shown beside a fix; further ones are counted."""


def tempting(sheet: Sheet, safe: Safe, trials: Sequence[FixTrial]) -> None:
    """Each trial that is no cure: its title, what it is worth, and the first thing that went wrong."""
    for trial in trials:
        style = "bad" if trial.grade in ("dangerous", None) else "warn"
        sheet.row([("title", safe(trial.title))], [(style, _worth(trial))], indent=3)
        for paragraph in _reasons(trial, safe):
            sheet.paragraph(paragraph, indent=5)


def fixes(sheet: Sheet, safe: Safe, trials: Sequence[FixTrial], findings: Sequence[Finding]) -> None:
    """Each cure: how the client fared, what it changed; behind the first one the command that does it."""
    for number, trial in enumerate(trials):
        sheet.row([("title", safe(trial.title))], [("good", f"cure: {words.answer(trial)}")], indent=3)
        named = ": " + ", ".join(a.id for a in trial.attacks) if trial.attacks and not number else ""
        sheet.paragraph([("good", words.verdict(trial)), ("dim", named)], indent=5)
        for difference in trial.changed[:MOST]:
            before, after = values.change(difference)
            path: Span = ("", safe(difference.path) + GLUE * 2)
            sheet.paragraph([path, ("dim", safe(before)), ("", " → "), ("good", safe(after))], indent=5, hang=2)
        if len(trial.changed) > MOST:
            sheet.paragraph([("dim", f"and {len(trial.changed) - MOST} more differences")], indent=5)
        if not number and findings:
            _commands(sheet, findings[0].id, trial)


def _worth(trial: FixTrial) -> str:
    if trial.grade == "no-effect":
        return f"no effect: still {words.answer(trial)}"
    return f"{words.GRADES[trial.grade]}: {words.verdict(trial)}"


def _reasons(trial: FixTrial, safe: Safe) -> list[list[Span]]:
    if trial.grade in ("dangerous", None):
        wanted = "admitted" if trial.grade else "not-run"
        first = next((a for a in trial.attacks if a.outcome == wanted), None)
        if first is None:
            return []
        token = f": {safe(first.token[:8])}…" if first.token and first.token not in first.why else ""
        return [[("", safe(first.why) + token), ("dim", f" ({first.id})")]]
    if trial.grade == "no-effect":
        attempt = trial.attempts[0] if trial.attempts else None
        if attempt is None or attempt.verdict != "rejected":
            return [[("", "and every finding is still there")]]
        start, end = clause.decisive(attempt.error, attempt.exceptions)
        return [[("", safe(attempt.error[start:end]))]]
    left = ", ".join(f.id for f in trial.findings)
    told = f"still there: {left}" if left else "for this client only: a fresh one is refused"
    return [[("", f"{words.answer(trial)}, but {told}")]]


def _commands(sheet: Sheet, id: str, trial: FixTrial) -> None:
    """What a person would type: in Python where only the client's own settings changed, else in the shell."""
    client = bool(trial.changed) and all(
        d.path.startswith(("client.", "ambient.")) or d.after is None for d in trial.changed
    )
    page = pages.page(id)
    if client and page.code("python"):
        for line in page.code("python")[0].splitlines():
            sheet.paragraph([("code", line.replace(" ", GLUE) if line[:1] == " " else line)], indent=5, hang=4)
        return
    for block in page.code("sh")[:1]:
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip():
                sheet.command(" ".join(line.split()) if "'" not in line else line.strip())
