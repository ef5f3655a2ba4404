"""YAML that is no scenario: a learner's answers, an instructor's weights. Law: the scenario reader's limits hold here
as well (64 kB, twelve levels, no alias, no anchor, no tag, no key twice), and what comes out is texts, lists, mappings.

A scalar is its text: who reads `yes` or `40` knows what to make of it, YAML does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulator.errors import UsageError
from simulator.scenario import source, tree
from simulator.scenario.problem import Problems

Value = str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """What a file holds. `lines`: where each value stands, by its path from the top, from 1."""

    name: str
    value: dict[str, Value]
    lines: dict[Path, int] = field(repr=False)

    def line(self, path: Path) -> int:
        """The line of this value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class PlainError(UsageError):
    """A file that cannot be used; the message has one line for each problem: `file:line:column: what: hint`."""


def read(data: bytes, name: str, hint: str = "") -> Plain:
    """The mapping in `data`, which is called `name` in messages. Raises `PlainError`; `hint` is its next step."""
    problems = Problems(name)
    text = source.check(data, len(data), problems)
    root = None if text is None else tree.parse(text, problems)
    if root is None or len(problems):
        raise PlainError("\n".join(_told(map(str, problems.all()))) or f"{name}:1:1: nothing can be read here", hint)
    lines: dict[Path, int] = {}
    value = _value(root, (), lines)
    return Plain(name, value if isinstance(value, dict) else {}, lines)


def _value(node: tree.Node, path: Path, lines: dict[Path, int]) -> Value:
    # tree.DEEPEST bounds this recursion.
    lines[path] = node.line
    if isinstance(node, tree.Mapping):
        return {key: _value(value, (*path, key), lines) for key, (_, value) in node.entries.items()}
    if isinstance(node, tree.Sequence):
        return [_value(item, (*path, n), lines) for n, item in enumerate(node.items)]
    return node.text if isinstance(node, tree.Scalar) else ""


def _told(problems: Iterable[str]) -> Iterable[str]:
    """The reader speaks of scenarios; this file is none."""
    for line in problems:
        told = line.replace("a scenario is a mapping: begin with title: …", "the file is no mapping: write key: value")
        yield told.replace("the file is empty: begin with title: what people will read first", "the file is empty")
