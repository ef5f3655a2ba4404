"""Parts of the tour on a terminal's lines. Law: what a person reads is made inert and wraps at any width; a part that
shows a run asks the stage for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.cli import screen
from simulator.report import clause, pages, words
from simulator.report.inert import inert
from simulator.report.sheet import Sheet, Span

if TYPE_CHECKING:
    from simulator.cli.tour_lesson import Option, Part, Step
    from simulator.cli.tour_stage import Classroom, Seen, Stage

LETTERS = "abcdefgh"


def sheet() -> Sheet:
    """A fresh sheet, as wide as the terminal."""
    return Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())


def heading(step: Step, number: int, total: int) -> str:
    """Where we are."""
    page = sheet()
    page.row([("title", f"{number} {step.title}")], [("dim", f"step {number} of {total}")])
    return "\n" + page.text() + "\n"


def prose(text: str) -> str:
    """A paragraph."""
    page = sheet()
    spans: list[Span] = [(style or "", inert(part)) for style, part in pages.spans(text)]
    page.paragraph(spans, indent=1)
    return page.text() + "\n"


def call(seen: Seen) -> str:
    """The client's call, as a person types it."""
    page = sheet()
    for line in seen.call:
        page.paragraph([("code", inert(line))], indent=3, hang=2)
    return page.text() + "\n"


def said(seen: Seen, *, marked: bool) -> str:
    """What the client said, the part that matters underlined or not."""
    page = sheet()
    attempt = seen.attempt
    if attempt.verdict == "accepted":
        page.paragraph([("good", words.status(attempt.status))], indent=3)
        return page.text() + "\n"
    text = clause.last_words(attempt)
    start, end = clause.decisive(text, attempt.exceptions) if marked else (0, 0)
    spans = [("", text[:start]), ("mark", text[start:end]), ("", text[end:])]
    page.paragraph([(style, inert(" ".join(part.split("\n")))) for style, part in spans if part], indent=3)
    return page.text() + "\n"


def attacks(stage: Stage) -> str:
    """What came of the attacks, each in a line."""
    trial = stage.trial()
    page = sheet()
    head = words.verdict(trial)
    page.paragraph([("bad" if words.admitted(trial) else "good", head[:1].upper() + head[1:])], indent=3)
    for attack in trial.attacks:
        if attack.outcome == "admitted":
            token = f": {attack.token[:8]}…" if attack.token else ""
            page.paragraph([("bad", "✗ "), ("", inert(attack.why) + token), ("dim", f" ({attack.id})")], hang=2)
    out = [attack.id for attack in trial.attacks if attack.outcome == "kept-out"]
    if out:
        page.paragraph([("dim", f"kept out: {', '.join(out)}")], hang=2)
    return page.text() + "\n"


def exchange(room: Classroom) -> str:
    """The exchange of a public CA, twice."""
    page = sheet()
    for one in room.exchanges():
        page.blank()
        page.row(
            [("head", f"{one.applicant} asks")], [("good" if one.issued else "bad", _decided(one.issued))], indent=3
        )
        for line in one.lines:
            page.pair(line.who, [("", inert(line.text))], column=13)
    return page.text() + "\n"


def _decided(issued: bool) -> str:
    return "the CA signs" if issued else "the CA refuses"


def answer(option: Option) -> str:
    """A right answer for those who did not guess: what it is, and what there is to say about it."""
    told = option.reply.removeprefix("Right").lstrip(",.: ")
    return f"The answer: {option.text}. {told[:1].upper()}{told[1:]}".rstrip()


def question(part: Part) -> str:
    """A question with its answers, lettered."""
    page = sheet()
    page.paragraph([("title", part.text)], indent=1)
    for letter, option in zip(LETTERS, part.options, strict=False):
        page.paragraph([("code", f"{letter}  "), ("", option.text)], indent=3, hang=3)
    return page.text()


def command(text: str, values: Mapping[str, str]) -> str:
    """A command for a second terminal."""
    page = sheet()
    if "{" in text and not text.startswith("https://"):
        page.paragraph([("dim", "If you like, in a second terminal:")], indent=1)
    for line in filled(text, values).splitlines():
        page.command(inert(line), indent=3)
    return page.text() + "\n"


def filled(text: str, values: Mapping[str, str]) -> str:
    """A command with the port and the files of this run."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def values(stage: Stage | None, port: int) -> dict[str, str]:
    """What a command's placeholders stand for."""
    import shlex

    found = {"port": str(port)}
    for name in ("cert", "ca"):
        path = next((path for path in (stage.files() if stage else []) if path.endswith(f"/{name}.pem")), "")
        if path:
            found[name] = shlex.quote(path)
    return found
