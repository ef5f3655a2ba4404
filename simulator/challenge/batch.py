"""A folder of submissions → one row for each learner. Law: every submission gets a row or a reason, no learner is there
twice or lost, and the order of files and the number of workers change nothing.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator import work
from simulator.challenge import archive, bounds, marking
from simulator.challenge.archive import Rejected
from simulator.challenge.plan import Plan
from simulator.challenge.roster import Learner
from simulator.errors import MachineError, UsageError

JOURNAL = "marks.sqlite"
_MOST = 200_000
_DEEPEST = 3
_ENDING = "-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One file that was handed in. `digest` is "" where `reason` says why it was not read."""

    name: str
    """Its path below the folder."""
    path: str
    submitted: float
    digest: str = ""
    reason: str = ""

    @property
    def job(self) -> str:
        """What it is marked under: what is in it, and when it was handed in."""
        return f"{self.digest}/{int(self.submitted)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One learner, or a file that is nobody's (`learner` is None)."""

    learner: Learner | None
    submission: str = ""
    reason: str = ""
    """Why there are no marks; "" where there are."""
    marks: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    """What an instructor should look at."""


def collect(folder: str) -> list[Submission]:
    """What lies in the folder and two levels below it, sorted by name. Links are not followed. Raises `UsageError`."""
    found: list[Submission] = []
    if not os.path.isdir(folder):  # noqa: PTH112  # pathlib costs 11 ms
        raise UsageError(f"{folder} is no folder of submissions", "simulate challenge mark FOLDER --key FOLDER")
    for name, path, status in _files(folder, "", 1):
        if len(found) >= _MOST:
            raise UsageError(f"{folder} holds more than {_MOST:,} files", "divide them")
        if status is None or not stat.S_ISREG(status.st_mode):
            kind = "a link" if status is not None and stat.S_ISLNK(status.st_mode) else "no ordinary file"
            found.append(Submission(name=name, path=path, submitted=0, reason=f"it is {kind}"))
            continue
        moment = float(int(status.st_mtime))
        try:
            digest = hashlib.sha256(marking.read_regular(path, archive.Limits().archive)).hexdigest()
            found.append(Submission(name=name, path=path, submitted=moment, digest=digest))
        except Rejected as rejected:
            found.append(Submission(name=name, path=path, submitted=moment, reason=rejected.message))
    return sorted(found, key=lambda one: one.name)


