"""A class's bundles on disk. Law: each follows from the plan and one id, so it matters neither who makes them nor in
which order; and none is written that says what it should not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simulator import work
from simulator.challenge import bundle, disease, leaks, plan
from simulator.challenge.plan import Disease, Plan
from simulator.challenge.roster import Learner
from simulator.errors import MachineError, UsageError

INSTRUCTOR, BUNDLES = "instructor", "bundles"
CHUNK = 50
"""Bundles for each job: enough that handing them out costs nothing, few enough that progress moves."""
FEW = 400
"""Fewer bundles than this are made here: starting other processes would take longer."""
MOST_CHOICES = 400
_THE_SAME = (bundle.README, bundle.SHEET)


def slots(
    scenarios: Sequence[str], *, level: int | None, faults: int, folders: tuple[str, ...]
) -> tuple[tuple[Disease, ...], ...]:
    """What a bundle's patients may have. With scenarios: one patient each. With `level`, or with nothing: one patient,
    drawn from all that fit. `faults` = 2: with a second fault, drawn from those that go together. Raises `UsageError`.
    """
    if faults not in (1, 2):
        raise UsageError(f"--faults {faults} is more than one patient can have", "--faults 1 or --faults 2")
    if not scenarios:
        drawn = disease.fit(folders, level)
        if not drawn:
            raise UsageError("no scenario of this level can be a challenge", "--level 1, 2, 3 or 4")
        if faults == 1:
            return (tuple((one.id,) for one in drawn),)
        found = disease.pairs(drawn, drawn)
        if not found:
            raise UsageError("no two faults of this level go together", "--faults 2 without --level")
        return (tuple(found),)
    for id in scenarios:
        disease.case((id,), folders)  # an unknown or unfit one is told here
    if faults == 1:
        return tuple(((id,),) for id in scenarios)
    partners = disease.fit(folders, level)
    chosen = []
    for id in scenarios:
        one = next(s for s in disease.fit(folders) if s.id == id)
        pairs = tuple((id, *(other for other in pair if other != id)) for pair in disease.pairs([one], partners))
        if not pairs:
            raise UsageError(f"nothing goes together with {id} so that both still show", "leave --faults out")
        chosen.append(pairs)
    return tuple(chosen)


def check(made: Plan) -> None:
    """Raises `UsageError` where a bundle would say what it should not: an instructor's own story, say."""
    somebody = Learner(id="somebody")
    for one in dict.fromkeys(d for slot in made.slots for d in slot[:MOST_CHOICES]):
        alone = Plan(
            secret=made.secret, start=made.start, days=made.days, slots=((one,),), learners=(somebody,),
            folders=made.folders,
        )  # fmt: skip
        words = disease.case(one, made.folders).told
        # What is the same in every bundle says nothing, whatever an instructor's scenario is called.
        found = [leak for leak in leaks.search(bundle.make(alone, somebody), words) if leak.where not in _THE_SAME]
        if found:
            raise UsageError(
                f"a bundle of {' and '.join(one)} would say {found[0].what!r} in {found[0].where}",
                "reword the scenario's story or hints",
            )


def make(
    made: Plan, folder: str, *, workers: int = 1, on_done: Callable[[int], None] | None = None
) -> tuple[str, list[str]]:
    """Writes the plan into `folder`/instructor and the bundles into `folder`/bundles. Returns the instructor's folder
    and the bundles' names. Raises `UsageError`, `MachineError`."""
    key, out = (os.path.join(folder, name) for name in (INSTRUCTOR, BUNDLES))  # noqa: PTH118  # pathlib costs 11 ms
    check(made)
    plan.save(made, key)
    executor = work.executor(workers=workers if len(made.learners) > FEW else 1)
    names: list[str] = []
    try:
        os.makedirs(out, exist_ok=True)  # noqa: PTH103  # as above
        for _, written in work.run(make_some, _jobs(made, key, out), where=executor):
            if isinstance(written, work.Lost):
                raise MachineError(f"bundles could not be made: {written.why}", "try --workers 1")
            names += written
            if on_done:
                on_done(len(names))
    except OSError as error:
        raise MachineError(f"{out} cannot be written: {error.strerror}", "name a folder of your own") from None
    finally:
        executor.close()
    return key, sorted(names)


def _jobs(made: Plan, key: str, out: str) -> Iterator[work.Job]:
    for start in range(0, len(made.learners), CHUNK):
        stop = min(start + CHUNK, len(made.learners))
        yield str(start), {"key": key, "out": out, "start": start, "stop": stop}


_plans: dict[str, Plan] = {}


def make_some(job: dict[str, Any]) -> list[str]:
    """Writes the bundles of some learners: `key`, `out`, and from which to which of the roster. For `work`."""
    known = _plans.get(job["key"])
    if known is None:
        known = _plans[job["key"]] = plan.load(job["key"])
    names = []
    for learner in known.learners[job["start"] : job["stop"]]:
        name = f"{learner.slug}.zip"
        with open(os.path.join(job["out"], name), "wb") as file:  # noqa: PTH118, PTH123  # as above
            file.write(bundle.make(known, learner))
        names.append(name)
    return names
