"""What a list says of a scenario: title, level, findings. Law: it says what `load` would say of the same file, at a
fiftieth of the cost; it judges nothing, so a file with problems elsewhere has a summary too.

It looks at the three lines, and where one of them is not written plainly it asks the loader.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing costs 8 ms, and `simulate list` waits for it; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 64_000


class Summary:
    """Title, level and findings (in the order in which they surface) of one file."""

    __slots__ = ("level", "surfaces", "title")

    def __init__(self, title: str, level: int, surfaces: tuple[str, ...]) -> None:
        """A summary of these."""
        self.title = title
        self.level = level
        self.surfaces = surfaces


def summary(path: str, family: str = "") -> Summary:
    """The summary of the file at `path`. Raises `ScenarioError` where it cannot be told, and the file has problems."""
    try:
        if os.path.isfile(path):  # noqa: PTH113  # pathlib costs 4 ms at start-up
            with open(path, "rb") as file:  # noqa: PTH123  # as above
                told = _plainly(file.read(LARGEST + 1).decode("utf-8").splitlines())
            if told is not None:
                return told
    except (OSError, ValueError):
        pass  # the loader says it better
    from simulator.scenario.loader import load_file

    scenario = load_file(path, family=family)
    return Summary(scenario.title, scenario.level, scenario.surfaces)


def _plainly(lines: Sequence[str]) -> Summary | None:
    found: dict[str, str] = {}
    for n, line in enumerate(lines):
        key, colon, value = line.partition(": ")
        if key not in ("title", "level", "surfaces") or not colon:
            continue
        if key in found or lines[n + 1 : n + 2] in ([], [""]) or lines[n + 1][0] in " #]}-":
            return None  # twice there, or it goes on in the next line
        found[key] = value.strip(" ")
    title, level, surfaces = _text(found.get("title", "")), found.get("level", ""), found.get("surfaces", "[]")
    words = [word.strip(" ") for word in surfaces[1:-1].split(",")] if surfaces != "[]" else []
    if not title or level not in ("1", "2", "3", "4") or surfaces[:1] != "[" or surfaces[-1:] != "]":
        return None
    if not all(word.replace("-", "").isalnum() for word in words):
        return None
    return Summary(title, int(level), tuple(words))


def _text(value: str) -> str:
    """The text of a scalar that stands in one line; "" where YAML might read it otherwise."""
    quote = value[:1]
    if quote in ("'", '"'):
        inner = value[1:-1]
        if len(value) < 3 or value[-1] != quote or quote in inner or "\\" in inner:  # quotes and a letter
            return ""
        value = inner
    elif not quote.isalnum() or ": " in value or " #" in value or value.endswith(":"):
        return ""
    return " ".join(filter(None, value.split(" "))) if value.isprintable() else ""
