"""Who takes part: a CSV file as schools have it, or a number. Law: an id appears once, and what becomes a file's name
is made of letters, digits, `-`, `_` and `.` alone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass

from simulator.errors import UsageError

MOST = 100_000
_LARGEST = 50_000_000
_IDS = ("username", "sis login id", "sis user id", "login", "id", "id number", "student id", "email address", "email")
_NAMES = ("name", "full name", "student", "student name")
_CANVAS = ("ID", "SIS User ID", "SIS Login ID", "Section")


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """One learner. `row`: the other columns of the roster, which exports give back to the learning platform."""

    id: str
    name: str = ""
    row: tuple[tuple[str, str], ...] = ()

    @property
    def slug(self) -> str:
        """The id as a file's name. Ids that differ have names that differ, on file systems that ignore case too."""
        plain = re.sub(r"[^a-z0-9._-]", "-", self.id.lower()).strip(".-")[:40]
        if plain == self.id:
            return plain
        return f"{plain or 'learner'}-{hashlib.sha256(self.id.encode()).hexdigest()[:6]}"


def count(number: int) -> tuple[Learner, ...]:
    """Learners without names: learner-01, learner-02, …"""
    if not 1 <= number <= MOST:
        raise UsageError(f"--count {number} is out of range", f"a number from 1 to {MOST:,}")
    width = max(2, len(str(number)))
    return tuple(Learner(id=f"learner-{n:0{width}}") for n in range(1, number + 1))


def read(path: str) -> tuple[Learner, ...]:
    """The learners of a roster: a CSV file with a header (as Moodle and Canvas export it), or one id a line.

    Raises `UsageError` for what cannot be read, an id that stands twice, and an empty roster.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs 11 ms
            data = file.read(_LARGEST + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"the roster {path} cannot be read: {error.strerror}", "name a CSV file") from None
    except UnicodeDecodeError:
        raise UsageError(f"the roster {path} is not UTF-8", "save it as CSV in UTF-8") from None
    if len(data) > _LARGEST:
        raise UsageError(f"the roster {path} is larger than 50 MB", "name a CSV file of learners")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    learners = tuple(_learners(rows, path))
    if not learners:
        raise UsageError(f"the roster {path} names nobody", "one learner a line; the first line may name the columns")
    if len(learners) > MOST:
        raise UsageError(f"the roster {path} names more than {MOST:,} learners", "divide it")
    seen: dict[str, str] = {}
    for learner in learners:
        if learner.slug in seen:
            raise UsageError(f"{learner.id} stands twice in {path}", "leave one of them out")
        seen[learner.slug] = learner.id
    return learners


def _learners(rows: list[list[str]], path: str) -> list[Learner]:
    if not rows:
        return []
    header = [cell.strip() for cell in rows[0]]
    known = [cell.lower() for cell in header]
    at = next((known.index(one) for one in _IDS if one in known), None)
    if at is None:
        if len(header) > 1 and any(one in known for one in _NAMES):
            raise UsageError(f"{path} has no column with an id", f"call a column one of {', '.join(_IDS)}")
        return [Learner(id=row[0].strip(), name=row[1].strip() if len(row) > 1 else "") for row in rows]
    found = []
    for row in rows[1:]:
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        id = row[at].strip() if at < len(row) else ""
        if not id or "points possible" in row[0].lower():  # Canvas's second line
            continue
        if not id.isprintable() or len(id) > 200:
            raise UsageError(f"{path}: {id[:40]!r} is no id", "printable characters, at most 200")
        name = next((cells[header[known.index(one)]] for one in _NAMES if one in known), "")
        if not name:
            name = " ".join(
                filter(None, (cells.get("First name", ""), cells.get("Last name", cells.get("Surname", ""))))
            )
        kept = tuple((column, cells.get(column, "")) for column in header if column in _CANVAS or column == "Student")
        email = next((cells[header[known.index(one)]] for one in ("email address", "email") if one in known), "")
        found.append(Learner(id=id, name=name, row=(*kept, *((("Email address", email),) if email else ()))))
    return found
