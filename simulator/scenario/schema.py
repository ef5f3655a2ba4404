"""The keys of a scenario file, and what each may hold. Law: what is read here is what `simulate schema` exports, and a
key is here because a reader of a report, a learner or a test needs it.

Always: title, level, story, baseline, expect. Where there are faults: faults, surfaces, hints, fixes.
"""

from __future__ import annotations

from typing import Any, cast

from simulator.changes import baselines
from simulator.changes.change import Change
from simulator.model.finding import FINDINGS
from simulator.scenario import parameters, rules
from simulator.scenario.lines import VERDICTS, Lines
from simulator.scenario.problem import Problems
from simulator.scenario.scenario import Applied, BaselineChoice, Fix, Scenario
from simulator.scenario.tree import Mapping, Node, Scalar
from simulator.scenario.vocabulary import COMMANDS, LEVELS, Vocabulary

ALWAYS = ("title", "level", "story", "baseline", "expect")
WITH_FAULTS = ("faults", "surfaces", "hints", "fixes")


def read(root: Mapping, problems: Problems, words: Vocabulary, *, id: str, family: str) -> Scenario | None:
    """The scenario that a tree holds; None where a problem was told."""
    return _Reader(problems, words).scenario(root, id, family)


def check_id(id: str, problems: Problems) -> None:
    """Tells, at the file's beginning, an id that nobody could type."""
    if not (id.isascii() and id == id.lower() and all(part.isalnum() for part in id.split("-"))) or len(id) > 60:
        problems.add(1, 1, f'"{id[:60]}" cannot be an id', "a file is called in lower-case words with hyphens between")
    elif id in COMMANDS:
        problems.add(1, 1, f"{id} is a command of simulate", "call the file otherwise")


