"""Words into lines, commands into lines that mean the same. Law: no letter is lost, no line is wider than asked.

Words are wrapped by `rich`; a shell line that stays typeable when it is broken is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from simulator.report.inert import cells, cut

TYPE_CHECKING = False  # `rich` is imported by what renders, while the clients are busy: docs/adr/0005
if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Span = tuple[str, str]
"""A style's name ("" for none) and an inert text without line ends."""
Line = list[Span]

GLUE = "\ue000"
"""A space at which no line is broken. It is a private character, which inert texts never hold."""
SEAM = "\x1f"
"""A place of no width at which `rich` may break; inert texts never hold it either."""
_SEAM_AFTER = re.compile(r"(?<=[(,;])(?=.)")


def text_of(spans: Iterable[Span]) -> Text:
    """The spans as one styled text."""
    from rich.text import Text

    return Text.assemble(*((text, style) for style, text in spans))


def width_of(spans: Iterable[Span]) -> int:
    """How many columns these spans take."""
    return cells("".join(text for _, text in spans))


def wrap(console: Console, spans: Iterable[Span], width: int, *, first: int) -> Iterator[Text]:
    """Lines of at most `width` columns (`first` for the first one), broken at spaces, or inside a word too long."""
    first, width = max(8, first), max(8, width)
    text = text_of((style, _with_seams(part, width)) for style, part in spans)
    if first != width and text.plain.strip():
        line = text.wrap(console, first)[0]
        yield _ended(line)
        text = text[len(line) :]
        text = text[len(text.plain) - len(text.plain.lstrip()) :]
    if text.plain.strip():
        yield from map(_ended, text.wrap(console, width))


def _with_seams(text: str, width: int) -> str:
    """The text with seams in words that fit into no line, so that a URL inside a call stays in one piece."""
    return " ".join(word if cells(word) <= width else _SEAM_AFTER.sub(SEAM, word) for word in text.split(" "))


def _ended(line: Text) -> Text:
    line.rstrip()
    pieces = line.split(SEAM)
    return pieces[0] if len(pieces) == 1 else pieces[0].blank_copy().join(pieces)


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
