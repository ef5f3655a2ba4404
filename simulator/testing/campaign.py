"""A fuzz campaign: shards through the executor seam, their results into the journal, the finds told once.

Law: a result counts once it is in the journal; a shard that ran twice counts once; what a kill loses is generated
again from the same seed. Nothing is printed here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator import work
from simulator.errors import UsageError

SHARD = 100
"""Examples of one shard: a second or so, which is what a kill costs at most."""
MODES = ("judge", "sockets", "mutate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a campaign is about. `plan`: a plan's JSON whose parameters vary; None: anything. `examples` and `minutes`
    bound it, whichever comes first; `deadline` is in seconds of `time.monotonic`."""

    seed: int
    mode: str = "judge"
    plan: dict[str, Any] | None = None
    target: str = "anything"
    """What it is about, in one word: a scenario's id, or "anything"."""
    examples: int | None = None
    deadline: float | None = None
    database: str | None = None
    """Folder of hypothesis' examples, on this machine."""
    shard: int = SHARD


@dataclass(slots=True)
class Summary:
    """What has been seen so far, all results of the journal included."""

    examples: int = 0
    shards: int = 0
    lost: list[str] = field(default_factory=list)
    coverage: dict[str, Counter[str]] = field(default_factory=dict)
    known: Counter[str] = field(default_factory=Counter)
    finds: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By shape; the smallest example of each."""

    def add(self, result: Mapping[str, Any]) -> None:
        """Counts a shard's result."""
        self.examples += result["examples"]
        self.shards += 1
        for id, verdicts in result["coverage"].items():
            self.coverage.setdefault(id, Counter()).update(verdicts)
        self.known.update(result["known"])
        for find in result["finds"]:
            there = self.finds.get(find["shape"])
            if there is None or len(str(find["example"])) < len(str(there["example"])):
                self.finds[find["shape"]] = find

    @property
    def pairs(self) -> int:
        """How many pairs of a fault and a verdict were met."""
        return sum(len(verdicts) for verdicts in self.coverage.values())


def about(mode: str, target: str) -> str:
    """What a journal says that it is about."""
    return f"fuzz {mode} {target}, shards of {SHARD}"


def seed_of(journal: work.Journal) -> int | None:
    """The seed of an earlier run with this journal, so that it goes on where it stopped; None: it is new."""
    return next((int(key.partition("/")[0]) for key, _ in journal.results()), None)


def run(settings: Settings, where: work.Executor, journal: work.Journal | None = None) -> Iterator[Summary]:
    """Runs the campaign; yields the summary, which grows, after each shard. What the journal has is counted first."""
    if settings.mode not in MODES:
        raise UsageError(f"there is no mode {settings.mode}", ", ".join(MODES))
    summary = Summary()
    for _, result in journal.results() if journal is not None else ():
        summary.add(result)
    if summary.shards:
        yield summary
    for _, result in work.run(function(settings.mode), jobs(settings, summary), where=where, journal=journal):
        if isinstance(result, work.Lost):
            summary.lost.append(result.why)
        else:
            summary.add(result)
        yield summary


def function(mode: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What runs a shard of this mode; importable in another process."""
    if mode == "mutate":
        from simulator.testing import mutation

        return mutation.run_shard
    from simulator.testing import shard

    return shard.run_shard


def jobs(settings: Settings, summary: Summary) -> Iterator[work.Job]:
    """The shards, one after the other, until the examples or the time are used up."""
    left = settings.examples
    number = 0
    while (left is None or left > 0) and (settings.deadline is None or time.monotonic() < settings.deadline):
        size = settings.shard if left is None else min(settings.shard, left)
        argument: dict[str, Any] = {
            "seed": settings.seed * 1_000_003 + number,
            "examples": size,
            "ignore": sorted({shape for find in summary.finds.values() for shape in (find["shape"], *find["also"])}),
        }
        if settings.plan is not None:
            argument["plan"] = settings.plan
        if settings.mode == "sockets":
            argument["sockets"] = True
        if settings.database is not None:
            argument["database"] = settings.database
        yield f"{settings.seed}/{number:06}", argument
        number += 1
        left = None if left is None else left - size
