"""What an instructor decided, and the folder where it lies. Law: folder 0700, file 0600, and nothing of it is ever
handed out; a plan says everything, so that marking needs the plan and the submissions alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from simulator.challenge import seeds
from simulator.challenge.individual import LONGEST
from simulator.challenge.roster import Learner
from simulator.errors import MachineError, UsageError

FILE = "plan.json"
DAYS = 30
"""How long faults hold and repairs stay valid, unless told."""
Disease = tuple[str, ...]
"""Scenario ids whose faults are in one patient: nearly always one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One assignment. `slots`: for each patient of a bundle, the diseases from which a learner's is drawn."""

    secret: str
    start: str
    """The first day, YYYY-MM-DD, from midnight UTC."""
    days: int
    slots: tuple[tuple[Disease, ...], ...]
    learners: tuple[Learner, ...]
    folders: tuple[str, ...] = ()
    """Folders of the instructor's own scenarios."""
    self_check: bool = False

    @property
    def opens(self) -> int:
        """The first moment, in seconds since 1970 UTC: the present of every certificate that is handed out."""
        day = date.fromisoformat(self.start)
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

    @property
    def closes(self) -> int:
        """The last moment for which everything was made."""
        return self.opens + self.days * 86_400

    @property
    def until(self) -> str:
        """The last day, YYYY-MM-DD."""
        return (date.fromisoformat(self.start) + timedelta(days=self.days)).isoformat()

    def seed(self, learner: str) -> str:
        """The learner's secret."""
        return seeds.of_learner(self.secret, learner)

    def diseases(self, seed: str) -> tuple[Disease, ...]:
        """What this learner's patients have, in the order of the bundle."""
        drawn = [slot[seeds.number(seed, f"slot/{n}") % len(slot)] for n, slot in enumerate(self.slots)]
        return tuple(seeds.shuffled(drawn, seed, "order"))


def window(start: str, until: str, today: str) -> tuple[str, int]:
    """The first day and the number of days. "" stands for today, and for 30 days later. Raises `UsageError`."""
    try:
        first = date.fromisoformat(start or today)
        last = date.fromisoformat(until) if until else first + timedelta(days=DAYS)
    except ValueError:
        raise UsageError("a date is written as 2026-01-31", "--from 2026-01-31 --until 2026-02-28") from None
    days = (last - first).days
    if not 0 <= days <= LONGEST:
        raise UsageError(f"from {first} to {last} are {days} days", f"--until at most {LONGEST} days after --from")
    if not 2000 <= first.year <= 2100:
        raise UsageError(f"{first} is too far away", "a year from 2000 to 2100")
    return first.isoformat(), days


def save(plan: Plan, folder: str) -> str:
    """Writes the plan into the instructor's folder, which is made, and returns the file's path."""
    path = os.path.join(folder, FILE)  # noqa: PTH118  # pathlib costs 11 ms
    text = json.dumps(_dumped(plan), indent=1, ensure_ascii=False) + "\n"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103  # as above
        os.chmod(folder, 0o700)  # noqa: PTH101  # as above
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already, and it is the key to a class", "name a new folder") from None
    except OSError as error:
        raise MachineError(f"{path} cannot be written: {error.strerror}", "name a folder of your own") from None
    return path


def load(folder: str) -> Plan:
    """The plan in an instructor's folder. Raises `UsageError` where there is none."""
    path = folder if folder.endswith(".json") else os.path.join(folder, FILE)  # noqa: PTH118  # as above
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # as above
            return parse(json.load(file))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "--key names the instructor's folder") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is no plan of a challenge", "--key names the instructor's folder") from None


def parse(data: dict[str, object]) -> Plan:
    """A plan from what `save` wrote. Raises `KeyError`, `ValueError`, `TypeError` for anything else."""
    if data["format"] != 1:
        raise ValueError("a plan of another version")
    told: dict[str, object] = dict(data)
    learners = [
        Learner(id=one["id"], name=one["name"], row=tuple((k, v) for k, v in one["row"].items()))
        for one in told["learners"]  # type: ignore[attr-defined]  # what is no list raises TypeError
    ]
    return Plan(
        secret=str(told["secret"]),
        start=date.fromisoformat(str(told["from"])).isoformat(),
        days=int(str(told["days"])),
        slots=tuple(tuple(tuple(map(str, d)) for d in slot) for slot in told["slots"]),  # type: ignore[attr-defined]
        learners=tuple(learners),
        folders=tuple(map(str, told["folders"])),  # type: ignore[call-overload]
        self_check=bool(told["self_check"]),
    )


def _dumped(plan: Plan) -> dict[str, object]:
    return {
        "format": 1,
        "about": "The key to a challenge: whoever has this file can compute every answer. Keep it.",
        "secret": plan.secret,
        "from": plan.start,
        "days": plan.days,
        "slots": plan.slots,
        "folders": plan.folders,
        "self_check": plan.self_check,
        "learners": [{"id": one.id, "name": one.name, "row": dict(one.row)} for one in plan.learners],
    }
