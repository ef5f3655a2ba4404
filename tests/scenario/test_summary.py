"""A list says of a scenario what the loader says of it."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings

from simulator.scenario import loader
from simulator.scenario.loader import ids, load_file
from simulator.scenario.problem import ScenarioError
from simulator.scenario.scenario import Scenario
from simulator.scenario.summary import Summary, summary
from simulator.scenario.writer import dump
from tests.scenario.test_loader import fresh
from tests.scenario.test_writer import scenarios
from tests.scenario.words import GOOD, WORDS, read


def parts(told: Summary | Scenario) -> tuple[str, int, tuple[str, ...]]:
    return told.title, told.level, told.surfaces


def test_of_every_shipped_scenario() -> None:
    for entry in ids():
        assert parts(summary(entry.path, entry.family)) == parts(load_file(entry.path))


@given(scenarios())
@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_any_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario) -> None:
    path = tmp_path / "some-id.yaml"
    path.write_text(dump(scenario), encoding="utf-8")
    monkeypatch.setattr(loader, "load_file", lambda path, **_: read(Path(path).read_bytes()))
    assert parts(summary(str(path))) == parts(scenario)


@pytest.mark.parametrize(
    "title",
    [
        "a\n  b",
        "|\n  a",
        "a # b",
        "'it''s'",
        '"a\\tb"',
        '"\\u0041"',
        "'a'",
        "No",
        "3.10",
        "a   b",
        "'a\n  b'",
        "a\n\n  b",
        "a\n # b",
    ],
)
def test_titles_that_are_not_written_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    text = GOOD.replace("The certificate names nobody", title).replace("omit-san", "expired")
    path = tmp_path / "some-id.yaml"
    path.write_bytes(text.encode())
    monkeypatch.setattr(loader, "load_file", lambda path, **_: load_file(path, words=WORDS))
    try:
        expected = parts(read(text))
    except ScenarioError:
        with pytest.raises(ScenarioError):
            summary(str(path))
    else:
        assert parts(summary(str(path))) == expected


def test_what_is_no_scenario(tmp_path: Path) -> None:
    for data in (b"", b"\xff", b"title: x\n", b"title: x\nlevel: 9\nstory: y\n", b"\0" * 100_000):
        (tmp_path / "a.yaml").write_bytes(data)
        with pytest.raises(ScenarioError):
            summary(str(tmp_path / "a.yaml"))
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(ScenarioError):
            summary(str(path))


def test_summaries_are_fast_and_import_nothing() -> None:
    entries = ids()
    started = process_time()
    for entry in entries:
        summary(entry.path)
    assert process_time() - started < 0.001 * len(entries)
    heavy = ["yaml", "typing", "dataclasses", "re", "simulator.model", "simulator.changes"]
    said = fresh(
        "import sys; before = set(sys.modules); from simulator.scenario.loader import ids; "
        "from simulator.scenario.summary import summary; [summary(e.path) for e in ids()]; "
        f"print([m for m in {heavy} if m in sys.modules and m not in before])"
    )
    assert said == "[]"
