"""A shard: some examples from one seed, judged; disagreements shrunk by hypothesis. Law: the argument decides what is
drawn, so a shard may run again, anywhere; its result is JSON.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase

from simulator.changes.catalogue import FAULTS
from simulator.scenario.scenario import BaselineChoice
from simulator.testing import strategies
from simulator.testing.example import Disagreement, Judged, judge
from simulator.testing.memory import World, readable
from simulator.testing.plan import Plan

SHARDS_WITH_SOCKETS, ON_SOCKETS = 8, 4
"""Of how many shards one starts a real client, which costs a quarter of a second, and of how many of its examples one
is judged by it, unless all are."""
SLOW = ("never-answers",)
"""Faults that cost a second each and have nothing to vary."""
PHASES = (Phase.reuse, Phase.generate, Phase.shrink)


class _Found(Exception):  # a message to hypothesis: each shape is a class of its own
    pass


def run_shard(argument: dict[str, Any]) -> dict[str, Any]:
    """Judges `argument["examples"]` plans drawn from `argument["seed"]`.

    Other keys: `plan` (a plan's JSON whose parameters are varied), `sockets` (judge every example on sockets, and draw
    from all faults), `database` (a folder for hypothesis' examples), `ignore` (shapes that are found already). The
    result has `examples`, `seconds`, `coverage` (fault → verdict → count), `known` (row → count) and
    `finds` (with `also`: what else is said of the same example).
    """
    drawn = strategy(argument.get("plan"), everything=bool(argument.get("sockets")))
    coverage: dict[str, Counter[str]] = {}
    known: Counter[str] = Counter()
    world = World()
    elected = int(argument["seed"]) % SHARDS_WITH_SOCKETS == 0
    with ExitStack() as stack:
        labs: list[Any] = []

        def judged(plan: Plan) -> list[Disagreement]:
            lab = None
            if argument.get("sockets") or (elected and _elected(plan)) or not readable(plan):
                if not labs:
                    from simulator.lab.observe import Lab

                    labs.append(stack.enter_context(Lab(seed=world.seed, as_of=world.now)))
                lab = labs[0]
            result = judge(plan, world, lab)
            count(plan, result)
            return result.disagreements

        def count(plan: Plan, result: Judged) -> None:
            for id in plan.ids or ("healthy",):
                coverage.setdefault(id, Counter())[result.verdict] += 1
            known.update(result.known)

        result = search(drawn, judged, argument)
    return {**result, "coverage": {id: dict(counts) for id, counts in coverage.items()}, "known": dict(known)}


def strategy(plan: dict[str, Any] | None, *, everything: bool) -> st.SearchStrategy[Plan]:
    """What is drawn: any plan, or one whose faults are given and whose parameters, key and host vary."""
    if plan is None:
        if not everything:
            return strategies.plans()
        baselines = (*strategies.BASELINES, *(BaselineChoice(id=id) for id in _MORE))
        return strategies.plans(baselines=baselines, faults=tuple(sorted(set(FAULTS) - set(SLOW))))
    given_plan = Plan.from_json(plan)
    return strategies.variations(given_plan)


_MORE = ("virtual-hosts", "mutual-tls", "crl-checked", "behind-proxy")


def search(
    drawn: st.SearchStrategy[Any], judged: Callable[[Any], list[Disagreement]], argument: dict[str, Any]
) -> dict[str, Any]:
    """Draws and judges until the shard's examples are used up; each new shape is shrunk and then ignored."""
    ignored = set(argument.get("ignore", ()))
    smallest: dict[str, list[Disagreement]] = {}
    classes: dict[str, type[_Found]] = {}
    folder = argument.get("database")
    database = DirectoryBasedExampleDatabase(folder) if folder else None
    wanted, drawn_already, start = int(argument["examples"]), 0, time.monotonic()
    for attempt in range(wanted):
        failed = False
        here = 0

        def test(example: Any) -> None:
            nonlocal failed, here
            here += not failed  # what shrinking tries is not counted
            new = [found for found in judged(example) if found.shape not in ignored]
            if new:
                failed = True
                shape = new[0].shape
                smallest[shape] = new
                raise classes.setdefault(shape, type("Found", (_Found,), {}))(shape)

        seeded = seed(int(argument["seed"]) * 1000 + attempt)(given(drawn)(test))
        # In this order: `seed` takes the database away, and the settings bring it back.
        run = settings(
            max_examples=max(1, wanted - drawn_already),
            database=database,
            deadline=None,
            phases=PHASES,
            verbosity=Verbosity.quiet,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )(seeded)
        before = set(smallest)
        try:
            run()
        except (_Found, ExceptionGroup) as error:
            _only_ours(error)
        drawn_already += here
        # What others say of the same smallest example has the same cause.
        ignored.update(found.shape for shape in set(smallest) - before for found in smallest[shape])
        if not failed or drawn_already >= wanted:
            break
    return {
        "examples": drawn_already,
        "seconds": round(time.monotonic() - start, 3),
        "finds": [
            {
                "shape": shape, "judge": first.judge, "said": first.said, "foretold": first.foretold,
                "also": [other.shape for other in also], "example": first.example,
            }
            for shape, (first, *also) in smallest.items()
        ],
    }  # fmt: skip


def _only_ours(error: Exception) -> None:
    """Raises what is neither a find nor a group of finds."""
    if isinstance(error, ExceptionGroup):
        rest = error.split(_Found)[1]
        if rest is not None:
            raise rest


def _elected(plan: Plan) -> bool:
    """Whether this plan is one of those that are judged on sockets: the same ones in every run."""
    return int.from_bytes(hashlib.sha256(str(plan).encode()).digest()[:4], "big") % ON_SOCKETS == 0
