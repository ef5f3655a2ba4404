"""From what was marked to points. Law: pure arithmetic over the weights, so that an instructor can weigh again without
marking again; nothing is ever below zero or above the sum.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any

from simulator.errors import UsageError
from simulator.scenario.plain import read

_HINT = "docs/marking.md shows a file of weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each part is worth. The four parts are points; the grades are shares of `repair` from 0 to 1."""

    findings: float = 40
    evidence: float = 15
    who: float = 10
    repair: float = 35
    cure: float = 1
    workaround: float = 0.5
    hint: float = 0
    """Points that each hint costs."""

    @property
    def total(self) -> float:
        """The most that anybody can have."""
        return self.findings + self.evidence + self.who + self.repair

    def share(self, grade: str) -> float:
        """What a repair of this grade is worth; one that lets an attacker in is worth nothing, whatever the weights."""
        return {"cure": self.cure, "workaround": self.workaround}.get(grade, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points of one patient or of a whole submission."""

    findings: float = 0
    evidence: float = 0
    who: float = 0
    repair: float = 0
    hints: float = 0
    """What hints cost: taken off the sum."""

    @property
    def total(self) -> float:
        """The sum, to two decimals."""
        return round(max(0.0, self.findings + self.evidence + self.who + self.repair - self.hints), 2)


def load(path: str) -> Weights:
    """Weights from a YAML file. Raises `UsageError` for anything that they cannot be."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs 11 ms
            told = read(file.read(64_001), path, _HINT)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {os.strerror(error.errno or 0)}", _HINT) from None
    known = [one.name for one in fields(Weights)]
    values: dict[str, float] = {}
    for key, value in told.value.items():
        if key not in known:
            raise UsageError(
                f"{path}:{told.line((key,))}: {key[:40]} is no weight; there are {', '.join(known)}", _HINT
            )
        try:
            values[key] = float(value) if isinstance(value, str) else -1
        except ValueError:
            values[key] = -1
        most = 1 if key in ("cure", "workaround") else 1000
        if not 0 <= values[key] <= most:
            raise UsageError(f"{path}:{told.line((key,))}: {key} is a number from 0 to {most}", _HINT)
    weights = Weights(**values)
    if not weights.total:
        raise UsageError(f"{path}: all weights together are 0", _HINT)
    return weights


def of_patient(told: dict[str, Any], weights: Weights) -> Points:
    """What one patient's marks are worth, of the full sum."""
    compared = told["compared"]
    wanted, found = len(compared["wanted"]) or 1, len(compared["found"])
    right = max(0, found - len(compared["wrong"])) / wanted
    # Evidence and party count as far as findings do: guesses at everything bring nothing here either.
    scale = right / found * wanted if found else 0.0
    evidence = (compared["certificates"] + compared["fields"]) / (2 * wanted) * scale
    return Points(
        findings=weights.findings * right,
        evidence=weights.evidence * evidence,
        who=weights.who * compared["parties"] / wanted * scale,
        repair=weights.repair * weights.share(told["grade"]),
    )


def of_submission(told: dict[str, Any], weights: Weights) -> Points:
    """The mean over its patients, less what hints cost. A submission with a reason has none."""
    each = [of_patient(one, weights) for one in told.get("patients", ())]
    if not each:
        return Points()
    parts = {
        name: sum(getattr(one, name) for one in each) / len(each) for name in ("findings", "evidence", "who", "repair")
    }
    return Points(**parts, hints=told.get("hints", 0) * weights.hint)
