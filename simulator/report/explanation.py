"""The likely causes of an error text, in a terminal and as JSON. Law: leaves over candidates; what stood in somebody's
log is made inert and redacted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.model.wording import Candidate
from simulator.report import pages
from simulator.report.inert import inert
from simulator.report.redact import redact
from simulator.report.sheet import Sheet, Span

_SURE = 0.8


def render(
    candidates: Sequence[Candidate],
    excerpt: str,
    *,
    width: int,
    colour: bool,
    plain: bool = False,
    url: str | None = None,
) -> str:
    """The causes as lines of at most `width` columns, the likeliest first; `excerpt`: the line that decided."""
    sheet = Sheet(width, colour=colour, plain=plain)
    if excerpt:
        sheet.paragraph([("code", _safe(_short(excerpt)))], indent=1, hang=2)
        sheet.blank()
    known = [c for c in candidates if c.finding != "cannot-tell"]
    if known and known[0] is candidates[0]:
        sure = candidates[0].certainty >= _SURE
        told = "This has one cause:" if sure else "This text has several causes. The likeliest first:"
        sheet.paragraph([("head", told if len(candidates) > 1 or sure else "The likeliest cause:")], indent=1)
    else:
        sheet.paragraph([("head", "This text alone does not tell.")], indent=1)
    for number, one in enumerate(candidates, 1):
        _candidate(number, one, sheet)
    sheet.blank()
    sheet.pair("Tell apart", _spans(candidates[0].tell_apart), indent=1, column=13)
    if known:
        sheet.pair("Read more", [("code", f"simulate show finding:{known[0].finding}")], indent=1, column=13)
    elif url:
        sheet.pair("Next", [("code", _safe(f"simulate diagnose {url}"))], indent=1, column=13)
    return sheet.text()


def _candidate(number: int, one: Candidate, sheet: Sheet) -> None:
    sheet.blank()
    left: list[Span] = [("", f"{number} "), ("title", one.finding), ("", f" · {pages.title(one.finding)}")]
    sheet.row(left, [("dim", f"{one.certainty:.0%}")], indent=1)
    sheet.paragraph([("", _safe(one.why))], indent=3)
    fix = pages.page(one.finding).paragraphs("The right fix")
    if fix:
        sheet.paragraph([("good", "Fix: "), *((style, inert(text)) for style, text in pages.spans(fix[0]))], indent=3)
    if number > 1:
        sheet.paragraph([("dim", "tell apart: "), *_spans(one.tell_apart)], indent=3, hang=2)


def _spans(tell_apart: str) -> list[Span]:
    """The command and, behind two spaces, what its answer means."""
    command, gap, meaning = _safe(tell_apart).partition("  (")
    return [("code", command), ("", f" ({meaning}" if gap else "")]


def _short(text: str, longest: int = 300) -> str:
    return text if len(text) <= longest else text[:longest] + "…"


def _safe(text: str) -> str:
    return inert(redact(text))


def document(candidates: Sequence[Candidate], excerpt: str, url: str | None, client: str) -> str:
    """The causes as a JSON document; its schema is `schema/explain.schema.json`."""
    from simulator.model.report import FORMAT
    from simulator.report import json_report

    found: list[dict[str, Any]] = [
        {
            "finding": one.finding,
            "title": pages.title(one.finding),
            "certainty": one.certainty,
            "client": redact(one.client),
            "why": redact(one.why),
            "tell_apart": redact(one.tell_apart),
        }
        for one in candidates
    ]
    return json_report.dumps(
        {
            "format": FORMAT,
            "candidates": found,
            "excerpt": redact(excerpt),
            "url": None if url is None else redact(url),
            "client": redact(client),
        }
    )
