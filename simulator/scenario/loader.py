"""The one door to scenario files: `ids` lists them, `load` reads one by its id, `load_file` one by its path.

Law: whatever a file holds, the answer is a `Scenario` or one `ScenarioError` that tells everything wrong with it.
"""

from __future__ import annotations

import os

from simulator.scenario import folders as _folders
from simulator.scenario.folders import OWN, SUFFIX, ScenarioEntry, strays

TYPE_CHECKING = False  # typing costs 8 ms, and listing waits for it; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.scenario.scenario import Scenario
    from simulator.scenario.vocabulary import Vocabulary


def ids(folders: Sequence[str] = ()) -> tuple[ScenarioEntry, ...]:
    """The scenarios of the shipped folder and of `folders`, by family and id. Opens no file.

    Raises `ScenarioError` for an id that two files have, `UsageError` for a folder that cannot be read.
    """
    entries = _folders.listed(folders)
    seen: dict[str, str] = {}
    for entry in entries:
        if entry.id in seen:
            raise _twice(entry.id, seen[entry.id], entry.path)
        seen[entry.id] = entry.path
    return entries


def load(id: str, folders: Sequence[str] = (), *, words: Vocabulary | None = None) -> Scenario:
    """The scenario `id` of the shipped folder or of `folders`.

    Raises `UnknownScenarioError` where there is none, `ScenarioError` for a file with problems or an id that two files
    have, `UsageError` for a folder that cannot be read.
    """
    entries = _folders.listed(folders)
    found = [entry for entry in entries if entry.id == id]
    if not found:
        from simulator.scenario.unknown import UnknownScenarioError

        raise UnknownScenarioError(id, nearest(id, (entry.id for entry in entries)))
    if len(found) > 1:
        raise _twice(id, found[0].path, found[1].path)
    return load_file(found[0].path, family=found[0].family, words=words)


def load_file(path: str, *, family: str = "", words: Vocabulary | None = None) -> Scenario:
    """The scenario in the file at `path`, which error messages show as given. `family`: where it is not told, the
    folder's name if that lies in a folder `scenarios`, else "own". `words`: the changes it may name, else the shipped.

    Raises `ScenarioError` for everything that can be wrong with it.
    """
    from simulator.scenario import source
    from simulator.scenario.problem import Problems

    problems = Problems(path)
    return _scenario(source.read(path, problems), problems, path, family, words)


def load_text(text: str | bytes, path: str, *, family: str = OWN, words: Vocabulary | None = None) -> Scenario:
    """The scenario in a text that would be the file at `path`. Raises `ScenarioError` as `load_file` does."""
    from simulator.scenario import source
    from simulator.scenario.problem import Problems

    problems = Problems(path)
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return _scenario(source.check(data, len(data), problems), problems, path, family, words)


def nearest(id: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Up to three ids that somebody who typed `id` may have meant."""
    from simulator.scenario.problem import nearest

    return nearest(id, ids)


def _scenario(text: str | None, problems: object, path: str, family: str, words: Vocabulary | None) -> Scenario:
    from simulator.scenario import schema, tree, vocabulary
    from simulator.scenario.problem import Problems, ScenarioError

    assert isinstance(problems, Problems)  # noqa: S101  # the late import's type
    name = os.path.basename(path)  # noqa: PTH119  # pathlib costs 4 ms at start-up
    id = name.removesuffix(SUFFIX)
    if text is not None and id == name:
        problems.add(1, 1, f"a scenario file's name ends in {SUFFIX}", f"call it {name.partition('.')[0]}{SUFFIX}")
    elif text is not None:
        schema.check_id(id, problems)
    root = tree.parse(text, problems) if text is not None else None
    scenario = None
    if root is not None:
        scenario = schema.read(root, problems, words or vocabulary.shipped(), id=id, family=family or _family(path))
    if scenario is None:
        raise ScenarioError(problems.all())
    return scenario


def _family(path: str) -> str:
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120  # as above
    above, family = os.path.split(folder)
    return family if os.path.basename(above) == "scenarios" else OWN  # noqa: PTH119  # as above


def _twice(id: str, first: str, second: str) -> Exception:
    from simulator.scenario.problem import Problem, ScenarioError

    return ScenarioError([Problem(second, 1, 1, f"a second scenario {id}", f"the other one is {first}: rename one")])


__all__ = ["ScenarioEntry", "ids", "load", "load_file", "load_text", "nearest", "strays"]
