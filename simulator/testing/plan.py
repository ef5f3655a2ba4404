"""A deployment with its story: a baseline, and the faults that are put into it.

Law: frozen and plain; a plan can be written as JSON and read back, so that it can travel to another machine and lie in
a journal. What its faults mean is decided by the changes that they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.model.deployment import Deployment
from simulator.scenario.scenario import Applied, BaselineChoice

SIMPLEST = BaselineChoice(id="two-tier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A healthy baseline and faults that fit it and one another. The simplest is `two-tier` with no fault at all."""

    baseline: BaselineChoice = SIMPLEST
    faults: tuple[Applied, ...] = ()

    @property
    def healthy(self) -> Deployment:
        """The baseline. Raises `Refused` where it cannot be built."""
        return healthy(self.baseline)

    @property
    def deployment(self) -> Deployment:
        """The baseline with every fault in it. Raises `Refused` where one does not fit."""
        deployment = self.healthy
        for fault in self.faults:
            deployment = fault(deployment)
        return deployment

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its faults."""
        return tuple(fault.change_id for fault in self.faults)

    def json(self) -> dict[str, Any]:
        """What `from_json` reads back equal."""
        chosen = self.baseline
        given = {"id": chosen.id, "host": chosen.host, "key": chosen.key, "depth": chosen.depth}
        return {
            "baseline": {name: value for name, value in given.items() if value is not None},
            "faults": [{"fault": fault.change_id, **fault.arguments} for fault in self.faults],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that `json` wrote."""
        faults = []
        for given in data["faults"]:
            values = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items() if k != "fault"}
            faults.append(Applied(change_id=given["fault"], parameters=tuple(sorted(values.items()))))
        return cls(baseline=BaselineChoice(**data["baseline"]), faults=tuple(faults))

    def __str__(self) -> str:
        """One line for people: `three-tier app.test · expired days=3 · omit-san`."""
        chosen = self.baseline
        parts = (chosen.id, chosen.host, chosen.key, f"depth={chosen.depth}" if chosen.depth else None)
        told = [" ".join(part for part in parts if part)]
        told += [" ".join([f.change_id, *(f"{k}={v}" for k, v in f.parameters)]) for f in self.faults]
        return " · ".join(told)


@lru_cache(maxsize=4096)
def healthy(baseline: BaselineChoice) -> Deployment:
    """The baseline's deployment, built once. Raises `Refused` where it cannot be built."""
    return baseline.build()
