"""The drawn chain of a terminal report: anchor first, what it signed under it, what is wrong beside each.

Law: a mark is a sign and words, never a colour alone; where no certificate was seen, it says what was seen instead.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.model.finding import PathNode
from simulator.model.report import Report
from simulator.report import words
from simulator.report.inert import cells
from simulator.report.sheet import GLUE, Sheet, Span

Safe = Callable[[str], str]
ENDS = {
    "bytes": "the port answered, but not in TLS",
    "refused": "nothing listens on this port",
    "eof": "the server hung up before it showed a certificate",
    "reset": "the server hung up before it showed a certificate",
    "timeout": "the server never answered",
    "alert": "the server refused before it showed a certificate",
    "unresolved": "the name leads nowhere",
}
"""How a visit ended that saw no certificate."""


def draw(sheet: Sheet, safe: Safe, report: Report) -> None:
    """Draws the path, in columns where there is room for them."""
    evidence = report.evidence
    if not report.path and evidence.refusal is None:
        for end in sorted({v.end for v in evidence.visits if v.purpose == "sni"} & ENDS.keys()):
            sheet.paragraph([("bad", f"✗ {ENDS[end]}")], hang=2)
        return
    names = [safe(node.subject) or "(no subject)" for node in report.path]
    widest = max((3 * depth + cells(name) for depth, name in enumerate(names)), default=0)
    column = max(31, widest + 2) if sheet.width >= 72 and widest <= sheet.width - 40 else 0
    for depth, (node, name) in enumerate(zip(report.path, names, strict=True)):
        branch = " " * (3 * max(0, depth - 1)) + ("└─ " if depth else "")
        _row(sheet, [("dim", branch), ("title", name)], *_facts(node, report), column=column)


def _facts(node: PathNode, report: Report) -> tuple[list[Span], list[Span]]:
    """What is true of a certificate, and what is wrong with it."""
    if node.place == "missing":
        looked = report.evidence.settings.verify
        return [("bad", "✗ neither trusted nor sent") if looked else ("dim", "not looked for")], []
    severities = {finding.id: finding.severity for finding in report.findings}
    marks: list[Span] = []
    for id in node.marks:
        severe = severities.get(id, "error") == "error"
        marks.append(("bad", f"✗ {words.mark(id)}") if severe else ("warn", f"! {words.mark(id)}"))
    facts: list[Span] = [("dim", f"until {words.day(node.not_after)}")]
    if node.place == "anchor":
        facts.append(("good", "trusted"))
    elif not marks:
        facts.append(("dim", "sent by the server"))
    return facts, marks


def _row(sheet: Sheet, head: list[Span], facts: list[Span], marks: list[Span], *, column: int) -> None:
    branch = len(head[0][1])
    if not column:
        sheet.paragraph(_glued(head), indent=3, hang=branch)
        for fact in (*facts, *marks):
            sheet.paragraph([fact], indent=3 + branch + 2, hang=2)
        return
    head = [*head, ("", " " * (column - sum(cells(text) for _, text in head))), facts[0]]
    for fact in facts[1:]:
        head += [("", "   "), fact]
    tail = [span for mark in marks for span in (("", GLUE * 2 + " "), mark)]
    sheet.paragraph([*_glued(head), *tail], indent=3, hang=column)


def _glued(spans: list[Span]) -> list[Span]:
    """The spans as one word, so that a margin is not swallowed as a place to break."""
    return [(style, text.replace(" ", GLUE)) for style, text in spans]
