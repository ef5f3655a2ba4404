"""What must fit together in a scenario: faults that can stand side by side, fixes that can be tried, lines that leave
no client unspoken of, hints that don't give the answer away.

Law: what fits is computed from the changes themselves, by applying them to the scenario's own baseline. Nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from simulator.changes.change import Refused
from simulator.model.deployment import Deployment, diff
from simulator.scenario import giveaway
from simulator.scenario.fields import Fields
from simulator.scenario.scenario import Applied, BaselineChoice, Claim, Expectation, Fix, Scenario, matches
from simulator.scenario.tree import Node
from simulator.scenario.tree import Sequence as List


class FixPlace:
    """A fix and where it stands. `fix` is None where something in it was told already."""

    __slots__ = ("apply", "claims", "fix", "node")

    def __init__(self, node: Node) -> None:
        """A fix of which nothing was read yet."""
        self.node = node
        self.fix: Fix | None = None
        self.apply: list[tuple[Applied | None, Node]] = []
        self.claims: list[tuple[Claim | None, Node]] = []


class Places:
    """What was read of a scenario, each part with its node. None stands for a part that was told already."""

    __slots__ = ("expect", "faults", "fields", "fixes", "hints", "root", "surfaces")

    def __init__(self, fields: Fields, root: Node) -> None:
        """A scenario of which nothing was read yet."""
        self.fields = fields
        self.root = root
        self.faults: list[tuple[Applied | None, Node]] = []
        self.expect: list[tuple[Expectation | None, Node]] = []
        self.surfaces: list[tuple[str, Node]] = []
        self.hints: list[tuple[str | None, Node]] = []
        self.fixes: list[FixPlace] = []


def check(places: Places, baseline: BaselineChoice | None, keys: dict[str, Node]) -> None:
    """Tells everything that does not fit together."""
    tell = places.fields.tell
    for key in ("hints", "fixes"):
        place = keys.get(key)
        if isinstance(place, List) and not place.items and "faults" in keys:
            tell(place, f"{key} is empty", "what is broken wants at least one")
    if "expect" in keys:
        _lines(places.fields, "expect line", places.expect, keys["expect"])
    titles: set[str] = set()
    for tried in places.fixes:
        if tried.claims:
            _lines(places.fields, "claim", tried.claims, tried.node)
        if tried.fix and tried.fix.title in titles:
            tell(tried.node, f'a second fix is called "{tried.fix.title[:60]}"', "reports tell fixes by their titles")
        elif tried.fix:
            titles.add(tried.fix.title)
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


def _lines(fields: Fields, what: str, lines: Sequence[tuple[Expectation | Claim | None, Node]], node: Node) -> None:
    """Of lines of which the first that matches counts, each must be reachable, and requests must always reach one:
    it is the client that is graded unless another is asked for."""
    earlier: list[Expectation | Claim] = []
    for line, place in lines:
        if line is None:
            continue
        if any(e.client in (line.client, "any") and set(e.when) <= set(line.when) for e in earlier):
            fields.tell(place, f"no client ever gets to this {what} for {line.client}", "the first that matches counts")
        earlier.append(line)
    if any(line is None for line, _ in lines):
        return  # the missing one may be the one that was told
    mine = [line for line in earlier if line.client in ("requests", "any")]
    if not mine:
        fields.tell(node, f"no {what} for requests", "it is the client that every report is about")
        return
    traits = sorted({w.removeprefix("not ") for line in mine for w in line.when})
    for some in _subsets(traits):
        if not any(matches(line.client, line.when, "requests", some) for line in mine):
            without = ", ".join(t if t in some else f"not {t}" for t in traits)
            fields.tell(node, f"no {what} for requests where it is {without}", "end with one that has no when")
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
        clash = next(((id, path) for id, others in written if (path := _common(others, paths))), None)
        written.append((fault.change_id, paths))
        if clash and clash[0] == fault.change_id:
            complete = False
            tell(node, f"{fault.change_id} stands here twice")
        elif clash:
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
        told = str(refusal)
        places.fields.tell(node, told if applied.change_id in told else f"{applied.change_id} does not fit: {told}")
        return None


def _common(first: set[str], second: set[str]) -> str:
    """The first field that both write; a certificate added or taken away is all its fields."""
    for a in sorted(first):
        for b in sorted(second):
            if a == b or a.startswith(f"{b}.") or b.startswith(f"{a}."):
                return max(a, b, key=len)
    return ""
