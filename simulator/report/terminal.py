"""The report in a terminal: what was built, what the client said, why, what is tempting and wrong, what mends it.

Law: a leaf over `Report`. No meaning by colour or box alone; everything from outside is made inert; no line is wider
than it was told.
"""

from __future__ import annotations

from simulator.model.evidence import Attempt
from simulator.model.finding import FINDINGS, Finding
from simulator.model.report import Report
from simulator.report import calls, chain, clause, pages, trials, words
from simulator.report.inert import cells, inert
from simulator.report.redact import redact
from simulator.report.sheet import GLUE, Sheet, Span

SEVERITIES = {
    "error": "refused for this too",
    "warning": "not refused for this; a danger all the same",
    "note": "not refused for this here; a stricter client would",
}


def render(report: Report, *, width: int, colour: bool, plain: bool = False, following: str | None = None) -> str:
    """The report as lines of at most `width` columns. `plain`: ASCII alone; `following`: the scenario to run next."""
    return _Terminal(report, Sheet(width, colour=colour, plain=plain)).all(following)


class _Terminal:
    def __init__(self, report: Report, sheet: Sheet) -> None:
        self._report = report
        self._sheet = sheet
        self._tokens = frozenset(a.token for t in report.trials for a in t.attacks if a.token)
        self._section = 0

    def all(self, following: str | None) -> str:
        text = self._report.scenario
        title: list[Span] = [("title", self._safe(text.id)), ("", " · "), ("title", self._safe(text.title))]
        self._sheet.row(title, [("dim", f"{self._safe(text.family)} · level {text.level}")])
        if text.story:
            self._sheet.paragraph([("", self._safe(" ".join(text.story.split())))], indent=1)
        self._built()
        self._said()
        self._why()
        wrong = [t for t in self._report.trials if t.grade != "cure"]
        cures = [t for t in self._report.trials if t.grade == "cure"]
        if wrong:
            self._heading("Tempting, and wrong" if any(t.shortcut for t in wrong) else "Tried, and not enough")
            trials.tempting(self._sheet, self._safe, wrong)
        if cures:
            client = cures[0].attempts[0].client if cures[0].attempts else "requests"
            self._heading("The fix, proven", f"graded with {self._safe(client)}")
            trials.fixes(self._sheet, self._safe, cures, self._report.findings)
        self._problems()
        self._next(following)
        return self._sheet.text()

    def _safe(self, text: str) -> str:
        return inert(redact(text, keep=self._tokens))

    def _heading(self, title: str, right: str = "", style: str = "dim") -> None:
        self._section += 1
        self._sheet.blank()
        self._sheet.row([("head", f"{self._section} {title}")], [(style, right)] if right else [])

    # 1

    def _built(self) -> None:
        evidence = self._report.evidence
        self._heading("What was built", self._safe(evidence.url), "code")
        for line in calls.trust(evidence):
            self._sheet.paragraph([("", self._safe(line))], hang=2)
        if evidence.refusal is not None:
            words_ = self._safe(evidence.refusal.message.strip().rpartition("\n")[2])
            self._sheet.paragraph([("bad", "✗ the server did not start: "), ("", words_)], hang=2)
        chain.draw(self._sheet, self._safe, self._report)

    # 2

    def _said(self) -> None:
        evidence = self._report.evidence
        attempt = words.asked(self._report)
        if attempt is None:
            self._heading("What the client said", "not run")
            return
        client = self._safe(attempt.client)
        self._heading(f"What {client} said", *_ending(attempt))
        for line in calls.call(evidence, attempt.client):
            self._sheet.paragraph([("code", self._safe(line))], hang=2)
        if attempt.verdict == "accepted":
            self._sheet.paragraph([("good", words.status(attempt.status)), ("", self._accepted())], hang=2)
        else:
            self._error(attempt)
        for other in evidence.attempts:
            if other is not attempt:
                self._other(other)

    def _accepted(self) -> str:
        if any(f.severity == "warning" for f in self._report.findings):
            return ": nothing failed, and that is the trouble"
        return ": nothing failed" + (", here" if self._report.findings else ", and nothing is wrong")

    def _error(self, attempt: Attempt) -> None:
        said = clause.last_words(attempt)
        start, end = clause.decisive(said, attempt.exceptions)
        spans = [("", said[:start]), ("mark", said[start:end]), ("", said[end:])]
        if attempt.verdict == "not-run":
            spans = [("", said or "no reason was given")]
        self._sheet.paragraph([(style, self._safe(" ".join(t.split("\n")))) for style, t in spans if t])

    def _other(self, attempt: Attempt) -> None:
        spans: list[Span] = [("title", self._safe(attempt.client)), ("", f" {_ending(attempt)[0]}")]
        if attempt.verdict == "rejected":
            start, end = clause.decisive(attempt.error, attempt.exceptions)
            spans.append(("", ": " + self._safe(attempt.error[start:end])))
        elif attempt.verdict == "not-run":
            spans.append(("", ": " + self._safe(attempt.error)))
        self._sheet.paragraph(spans, hang=2)

    # 3

    def _why(self) -> None:
        findings = self._report.findings
        if not findings:
            return
        self._heading("Why")
        first, *others = findings
        self._compared(first)
        for paragraph in pages.why(first, self._report.evidence):
            self._sheet.paragraph([(style, self._safe(text)) for style, text in paragraph])
        if first.rivals:
            rivals: list[Span] = [("", "This evidence would also fit ")]
            for number, rival in enumerate(first.rivals):
                rivals += [("", " or " if number else ""), ("title", rival), ("", f" ({_lower(pages.title(rival))})")]
            self._sheet.paragraph([*rivals, ("", ".")])
        if others:
            self._sheet.blank()
            self._sheet.paragraph([("", "Behind it, in the order in which they would surface:")])
        for number, finding in enumerate(others, 2):
            self._sheet.paragraph(
                [
                    ("", f"{number} "),
                    ("title", finding.id),
                    ("", f" · {_lower(pages.title(finding.id))} "),
                    ("bad" if finding.severity == "error" else "warn", f"({SEVERITIES[finding.severity]})"),
                ],
                hang=2,
            )
            told = self._safe(finding.seen)
            if told:
                self._sheet.paragraph([("dim", f"{self._safe(finding.field) or 'seen'}: {told}")], indent=5)

    def _compared(self, finding: Finding) -> None:
        kind = FINDINGS.get(finding.id)
        if kind is not None and "reference" in kind.reads:
            labels = ("asked for", "certificate has")
        else:
            named = f"{finding.field}=" in f"{finding.expected} {finding.seen}".replace(" =", "=")
            field = "" if named else self._safe(finding.field)
            labels = (f"{field} should be".strip(), f"{field} is".strip())
        column = min(34, max(18, *(cells(label) + 2 for label in labels)))
        if finding.expected:
            self._sheet.pair(labels[0], [("", self._safe(finding.expected))], column=column)
        if finding.seen:
            self._sheet.pair(labels[1], [("bad", self._safe(finding.seen))], column=column)

    # last

    def _problems(self) -> None:
        if not self._report.problems:
            return
        self._sheet.blank()
        self._sheet.row([("bad", "✗ This scenario did not behave as its file says")])
        for problem in self._report.problems:
            self._sheet.paragraph([("", "- " + self._safe(problem))], hang=2)

    def _next(self, following: str | None) -> None:
        self._sheet.blank()
        tried = f"simulate {self._safe(self._report.scenario.id)} --serve"
        after = f"simulate {self._safe(following)}" if following else ""
        if cells(tried) + cells(after) + 26 <= self._sheet.width:
            left: list[Span] = [("dim", f"Try it yourself{GLUE * 2}"), ("code", tried)]
            self._sheet.row(left, [("dim", f"Next{GLUE * 2}"), ("code", after)] if after else [])
            return
        self._sheet.pair("Try it yourself", [("code", tried)], indent=1, column=17)
        if after:
            self._sheet.pair("Next", [("code", after)], indent=1, column=17)


def _ending(attempt: Attempt) -> tuple[str, str]:
    if attempt.verdict == "not-run":
        return "not run", "warn"
    took = f" after {attempt.elapsed_ms:.0f} ms" if attempt.elapsed_ms >= 0.5 else ""
    return attempt.verdict + took, "bad" if attempt.verdict == "rejected" else "good"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title
