"""Marks one submission. Law: it runs in a process of its own that may die; nothing of the learner's is executed or
written under a name of theirs; what comes back is plain data, the same whoever marks it and when.

The repaired deployment is run for real: a fresh client, and every attack that applies. Points come later (`points`), so
that other weights need no other run.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.challenge import archive, bounds, plan, seeds, sheet
from simulator.challenge.archive import Rejected
from simulator.challenge.bundle import SHEET, of
from simulator.challenge.comparing import compare
from simulator.challenge.repaired import Repair
from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.challenge.patient import Patient
    from simulator.lab.observe import Lab
    from simulator.model.report import FixTrial

HINTS = "hints.txt"
_RECYCLE = 60
"""Submissions after which a process begins with a new lab, so that memory stays flat."""
_lab: tuple[Lab, int] | None = None
_plans: dict[str, plan.Plan] = {}

Job = dict[str, Any]
"""`path`: the submission; `key`: the instructor's folder; `folder`: for the lab's files; `submitted`: seconds since
1970 UTC; `seconds`: how long it may take; `client`."""


def mark(job: Job) -> dict[str, Any]:
    """What one submission is worth, or `reason`: why it cannot be marked. Never raises for what a submission holds."""
    lab = _ready(job)
    with bounds.within(job["seconds"]):
        try:
            return _marked(job, lab)
        except MemoryError:
            return {"reason": "it takes more memory than a submission may"}
        except RecursionError:
            return {"reason": "it is nested deeper than a submission may be"}
        except SimulatorError as error:
            return {"reason": error.message}


def _ready(job: Job) -> Lab:
    """The lab of this process. Its clients start before the clock of a submission does."""
    global _lab  # noqa: PLW0603  # one for each process: starting clients costs as much as marking
    if _lab is None:
        if multiprocessing.parent_process() is not None:  # the limit stays, so only a process of a pool gets it
            bounds.bound_memory()
    elif _lab[1] >= _RECYCLE:
        _lab[0].close()
        _lab = None
    from simulator.lab.observe import Lab

    if _lab is None:
        client = job["client"]
        other = client.replace("requests", "stdlib", 1)
        _lab = Lab(seed=seeds.WORLD, clients=(client, other), folder=job["folder"]), 0
        _lab[0].version(client)
    _lab = _lab[0], _lab[1] + 1
    return _lab[0]


def leave() -> None:
    """Ends the lab of this process, where there is one."""
    global _lab  # noqa: PLW0603  # as above
    if _lab is not None:
        _lab[0].close()
        _lab = None


def _marked(job: Job, lab: Lab) -> dict[str, Any]:
    files = archive.read(read_regular(job["path"], archive.Limits().archive))
    answer = _sheet(files)
    secrets = _plan(job["key"])
    learner = next((one for one in secrets.learners if one.id == answer.learner), None)
    if learner is None:
        raise Rejected(f"it names {answer.learner[:60]!r}, who is not in the roster")
    seed = secrets.seed(learner.id)
    if answer.code != seeds.code(seed):
        raise Rejected(f"its sheet says {learner.id[:60]}, and its bundle was made for somebody else")
    patients = of(secrets.diseases(seed), secrets.folders, seed, opens=secrets.opens, days=secrets.days)
    return {"learner": learner.id, **marks(patients, answer, files, lab, job["submitted"], client=job["client"])}


def _sheet(files: Mapping[str, bytes]) -> sheet.Answer:
    if SHEET not in files:
        raise Rejected(f"there is no {SHEET} at its top: simulate challenge answer packs one as it should be")
    return sheet.parse(files[SHEET])


def _plan(folder: str) -> plan.Plan:
    if folder not in _plans:
        _plans[folder] = plan.load(folder)
    return _plans[folder]


def read_regular(path: str, most: int) -> bytes:
    """The bytes of an ordinary file. Raises `Rejected` for links, pipes, devices and what is too large."""
    import stat

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Rejected(f"it cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Rejected("it is no ordinary file")
        data = file.read(most + 1)
    if len(data) > most:
        raise Rejected(f"it has more than {most:,} bytes")
    return data


def marks(
    patients: list[Patient],
    answer: sheet.Answer,
    files: Mapping[str, bytes],
    lab: Lab,
    submitted: float,
    *,
    client: str = "requests",
) -> dict[str, Any]:
    """What this answer is worth, patient by patient."""
    answers = {one.number: one for one in answer.patients}
    told = []
    for number, patient in enumerate(patients, 1):
        one = answers.pop(number, sheet.PatientAnswer(number=number))
        told.append(_patient(patient, one, files, lab, submitted, client=client))
    hints = files.get(HINTS, b"")[:2000].decode("utf-8", "replace")
    return {
        "patients": told,
        "unknown_patients": sorted(answers),
        "hints": sum(line.startswith("patient ") for line in hints.splitlines()),
        "keys": _fingerprints(files),
    }


def _fingerprints(files: Mapping[str, bytes]) -> list[str]:
    """What two learners cannot both have made: the private keys under repair/."""
    from simulator.challenge import pems

    found = set()
    for name, data in files.items():
        if name.startswith("repair/") and b"PRIVATE KEY" in data:
            try:
                found |= {hashlib.sha256(key.spki).hexdigest()[:16] for key in pems.keys(data, name)}
            except Rejected:
                continue
    return sorted(found)


def _patient(
    patient: Patient,
    answer: sheet.PatientAnswer,
    files: Mapping[str, bytes],
    lab: Lab,
    submitted: float,
    *,
    client: str,
) -> dict[str, Any]:
    from dataclasses import asdict

    from simulator.remedy import Candidate, Proving

    proving = Proving(lab, client)
    submitted = min(max(submitted, patient.opens), time.time())
    problem, repair = "", None
    try:
        repair = Repair(patient, answer, files, now=time.time(), submitted=submitted)
        changed = repair.deployment() if answer.repairs else None
    except Rejected as rejected:
        problem, changed = rejected.message, None
    if repair is None:
        repair = Repair(patient, sheet.PatientAnswer(number=answer.number), {}, now=time.time(), submitted=submitted)
    as_of = int(lab.as_of)
    broken = repair.placed(patient.broken, as_of)
    run = proving.look(broken)
    begun = None
    if changed is not None:
        healthy = repair.placed(repair.fresh(changed), as_of)
        begun = proving.begin(
            Candidate(title="", broken=broken, changed=repair.placed(changed, as_of), healthy=healthy)
        )
    compared = asdict(compare(proving.findings(run), answer.claims))
    told = _trial(proving.judge(begun)) if begun is not None else {"grade": "none"}
    notes = list(dict.fromkeys(repair.notes))
    return {"ids": patient.case.ids, "compared": compared, **told, "problem": problem, "notes": notes}


def _trial(trial: FixTrial) -> dict[str, Any]:
    return {
        "grade": trial.grade or "undecided",
        "verdict": trial.attempts[0].verdict,
        "error": trial.attempts[0].error[:600],
        "left": [one.id for one in trial.findings],
        "admitted": [[one.id, one.why, one.token] for one in trial.attacks if one.outcome == "admitted"],
        "attacks": len(trial.attacks),
    }
