"""Words into lines, commands into lines that mean the same. Law: pure; no letter is lost, no line wider than asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.report.inert import cells, cut

Span = tuple[str, str]
"""A style's name ("" for none) and an inert text without line ends."""
Line = list[Span]

GLUE = "\x00"
"""A space at which no line is broken, and of which several in a row stay several."""


def width_of(spans: Iterable[Span]) -> int:
    """How many columns these spans take."""
    return sum(cells(text) for _, text in spans)


def wrap(spans: Iterable[Span], width: int, *, first: int) -> Iterator[Line]:
    """Lines of at most `width` columns (`first` for the first one), broken at spaces, or inside a word too long."""
    room = max(8, first)
    width = max(8, width)
    line: Line = []
    used = 0
    for word in _words(spans):
        size = width_of(word)
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
                if line and cells(rest[:1]) > room - used:
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
