"""Where scenarios lie: `<folder>/<family>/<id>.yaml`, and in an instructor's own folder also `<folder>/<id>.yaml`.

Law: listing opens no file and knows no YAML: shell completion and `simulate list` wait for it.
"""

from __future__ import annotations

import os

from simulator import bundled

TYPE_CHECKING = False  # typing costs 8 ms, and listing waits for it; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = "own"
"""The family of a scenario that lies directly in a folder."""
SUFFIX = ".yaml"


class ScenarioEntry(tuple[str, str, str]):
    """A scenario that lies in a folder: `id`, `family`, `path`. Nothing of it was read."""

    __slots__ = ()

    def __new__(cls, id: str, family: str, path: str) -> ScenarioEntry:
        """An entry; entries sort by id."""
        return super().__new__(cls, (id, family, path))

    @property
    def id(self) -> str:
        """The file's stem."""
        return self[0]

    @property
    def family(self) -> str:
        """The folder's name, or "own"."""
        return self[1]

    @property
    def path(self) -> str:
        """The file."""
        return self[2]


def shipped() -> str:
    """The folder of the scenarios that the simulator ships."""
    return bundled.folder("scenarios")


def listed(folders: Sequence[str] = ()) -> tuple[ScenarioEntry, ...]:
    """What lies in the shipped folder and in these, sorted by family ("own" last) and id. A folder that is named twice
    counts once; an id that two files have is there twice.

    Raises `UsageError` for a folder of the caller's that cannot be read.
    """
    found: list[ScenarioEntry] = []
    there: set[str] = set()
    for n, folder in enumerate((shipped(), *folders)):
        place = os.path.realpath(folder)
        if place not in there:
            there.add(place)
            found += _listed(folder, own=n > 0)
    return tuple(sorted(found, key=lambda e: (e.family == OWN, e.family, e.id, e.path)))


def strays(folder: str) -> tuple[str, ...]:
    """Files in a folder of scenarios that no listing finds: another suffix, or too deep. Hidden files and README.md
    are nobody's business."""
    found = []
    for place, names, files in os.walk(folder):
        names[:] = sorted(n for n in names if not n.startswith("."))
        deep = os.path.relpath(place, folder).count(os.sep) if place != folder else -1
        for file in sorted(files):
            if file.startswith(".") or file == "README.md":
                continue
            if not file.endswith(SUFFIX) or deep > 0:
                found.append(os.path.join(place, file))  # noqa: PTH118  # pathlib costs 4 ms at start-up
    return tuple(found)


def _listed(folder: str, own: bool) -> list[ScenarioEntry]:
    found: list[ScenarioEntry] = []
    try:
        with os.scandir(folder) as entries:
            families = []
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    families.append(entry)
                elif entry.name.endswith(SUFFIX):
                    found.append(ScenarioEntry(entry.name[: -len(SUFFIX)], OWN, entry.path))
        for family in families:
            with os.scandir(family.path) as entries:
                found += [
                    ScenarioEntry(e.name[: -len(SUFFIX)], family.name, e.path)
                    for e in entries
                    if e.name.endswith(SUFFIX) and not e.name.startswith(".") and not e.is_dir()
                ]
    except OSError as error:
        if own:
            from simulator.errors import UsageError

            raise UsageError(
                f"the folder of scenarios {folder} cannot be read: {error.strerror}", "name a folder of .yaml files"
            ) from None
    return found
