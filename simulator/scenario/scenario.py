"""What a scenario is, once read. Law: frozen values in the author's words; what they mean is decided by the changes
that they name, and nothing here knows YAML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from simulator.changes import baselines
from simulator.changes.change import Change
from simulator.model.deployment import Deployment

if TYPE_CHECKING:
    from simulator.model.grade import Grade
    from simulator.model.report import ScenarioText

Value = int | str | tuple[str, ...]
"""What a parameter of a change can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineChoice:
    """A healthy baseline; None means its own default."""

    id: str
    host: str | None = None
    key: str | None = None
    depth: int | None = None

    def build(self) -> Deployment:
        """The deployment. Raises `Refused` for what cannot be built; a loaded scenario's always can."""
        return baselines.build(self.id, host=self.host, key=self.key, depth=self.depth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A change with its parameters, sorted by name. `change` is what the loader looked up; without it, the shipped
    catalogue is asked."""

    change_id: str
    parameters: tuple[tuple[str, Value], ...] = ()
    change: Change | None = field(default=None, compare=False, repr=False)

    def __call__(self, deployment: Deployment) -> Deployment:
        """The changed deployment. Raises `Refused` where the change does not fit, `KeyError` for an unknown id."""
        return self._change()(deployment, **self.arguments)

    def _change(self) -> Change:
        if self.change is not None:
            return self.change
        from simulator.changes.catalogue import CHANGES

        return CHANGES[self.change_id]

    @property
    def kind(self) -> Literal["fault", "shortcut", "improvement"]:
        """What its change is. Raises `KeyError` for an unknown id."""
        return self._change().kind

    @property
    def arguments(self) -> dict[str, Any]:
        """The parameters as keyword arguments."""
        return dict(self.parameters)


def matches(client: str, when: tuple[str, ...], name: str, traits: frozenset[str]) -> bool:
    """Whether a line for `client` and `when` speaks of a client: its name (`requests`, `requests@/path`) and traits."""
    if client not in ("any", name, name.partition("@")[0]):
        return False
    return all(w[4:] not in traits if w.startswith("not ") else w in traits for w in when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a client is expected to do. `when`: traits, or "not TRAIT", all of which must hold."""

    client: str
    when: tuple[str, ...] = ()
    verdict: Literal["accepted", "rejected"]
    message: str | None = None
    """Words that must stand in its error, compared without case."""
    finding: str | None = None
    """What its error is about; None: the first finding that surfaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The grade that the author claims, for one client or for `any`."""

    client: str = "any"
    when: tuple[str, ...] = ()
    grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Something to try: faults to undo, changes to apply, another baseline, or several of these."""

    title: str
    undo: tuple[str, ...] = ()
    apply: tuple[Applied, ...] = ()
    baseline: BaselineChoice | None = None
    aim: Literal["accepted", "rejected"] = "accepted"
    """What the client ought to do afterwards."""
    claims: tuple[Claim, ...]

    @property
    def shortcut(self) -> bool:
        """Whether it mends nothing and makes nothing better, as `verify=False` does: it undoes no fault, moves to no
        other baseline, and what it applies is no improvement."""
        return not self.undo and self.baseline is None and any(a.kind != "improvement" for a in self.apply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario file. Two are equal where they say the same, wherever they lie."""

    id: str
    family: str
    title: str
    level: int
    story: str
    """Paragraphs, with an empty line between two."""
    baseline: BaselineChoice
    faults: tuple[Applied, ...] = ()
    expect: tuple[Expectation, ...]
    surfaces: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    path: str = field(default="", compare=False)

    def healthy(self) -> Deployment:
        """The baseline before anything went wrong."""
        return self.baseline.build()

    def broken(self) -> Deployment:
        """The baseline with every fault in it: what is run."""
        return _applied(self.healthy(), self.faults)

    def fresh(self, fix: Fix) -> Deployment:
        """The healthy deployment that a fix starts from: its own baseline, else the scenario's. A fix that names
        another baseline keeps the scenario's host and key unless it says otherwise: mending moves no URL."""
        if fix.baseline is None:
            return self.healthy()
        host = fix.baseline.host or self.healthy().client.host
        key = fix.baseline.key or self.baseline.key
        return baselines.build(fix.baseline.id, host=host, key=key, depth=fix.baseline.depth)

    def fixed(self, fix: Fix) -> Deployment:
        """What the fix leaves behind: its baseline, the faults that it does not undo, then what it applies. Raises
        `Refused` where these do not go together; a loaded scenario's do."""
        left = tuple(fault for fault in self.faults if fault.change_id not in fix.undo)
        return _applied(_applied(self.fresh(fix), left), fix.apply)

    def expectation(self, client: str, traits: frozenset[str]) -> Expectation | None:
        """The first line that speaks of this client with these traits; None: nobody said anything."""
        return next((line for line in self.expect if matches(line.client, line.when, client, traits)), None)

    def claim(self, fix: Fix, client: str, traits: frozenset[str]) -> Grade | None:
        """The grade that the author claims for this client; None: nobody claimed any."""
        return next((c.grade for c in fix.claims if matches(c.client, c.when, client, traits)), None)

    def finding(self, expectation: Expectation) -> str | None:
        """The finding that a line's error is about; None where the scenario surfaces nothing."""
        return expectation.finding or next(iter(self.surfaces), None)

    def text(self) -> ScenarioText:
        """What a report says of it."""
        from simulator.model.report import ScenarioText

        return ScenarioText(
            id=self.id, title=self.title, family=self.family, level=self.level, story=self.story, hints=self.hints
        )


def _applied(deployment: Deployment, changes: Iterable[Applied]) -> Deployment:
    for change in changes:
        deployment = change(deployment)
    return deployment
