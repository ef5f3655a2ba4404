"""A diagnosis in a terminal: what is served, what clients say, what is wrong in which order, who can mend it and how.

Law: a leaf over `DiagnosisReport`. Everything from outside is made inert; no meaning by colour alone.
"""

from __future__ import annotations

from simulator.model.diagnosis import DiagnosisReport, Foretold, Shown
from simulator.model.finding import Finding, PathNode
from simulator.report import calls, clause, diagnosis_words, pages, words
from simulator.report.inert import cells, inert
from simulator.report.redact import redact
from simulator.report.sheet import GLUE, Sheet, Span

_STYLES = {"error": "bad", "warning": "warn", "note": "dim"}
_MARKS = {"error": "✗", "warning": "!", "note": "·"}


def render(report: DiagnosisReport, *, width: int, colour: bool, plain: bool = False) -> str:
    """The diagnosis as lines of at most `width` columns. `plain`: ASCII alone."""
    return _Terminal(report, Sheet(width, colour=colour, plain=plain)).all()


class _Terminal:
    def __init__(self, report: DiagnosisReport, sheet: Sheet) -> None:
        self._report = report
        self._sheet = sheet

    def all(self) -> str:
        style = "bad" if self._report.verdict == "rejected" else "good" if self._report.ok else "warn"
        self._sheet.row([("title", _safe(self._report.target))], [(style, diagnosis_words.summary(self._report))])
        self._served()
        self._said()
        self._wrong()
        if self._report.notes:
            self._heading("Good to know")
            for note in self._report.notes:
                self._sheet.paragraph([("", "- " + _safe(note))], hang=2)
        self._sheet.blank()
        for label, command in diagnosis_words.following(self._report):
            self._sheet.pair(label, [("code", _safe(command))], indent=1, column=12)
        return self._sheet.text()

    def _heading(self, title: str, right: str = "") -> None:
        self._sheet.blank()
        self._sheet.row([("head", title)], [("dim", right)] if right else [])

    def _served(self) -> None:
        report = self._report
        count = len(report.served)
        if count:
            verb = "The server sends" if report.live else "What would be served"
            self._heading(verb, f"{count} certificate{'' if count == 1 else 's'}")
        for shown in report.served[: diagnosis_words.MOST]:
            self._certificate(shown)
        if count > diagnosis_words.MOST:
            self._sheet.paragraph([("dim", f"and {count - diagnosis_words.MOST:,} more")])
        if report.path:
            self._heading("The path to trust", _safe("; ".join(calls.trust(report.evidence)[:1])))
            for depth, node in enumerate(report.path[: diagnosis_words.MOST]):
                self._node(node, depth)

    def _certificate(self, shown: Shown) -> None:
        if shown.problem:
            self._sheet.pair(shown.place, [("bad", _safe(shown.problem))], column=12)
            return
        self._sheet.pair(shown.place, [("title", _safe(shown.subject) or "(no subject)")], column=12)
        self._sheet.pair("  from", [("", _safe(shown.issuer) or "(no name)")], column=12)
        if shown.names:
            self._sheet.pair("  names", [("", _safe(", ".join(shown.names)))], column=12)
        self._sheet.pair("  dates", [("dim", diagnosis_words.dates(shown))], column=12)

    def _node(self, node: PathNode, depth: int) -> None:
        branch = " " * (3 * max(0, depth - 1)) + ("└─ " if depth else "")
        spans: list[Span] = [("dim", branch.replace(" ", GLUE)), ("title", _safe(node.subject) or "(no subject)")]
        if node.place == "missing":
            spans.append(("bad", "  ✗ neither trusted nor sent".replace("  ", GLUE * 2, 1)))
        else:
            place = "trusted" if node.place == "anchor" else "sent"
            spans.append(("dim", f"{GLUE * 2}until {words.day(node.not_after)}, {place}"))
            spans += [("bad", f"{GLUE * 2}✗ {words.mark(id)}") for id in node.marks]
        self._sheet.paragraph(spans, indent=3, hang=cells(branch) + 2)

    def _said(self) -> None:
        report = self._report
        attempt = report.evidence.attempts[0] if report.evidence.attempts else None
        if attempt is not None:
            took = f" after {attempt.elapsed_ms:.0f} ms" if attempt.elapsed_ms >= 0.5 else ""
            self._heading(f"What {_safe(attempt.client)} said", f"{attempt.verdict}{took}")
            for line in calls.call(report.evidence, attempt.client):
                self._sheet.paragraph([("code", _safe(line))], hang=2)
            if attempt.verdict == "accepted":
                self._sheet.paragraph([("good", words.status(attempt.status))])
            elif attempt.verdict == "rejected":
                said = clause.last_words(attempt)
                start, end = clause.decisive(said, attempt.exceptions)
                parts = (("", said[:start]), ("mark", said[start:end]), ("", said[end:]))
                self._sheet.paragraph([(style, _safe(" ".join(text.split("\n")))) for style, text in parts if text])
            else:
                self._sheet.paragraph([("warn", _safe(attempt.error))])
        else:
            self._heading("What clients would say")
        for told in report.foretold:
            self._foretold(told)

    def _foretold(self, told: Foretold) -> None:
        spans: list[Span] = [("good" if told.verdict == "accepted" else "bad", told.verdict)]
        if told.words or told.verify_code:
            code = f" ({told.verify_code})" if told.verify_code else ""
            spans.append(("", f": {_safe(told.words)}{code}" if told.words else code))
        self._sheet.pair(f"{told.client}, Python {told.python}", spans, column=34)

    def _wrong(self) -> None:
        findings = self._report.findings
        if not findings:
            self._heading("Nothing is wrong")
            return
        self._heading("What is wrong" + (", in the order in which it would surface" if len(findings) > 1 else ""))
        for number, finding in enumerate(findings, 1):
            self._finding(number, finding)

    def _finding(self, number: int, finding: Finding) -> None:
        style = _STYLES[finding.severity]
        title: list[Span] = [
            (style, f"{number} {_MARKS[finding.severity]} {finding.severity}"),
            ("", " "),
            ("title", finding.id),
            ("", f" · {pages.title(finding.id)}"),
        ]
        self._sheet.blank()
        self._sheet.row(title, [("dim", diagnosis_words.mender(finding))], indent=3)
        if finding.certificate:
            self._sheet.pair("where", [("", _safe(diagnosis_words.place(finding)))], indent=5, column=12)
        if finding.expected:
            self._sheet.pair("expected", [("", _safe(finding.expected))], indent=5, column=12)
        if finding.seen:
            self._sheet.pair("seen", [(style, _safe(finding.seen))], indent=5, column=12)
        message = pages.page(finding.id).message
        if message:
            spans = pages.spans(message, finding, self._report.evidence)
            self._sheet.paragraph([(style, _safe(text)) for style, text in spans], indent=5)
        fix = pages.fix(finding)
        if fix:
            self._sheet.paragraph([("good", "Fix: "), ("", _safe(fix))], indent=5)
        for line in diagnosis_words.commands(finding, self._report):
            command, _, comment = line.partition("  # ")  # a comment that is broken in two is no comment any more
            self._sheet.command(_safe(command.rstrip()), indent=7)
            if comment:
                self._sheet.paragraph([("dim", _safe(f"# {comment}"))], indent=9, hang=2)
        for rival in finding.rivals:
            asked = diagnosis_words.question(finding.id, rival)
            told: list[Span] = [("", "Or is it "), ("title", rival), ("", f"? {asked}")]
            self._sheet.paragraph(told, indent=5)


def _safe(text: str) -> str:
    return inert(redact(text))
