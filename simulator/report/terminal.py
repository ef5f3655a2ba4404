"""The report in a terminal: what was built, what the client said, why, what is tempting and wrong, what mends it.

Law: a leaf over `Report`. No meaning by colour or box alone; everything from outside is made inert; no line is wider than
it was told.
"""

from __future__ import annotations

from simulator.model.evidence import Attempt
from simulator.model.finding import Finding, PathNode
from simulator.model.report import FixTrial, Report
from simulator.report import calls, pages, words
from simulator.report.inert import cells, inert
from simulator.report.redact import redact
from simulator.report.sheet import GLUE, Sheet, Span

SEVERITIES = {
    "error": "refused for this too",
    "warning": "accepted, and someone is in danger",
    "note": "accepted here; a stricter client refuses",
}


def render(report: Report, *, width: int, colour: bool, plain: bool = False, following: str | None = None) -> str:
    """The whole report as lines of at most `width` columns. `plain`: ASCII alone; `following`: the scenario to run next."""
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
            self._sheet.paragraph([("dim", self._safe(" ".join(text.story.split())))], indent=1)
        self._built()
        self._said()
        self._why()
        wrong = [t for t in self._report.trials if t.grade != "cure"]
        cures = [t for t in self._report.trials if t.grade == "cure"]
        if wrong:
            self._tempting(wrong)
        if cures:
            self._fixes(cures)
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
        for depth, node in enumerate(self._report.path):
            self._node(node, depth)
        if not self._report.path and evidence.refusal is None:
            ends = {v.end for v in evidence.visits if v.purpose == "sni"}
            told = {
                "bytes": "the port answered, but not in TLS",
                "refused": "nothing listens on this port",
                "eof": "the server hung up before it showed a certificate",
                "reset": "the server hung up before it showed a certificate",
                "timeout": "the server never answered",
                "alert": "the server refused before it showed a certificate",
                "unresolved": "the name leads nowhere",
            }
            for end in sorted(ends & told.keys()):
                self._sheet.paragraph([("bad", f"✗ {told[end]}")], hang=2)

    def _node(self, node: PathNode, depth: int) -> None:
        by_id = {f.id: f for f in self._report.findings}
        branch = " " * (3 * max(0, depth - 1)) + ("└─ " if depth else "")
        name = self._safe(node.subject) or "(no subject)"
        marks: list[Span] = []
        for id in node.marks:
            severe = id not in by_id or by_id[id].severity == "error"
            marks.append(("bad", f"✗ {words.mark(id)}") if severe else ("warn", f"! {words.mark(id)}"))
        until = [("dim", f"until {words.day(node.not_after)}")]
        place = [("good", "trusted")] if node.place == "anchor" else [("dim", "sent by the server")]
        if node.place == "missing":
            facts: list[list[Span]] = [[("bad", "✗ missing: nobody sent it")]]
        elif marks and node.place != "anchor":
            facts = [until, *([m] for m in marks)]
        else:
            facts = [until, place, *([m] for m in marks)]
        head: list[Span] = [("dim", branch), ("title", name)]
        used = len(branch) + cells(name)
        if self._sheet.width >= 72 and used <= 30:
            head += [("", " " * (31 - used)), *_columns(facts)]
            self._sheet.paragraph(_glued(head), indent=3, hang=len(branch) + 2)
        else:
            self._sheet.paragraph(_glued(head), indent=3, hang=len(branch))
            for fact in facts:
                self._sheet.paragraph(fact, indent=3 + len(branch) + 2, hang=2)

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
        said = words.last_words(attempt)
        start, end = words.decisive(said, attempt.exceptions)
        spans = [("", said[:start]), ("mark", said[start:end]), ("", said[end:])]
        if attempt.verdict == "not-run":
            spans = [("", said or "no reason was given")]
        self._sheet.paragraph([(style, self._safe(" ".join(t.split("\n")))) for style, t in spans if t])

    def _other(self, attempt: Attempt) -> None:
        spans: list[Span] = [("title", self._safe(attempt.client)), ("", f" {_ending(attempt)[0]}")]
        if attempt.verdict == "rejected":
            start, end = words.decisive(attempt.error, attempt.exceptions)
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
        for rival in first.rivals:
            self._sheet.paragraph(
                [("", "This evidence would also fit "), ("title", rival), ("", f" ({_lower(pages.title(rival))}).")],
                hang=2,
            )
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
        if finding.field == "subjectAltName" and finding.certificate:
            labels = ("asked for", "certificate has")
        else:
            field = self._safe(finding.field)
            labels = (f"{field} should be".strip(), f"{field} is".strip())
        column = min(34, max(18, *(cells(label) + 2 for label in labels)))
        if finding.expected:
            self._sheet.pair(labels[0], [("", self._safe(finding.expected))], column=column)
        if finding.seen:
            self._sheet.pair(labels[1], [("bad", self._safe(finding.seen))], column=column)

    # 4 and 5

    def _tempting(self, trials: list[FixTrial]) -> None:
        self._heading("Tempting, and wrong" if any(t.shortcut for t in trials) else "Tried, and not enough")
        for trial in trials:
            style = "bad" if trial.grade in ("dangerous", None) else "warn"
            told = f"still {words.answer(trial)}" if trial.grade == "no-effect" else words.verdict(trial)
            right = f"{words.GRADES[trial.grade]}: {told}"
            self._sheet.row([("title", self._safe(trial.title))], [(style, right)], indent=3)
            self._explain(trial)

    def _explain(self, trial: FixTrial) -> None:
        wanted = "admitted" if trial.grade == "dangerous" else "not-run"
        first = next((a for a in trial.attacks if a.outcome == wanted), None)
        if first is not None:
            told = self._safe(first.why)
            token = f" Token stolen: {self._safe(first.token)}" if first.token and first.token not in first.why else ""
            self._sheet.paragraph([("title", first.id), ("", f": {told}{token}")], indent=5)
        if trial.grade == "no-effect" and trial.attempts:
            attempt = trial.attempts[0]
            start, end = words.decisive(attempt.error, attempt.exceptions)
            if attempt.verdict == "rejected":
                self._sheet.paragraph([("", self._safe(attempt.error[start:end]))], indent=5)
        if trial.grade == "workaround":
            left = ", ".join(f.id for f in trial.findings)
            told = (
                f"{words.answer(trial)} here; left as it was: {left}" if left else "works here, not for a fresh client"
            )
            self._sheet.paragraph([("", told)], indent=5)

    def _fixes(self, trials: list[FixTrial]) -> None:
        client = self._safe(trials[0].attempts[0].client) if trials[0].attempts else "requests"
        self._heading("The fix, proven", f"graded with {client}")
        for number, trial in enumerate(trials):
            right: list[Span] = [("good", f"cure: {words.answer(trial)}")]
            self._sheet.row([("title", self._safe(trial.title))], right, indent=3)
            self._sheet.paragraph([("good", words.verdict(trial)), ("dim", _named(trial))], indent=5)
            for difference in trial.changed[:6]:
                before, after = words.change(difference)
                self._sheet.paragraph(
                    [("", self._safe(difference.path) + GLUE * 2), ("dim", self._safe(before)), ("", " → "),
                     ("good", self._safe(after))], indent=5, hang=2,
                )  # fmt: skip
            if len(trial.changed) > 6:
                self._sheet.paragraph([("dim", f"and {len(trial.changed) - 6} more differences")], indent=5)
            if not number:
                self._commands()

    def _commands(self) -> None:
        for finding in self._report.findings[:1]:
            for block in pages.page(finding.id).code("sh")[:1]:
                for line in block.replace("\\\n", " ").splitlines():
                    if line.strip():
                        self._sheet.command(" ".join(line.split()) if "'" not in line else line.strip())

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


def _named(trial: FixTrial) -> str:
    return ": " + ", ".join(a.id for a in trial.attacks) if trial.attacks else ""


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title


def _columns(facts: list[list[Span]]) -> list[Span]:
    return [span for number, fact in enumerate(facts) for span in ([("", "   ")] if number else []) + fact]


def _glued(spans: list[Span]) -> list[Span]:
    """The spans as one word, so that a margin is not swallowed as a place to break."""
    return [(style, text.replace(" ", GLUE)) for style, text in spans]
