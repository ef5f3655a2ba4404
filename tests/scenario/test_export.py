"""The schema for editors: it takes what the loader takes, and objects where an editor can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from simulator.changes.catalogue import FAULTS, SHORTCUTS
from simulator.scenario.export import json_schema
from simulator.scenario.loader import ids
from simulator.scenario.scenario import Scenario
from simulator.scenario.vocabulary import CLIENTS
from simulator.scenario.writer import dump
from tests.scenario import words
from tests.scenario.test_writer import scenarios
from tests.scenario.words import GOOD, RICH

SCHEMA = json_schema()
CHECK = jsonschema.Draft202012Validator(SCHEMA)
OURS = RICH.replace("odd-names", "other-host").replace(
    'names: ["DNS:a.test", "IP:127.0.0.1"]\n    form: two', "host: a.test"
)
OURS = OURS.replace("fault: forgotten", "fault: incomplete-chain").replace("expired, other-host, forgotten", "expired")
OURS = OURS.replace("clock-back", "set-clock-back").replace("short-lived", "limit-ca-to-host")


def plain(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are the safe one


def test_it_is_a_schema_and_json() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_shipped_scenario_fits() -> None:
    for entry in ids():
        CHECK.validate(plain(Path(entry.path).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        OURS,
        GOOD.replace("The certificate names nobody", "No"),
        GOOD.replace("The certificate names nobody", "3.10"),
    ],
)
def test_it_takes_what_the_loader_takes(text: str) -> None:
    CHECK.validate(plain(text))


@given(scenarios())
@settings(derandomize=True, max_examples=30, deadline=None)
def test_it_takes_what_the_writer_writes(scenario: Scenario) -> None:
    text = dump(scenario)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.scenario.vocabulary.shipped", lambda: words.WORDS)
        jsonschema.Draft202012Validator(json_schema()).validate(plain(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: The", "titel: The"),
        ("level: 1", "level: 0"),
        ("level: 1", "level: 5"),
        ("level: 1", "level: one"),
        ("level: 1\n", ""),
        ("baseline: two-tier", "baseline: two-tiers"),
        ("baseline: two-tier", "baseline: {id: two-tier, key: rsa}"),
        ("baseline: two-tier", "baseline: {host: a.test}"),
        ("baseline: two-tier", "baseline: {id: three-tier, depth: 3}"),
        ("fault: omit-san", "fault: omit-sam"),
        ("fault: omit-san", "fault: pin-served-certificate"),
        ("fault: omit-san", "fault: omit-san\n    days: 1"),
        ("fault: omit-san", "fault: expired\n    days: 0"),
        ("fault: omit-san", "fault: expired\n    days: many"),
        ("- fault: omit-san", "- omit-san"),
        ("client: curl", "client: culr"),
        ("verdict: accepted", "verdict: fine"),
        ("client: curl, verdict: accepted", "client: curl"),
        ("client: curl, verdict: accepted", "client: curl, verdict: accepted, message: hello"),
        ("when: common-name-fallback", "when: common-name"),
        ("when: common-name-fallback", "when: []"),
        ("surfaces: [missing-san]", "surfaces: [mising-san]"),
        ("surfaces: [missing-san]", "surfaces: missing-san"),
        ("surfaces: [missing-san]\n", ""),
        ("hints:\n  - Read the last line of the error.", "hints: []"),
        ("hints:\n  - Read the last line of the error.", "hints: ['']"),
        ("change: verification-disabled", "change: verify-disabled"),
        ("claim: cure", "claim: cured"),
        ("claim: cure", "claim: []"),
        ("claim: cure", "claim: [{client: curl}]"),
        (", claim: cure", ""),
        (", undo: [omit-san]", ""),
        ("claim: cure", "claim: cure, aim: refused"),
        ("claim: cure", "claim: cure, why: because"),
    ],
)
def test_it_objects_where_the_loader_does(old: str, new: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    assert words.wrong(text)
    assert not CHECK.is_valid(plain(text))


def test_editors_can_explain_every_change() -> None:
    for key, schema, changes in (
        ("fault", SCHEMA["properties"]["faults"], FAULTS),
        ("change", SCHEMA["$defs"]["fix"]["properties"]["apply"], {**SHORTCUTS, **FAULTS}),
    ):
        described = {item["properties"][key]["const"]: item for item in schema["items"]["oneOf"]}
        assert set(described) == set(changes)
        for id, item in described.items():
            assert item["description"] == changes[id].doc != ""
            assert set(item["properties"]) == {key, *(p.name for p in changes[id].parameters)}


def test_the_schema_has_the_loaders_words() -> None:
    assert set(SCHEMA["$defs"]["client"]["enum"]) == {*CLIENTS, "any"}
