"""What must fit together in a scenario: faults that can stand side by side, fixes that can be tried, lines that leave
no client unspoken of, hints that don't give the answer away.

Law: what fits is computed from the changes themselves, by applying them to the scenario's own baseline. Nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from simulator.changes.change import Refused
from simulator.model.deployment import Deployment, diff
from simulator.scenario import giveaway
from simulator.scenario.fields import Fields
from simulator.scenario.scenario import Applied, BaselineChoice, Expectation, Fix, Scenario, matches
from simulator.scenario.tree import Node


@dataclass(slots=True)
class FixPlace:
    """A fix and where it stands. `fix` is None where something in it was told already."""

    node: Node
    fix: Fix | None = None
    apply: list[tuple[Applied | None, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Places:
    """What was read of a scenario, each part with its node. None stands for a part that was told already."""

    fields: Fields
    root: Node
    faults: list[tuple[Applied | None, Node]] = field(default_factory=list)
    expect: list[tuple[Expectation | None, Node]] = field(default_factory=list)
    surfaces: list[tuple[str, Node]] = field(default_factory=list)
    hints: list[tuple[str | None, Node]] = field(default_factory=list)
    fixes: list[FixPlace] = field(default_factory=list)


def check(places: Places, baseline: BaselineChoice | None, keys: dict[str, Node]) -> None:
    """Tells everything that does not fit together."""
    tell = places.fields.tell
    for key, content in (("hints", places.hints), ("fixes", places.fixes)):
        if key in keys and places.faults and not content:
            tell(keys[key], f"no {key}", "what is broken wants at least one")
    if "expect" in keys:
        _expect(places, keys["expect"])
    titles: set[str] = set()
    for place in places.fixes:
        if place.fix and place.fix.title in titles:
            tell(place.node, f'a second fix is called "{place.fix.title[:60]}"', "reports tell fixes by their titles")
        elif place.fix:
            titles.add(place.fix.title)
    surfaces = [id for id, _ in places.surfaces]
    for hint, node in places.hints:
        told = giveaway.told(hint, surfaces) if hint else None
        if told:
            tell(node, f"this hint gives the answer away: {told}", "say where to look or what to compare")
    for line, node in places.expect:
        if line and line.finding and line.finding not in surfaces:
            tell(node, f"{line.finding} is not among surfaces", "name it there too, in the order of appearance")
    if baseline is not None:
        _deployments(places, baseline)


def _expect(places: Places, node: Node) -> None:
    tell = places.fields.tell
    earlier: list[Expectation] = []
    for line, place in places.expect:
        if line is None:
            continue
        if any(e.client in (line.client, "any") and set(e.when) <= set(line.when) for e in earlier):
            tell(place, f"no client ever gets to this line for {line.client}", "the first line that matches counts")
        earlier.append(line)
    if any(line is None for line, _ in places.expect):
        return  # the missing line may be the one that was told
    lines = [line for line in earlier if line.client in ("requests", "any")]
    if not lines:
        tell(node, "no expect line for requests", "write {client: requests, verdict: …}")
        return
    traits = sorted({w.removeprefix("not ") for line in lines for w in line.when})
    for some in _subsets(traits):
        if not any(matches(line.client, line.when, "requests", some) for line in lines):
            without = ", ".join(t if t in some else f"not {t}" for t in traits)
            tell(node, f"no expect line for requests where it is {without}", "end with a line that has no when")
            return


def _subsets(words: list[str]) -> Iterable[frozenset[str]]:
    return (frozenset(some) for n in range(len(words) + 1) for some in combinations(words, n))


def _deployments(places: Places, baseline: BaselineChoice) -> None:
    """Builds what the scenario describes, and tells what cannot be built."""
    tell = places.fields.tell
    try:
        healthy = baseline.build()
    except Refused as refusal:
        tell(places.root, str(refusal))
        return
    broken = healthy
    written: list[tuple[str, set[str]]] = []
    complete = True
    for fault, node in places.faults:
        if fault is None:
            complete = False
            continue
        after = _after(fault, healthy, node, places)
        if after is None:
            complete = False
            continue
        paths = {difference.path for difference in diff(healthy, after)}
        if not paths:
            tell(node, f"{fault.change_id} changes nothing on {baseline.id}", "it is like this already")
        clash = next(((id, path) for id, others in written if (path := _common(others, paths))), None)
        written.append((fault.change_id, paths))
        if clash:
            complete = False
            tell(node, f"{fault.change_id} and {clash[0]} both write {clash[1]}", "take one of them")
        elif complete:
            both = _after(fault, broken, node, places)
            complete, broken = both is not None, both or broken
    if complete:
        _fixes(places, baseline)


def _fixes(places: Places, baseline: BaselineChoice) -> None:
    scenario = Scenario(
        id="", family="", title="", level=1, story="", baseline=baseline, expect=(),
        faults=tuple(fault for fault, _ in places.faults if fault),
    )  # fmt: skip
    for place in places.fixes:
        fix = place.fix
        if fix is None:
            continue
        try:
            deployment = scenario.fixed(Fix(title="", undo=fix.undo, baseline=fix.baseline, claims=()))
        except Refused as refusal:
            places.fields.tell(place.node, f"this fix cannot be tried: {refusal}")
            continue
        before: Deployment | None = deployment
        for applied, node in place.apply:
            if applied and before:
                before = _after(applied, before, node, places)
        if before is not None and before == scenario.broken():
            places.fields.tell(place.node, "this fix changes nothing", "it leaves what was broken as it was")


def _after(applied: Applied, deployment: Deployment, node: Node, places: Places) -> Deployment | None:
    try:
        return applied(deployment)
    except Refused as refusal:
        places.fields.tell(node, f"{applied.change_id} does not fit: {refusal}")
        return None


def _common(first: set[str], second: set[str]) -> str:
    """The first field that both write; a certificate added or taken away is all its fields."""
    for a in sorted(first):
        for b in sorted(second):
            if a == b or a.startswith(f"{b}.") or b.startswith(f"{a}."):
                return max(a, b, key=len)
    return ""
