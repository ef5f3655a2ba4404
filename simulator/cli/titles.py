"""Titles, levels and findings of many scenarios, for lists. Law: a file with problems never hides the others."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.scenario.loader import ScenarioEntry
from simulator.scenario.summary import summary


class Told:
    """What a list says of a scenario. `problem`: why its file cannot be read, where it cannot."""

    __slots__ = ("family", "findings", "id", "level", "problem", "title")

    def __init__(
        self, *, id: str, family: str, level: int, title: str, findings: tuple[str, ...] = (), problem: str = ""
    ) -> None:
        """A plain class: `typing` and `dataclasses` cost more than the rest of a list."""
        self.id, self.family, self.level = id, family, level
        self.title, self.findings, self.problem = title, findings, problem


def titles(entries: Iterable[ScenarioEntry]) -> dict[str, Told]:
    """What there is to say of these scenarios, by id."""
    from simulator.errors import SimulatorError

    found: dict[str, Told] = {}
    for entry in entries:
        try:
            told = summary(entry.path, entry.family)
        except SimulatorError as error:
            title = "(its file has problems)"
            found[entry.id] = Told(id=entry.id, family=entry.family, level=0, title=title, problem=error.message)
            continue
        found[entry.id] = Told(
            id=entry.id,
            family=entry.family,
            level=told.level,
            title=told.title,
            findings=told.surfaces,
        )
    return found
