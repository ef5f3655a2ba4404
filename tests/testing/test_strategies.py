"""The public strategies: whatever is drawn can be built, and everything shrinks towards the healthy baseline."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from simulator.changes.baselines import build, is_ip
from simulator.changes.catalogue import FAULTS
from simulator.changes.change import Between
from simulator.model.deployment import DAY, LEAF
from simulator.scenario.parameters import RESERVED, is_address
from simulator.scenario.scenario import Applied, BaselineChoice
from simulator.testing import memory, strategies
from simulator.testing.fitting import written
from simulator.testing.plan import Plan

QUIET = settings(database=None, deadline=None, derandomize=True, max_examples=3000)
SOME = settings(database=None, deadline=None, derandomize=True, max_examples=150)


@SOME
@given(strategies.plans())
def test_whatever_is_drawn_can_be_built_and_issued(plan):
    view = memory.WORLD.view(plan.deployment)
    assert view.served
    assert memory.readable(plan)
    assert len(set(plan.ids)) == len(plan.faults)


@SOME
@given(strategies.plans(max_faults=4))
def test_no_two_faults_write_one_field(plan):
    fields = [written(plan.baseline, fault) for fault in plan.faults]
    assert None not in fields
    assert not any(one & other for one, other in combinations(fields, 2))


@SOME
@given(strategies.plans())
def test_a_plan_travels_as_json(plan):
    assert Plan.from_json(plan.json()) == plan


@SOME
@given(strategies.fault_sets(BaselineChoice(id="three-tier"), faults=["expired", "incomplete-chain"], max_size=2))
def test_fault_sets_are_of_what_was_asked_for(faults):
    assert {fault.change_id for fault in faults} <= {"expired", "incomplete-chain"}
    assert Plan(baseline=BaselineChoice(id="three-tier"), faults=faults).deployment


def test_everything_shrinks_to_the_healthy_baseline():
    assert find(strategies.plans(), lambda _: True, settings=QUIET) == Plan()
    assert find(strategies.deployments(), lambda _: True, settings=QUIET) == build("two-tier")
    assert find(strategies.fault_sets(), lambda _: True, settings=QUIET) == ()
    assert find(strategies.host_names(), lambda _: True, settings=QUIET) == "localhost"
    assert find(strategies.presented_identifiers(), lambda _: True, settings=QUIET) == ("DNS:localhost",)
    assert find(strategies.validity_periods(), lambda _: True, settings=QUIET) == (-DAY, 89 * DAY)
    chain = find(strategies.certificate_chains(), lambda _: True, settings=QUIET)
    assert (chain.host, len(chain.served), chain.plan) == ("localhost", 1, Plan())


@pytest.mark.parametrize(
    "id", ["expired", "wildcard", "other-host", "aki-mismatch", "incomplete-chain", "told-nothing", "rotated-pin"]
)
def test_a_failure_of_one_fault_shrinks_to_that_fault_alone(id):
    plan = find(strategies.plans(), lambda plan: id in plan.ids, settings=QUIET)
    assert plan.ids == (id,)
    assert plan.baseline.key is None
    assert not plan.faults[0].parameters or id == "wildcard"  # whose default wants a longer host than app.test


def test_a_failure_of_a_parameter_keeps_the_parameter_alone():
    plan = find(strategies.plans(), lambda p: any(f.arguments.get("days", 0) > 100 for f in p.faults), settings=QUIET)
    assert len(plan.faults) == 1
    assert plan.faults[0].arguments == {"days": 101}


def test_a_failure_of_the_bytes_shrinks_too():
    start = memory.WORLD.now
    chain = find(strategies.certificate_chains(), lambda chain: len(chain.served) == 3, settings=QUIET)
    assert chain.plan.baseline.id in ("three-tier", "cross-signed")
    assert len(chain.plan.faults) <= 1
    assert chain.now == start


@pytest.mark.parametrize("id", sorted(FAULTS))
def test_parameters_are_what_the_signature_says(id):
    for parameter in FAULTS[id].parameters:
        values = strategies.parameter_values(parameter)
        first = find(values, lambda _: True, settings=QUIET)
        assert parameter.required or first == parameter.default
        if isinstance(parameter.rule, Between):
            low, high = parameter.rule.low, parameter.rule.high
            assert find(values, lambda v, high=high: v >= high, settings=QUIET) == high
            assert find(values, lambda v, low=low: v <= low, settings=QUIET) == low


@SOME
@given(strategies.host_names())
def test_hosts_are_nobodys(host):
    assert is_address(host) if is_ip(host) else host == "localhost" or host.rpartition(".")[2] in RESERVED


@given(st.integers(0, 40), st.integers(0, 20), st.integers(0, 20))
@SOME
def test_going_outwards_meets_every_number_once(middle, below, above):
    low, high = middle - below, middle + above
    met = [strategies._around(n, middle, low, high) for n in range(high - low + 1)]
    assert met[0] == middle
    assert sorted(met) == list(range(low, high + 1))


def test_every_fault_in_certificates_chain_names_and_trust_is_drawn():
    seen = set()

    @settings(database=None, deadline=None, derandomize=True, max_examples=700)
    @given(strategies.plans())
    def draw(plan):
        seen.update(plan.ids)

    draw()
    assert len(set(memory.faults()) - seen) <= 2  # by chance: the faults are 50, and many fit few baselines


def test_variations_keep_the_faults_and_start_at_the_plan_itself():
    plan = Plan(baseline=BaselineChoice(id="two-tier", host="app.test"), faults=(Applied(change_id="expired"),))
    varied = strategies.variations(plan)
    assert find(varied, lambda _: True, settings=QUIET) == plan
    other = find(varied, lambda p: p.faults != plan.faults and p.baseline.host != "app.test", settings=QUIET)
    assert other.ids == ("expired",)


def test_which_faults_lie_in_memory_is_computed():
    faults = set(memory.faults())
    assert {"expired", "wrong-ca", "reversed-chain", "told-nothing", "verification-disabled"} <= faults
    assert not faults & {"key-mismatch", "leaf-not-first", "old-tls", "unhashed-directory", "clock-behind", "revoked"}


def test_the_leaf_is_where_it_was():
    assert memory.WORLD.view(build("two-tier")).served == memory.World().view(build("two-tier")).served
    assert build("two-tier").spec(LEAF).san == ("DNS:localhost",)
