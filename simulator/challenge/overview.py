"""The class at a glance. Law: counts over rows, and nothing that is not in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from simulator.challenge.batch import Row
from simulator.challenge.points import Weights, of_submission

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What an instructor wants to know first. Pairs are a name and how many learners, the most first."""

    learners: int
    marked: int
    nothing: int
    refused: tuple[tuple[str, str], ...]
    """Who could not be marked, and why: nobody's files too."""
    mean: float
    median: float
    total: float
    missed: tuple[tuple[str, int], ...]
    wrong: tuple[tuple[str, int], ...]
    grades: tuple[tuple[str, int], ...]
    let_in: tuple[tuple[str, int], ...]
    """The attacks that repairs let in."""
    remarks: tuple[tuple[str, str], ...]


def overview(rows: Sequence[Row], weights: Weights) -> Overview:
    """The overview of these rows."""
    people = [row for row in rows if row.learner is not None]
    marked = [row for row in people if not row.reason]
    scores = [of_submission(row.marks, weights).total for row in marked]
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    grades: Counter[str] = Counter()
    let_in: Counter[str] = Counter()
    for row in marked:
        patients = row.marks["patients"]
        missed.update({id for one in patients for id in one["compared"]["missed"]})
        wrong.update({id for one in patients for id in one["compared"]["wrong"]})
        grades.update(one["grade"] for one in patients)
        let_in.update({attack[0] for one in patients for attack in one.get("admitted", ())})
    refused = [(_who(row), row.reason) for row in rows if row.reason and row.submission]
    return Overview(
        learners=len(people),
        marked=len(marked),
        nothing=sum(bool(row.reason) and not row.submission for row in people),
        refused=tuple(refused),
        mean=mean(scores) if scores else 0.0,
        median=median(scores) if scores else 0.0,
        total=weights.total,
        missed=_most(missed),
        wrong=_most(wrong),
        grades=_most(grades, 10),
        let_in=_most(let_in),
        remarks=tuple((_who(row), remark) for row in rows for remark in row.remarks),
    )


def _who(row: Row) -> str:
    return row.learner.id if row.learner else row.submission


def _most(counted: Counter[str], shown: int = _SHOWN) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:shown])
