"""Lines of a fixed width from styled words.

Law: no line is wider than the sheet, whatever is written on it, and without colour no escape character is ever in it.

This is the little that we need of `rich`, whose import costs four times an empty Python: docs/adr.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.report.inert import ASCII, cells
from simulator.report.wrapping import GLUE, Line, Span, break_command, width_of, wrap

STYLES = {
    "title": "1",
    "head": "1;36",
    "bad": "1;31",
    "good": "32",
    "warn": "33",
    "dim": "2",
    "code": "36",
    "mark": "1;31",
}
MATTERS = "this part matters"


class Sheet:
    """Written from top to bottom; `text()` is the whole."""

    def __init__(self, width: int, *, colour: bool = False, plain: bool = False) -> None:
        """`width` in columns, at least 20; `plain`: ASCII alone."""
        self.width = max(20, width)
        self._colour = colour
        self._plain = plain
        self._lines: list[str] = []

    def blank(self) -> None:
        """An empty line, never two, and none at the top."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def row(self, left: Sequence[Span], right: Sequence[Span] = (), *, indent: int = 1, hang: int = 2) -> None:
        """Something on the left and something at the right margin; under each other where both do not fit."""
        used, wanted = width_of(left), width_of(right)
        if not right:
            self.paragraph(left, indent=indent, hang=hang)
        elif indent + used + 2 + wanted <= self.width - 1:
            gap = self.width - 1 - indent - used - wanted
            self._put([("", " " * indent), *left, ("", " " * gap), *right])
        else:
            self.paragraph(left, indent=indent, hang=hang)
            self.paragraph(right, indent=indent + hang, hang=0)

    def paragraph(self, spans: Iterable[Span], *, indent: int = 3, hang: int = 0) -> None:
        """Words in lines; where a span has the style "mark", it is underlined on a line of its own."""
        lines = list(wrap(spans, self.width - 1 - indent - hang, first=self.width - 1 - indent))
        last = max((n for n, line in enumerate(lines) if any(style == "mark" for style, _ in line)), default=-1)
        for number, line in enumerate(lines):
            margin = indent + (hang if number else 0)
            self._put([("", " " * margin), *line])
            if any(style == "mark" for style, _ in line):
                self._underline(line, margin, label=number == last)

    def pair(self, label: str, spans: Iterable[Span], *, indent: int = 3, column: int = 18) -> None:
        """A label and, in a column of its own, what belongs to it."""
        if self.width < 60 or cells(label) >= column:
            self.paragraph([("dim", label)], indent=indent)
            self.paragraph(spans, indent=indent + 2)
            return
        room = self.width - 1 - indent - column
        for number, line in enumerate(wrap(spans, room, first=room)):
            self._put([("", " " * indent), ("dim", (label if not number else "").ljust(column)), *line])

    def command(self, text: str, *, indent: int = 5) -> None:
        """A shell command that stays typeable when it must be broken: `\\` at the end of a line."""
        room = self.width - 1 - indent
        for number, part in enumerate(break_command(text, room)):
            self._put([("", " " * indent if part.startswith(" ") or not number else ""), ("code", part)])

    def text(self) -> str:
        """All lines, each ended."""
        return "".join(line + "\n" for line in self._lines)

    def _underline(self, line: Line, margin: int, *, label: bool) -> None:
        marks: Line = [("", " " * margin)]
        for style, text in line:
            marks.append(("mark", "▔" * cells(text)) if style == "mark" else ("", " " * cells(text)))
        while marks and marks[-1][0] != "mark":
            marks.pop()
        room = self.width - 1 - width_of(marks)
        if label and room >= len(MATTERS) + 2:
            marks.append(("dim", "  " + MATTERS))
        self._put(marks)
        if label and room < len(MATTERS) + 2 and margin + len(MATTERS) + 2 < self.width:
            self._put([("", " " * margin), ("dim", f"({MATTERS})")])

    def _put(self, line: Line) -> None:
        parts: list[str] = []
        for style, glued in _merged(line):
            text = glued.replace(GLUE, " ")
            code = STYLES.get(style) if self._colour and text.strip() else None
            parts.append(f"\x1b[{code}m{text}\x1b[0m" if code else text)
        finished = "".join(parts).rstrip() if not self._colour else "".join(parts)
        self._lines.append(
            finished.translate(ASCII).encode("ascii", "backslashreplace").decode() if self._plain else finished
        )


def _merged(line: Line) -> Iterator[Span]:
    """The line with neighbours of one style as one span."""
    style, whole = "", ""
    for next_style, text in line:
        if next_style != style:
            if whole:
                yield style, whole
            style, whole = next_style, ""
        whole += text
    if whole:
        yield style, whole


__all__ = ["GLUE", "MATTERS", "STYLES", "Line", "Sheet", "Span"]