class _Reader(Lines):
    def __init__(self, problems: Problems, words: Vocabulary) -> None:
        super().__init__(problems)
        self.words = words
        self.told = False
        """Whether a fault has a problem already, so that undoing what is not there may be its echo."""

    def scenario(self, root: Mapping, id: str, family: str) -> Scenario | None:
        healthy = "faults" not in root.entries
        required = ALWAYS if healthy else (*ALWAYS, *WITH_FAULTS)
        keys = self.entries(root, "a scenario", required, WITH_FAULTS if healthy else ())
        values: dict[str, Any] = {"id": id, "family": family, "path": self.problems.path}
        if "title" in keys:
            values["title"] = self.text(keys["title"], "title")
        if "story" in keys:
            values["story"] = self.paragraphs(keys["story"], "story")
        if "level" in keys:
            values["level"] = self.whole(keys["level"], "level", *LEVELS)
        if "baseline" in keys:
            values["baseline"] = self._baseline(keys["baseline"])
        places = rules.Places(self, root)
        if "faults" in keys:
            places.faults = self._changes(keys["faults"], "faults", "fault")
        if "expect" in keys:
            places.expect = [(self.expectation(n), n) for n in self.items(keys["expect"], "expect")]
        if "surfaces" in keys:
            places.surfaces = self._findings(keys["surfaces"])
        if "hints" in keys:
            places.hints = [(self.text(n, "a hint"), n) for n in self.items(keys["hints"], "hints")]
        if "fixes" in keys:
            there = [fault.change_id for fault, _ in places.faults if fault]
            self.told = len(there) < len(places.faults)
            places.fixes = [self._fix(n, there) for n in self.items(keys["fixes"], "fixes")]
        rules.check(places, cast("BaselineChoice | None", values.get("baseline")), keys)
        if len(self.problems):
            return None
        return Scenario(
            **values,
            faults=tuple(f for f, _ in places.faults if f),
            expect=tuple(e for e, _ in places.expect if e),
            surfaces=tuple(s for s, _ in places.surfaces),
            hints=tuple(h for h, _ in places.hints if h),
            fixes=tuple(place.fix for place in places.fixes if place.fix),
        )

    def _baseline(self, node: Node) -> BaselineChoice | None:
        if isinstance(node, Scalar):
            id = self.word(node, "baseline", baselines.BASELINES)
            return BaselineChoice(id=id) if id else None
        keys = self.entries(node, "a baseline", ("id",), ("host", "key", "depth"))
        id = self.word(keys["id"], "baseline", baselines.BASELINES) if "id" in keys else None
        host = self._host(keys["host"]) if "host" in keys else None
        key = self.word(keys["key"], "key type", baselines.KEY_KINDS) if "key" in keys else None
        depth = self.whole(keys["depth"], "depth", 1, 2) if "depth" in keys else None
        if id and depth is not None and id != "three-tier":
            self.tell(keys["depth"], f"{id} has no depth", "it is three-tier's alone")
            return None
        complete = id and (host or "host" not in keys) and (key or "key" not in keys)
        return BaselineChoice(id=id, host=host, key=key, depth=depth) if id and complete else None

    def _host(self, node: Node) -> str | None:
        host = parameters.host(self, node, "host")
        if host and parameters.is_address(host) and host not in ("127.0.0.1", "::1"):
            self.tell(node, f"nobody listens on {host}", "take 127.0.0.1, ::1 or a name")
            return None
        return host

    def _changes(self, node: Node, name: str, key: str) -> list[tuple[Applied | None, Node]]:
        return [(self._change(item, key), item) for item in self.items(node, name, some=True)]

    def _change(self, node: Node, key: str) -> Applied | None:
        if isinstance(node, Scalar) and node.text:
            self.tell(node, f"a {key} is a mapping, not a text", f"write {{{key}: {node.text[:40]}}}")
            return None
        if not isinstance(node, Mapping) or key not in node.entries:
            self.entries(node, f"a {key}", (key,), ())
            return None
        value = node.entries[key][1]
        faults, shortcuts = self.words.faults, self.words.shortcuts
        known = faults if key == "fault" else {**shortcuts, **faults}
        if key == "fault" and isinstance(value, Scalar) and value.text in shortcuts and value.text not in faults:
            self.tell(value, f'no fault "{value.text}"', "it is a shortcut, and belongs into a fix's apply")
            return None
        id = self.word(value, key, known, "simulate schema lists them")
        if id is None:
            return None
        change: Change | None = faults.get(id) if key == "fault" else self.words.change(id)
        if change is None:
            return None
        before = len(self.problems)
        given = parameters.read(self, node, key, change)
        return Applied(change_id=id, parameters=given, change=change) if len(self.problems) == before else None

    def _findings(self, node: Node) -> list[tuple[str, Node]]:
        found: list[tuple[str, Node]] = []
        for item in self.items(node, "surfaces"):
            id = self.word(item, "finding", FINDINGS)
            if id in [f for f, _ in found]:
                self.tell(item, f"{id} stands here twice")
            elif id:
                found.append((id, item))
        return found

    def _fix(self, node: Node, faults: list[str]) -> rules.FixPlace:
        place = rules.FixPlace(node)
        before = len(self.problems)
        keys = self.entries(node, "a fix", ("title", "claim"), ("undo", "apply", "baseline", "aim"))
        title = self.text(keys["title"], "title") if "title" in keys else None
        undo: list[str] = []
        for item in self.items(keys["undo"], "undo", some=True) if "undo" in keys else ():
            id = self._undone(item, faults)
            if id in undo:
                self.tell(item, f"{id} stands here twice")
            elif id:
                undo.append(id)
        place.apply = self._changes(keys["apply"], "apply", "change") if "apply" in keys else []
        baseline = self._baseline(keys["baseline"]) if "baseline" in keys else None
        aim = self.word(keys["aim"], "aim", VERDICTS) if "aim" in keys else "accepted"
        place.claims = self.claims(keys["claim"]) if "claim" in keys else []
        if keys and not any(k in keys for k in ("undo", "apply", "baseline")):
            self.tell(node, "this fix does nothing", "give it undo, apply or baseline")
        if title and aim and len(self.problems) == before:
            place.fix = Fix(
                title=title,
                undo=tuple(undo),
                apply=tuple(a for a, _ in place.apply if a),
                baseline=baseline,
                aim=aim,  # type: ignore[arg-type]  # one of VERDICTS
                claims=tuple(c for c, _ in place.claims if c),
            )
        return place

    def _undone(self, node: Node, faults: list[str]) -> str | None:
        text = self.text(node, "undo")
        if text is None or text in faults or self.told:
            return text
        hint = self.problems.meant(text, faults) if faults else "it has no fault at all"
        self.tell(node, f'this scenario has no fault "{text[:40]}" to undo', hint)
        return None


__all__ = ["ALWAYS", "VERDICTS", "WITH_FAULTS", "check_id", "read"]
