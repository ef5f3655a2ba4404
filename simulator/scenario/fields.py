"""From nodes to values: one reader a kind of value. Law: the key decides the type, never the way a scalar looks; what
does not fit is told at its place and read as None.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Sequence as Words

from simulator.scenario.problem import Problems
from simulator.scenario.source import unwanted
from simulator.scenario.tree import Alias, Mapping, Node, Scalar, Sequence

MOST = 60
"""Items of a list. `expect` has a dozen where every client differs."""
_SHOWN = 40
_LONG = 20
"""Digits of a number that is no longer looked at."""
_KINDS = {Sequence: "a list", Mapping: "a mapping", Scalar: "a text"}


class Fields:
    """Reads values and collects problems."""

    def __init__(self, problems: Problems) -> None:
        """A reader for one file."""
        self.problems = problems

    def tell(self, node: Node, what: str, hint: str = "") -> None:
        """Adds a problem at a node."""
        self.problems.add(node.line, node.column, what, hint)

    def _scalar(self, node: Node, name: str, wanted: str) -> Scalar | None:
        if isinstance(node, Scalar):
            if node.style is None and not node.text:
                self.tell(node, f"{name} is empty", f"it wants {wanted}")
                return None
            sign = unwanted(node.text)
            if sign:
                self.tell(node, f"{name} holds the character U+{ord(sign):04X}", "write it without")
                return None
            return node
        if not isinstance(node, Alias):
            self.tell(node, f"{name} wants {wanted}, not {_KINDS[type(node)]}")
        return None

    def text(self, node: Node, name: str) -> str | None:
        """One line of text; line ends and runs of blanks become one blank."""
        scalar = self._scalar(node, name, "a text")
        value = _one_line(scalar.text) if scalar else None
        if value == "":
            self.tell(node, f"{name} is empty", "it wants a text")
        return value or None

    def paragraphs(self, node: Node, name: str) -> str | None:
        """A longer text: paragraphs with an empty line between two."""
        scalar = self._scalar(node, name, "a text")
        if scalar is None:
            return None
        # YAML has folded a paragraph to one line already, but for a block that keeps its line ends.
        parts = re.split(r"\n[ \r]*\n", scalar.text) if scalar.style == "|" else scalar.text.split("\n")
        value = "\n\n".join(filter(None, map(_one_line, parts)))
        if not value:
            self.tell(node, f"{name} is empty", "it wants a text")
        return value or None

    def whole(self, node: Node, name: str, low: int, high: int, unit: str = "") -> int | None:
        """A whole number of decimal digits, from `low` to `high`."""
        wanted = f"a whole number from {low} to {high}" + (f" ({unit})" if unit else "")
        scalar = self._scalar(node, name, wanted)
        if scalar is None:
            return None
        if not _is_number(scalar.text):
            self.tell(node, f"{name} wants {wanted}, not {_short(scalar.text)}", "write it in decimal digits alone")
        elif not low <= int(scalar.text) <= high:
            self.tell(node, f"{name} wants {wanted}, not {scalar.text}")
        else:
            return int(scalar.text)
        return None

    def word(self, node: Node, noun: str, words: Collection[str], otherwise: str = "") -> str | None:
        """One word of a set."""
        scalar = self._scalar(node, f"the {noun}", "a word")
        if scalar is None:
            return None
        if scalar.text not in words:
            self.tell(node, f"no {noun} {_short(scalar.text)}", self.problems.meant(scalar.text, words, otherwise))
            return None
        return scalar.text

    def items(self, node: Node, name: str, some: bool = False) -> list[Node]:
        """The items of a list; `some`: there must be one."""
        if isinstance(node, Sequence):
            if some and not node.items:
                self.tell(node, f"{name} is empty", "leave it out")
            if len(node.items) > MOST:
                self.tell(node.items[MOST], f"{name} has {len(node.items)} items", f"at most {MOST} are read")
                del node.items[MOST:]
            return [item for item in node.items if not isinstance(item, Alias)]
        if isinstance(node, Scalar) and node.text:
            self.tell(node, f"{name} wants a list, not a text", f"write [{_short(node.text, '')}]")
        elif isinstance(node, Scalar):
            self.tell(node, f"{name} is empty", "it wants a list; an empty one is []")
        elif not isinstance(node, Alias):
            self.tell(node, f"{name} wants a list, not a mapping", "begin each item with a dash")
        return []

    def entries(self, node: Node, name: str, required: Words[str], optional: Words[str]) -> dict[str, Node]:
        """The values of a mapping by key; unknown keys and missing ones are told."""
        if not isinstance(node, Mapping):
            if not isinstance(node, Alias):
                example = f"{{{required[0]}: …}}"
                self.tell(node, f"{name} is a mapping, not {_KINDS[type(node)]}", f"write {example}")
            return {}
        known = (*required, *optional)
        meant = set()
        for key, (place, _) in node.entries.items():
            if key not in known:
                hint = self.problems.meant(key, [k for k in known if k not in node.entries] or known)
                meant.add(hint)
                self.tell(place, f"{name} has no key {_short(key)}", hint)
        for key in required:
            if key not in node.entries and f"did you mean {key}?" not in meant:
                self.tell(node, f"{name} lacks {key}")
        return {key: value for key, (_, value) in node.entries.items() if key in known}


def _one_line(text: str) -> str:
    return " ".join(filter(None, text.replace("\r", " ").replace("\n", " ").split(" ")))


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0") and len(digits) < _LONG


def _short(text: str, mark: str = '"') -> str:
    text = _one_line(text)
    return f"{mark}{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}{mark}"
