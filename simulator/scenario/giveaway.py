"""Hints that say the answer. Law: a hint says where to look, what to compare, what is absent; the id and the title of
what surfaces are for the report.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache

from simulator import bundled

_WORD = re.compile(r"[^\W_]+")
# Words that say nothing alone, so a hint may share them with a title.
_SMALL = frozenset(
    """a an and are as at be been by but do does for from has have in into is it its no nobody not of on one only
    or other than that the their them there they this to two was what which while who with""".split()  # noqa: SIM905  # reads as text
)


def told(hint: str, findings: Iterable[str]) -> str | None:
    """What the hint says of one of these findings: its id, its title, or every word of weight in the title."""
    words = [w.casefold() for w in _WORD.findall(hint)]
    for id in findings:
        if _within(id.split("-"), words):
            return f"it names {id}"
        weighty = [w for w in _words(title(id)) if w not in _SMALL]
        if weighty and set(weighty) <= set(words):
            return f'it says "{title(id)}"'
    return None


@cache
def title(finding: str) -> str:
    """The title of a finding's page (its first line is `# id · Title`), or "" where there is no such page yet."""
    path = os.path.join(bundled.folder("report_templates"), "findings", f"{finding}.md")  # noqa: PTH118  # pathlib costs 4 ms
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # as above
            return file.readline().partition("·")[2].strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _words(text: str) -> list[str]:
    return [w.casefold() for w in _WORD.findall(text)]


def _within(some: list[str], words: list[str]) -> bool:
    return any(words[i : i + len(some)] == some for i in range(len(words) - len(some) + 1))
