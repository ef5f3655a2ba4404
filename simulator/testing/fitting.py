"""Which faults go together. Law: computed from the changes themselves, never listed: two faults conflict where they
write the same field, and a fault that does not fit refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from simulator.changes.change import Refused
from simulator.model.deployment import Deployment, diff
from simulator.scenario.scenario import Applied, BaselineChoice
from simulator.testing.plan import healthy


@lru_cache(maxsize=65_536)
def written(baseline: BaselineChoice, fault: Applied) -> frozenset[str] | None:
    """The fields that a fault writes on a healthy baseline, as dotted paths; None where it does not fit there."""
    before = healthy(baseline)
    try:
        return frozenset(difference.path for difference in diff(before, fault(before)))
    except Refused:
        return None


def compatible(baseline: BaselineChoice, faults: Iterable[Applied]) -> tuple[tuple[Applied, ...], Deployment]:
    """Those of `faults` that fit the baseline and the ones before them, in order, and the deployment with them in it.
    The others are left out."""
    deployment = healthy(baseline)
    taken: list[Applied] = []
    fields: frozenset[str] = frozenset()
    for fault in faults:
        paths = written(baseline, fault)
        if paths is None or paths & fields:
            continue
        try:
            deployment = fault(deployment)
        except Refused:  # fits the baseline, but not what the others made of it
            continue
        fields |= paths
        taken.append(fault)
    return tuple(taken), deployment
