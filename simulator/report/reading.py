"""A page of a finding, or a scenario's own words, to be read in a terminal. Law: no run stands behind it, so a page's
placeholders stay blanks; nothing is left out of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.model.report import ScenarioText
from simulator.report import pages
from simulator.report.inert import inert
from simulator.report.sheet import Sheet, Span


def finding(id: str, sheet: Sheet, *, saw: Sequence[str] = ()) -> None:
    """Writes the page on the sheet. `saw`: what clients say, one line each."""
    page = pages.page(id)
    sheet.blank()
    sheet.row([("title", f"{id} · {page.title}")], [("dim", "finding")])
    if page.message:
        sheet.blank()
        general = pages.general(page.message)
        sheet.paragraph(_spans(general), indent=1)
        if "<" in general:
            sheet.paragraph([("dim", "A run fills in what stands in <…>.")], indent=1)
    for heading, body in page.sections.items():
        if heading == "What the client saw" and not saw:
            continue
        sheet.blank()
        sheet.row([("head", heading)])
        if heading == "What the client saw":
            for line in saw:
                sheet.paragraph([("", inert(line))], hang=2)
            continue
        _section(body, sheet)


def _section(body: str, sheet: Sheet) -> None:
    for number, block in enumerate(body.split("```")):
        if number % 2:
            language, _, code = block.partition("\n")
            for line in code.replace("\\\n", " ").rstrip().splitlines():
                if language.strip() == "sh":
                    sheet.command(line.strip())
                else:
                    sheet.paragraph([("code", _indented(line))], indent=5, hang=4)
            continue
        for paragraph in block.split("\n\n"):
            _prose(paragraph.strip("\n"), sheet)


def _prose(paragraph: str, sheet: Sheet) -> None:
    if not paragraph.strip():
        return
    if paragraph.startswith("    "):
        for line in paragraph.splitlines():
            sheet.command(line.strip())
    elif paragraph.lstrip().startswith("- "):
        for item in ("\n" + paragraph).split("\n- ")[1:]:
            sheet.paragraph([("", "- "), *_spans(" ".join(item.split()))], hang=2)
    else:
        sheet.paragraph(_spans(pages.general(" ".join(paragraph.split()))))


def _indented(line: str) -> str:
    from simulator.report.sheet import GLUE

    margin = len(line) - len(line.lstrip(" "))
    return GLUE * margin + line[margin:]


def _spans(markdown: str) -> list[Span]:
    return [(style, inert(text)) for style, text in pages.spans(markdown)]


def scenario(text: ScenarioText, sheet: Sheet, *, wrong: Iterable[str], findings: Sequence[str]) -> None:
    """Writes what a scenario is about: its story, what is wrong in it, what it shows, and its hints."""
    title: list[Span] = [("title", f"{inert(text.id)} · {inert(text.title)}")]
    sheet.row(title, [("dim", f"{inert(text.family)} · level {text.level}")])
    for paragraph in text.story.split("\n\n"):
        if paragraph.strip():
            sheet.blank()
            sheet.paragraph([("", inert(" ".join(paragraph.split())))], indent=1)
    if text.hints:
        sheet.blank()
        sheet.row([("head", "Where to look")])
        for hint in text.hints:
            sheet.paragraph([("", "- "), *_spans(" ".join(hint.split()))], hang=2)
    lines = list(wrong)
    sheet.blank()
    sheet.row([("head", "What is wrong" if lines else "Nothing is wrong")])
    for line in lines:
        sheet.paragraph([("", "- "), *_spans(line)], hang=2)
    if findings:
        sheet.blank()
        sheet.row([("head", "What it shows, in the order in which it would surface")])
        for id in findings:
            sheet.paragraph([("title", id), ("", f" · {pages.title(id)}")], hang=2)
