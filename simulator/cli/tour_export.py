"""The tour without a person at the keyboard: one text for the terminal, a handout in Markdown, a notebook.

Law: made from the lesson's parts, in their order; results in the text and the handout were run a moment before, results
in the notebook are run by whoever opens it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.cli import tour_show

if TYPE_CHECKING:
    from simulator.cli.tour_lesson import Lesson, Part
    from simulator.cli.tour_stage import Classroom, Stage

SETUP = """\
import os

import requests

from simulator.cli.tour_stage import Classroom

# What your shell may have set, so that the lesson is the same everywhere.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
    os.environ.pop(name, None)

room = Classroom({port})"""


def shown(part: Part, stage: Stage | None, room: Classroom) -> str:
    """A part that is no question, for a terminal."""
    if part.kind == "prose":
        return tour_show.prose(part.text)
    if part.kind == "try":
        return tour_show.command(part.text, tour_show.values(stage, room.port))
    if part.kind == "call" and stage is not None:
        return tour_show.call(stage.seen())
    if part.kind == "show":
        return _run(part, stage, room)
    return ""


def _run(part: Part, stage: Stage | None, room: Classroom) -> str:
    if part.text == "exchange":
        return tour_show.exchange(room)
    if stage is None:
        return ""
    if part.text == "attacks":
        return tour_show.attacks(stage)
    if part.text == "fix":
        seen = stage.fixed(part.value("fix"))
        return tour_show.prose(f"{part.value('fix')}:") + tour_show.said(seen, marked=True)
    return tour_show.said(stage.seen(), marked=part.text == "marked")


def text(lesson: Lesson, room: Classroom, first: int = 0) -> str:
    """The whole lesson for a terminal or a pipe, answers included."""
    found = [tour_show.prose(f"**{lesson.title}**"), *(tour_show.prose(part.text) for part in lesson.opening)]
    for number, step in enumerate(lesson.steps[first:], first + 1):
        stage = room.begin(step.stage) if step.stage else None
        found.append(tour_show.heading(step, number, len(lesson.steps)))
        for part in step.parts:
            if part.kind == "ask":
                right = next(option for option in part.options if option.right)
                found.append(tour_show.question(part) + "\n" + tour_show.prose(tour_show.answer(right)))
            else:
                found.append(shown(part, stage, room))
    return "".join(found)


def handout(lesson: Lesson, room: Classroom) -> str:
    """The lesson on paper: questions with boxes to tick, results as they were a moment ago, answers at the end."""
    lines = [f"# {lesson.title}", "", *_paragraphs(part.text for part in lesson.opening)]
    answers: list[str] = []
    for number, step in enumerate(lesson.steps, 1):
        stage = room.begin(step.stage) if step.stage else None
        lines += [f"## {number}. {step.title}", ""]
        for part in step.parts:
            if part.kind == "ask":
                right = next(n for n, option in enumerate(part.options) if option.right)
                boxes = [f"- [ ] {tour_show.LETTERS[n]}) {option.text}" for n, option in enumerate(part.options)]
                lines += [f"**{part.text}**", "", *boxes, ""]
                answers.append(f"- Step {number}, “{part.text}” {tour_show.LETTERS[right]}) {part.options[right].text}")
            else:
                lines += _paper(part, stage, room)
    return "\n".join([*lines, "## The answers", "", *answers, "", "## For your notes", ""]) + "\n"


def _paragraphs(texts: Any) -> list[str]:
    return [line for text in texts for line in (text, "")]


def _paper(part: Part, stage: Stage | None, room: Classroom) -> list[str]:
    if part.kind == "prose":
        return [part.text, ""]
    if part.kind == "try":
        browser = part.text.startswith("https://")
        about = "In your browser" if browser else "In a second terminal"
        while_ = ", while `simulate tour` is at this step" if "{" in part.text else ""
        named = {"port": str(room.port), "cert": "cert.pem", "ca": "ca.pem"}
        return [f"{about}{while_}:", "", *_fence(tour_show.filled(part.text, named), "text" if browser else "sh")]
    if part.kind == "call" and stage is not None:
        return _fence("\n".join(stage.seen().call), "python")
    if part.kind == "show":
        return _fence(_plain(part, stage, room), "text")
    return []


def _plain(part: Part, stage: Stage | None, room: Classroom) -> str:
    """What a run showed, as lines without columns or colors."""
    from simulator.report import clause, words

    if part.text == "exchange" or stage is None:
        return "\n".join(room.exchange())
    if part.text == "attacks":
        trial = stage.trial()
        inside = [f"got in: {a.id}: {a.why}" for a in trial.attacks if a.outcome == "admitted"]
        return "\n".join([words.verdict(trial), *inside])
    attempt = (stage.fixed(part.value("fix")) if part.text == "fix" else stage.seen()).attempt
    if attempt.verdict == "accepted":
        return words.status(attempt.status)
    said = clause.last_words(attempt)
    start, end = clause.decisive(said, attempt.exceptions)
    return f"{said}\n\nThe part that matters: {said[start:end]}" if part.text == "marked" else said


def _fence(text: str, language: str) -> list[str]:
    from simulator.report.markdown import fence

    return [fence(text, language), ""]


def notebook(lesson: Lesson, port: int) -> str:
    """The lesson as a Jupyter notebook (nbformat 4.5), without results: they are the reader's to run."""
    import json

    cells: list[dict[str, Any]] = []
    opening = "\n\n".join(part.text for part in lesson.opening)
    _add(cells, "markdown", f"# {lesson.title}\n\n{opening}")
    _add(cells, "code", SETUP.format(port=port))
    for number, step in enumerate(lesson.steps, 1):
        words = [f"## {number}. {step.title}"]
        for part in step.parts:
            if part.kind == "prose":
                words.append(part.text)
            elif part.kind == "ask":
                choices = "\n".join(f"- {o.text}" for o in part.options)
                told = "\n".join(f"- {o.text}: {o.reply}" for o in part.options if o.right)
                words.append(
                    f"**{part.text}**\n\n{choices}\n\n<details><summary>The answer</summary>\n\n{told}\n\n</details>"
                )
        # The step's cell comes behind the first question, so that one can guess before running it.
        cell = next((part.text for part in step.parts if part.kind == "cell"), "")
        first = next((n for n, block in enumerate(words) if block.startswith("**")), len(words) - 1)
        _add(cells, "markdown", "\n\n".join(words[: first + 1]))
        if cell:
            _add(cells, "code", cell)
        if words[first + 1 :]:
            _add(cells, "markdown", "\n\n".join(words[first + 1 :]))
    _add(cells, "code", "room.close()")
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _add(cells: list[dict[str, Any]], kind: str, source: str) -> None:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{len(cells):02}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    cells.append(cell)
