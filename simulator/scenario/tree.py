"""From YAML text to a tree with positions. Law: of YAML only mappings, lists and scalars are read, and a scalar is its
text: nothing here guesses that `No` is a truth value, follows an alias or believes a tag.

It reads PyYAML's events, not its nodes, so no depth of nesting ever recurses, and no alias is ever expanded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.scenario.problem import Problems

if TYPE_CHECKING:
    from yaml.error import Mark, MarkedYAMLError

DEEPEST = 12
"""Levels of nesting. A scenario needs six."""


class Node:
    """A place in the file: line and column from 1."""

    __slots__ = ("column", "line")

    def __init__(self, line: int, column: int) -> None:
        """A node that begins there."""
        self.line = line
        self.column = column


class Scalar(Node):
    """A text. `style` is None where it stands bare, else the quote or the block's sign."""

    __slots__ = ("style", "text")

    def __init__(self, line: int, column: int, text: str, style: str | None) -> None:
        """A scalar with its text as YAML folds and unescapes it."""
        super().__init__(line, column)
        self.text = text
        self.style = style


class Sequence(Node):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, line: int, column: int) -> None:
        """An empty list."""
        super().__init__(line, column)
        self.items: list[Node] = []


class Mapping(Node):
    """Keys and values, in the order of the file; of a key that stands twice, the first."""

    __slots__ = ("entries", "key")

    def __init__(self, line: int, column: int) -> None:
        """An empty mapping."""
        super().__init__(line, column)
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        self.key: Node | None = None


class Alias(Node):
    """Something that is not read; its problem has been told."""

    __slots__ = ()


def parse(text: str, problems: Problems) -> Mapping | None:
    """The mapping that the file holds, or None where there is none to go on with. Tells every problem of form."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    builder = _Builder(problems)
    try:
        for event in yaml.parse(text, Loader=loader):
            if not builder.take(event, type(event).__name__):
                break
    except yaml.MarkedYAMLError as error:
        _syntax(error, problems, builder.alias)
        return None
    except yaml.YAMLError as error:  # the reader's own: a character that the check of the text let through
        problems.add(1, 1, f"this is not YAML: {error}".replace("\n", " "))
        return None
    if builder.open:
        return None  # it broke off in the middle
    if isinstance(builder.root, Mapping):
        return builder.root
    if builder.root is None or (isinstance(builder.root, Scalar) and not builder.root.text):
        problems.add(1, 1, "the file is empty", "begin with title: what people will read first")
    else:
        problems.add(builder.root.line, builder.root.column, "a scenario is a mapping", "begin with title: …")
    return None


class _Builder:
    """Takes one event after the other. `root` is what was built."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.root: Node | None = None
        self.open: list[Sequence | Mapping] = []
        self.documents = 0
        self.alias = 0
        """The line of the last alias: what stands behind it cannot be read."""

    def take(self, event: object, kind: str) -> bool:
        """Whether to go on."""
        if kind == "ScalarEvent":
            style = event.style  # type: ignore[attr-defined]  # PyYAML's events have no common typed base
            self._add(Scalar(*self._place(event), event.value, style if style in ("'", '"', "|", ">") else None))  # type: ignore[attr-defined]
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            node = Mapping(*self._place(event)) if kind == "MappingStartEvent" else Sequence(*self._place(event))
            self._add(node)
            self.open.append(node)
            if len(self.open) > DEEPEST:
                self.problems.add(
                    node.line, node.column, f"more than {DEEPEST} levels of nesting", "a scenario needs six"
                )
                return False
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.open.pop()
        elif kind == "AliasEvent":
            node_ = Alias(*_at(event.start_mark))  # type: ignore[attr-defined]
            self.problems.add(node_.line, node_.column, f"the alias *{event.anchor[:40]}", "write the value out")  # type: ignore[attr-defined]
            self.alias = node_.line
            self._add(node_)
        elif kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                self.problems.add(*_at(event.start_mark), "a second document", "one file holds one scenario")  # type: ignore[attr-defined]
                return False
        return True

    def _place(self, event: object) -> tuple[int, int]:
        line, column = _at(event.start_mark)  # type: ignore[attr-defined]
        if event.anchor is not None:  # type: ignore[attr-defined]
            self.problems.add(line, column, f"the anchor &{event.anchor[:40]}", "write the value out each time")  # type: ignore[attr-defined]
        if event.tag is not None:  # type: ignore[attr-defined]
            self.problems.add(line, column, f"the tag {event.tag[:60]}", "leave it out: the key decides the type")  # type: ignore[attr-defined]
        return line, column

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            key, parent.key = parent.key, None
            self._enter(parent, key, node)

    def _enter(self, parent: Mapping, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            if not isinstance(key, Alias):
                self.problems.add(key.line, key.column, "a key is a word", "write key: value")
        elif key.text == "<<" and key.style is None:
            self.problems.add(key.line, key.column, "the merge key <<", "write the keys out")
        elif key.text in parent.entries:
            first = parent.entries[key.text][0]
            self.problems.add(
                key.line, key.column, f"{key.text[:40]} stands here twice", f"it is also in line {first.line}"
            )
        else:
            parent.entries[key.text] = key, value


def _at(mark: Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


_WORDS = (
    ("mapping values are not allowed", "a colon where none can be", 'put the text in "…", or mind the indent'),
    ("could not find expected ':'", "a key without a colon", "write key: value"),
    ("that cannot start any token", "a text may not begin with this sign", 'put the text in "…"'),
    ("did not find expected key", "this line fits neither the one before nor its indent", "compare the indents"),
    ("did not find expected '-' indicator", "a list item without a dash", "compare the indents"),
    ("expected ',' or", "the closing bracket or a comma is missing", ""),
    ("found unexpected end of stream", "a quote that never closes", ""),
    ("found undefined tag handle", "a tag", "leave it out: the key decides the type"),
    ("did not find expected alphabetic", "a sign that YAML reads as an anchor or alias", 'put the text in "…"'),
    ("unknown escape character", "a backslash that means nothing here", "in '…' a backslash is just a backslash"),
    ("block sequence entries are not allowed", "a dash that begins no list item here", 'put the text in "…"'),
)


def _syntax(error: MarkedYAMLError, problems: Problems, alias: int) -> None:
    said = (error.problem or error.context or "").strip()
    mark = error.problem_mark or error.context_mark
    begun = error.context_mark
    if mark and begun and mark.line > begun.line and ("end of stream" in said or "expected ',' or" in said):
        mark = begun  # where it was opened, not where the lack was noticed
    line, column = _at(mark) if mark else (1, 1)
    if line == alias:
        return  # told already
    for part, what, hint in _WORDS:
        if part in said:
            problems.add(line, column, what, hint)
            return
    problems.add(line, column, f"this is not YAML: {said}"[:200])
