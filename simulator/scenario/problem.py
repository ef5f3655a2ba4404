"""What is wrong with a scenario file, and where. Law: every problem has a line and a column, and none ends the reading
of a file: all of them are told at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from simulator.errors import UsageError

MOST = 100
"""More problems than this are counted, not told: nobody mends a hundred things from one list."""
_LISTED = 14
"""More words than this are not listed in a hint."""
_GUESSES = 30
"""Spellings are guessed for so many problems of a file, so that a file of rubbish costs no time."""


class Problem(NamedTuple):
    """One thing wrong in one file. `line` and `column` begin at 1, as editors count; `hint` says what to write."""

    path: str
    line: int
    column: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """The line that people read and editors jump to: `file:line:column: what: hint`."""
        return f"{_shown(self.path)}:{self.line}:{self.column}: {self.what}" + (f": {self.hint}" if self.hint else "")


class ScenarioError(UsageError):
    """A scenario file that cannot be used. `problems` holds all that is wrong with it, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """The error for these problems, of which there is at least one."""
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)), "simulate schema prints what a scenario file may hold")

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        """So that it survives the way back from a worker process."""
        return type(self), (self.problems,)


class Problems:
    """Collects the problems of one file."""

    def __init__(self, path: str) -> None:
        """An empty collection for the file at `path`, which is shown as given."""
        self.path = path
        self._found: set[Problem] = set()

    def add(self, line: int, column: int, what: str, hint: str = "") -> None:
        """Adds a problem. A second one that is equal to it is dropped."""
        self._found.add(Problem(self.path, line, column, _shown(what), _shown(hint)))

    def meant(self, word: str, words: Iterable[str], otherwise: str = "") -> str:
        """The hint for a word that is not among `words`: "did you mean X?", else `otherwise`, else the words."""
        words = list(words)
        near = nearest(word, words, most=1, alike=0.65) if len(self._found) < _GUESSES else ()
        if near:
            return f"did you mean {near[0]}?"
        if otherwise or len(words) > _LISTED:
            return otherwise or "simulate schema lists them"
        return f"write one of {', '.join(words)}" if len(words) > 1 else f"there is only {words[0]}"

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Problem, ...]:
        """What was found, in the order of the file, the first `MOST` of them."""
        found = sorted(self._found)
        if len(found) <= MOST:
            return tuple(found)
        last = found[MOST - 1]
        rest = f"and {len(found) - MOST + 1} more problems from here on"
        return (*found[: MOST - 1], Problem(self.path, last.line, last.column, rest))


def _shown(text: str) -> str:
    """A text of the author's that no terminal takes for a command."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "·" for c in text)


def nearest(word: str, words: Iterable[str], most: int = 3, alike: float = 0.55) -> tuple[str, ...]:
    """The words that somebody who typed `word` may have meant, the likeliest first, at most `most`. `alike`: from 0,
    anything, to 1, the same."""
    import difflib

    word = word[:80].casefold().replace("_", "-").replace(" ", "-")
    by_folded = {w.casefold(): w for w in words}
    near = difflib.get_close_matches(word, by_folded, n=most, cutoff=alike)
    if len(word) > 2:
        near += [w for w in by_folded if w not in near and (w.startswith(word) or f"-{word}" in w)]
    return tuple(by_folded[w] for w in near[:most])