def _files(folder: str, below: str, depth: int) -> Iterator[tuple[str, str, os.stat_result | None]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEEPEST:
                    yield from _files(entry.path, f"{name}/", depth + 1)
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                status = None
            yield name, entry.path, status


def run(
    submissions: Iterable[Submission],
    *,
    key: str,
    workers: int = 2,
    client: str = "requests",
    seconds: float = bounds.SECONDS,
    where: work.Executor | None = None,
    on_done: Callable[[str], None] | None = None,
) -> dict[str, dict[str, Any]]:
    """The marks of every submission by its `job`. What the journal in the instructor's folder has is not marked again.

    Each runs in a process that its limits may end; `where` overrides the pool. Raises `MachineError`."""
    from simulator.lab import files

    todo = {one.job: one for one in submissions if one.digest}
    # kill -9 leaves it behind: better there than in a folder for everybody.
    scratch = files.Folder(os.path.abspath(key))  # noqa: PTH100  # pathlib costs 11 ms
    executor = where or work.Processes(max(1, workers))
    journal_path = os.path.join(key, JOURNAL)  # noqa: PTH118  # as above
    try:
        with work.Journal(journal_path, f"challenge marks 1, {client}, {_plan_digest(key)}") as journal:
            os.chmod(journal_path, 0o600)  # noqa: PTH101  # as above
            jobs = (
                (
                    job,
                    {
                        "path": os.path.abspath(one.path),  # noqa: PTH100  # as above
                        "key": os.path.abspath(key),  # noqa: PTH100  # as above
                        "folder": scratch.path,
                        "submitted": one.submitted,
                        "seconds": seconds,
                        "client": client,
                    },
                )
                for job, one in todo.items()
            )
            lost = {}
            for job, result in work.run(marking.mark, jobs, where=executor, journal=journal):
                if isinstance(result, work.Lost):
                    lost[job] = {"reason": f"marking it took more than {seconds:g} seconds, or more than it may have"}
                if on_done:
                    on_done(todo[job].name)
            done = {job: result for job, result in journal.results() if job in todo}
            return {**lost, **done}
    except OSError as error:
        raise MachineError(f"marking cannot go on: {error.strerror}", "see that there is room in the folder") from None
    finally:
        executor.close()
        scratch.close()


def _plan_digest(key: str) -> str:
    from simulator.challenge.plan import FILE

    try:
        with open(os.path.join(key, FILE), "rb") as file:  # noqa: PTH118, PTH123  # as above
            return hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        raise UsageError(f"{key} holds no plan: {error.strerror}", "--key names the instructor's folder") from None


def rows(plan: Plan, submissions: Iterable[Submission], marks: dict[str, dict[str, Any]]) -> list[Row]:
    """One row for each learner of the roster, in its order, then one for each file that is nobody's."""
    slugs = {learner.slug: learner for learner in plan.learners}
    mine: dict[str, list[tuple[Submission, dict[str, Any]]]] = {learner.id: [] for learner in plan.learners}
    reasons: dict[str, list[tuple[Submission, str]]] = {learner.id: [] for learner in plan.learners}
    strangers: list[Row] = []
    for one in submissions:
        told = {"reason": one.reason} if one.reason else marks.get(one.job, {"reason": "it was not marked"})
        named = _named(one.name, slugs)
        owner = told.get("learner")
        if owner is not None and (named is None or named.id == owner):
            mine[owner].append((one, told))
        elif owner is not None and named is not None:
            reasons[named.id].append((one, f"it holds the answers of {owner}"))
        elif named is not None:
            reasons[named.id].append((one, told["reason"]))
        else:
            strangers.append(Row(learner=None, submission=one.name, reason=told["reason"]))
    found = [_row(learner, mine[learner.id], reasons[learner.id], slugs) for learner in plan.learners]
    return _compared(found) + sorted(strangers, key=lambda row: row.submission)


def _named(name: str, slugs: dict[str, Learner]) -> Learner | None:
    """The learner whose file this is by its name: SLUG.zip, SLUG-answer.zip, or these behind a platform's prefix."""
    stem = name.rpartition("/")[2].rpartition(".")[0].lower()
    for part in (stem, stem.rpartition("_")[2]):
        for text in (part, part.removesuffix(_ENDING)):
            if text in slugs:
                return slugs[text]
    return None


def _row(
    learner: Learner,
    marked: list[tuple[Submission, dict[str, Any]]],
    refused: list[tuple[Submission, str]],
    slugs: dict[str, Learner],
) -> Row:
    remarks = tuple(f"{one.name}: {reason}" for one, reason in refused)
    if not marked:
        if not refused:
            return Row(learner=learner, reason="nothing was handed in")
        return Row(learner=learner, submission=refused[-1][0].name, reason=refused[-1][1], remarks=remarks[:-1])
    # A file under the learner's own name goes before one that only holds their sheet; then the latest, then by name.
    ranked = sorted(marked, key=lambda two: (_named(two[0].name, slugs) is not None, two[0].submitted, two[0].name))
    chosen, told = ranked[-1]
    remarks += tuple(f"{one.name}: an earlier one, not counted" for one, _ in ranked[:-1])
    return Row(learner=learner, submission=chosen.name, marks=told, remarks=remarks)


def _compared(found: list[Row]) -> list[Row]:
    """Says who has the same keys as somebody else: two people never draw the same one."""
    from dataclasses import replace

    owners: dict[str, list[str]] = {}
    for row in found:
        for print_ in row.marks.get("keys", ()):
            owners.setdefault(print_, []).append(row.learner.id if row.learner else "")
    told = []
    for row in found:
        mine = row.learner.id if row.learner else ""
        others = {id for print_ in row.marks.get("keys", ()) for id in owners[print_] if id != mine}
        remark = (f"the same private key as {', '.join(sorted(others))}",) if others else ()
        told.append(replace(row, remarks=(*row.remarks, *remark)))
    return told
