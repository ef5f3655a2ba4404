"""Lines of a fixed width from styled words.

Law: no line is wider than the sheet, whatever is written on it, and without colour no escape character is ever in it.

`rich` wraps and colours. It is imported by the first sheet that is made, and of it the console and the text alone: its
tables, panels and Markdown would cost as much again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.report.inert import ASCII, cells
from simulator.report.wrapping import GLUE, Line, Span, break_command, text_of, width_of, wrap

TYPE_CHECKING = False  # see above
if TYPE_CHECKING:
    from rich.text import Text

STYLES = {
    "title": "bold",
    "head": "bold cyan",
    "bad": "bold red",
    "good": "green",
    "warn": "yellow",
    "dim": "dim",
    "code": "cyan",
    "mark": "bold red",
}
MATTERS = "this part matters"


class Sheet:
    """Written from top to bottom; `text()` is the whole."""

    def __init__(self, width: int, *, colour: bool = False, plain: bool = False) -> None:
        """`width` in columns, at least 20; `plain`: ASCII alone."""
        from io import StringIO

        from rich.console import Console
        from rich.theme import Theme

        self.width = max(20, width)
        self._plain = plain
        self._lines: list[Text] = []
        # Everything is told, so that nothing is taken from the environment: who calls has decided.
        self._console = Console(
            file=StringIO(),
            width=self.width,
            height=25,
            color_system="standard" if colour else None,
            force_terminal=colour,
            force_interactive=False,
            force_jupyter=False,
            no_color=not colour,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            theme=Theme(STYLES, inherit=False),
        )

    def blank(self) -> None:
        """An empty line, never two, and none at the top."""
        if self._lines and self._lines[-1]:
            self._put([])

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
        room = self.width - 1 - indent
        lines = list(wrap(self._console, spans, room - hang, first=room))
        last = max((n for n, line in enumerate(lines) if _marked(line)), default=-1)
        for number, line in enumerate(lines):
            margin = indent + (hang if number else 0)
            self._put([("", " " * margin)], line)
            if _marked(line):
                self._underline(line, margin, label=number == last)

    def pair(self, label: str, spans: Iterable[Span], *, indent: int = 3, column: int = 18) -> None:
        """A label and, in a column of its own, what belongs to it."""
        if self.width < 60 or cells(label) >= column:
            self.paragraph([("dim", label)], indent=indent)
            self.paragraph(spans, indent=indent + 2)
            return
        room = self.width - 1 - indent - column
        margin = " " * (column - cells(label))
        for line in wrap(self._console, spans, room, first=room):
            self._put([("", " " * indent), ("dim", label), ("", margin)], line)
            label, margin = "", " " * column

    def command(self, text: str, *, indent: int = 5) -> None:
        """A shell command that stays typeable when it must be broken: `\\` at the end of a line."""
        room = self.width - 1 - indent
        for number, part in enumerate(break_command(text, room)):
            self._put([("", " " * indent if part.startswith(" ") or not number else ""), ("code", part)])

    def text(self) -> str:
        """All lines, each ended."""
        from rich.text import Text

        with self._console.capture() as captured:
            # soft_wrap: the lines are of the right width, and are neither broken again nor cut.
            self._console.print(Text("\n").join(self._lines), end="\n" if self._lines else "", soft_wrap=True)
        finished = captured.get()
        return finished.translate(ASCII).encode("ascii", "backslashreplace").decode() if self._plain else finished

    def _underline(self, line: Text, margin: int, *, label: bool) -> None:
        marks: Line = [("", " " * margin)]
        done = 0
        for start, end in _marked(line):
            marks.append(("", " " * cells(line.plain[done:start])))
            marks.append(("mark", "▔" * cells(line.plain[start:end])))
            done = end
        beside = self.width - 1 - width_of(marks) >= len(MATTERS) + 2
        self._put([*marks, ("dim", "  " + MATTERS)] if label and beside else marks)
        if label and not beside:
            self.paragraph([("dim", f"({MATTERS})")], indent=margin)

    def _put(self, margin: Line, line: Text | None = None) -> None:
        whole = text_of(margin)
        if line is not None:
            whole.append_text(line)
        whole.plain = whole.plain.replace(GLUE, " ")
        whole.rstrip()
        self._lines.append(whole)


def _marked(line: Text) -> list[tuple[int, int]]:
    return [(start, end) for start, end, style in line.spans if style == "mark"]


__all__ = ["GLUE", "MATTERS", "STYLES", "Line", "Sheet", "Span"]
