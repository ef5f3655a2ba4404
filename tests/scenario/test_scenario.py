"""What a scenario says once it is read, and the deployments that it describes."""

from __future__ import annotations

import copy
import pickle

import pytest

from simulator.changes.change import Refused
from simulator.model.deployment import DAY, LEAF
from simulator.scenario.problem import Problem, ScenarioError
from simulator.scenario.scenario import Applied, BaselineChoice, Claim, Expectation, Fix, matches
from simulator.scenario.unknown import UnknownScenarioError
from tests.scenario.words import GOOD, RICH, read

NONE: frozenset[str] = frozenset()
STRICT = frozenset({"x509-strict"})


def test_every_part_of_a_file_is_read() -> None:
    scenario = read(RICH)
    assert (scenario.id, scenario.family, scenario.level) == ("some-id", "own", 4)
    assert scenario.title == "Several things at once"
    assert scenario.story == "First this, then that.\n\nAnd it is still not mended."
    assert scenario.baseline == BaselineChoice(id="three-tier", host="app.test", key="rsa-2048", depth=2)
    assert scenario.faults == (
        Applied(change_id="expired", parameters=(("days", 30),)),
        Applied(change_id="odd-names", parameters=(("form", "two"), ("names", ("DNS:a.test", "IP:127.0.0.1")))),
        Applied(change_id="forgotten"),
    )
    assert scenario.expect[0] == Expectation(
        client="requests",
        when=("x509-strict",),
        verdict="rejected",
        message="unable to get",
        finding="incomplete-chain",
    )
    assert scenario.expect[2].when == ("not x509-strict", "partial-chain")
    assert scenario.surfaces == ("incomplete-chain", "name-mismatch", "expired")
    assert scenario.hints == ("Count what the server sends.", "What is today's date: compare.")
    clock, anew = scenario.fixes
    assert clock.claims == (
        Claim(client="requests", when=("x509-strict",), grade="no-effect"),
        Claim(client="requests", grade="no-effect"),
        Claim(grade="workaround"),
    )
    assert anew.undo == ("expired", "odd-names", "forgotten")
    assert anew.aim == "rejected"
    assert anew.baseline == BaselineChoice(id="two-tier")


def test_the_deployments_it_describes() -> None:
    scenario = read(RICH)
    healthy, broken = scenario.healthy(), scenario.broken()
    assert healthy.server.chain == (LEAF, "intermediate-2", "intermediate")
    assert healthy.spec(LEAF).san == ("DNS:app.test",)
    assert broken.server.chain == (LEAF,)
    assert broken.spec(LEAF).san == ("DNS:a.test", "IP:127.0.0.1")
    assert broken.spec(LEAF).not_after == -30 * DAY
    clock, anew = scenario.fixes
    assert scenario.fixed(clock).spec(LEAF).not_after == -30 * DAY
    assert scenario.fixed(clock).client.clock_skew == -31 * DAY
    fixed = scenario.fixed(anew)
    assert (fixed.baseline, fixed.spec(LEAF).not_after) == ("two-tier", 7 * DAY)


def test_a_fix_that_moves_to_another_baseline_keeps_host_and_key() -> None:
    scenario = read(RICH)
    fixed = scenario.fixed(scenario.fixes[1])
    assert fixed.client.host == "app.test"
    assert fixed.spec(LEAF).key.kind == "rsa-2048"
    other = Fix(title="", baseline=BaselineChoice(id="two-tier", host="b.test", key="p-384"), claims=())
    assert scenario.fresh(other).client.host == "b.test"
    assert scenario.fresh(other).spec(LEAF).key.kind == "p-384"


def test_undoing_one_of_several_faults_leaves_the_others() -> None:
    scenario = read(RICH)
    fixed = scenario.fixed(Fix(title="", undo=("expired",), claims=()))
    assert fixed.spec(LEAF).not_after == 89 * DAY
    assert fixed.server.chain == (LEAF,)


def test_the_first_line_whose_client_and_when_match_counts() -> None:
    scenario = read(RICH)
    assert scenario.expectation("requests", STRICT) is scenario.expect[0]
    assert scenario.expectation("requests", NONE) is scenario.expect[1]
    assert scenario.expectation("requests@/usr/bin/python3", STRICT) is scenario.expect[0]
    assert scenario.expectation("stdlib", frozenset({"partial-chain"})) is scenario.expect[2]
    assert scenario.expectation("stdlib", frozenset({"partial-chain", "x509-strict"})) is scenario.expect[3]
    assert scenario.expectation("curl", NONE) is scenario.expect[3]
    assert read(GOOD).expectation("stdlib", NONE) is None
    assert read(GOOD).expectation("go", NONE) is None


@pytest.mark.parametrize(
    ("client", "name", "speaks"),
    [
        ("requests", "requests", True),
        ("requests", "requests@/a/b@c", True),
        ("requests", "requestsx", False),
        ("requests", "stdlib@requests", False),
        ("any", "go", True),
    ],
)
def test_matching_of_names(client: str, name: str, speaks: bool) -> None:
    assert matches(client, (), name, NONE) is speaks


def test_claims_are_a_clients() -> None:
    scenario = read(RICH)
    clock, anew = scenario.fixes
    assert scenario.claim(clock, "requests", STRICT) == "no-effect"
    assert scenario.claim(clock, "requests@/x", NONE) == "no-effect"
    assert scenario.claim(clock, "curl", NONE) == "workaround"
    assert scenario.claim(anew, "curl", NONE) == "cure"
    assert scenario.claim(Fix(title="", claims=(Claim(client="curl", grade="cure"),)), "requests", NONE) is None


def test_the_finding_of_a_line() -> None:
    scenario = read(RICH)
    assert scenario.finding(scenario.expect[0]) == "incomplete-chain"
    assert scenario.finding(Expectation(client="any", verdict="rejected", finding="expired")) == "expired"


def test_what_is_a_shortcut() -> None:
    wrong, right = read(GOOD).fixes
    assert wrong.shortcut
    assert not right.shortcut
    assert Fix(title="", apply=(Applied(change_id="clock-behind"),), claims=()).shortcut, "a fault as a fix is one"
    assert not Fix(title="", apply=(read(RICH).fixes[1].apply[0],), claims=()).shortcut


def test_a_change_without_its_function_is_looked_up_in_what_is_shipped() -> None:
    assert Applied(change_id="omit-san")(read(GOOD).healthy()).spec(LEAF).san is None
    assert Applied(change_id="omit-san").kind == "fault"
    with pytest.raises(KeyError):
        Applied(change_id="no-such")(read(GOOD).healthy())


def test_equal_where_they_say_the_same() -> None:
    scenario = read(GOOD)
    assert scenario == read(GOOD + "# a remark\n")
    assert hash(scenario) == hash(read(GOOD))
    assert copy.copy(scenario) == scenario
    assert scenario.text().hints == scenario.hints


def test_refusals_pass_through_a_fix_made_by_hand() -> None:
    with pytest.raises(Refused):
        read(RICH).fixed(Fix(title="", baseline=BaselineChoice(id="two-tier"), claims=()))


def test_errors_survive_a_worker() -> None:
    error = ScenarioError([Problem("a.yaml", 1, 2, "what", "hint")])
    back = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert (back.problems, back.message, back.exit_code) == (error.problems, "a.yaml:1:2: what: hint", 2)
    unknown = pickle.loads(pickle.dumps(UnknownScenarioError("x", ("y",))))  # noqa: S301  # as above
    assert (unknown.id, unknown.nearest, unknown.exit_code) == ("x", ("y",), 2)
