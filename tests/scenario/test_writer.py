"""What is written is read back equal, and no reader of YAML takes a text for anything else."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.changes.baselines import KEY_KINDS
from simulator.model.finding import FINDINGS
from simulator.model.grade import GRADES
from simulator.scenario.loader import ids, load, load_text
from simulator.scenario.scenario import (
    Applied,
    BaselineChoice,
    Claim,
    Expectation,
    Fix,
    Scenario,
)
from simulator.scenario.vocabulary import CLIENTS, TRAITS
from simulator.scenario.writer import dump
from tests.scenario.words import GOOD, RICH, WORDS, read

CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Co", "Cn", "Cf"])
TRICKY = st.sampled_from(
    [
        *(
            "No",
            "null",
            "~",
            "3.10",
            "0x1",
            "1_000",
            "- a",
            "a: b",
            "a #b",
            "'",
            '"',
            "\\",
            "[a]",
            "{a: b}",
            "*a",
            "&a",
            "!a",
        ),
        *(
            "%a",
            "@a",
            "`a`",
            "? a",
            "a,",
            "a, b",
            ": ",
            "=",
            "<<",
            "---",
            "...",
            "|",
            ">",
            "y",
            "é",
            "\U0001f512",
            "\u00a0",
        ),
        *("2026-01-01", "1:30", "it's", 'say "x"', "a:b", "http://a.test/", "a ?", "not", "-", "a\u00a0b"),
    ]
)
LINE = (
    st.lists(TRICKY | st.text(CHARACTERS, min_size=1, max_size=6), min_size=1, max_size=4)
    .map(lambda parts: " ".join(filter(None, " ".join(parts).split(" "))))
    .filter(bool)
)
PARAGRAPHS = st.lists(LINE.flatmap(lambda line: st.sampled_from([line, " ".join([line] * 15)])), min_size=1, max_size=2)
HOSTS = st.sampled_from(["localhost", "127.0.0.1", "::1", "app.test", "no.test", "1.example.com"])
DAYS = st.integers(1, 3650)


def distinct(values: Any, most: int = 4) -> Any:
    return st.lists(values, unique=True, max_size=most).map(tuple)


FAULTS = st.one_of(
    st.just(Applied(change_id="expired")),
    DAYS.map(lambda days: Applied(change_id="expired", parameters=(("days", days),))),
).map(lambda fault: (fault,)) | st.tuples(
    st.builds(
        lambda names, form: Applied(change_id="odd-names", parameters=(("form", form), ("names", names))),
        st.lists(st.sampled_from(["DNS:*.test", "IP:::1", "URI:a", "DNS:'\"{}[],", "DNS:#"]), min_size=1).map(tuple),
        st.sampled_from(["one", "two"]),
    ),
    st.just(Applied(change_id="old-root", parameters=())),
)
WHEN = st.sampled_from([(), (TRAITS[0],), (f"not {TRAITS[1]}",), (TRAITS[2], f"not {TRAITS[0]}")])


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    faults = draw(FAULTS)
    surfaces = draw(distinct(st.sampled_from(sorted(FINDINGS))))
    expect = [
        Expectation(
            client=client,
            when=draw(WHEN),
            verdict=verdict,
            message=draw(st.none() | LINE) if verdict == "rejected" else None,
            finding=draw(st.none() | st.sampled_from(surfaces)) if surfaces else None,
        )
        for client in draw(distinct(st.sampled_from(CLIENTS[1:])))
        for verdict in [draw(st.sampled_from(["accepted", "rejected"]))]
    ]
    baseline = st.builds(
        BaselineChoice,
        id=st.just("three-tier"),
        host=st.none() | HOSTS,
        key=st.none() | st.sampled_from(KEY_KINDS),
        depth=st.sampled_from([None, 1, 2]),
    )
    fix = st.builds(
        Fix,
        title=LINE,
        undo=st.sampled_from([tuple(f.change_id for f in faults), (faults[0].change_id,)]),
        apply=st.sampled_from([(), (Applied(change_id="clock-back", parameters=(("days", 3),)),)]),
        baseline=st.none() | baseline,
        aim=st.sampled_from(["accepted", "rejected"]),
        claims=st.sampled_from(GRADES).map(lambda grade: (Claim(grade=grade),))
        | st.builds(lambda c, w, g: (Claim(client=c, when=w, grade=g), Claim(grade="cure")),
                    st.sampled_from(CLIENTS), WHEN, st.sampled_from(GRADES)),
    )  # fmt: skip
    return Scenario(
        id="some-id",
        family="own",
        title=draw(LINE),
        level=draw(st.integers(1, 4)),
        story="\n\n".join(draw(PARAGRAPHS)),
        baseline=draw(baseline),
        faults=faults,
        expect=(*expect, Expectation(client="any", verdict="rejected", message=draw(st.none() | LINE))),
        surfaces=surfaces,
        hints=tuple(draw(st.lists(LINE.map(lambda line: f"{line} 0"), min_size=1, max_size=3))),
        fixes=tuple(draw(st.lists(fix, min_size=1, max_size=3, unique_by=lambda f: f.title))),
    )


@given(scenarios())
@settings(derandomize=True, max_examples=150, deadline=None)
def test_what_is_written_is_read_back_equal(scenario: Scenario) -> None:
    text = dump(scenario)
    assert read(text) == scenario
    assert dump(read(text)) == text


@given(scenarios())
@settings(derandomize=True, max_examples=50, deadline=None)
def test_another_reader_reads_the_same_texts(scenario: Scenario) -> None:
    plain = yaml.safe_load(dump(scenario))
    assert plain["title"] == scenario.title
    assert plain["level"] == scenario.level
    assert plain["hints"] == list(scenario.hints)
    assert [line.get("message") for line in plain["expect"]] == [line.message for line in scenario.expect]
    assert [fix["title"] for fix in plain["fixes"]] == [fix.title for fix in scenario.fixes]


def test_the_order_of_keys_and_the_style() -> None:
    assert dump(read(GOOD)) == GOOD.replace(
        "\n  An old recipe. curl is happy,\n  ", "\n  An old recipe. curl is happy, "
    )
    rich = dump(read(RICH))
    assert read(rich) == read(RICH)
    assert "baseline: {id: three-tier, host: app.test, key: rsa-2048, depth: 2}\n" in rich
    assert '  - fault: odd-names\n    form: two\n    names: ["DNS:a.test", "IP:127.0.0.1"]\n' in rich
    assert max(map(len, rich.splitlines())) <= 120


def test_a_healthy_scenario_is_written_without_empty_keys() -> None:
    text = "title: Fine\nlevel: 1\nstory: >\n  All is well.\nbaseline: public\n"
    text += "expect:\n  - {client: any, verdict: accepted}\n"
    assert dump(read(text)) == text


def test_every_shipped_scenario_survives() -> None:
    for entry in ids():
        scenario = load(entry.id)
        assert load_text(dump(scenario), entry.path, family=entry.family) == scenario


def test_words_are_the_tests_own() -> None:
    assert {"expired", "odd-names", "old-root"} <= set(WORDS.faults)
