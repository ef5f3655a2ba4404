"""The tour's one source, `report_templates/tour/lesson.md`, cut into steps and parts.

Law: it is Markdown with a few blocks of its own (stage, call, ask, show, try, cell); terminal, handout and notebook are
made from these parts and from nothing else. Nothing is run here.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from simulator import bundled

BLOCKS = ("stage", "call", "ask", "show", "try", "cell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer that can be guessed. `words`: what else a person may type for it."""

    text: str
    reply: str
    right: bool
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a step. `kind`: "prose", or one of `BLOCKS`."""

    kind: str
    text: str = ""
    """Prose: one paragraph. A question. A command, one line or more. A cell's Python."""
    values: tuple[tuple[str, str], ...] = ()
    """Of a stage and of a show."""
    options: tuple[Option, ...] = ()

    def value(self, name: str) -> str:
        """One of `values`, else ""."""
        return dict(self.values).get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the tour."""

    id: str
    title: str
    parts: tuple[Part, ...]

    @property
    def stage(self) -> Part | None:
        """Which server and which client this step is about; None: none."""
        return next((part for part in self.parts if part.kind == "stage"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The whole tour."""

    title: str
    opening: tuple[Part, ...]
    steps: tuple[Step, ...]


def load() -> Lesson:
    """The lesson that ships with the package."""
    path = os.path.join(bundled.folder("report_templates"), "tour", "lesson.md")  # noqa: PTH118  # pathlib costs 4 ms
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # as above
        return parse(file.read())


def parse(source: str) -> Lesson:
    """A lesson from its source. Raises `ValueError` for a block that it does not know: an author's slip."""
    head, *sections = _split(source)
    title, _, opening = head.strip().partition("\n")
    steps: list[Step] = []
    for section in sections:
        heading, _, body = section.partition("\n")
        id, _, name = heading.partition(" · ")
        steps.append(Step(id=id.strip(), title=name.strip(), parts=tuple(_parts(body))))
    return Lesson(title=title.lstrip("# "), opening=tuple(_parts(opening)), steps=tuple(steps))


def _split(source: str) -> list[str]:
    parts = [""]
    inside = False
    for line in source.splitlines():
        inside ^= line.startswith("```")
        if line.startswith("## ") and not inside:
            parts.append(line[3:] + "\n")
        else:
            parts[-1] += line + "\n"
    return parts


def _parts(body: str) -> list[Part]:
    found: list[Part] = []
    for number, block in enumerate(re.split(r"^```", body, flags=re.MULTILINE)):
        if number % 2:
            kind, _, text = block.partition("\n")
            found.append(_block(kind.strip(), text.rstrip("\n")))
            continue
        found += [
            Part(kind="prose", text=" ".join(paragraph.split()))
            for paragraph in block.split("\n\n")
            if paragraph.strip()
        ]
    return found


def _block(kind: str, text: str) -> Part:
    if kind not in BLOCKS:
        raise ValueError(f"the lesson has a block that nothing shows: {kind!r}")
    if kind == "ask":
        question, *options = text.splitlines()
        return Part(kind=kind, text=question, options=tuple(_option(line) for line in options))
    if kind in ("stage", "show"):
        values = tuple(
            (name.strip(), value.strip()) for name, _, value in (v.partition(":") for v in text.splitlines())
        )
        return Part(kind=kind, values=values, text=values[0][0] if values else "")
    return Part(kind=kind, text=text)


def _option(line: str) -> Option:
    words, text, reply = (part.strip() for part in line[2:].split(" | "))
    return Option(text=text, reply=reply, right=line[0] == "+", words=frozenset(words.lower().split()))
