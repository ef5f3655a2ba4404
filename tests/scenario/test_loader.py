"""Finding scenarios: shipped ones, an instructor's own, ids that are twice there or not at all."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from simulator.errors import UsageError
from simulator.scenario import folders
from simulator.scenario.loader import ids, load, load_file, nearest, strays
from simulator.scenario.problem import ScenarioError
from simulator.scenario.unknown import UnknownScenarioError
from tests.scenario.words import GOOD, RICH, WORDS


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of the shipped one."""
    folder = tmp_path / "scenarios"
    write(folder / "names" / "missing-san.yaml", GOOD)
    write(folder / "time" / "expired.yaml", RICH)
    monkeypatch.setattr(folders, "shipped", lambda: str(folder))
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_ids_come_by_family(shipped: Path) -> None:
    write(shipped / "names" / "another.yaml", GOOD)
    assert [(e.id, e.family) for e in ids()] == [("another", "names"), ("missing-san", "names"), ("expired", "time")]
    assert ids()[1].path == str(shipped / "names" / "missing-san.yaml")


def test_an_own_folder_may_be_flat_or_nested(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    write(mine / "monday.yaml", GOOD)
    write(mine / "lesson" / "tuesday.yaml", GOOD)
    entries = ids([str(mine)])
    assert [(e.id, e.family) for e in entries] == [
        ("tuesday", "lesson"), ("missing-san", "names"), ("expired", "time"), ("monday", "own"),
    ]  # fmt: skip
    assert load("monday", [str(mine)], words=WORDS).family == "own"
    tuesday = load("tuesday", [str(mine)], words=WORDS)
    assert (tuesday.family, tuesday.path) == ("lesson", str(mine / "lesson" / "tuesday.yaml"))
    assert load("missing-san", [str(mine)], words=WORDS).family == "names"
    assert shipped.is_dir()


def test_a_folder_named_twice_counts_once(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shipped.parent)
    assert ids(["scenarios", f"{shipped}/", str(shipped)]) == ids()


def test_an_id_that_two_files_have_names_both(shipped: Path, tmp_path: Path) -> None:
    second = write(tmp_path / "mine" / "missing-san.yaml", GOOD)
    first = shipped / "names" / "missing-san.yaml"
    said = f"{second}:1:1: a second scenario missing-san: the other one is {first}: rename one"
    for ask in (lambda: ids([str(tmp_path / "mine")]), lambda: load("missing-san", [str(tmp_path / "mine")])):
        with pytest.raises(ScenarioError) as caught:
            ask()
        assert [str(p) for p in caught.value.problems] == [said]
    assert load("expired", [str(tmp_path / "mine")], words=WORDS)


def test_an_unknown_id_names_the_nearest(shipped: Path) -> None:
    with pytest.raises(UnknownScenarioError) as caught:
        load("mising-san")
    error = caught.value
    assert (error.nearest, error.exit_code) == (("missing-san",), 2)
    assert error.message == "there is no scenario mising-san"
    assert error.hint == "did you mean missing-san? simulate list names them all"
    with pytest.raises(UnknownScenarioError) as caught:
        load("\x1b[2J" + "z" * 1000)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 100
    assert shipped.is_dir()
    assert nearest("expried", (e.id for e in ids())) == ("expired",)


@pytest.mark.parametrize(
    "id", ["../names/missing-san", "names/missing-san", "", ".", "missing-san.yaml", "/etc/passwd"]
)
def test_an_id_is_no_path(shipped: Path, id: str) -> None:
    assert shipped.is_dir()
    with pytest.raises(UnknownScenarioError):
        load(id)


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", write(tmp_path / "file", "")):
        with pytest.raises(UsageError) as caught:
            ids([str(folder)])
        assert str(folder) in caught.value.message
        assert caught.value.exit_code == 2


def test_hidden_files_folders_and_other_suffixes_are_no_scenarios(shipped: Path) -> None:
    before = ids()
    for name in (
        "names/.hidden.yaml",
        ".git/x.yaml",
        "names/deeper/x.yaml",
        "names/x.yml",
        "names/x.yaml~",
        "README.md",
    ):
        write(shipped / name, "")
    (shipped / "names" / "folder.yaml").mkdir()
    assert ids() == before
    assert strays(str(shipped)) == tuple(str(shipped / "names" / n) for n in ("x.yaml~", "x.yml", "deeper/x.yaml"))


def test_the_family_of_a_file(tmp_path: Path) -> None:
    inside = write(tmp_path / "scenarios" / "names" / "a.yaml", GOOD)
    flat = write(tmp_path / "scenarios" / "b.yaml", GOOD)
    other = write(tmp_path / "x" / "y" / "c.yaml", GOOD)
    assert load_file(str(inside), words=WORDS).family == "names"
    assert load_file(str(flat), words=WORDS).family == "own"
    assert load_file(str(other), words=WORDS).family == "own"
    assert load_file(str(other), family="lesson", words=WORDS).family == "lesson"


def test_every_shipped_scenario_is_right_and_lies_where_it_is_found() -> None:
    entries = ids()
    assert entries
    for entry in entries:
        scenario = load(entry.id)
        assert (scenario.id, scenario.family) == (entry.id, entry.family)
    assert strays(folders.shipped()) == ()


def fresh(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_listing_imports_next_to_nothing() -> None:
    heavy = "yaml dataclasses typing inspect re difflib jsonschema pathlib simulator.changes simulator.model"
    said = fresh(
        f"import sys; from simulator.scenario import loader; loader.ids(); print([m for m in {heavy.split()!r} "
        "if m in sys.modules and m not in before])".replace("import sys;", "import sys; before = set(sys.modules);")
    )
    assert said == "[]"


def test_loading_what_is_right_imports_no_guesser() -> None:
    said = fresh(
        "import sys; from simulator.scenario import loader; loader.load('missing-san'); "
        "print([m for m in ['difflib', 'jsonschema', 'textwrap', 'ipaddress'] if m in sys.modules])"
    )
    assert said == "[]"


def test_loading_and_checking_costs_at_most_half_of_importing_yaml() -> None:
    importing = float(fresh("import time; t = time.perf_counter(); import yaml; print(time.perf_counter() - t)"))
    path = next(e.path for e in ids() if e.id == "missing-san")
    times = []
    for _ in range(50):
        started = time.perf_counter()
        load_file(path)
        times.append(time.perf_counter() - started)
    assert median(times) < 0.5 * importing
