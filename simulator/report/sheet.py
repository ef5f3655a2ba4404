"""Lines of a fixed width from styled words. Law: no line is wider than the sheet, whatever is written on it, and without
colour no escape character is ever in it.

This is the little that we need of `rich`, whose import costs four times an empty Python: docs/adr.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.report.inert import ASCII, cells, cut

Span = tuple[str, str]
"""A style's name ("" for none) and an inert text without line ends."""
Line = list[Span]

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
GLUE = "\x00"
"""A space at which no line is broken, and of which several in a row stay several."""


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
        used, wanted = _cells(left), _cells(right)
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
        room = self.width - 1 - _cells(marks)
        if label and room >= len(MATTERS) + 2:
            marks.append(("dim", "  " + MATTERS))
        self._put(marks)
        if label and room < len(MATTERS) + 2:
            self._put([("", " " * margin), ("dim", f"({MATTERS})")])

    def _put(self, line: Line) -> None:
        parts: list[str] = []
        for style, glued in line:
            text = glued.replace(GLUE, " ")
            code = STYLES.get(style) if self._colour and text.strip() else None
            parts.append(f"\x1b[{code}m{text}\x1b[0m" if code else text)
        finished = "".join(parts).rstrip() if not self._colour else "".join(parts)
        self._lines.append(
            finished.translate(ASCII).encode("ascii", "backslashreplace").decode() if self._plain else finished
        )


def _cells(spans: Iterable[Span]) -> int:
    return sum(cells(text) for _, text in spans)


def wrap(spans: Iterable[Span], width: int, *, first: int) -> Iterator[Line]:
    """Lines of at most `width` columns (`first` for the first one), broken at spaces, or inside a word too long."""
    room = max(8, first)
    width = max(8, width)
    line: Line = []
    used = 0
    for word in _words(spans):
        size = _cells(word)
        if line and used + 1 + size > room:
            yield line
            line, used, room = [], 0, width
        if line:
            both = line[-1][0] == word[0][0]
            line.append((word[0][0] if both else "", " "))
            used += 1
        for style, text in word:
            rest = text
            while used + cells(rest) > room:
                if used >= room:
                    yield line
                    line, used, room = [], 0, width
                    continue
                length = _good_cut(rest, cut(rest, room - used))
                line.append((style, rest[:length]))
                rest = rest[length:]
                yield line
                line, used, room = [], 0, width
            if rest:
                line.append((style, rest))
                used += cells(rest)
    if line:
        yield line


def _good_cut(word: str, length: int) -> int:
    """Where to break a word that is too long: behind an opening bracket if there is one, else behind other marks."""
    for marks in ("(", ",;", "=/&?"):
        place = max(word.rfind(m, length // 3, length) for m in marks) + 1
        if place > 0:
            return place
    return length


def _words(spans: Iterable[Span]) -> Iterator[Line]:
    word: Line = []
    for style, text in spans:
        for number, part in enumerate(text.split(" ")):
            if number and word:
                yield word
                word = []
            if part:
                word.append((style, part))
    if word:
        yield word


def break_command(text: str, width: int) -> list[str]:
    """One shell line as several that mean the same: broken at spaces outside quotes (what follows is indented), and
    only where a single word is too long inside it (what follows begins at the margin)."""
    if cells(text) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    for word in _with_values(_shell_words(text), width - 4):
        joined = f"{line} {word}" if line.strip() else line + word
        if cells(joined) <= width - 2:
            line = joined
            continue
        if line.strip():
            lines.append(line + " \\")
        line = "  " + word
        while cells(line) > width - 3:
            length = cut(line, width - 3)
            inside = line[:length].count("'") % 2 == 1
            lines.append(line[:length] + ("'\\" if inside else "\\"))
            line = ("'" if inside else "") + line[length:]
    return [*lines, line] if line else lines


def _with_values(words: Iterable[str], room: int) -> Iterator[str]:
    """Options together with their values, where both fit into a line."""
    group = ""
    for word in words:
        if group.startswith("-") and " " not in group and not word.startswith("-") and cells(group + word) < room:
            group += " " + word
            continue
        if group:
            yield group
        group = word
    if group:
        yield group


def _shell_words(text: str) -> Iterator[str]:
    word, quote = "", ""
    for character in text:
        if character == " " and not quote:
            if word:
                yield word
            word = ""
            continue
        if character in "'\"" and quote in ("", character):
            quote = "" if quote else character
        word += character
    if word:
        yield word
