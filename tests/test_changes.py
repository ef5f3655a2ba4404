"""Algebra of changes: pure functions over frozen values, checked without any lab."""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.changes.baselines import BASELINES, KEY_KINDS, build
from simulator.changes.catalogue import CHANGES, FAULTS
from simulator.changes.change import Between, HostName, Identifiers, Refused
from simulator.model.deployment import Deployment, diff
from simulator.model.finding import FINDINGS

HOSTS = ("localhost", "app.test", "a.b.shop.test", "127.0.0.1", "::1")


def fitting(deployment: Deployment) -> list[str]:
    """The faults that fit a deployment with their own defaults."""
    found = []
    for id, fault in FAULTS.items():
        try:
            fault(deployment)
        except Refused:
            continue
        found.append(id)
    return found


def baselines():
    """Every baseline, with the hosts and keys that it takes."""
    return st.builds(
        build, st.sampled_from(sorted(BASELINES)), host=st.sampled_from(HOSTS), key=st.sampled_from(KEY_KINDS)
    )


@st.composite
def deployments_and_faults(draw, count):
    deployment = draw(baselines())
    ids = draw(st.lists(st.sampled_from(fitting(deployment)), min_size=count, max_size=count, unique=True))
    return deployment, ids


def written(fault: str, deployment: Deployment) -> set[str]:
    return {difference.path for difference in diff(deployment, FAULTS[fault](deployment))}


def test_every_finding_that_a_change_shows_exists():
    assert {id for change in CHANGES.values() for id in change.shows} <= set(FINDINGS)


def test_every_fault_fits_some_baseline():
    reached = set()
    for id in BASELINES:
        for host in HOSTS:
            for key in ("p-256", "rsa-2048"):
                reached |= set(fitting(build(id, host=host, key=key)))
    reached |= set(fitting(build("three-tier", depth=2)))
    reached |= {"wildcard"} if "wildcard" in fitting(build("two-tier", host="a.b.test")) else set()
    assert set(FAULTS) - reached == set()


@pytest.mark.parametrize("id", sorted(CHANGES))
def test_every_change_documents_itself_and_its_parameters(id):
    change = CHANGES[id]
    assert change.doc.endswith(".")
    for parameter in change.parameters:
        assert isinstance(parameter.rule, Between | HostName | Identifiers | tuple)
        assert not parameter.required, "a change can be named alone"


@settings(max_examples=300, deadline=None)
@given(deployments_and_faults(1))
def test_a_fault_writes_only_its_partys_part(drawn):
    deployment, (id,) = drawn
    fault = FAULTS[id]
    faulty = fault(deployment)
    assert faulty != deployment
    old = {c.role: c for c in deployment.certificates}
    changed = {c.role for c in faulty.certificates if old.get(c.role) not in (None, c)}
    if fault.party != "issuer":
        assert not changed
        assert faulty.revocation_lists == deployment.revocation_lists
    if fault.party != "server":
        assert faulty.server == deployment.server
    if fault.party != "client":
        assert faulty.client == deployment.client
        assert faulty.ambient == deployment.ambient


@settings(max_examples=300, deadline=None)
@given(deployments_and_faults(2))
def test_order_never_matters_for_compatible_faults(drawn):
    deployment, (one, other) = drawn
    if written(one, deployment) & written(other, deployment):
        return  # they conflict: the loader refuses them together
    try:
        first = FAULTS[other](FAULTS[one](deployment))
        second = FAULTS[one](FAULTS[other](deployment))
    except Refused:
        return
    assert diff(first, second) == ()


@settings(max_examples=100, deadline=None)
@given(baselines())
def test_baselines_are_values(deployment):
    assert hash(deployment) == hash(deployment)
    assert diff(deployment, deployment) == ()


def test_conflicts_are_symmetric_and_computed():
    deployment = build("three-tier", depth=2)
    ids = fitting(deployment)
    for one, other in combinations(ids, 2):
        assert bool(written(one, deployment) & written(other, deployment)) == bool(
            written(other, deployment) & written(one, deployment)
        )
    assert written("expired", deployment) & written("not-yet-valid", deployment)
    assert not written("expired", deployment) & written("omit-san", deployment)


@pytest.mark.parametrize("baseline", sorted(BASELINES))
def test_order_never_matters_for_any_pair_of_faults_on(baseline):
    """All of them, for what chance may not draw."""
    deployment = build(baseline)
    wrote = {}
    for fault in FAULTS:
        with suppress(Refused):
            wrote[fault] = written(fault, deployment)
    wrong = []
    for one, other in combinations(wrote, 2):
        if not wrote[one] & wrote[other]:
            with suppress(Refused):
                if diff(FAULTS[other](FAULTS[one](deployment)), FAULTS[one](FAULTS[other](deployment))):
                    wrong.append((one, other))
    assert wrong == []
