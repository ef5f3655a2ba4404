"""What a run tells: trials, grades, and the report that every format is a leaf over.

Law: values only. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.model.deployment import Difference
from simulator.model.evidence import Attempt, Evidence
from simulator.model.finding import Finding, PathNode
from simulator.model.grade import Grade, Outcome

FORMAT = 1
"""The number at the top of every JSON document. It changes when a field changes its meaning, never otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackOutcome:
    """How one attack on one deployment ended. `why` is a sentence for people: what was stolen, or what refused."""

    id: str
    outcome: Outcome
    why: str
    token: str = ""
    """What the attacker's server was handed, where it got in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixTrial:
    """A change that was tried for real. `grade` is computed; None: an attack that applied did not end cleanly."""

    title: str
    grade: Grade | None
    claim: Grade | None = None
    changed: tuple[Difference, ...] = ()
    """From the broken deployment to the one that was tried."""
    attempts: tuple[Attempt, ...] = ()
    attacks: tuple[AttackOutcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What is left."""
    shortcut: bool = False
    """True for the tempting and wrong: shown before the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioText:
    """What a report says of its scenario, in the author's words."""

    id: str
    title: str
    family: str
    level: int
    story: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one run showed."""

    scenario: ScenarioText
    evidence: Evidence
    findings: tuple[Finding, ...]
    trials: tuple[FixTrial, ...]
    path: tuple[PathNode, ...] = ()
    behaved: bool = True
    """Whether the scenario did what its file says."""
    problems: tuple[str, ...] = ()
    """Where it did not: one sentence each."""
    environment: tuple[tuple[str, str], ...] = ()
    """Versions and settings of the machine that matter."""
    format: int = FORMAT
