"""What must be true of diagnose(observe(inject(faults))): sound, complete less the masks, honest.

The faults are those that lie in certificates, chain, names and trust, looked at in memory; at the end the same
deployments are run on sockets by real clients.
"""

from __future__ import annotations

import ssl
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.changes.baselines import build
from simulator.changes.catalogue import FAULTS
from simulator.diagnosis.diagnose import diagnose, predict
from simulator.lab.observe import Lab
from tests.derive import BASELINES, STRICT, alone, apply, baseline, fitting, named
from tests.derive import ids as ids_of
from tests.in_memory import LAX, evidence, openssl_verdict
from tests.masks import EMERGENT, MASKS

STRICT_FLAGS = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
KEYS = ("p-256", "p-384", "p-521", "ed25519", "rsa-2048", "rsa-pss-2048")


@st.composite
def faulty(draw, low=0, high=3):
    """A baseline, up to three faults that fit it and each other, and the deployment with them in it."""
    index = draw(st.integers(0, len(BASELINES) - 1))
    key = draw(st.sampled_from(KEYS))
    ids = tuple(draw(st.lists(st.sampled_from(fitting(index)), min_size=low, max_size=high, unique=True)))
    deployment = apply(baseline(index, key), ids)
    if deployment is None:
        ids, deployment = (), baseline(index, key)
    return index, key, ids, deployment


@pytest.mark.parametrize("traits", [(), STRICT], ids=["lax", "strict"])
@settings(max_examples=400, deadline=None, derandomize=True)
@given(drawn=faulty())
def test_every_finding_is_shown_by_a_fault_that_was_injected(traits, drawn):
    index, key, ids, deployment = drawn
    shown = {id for fault in ids for id in FAULTS[fault].shows} | set(ids_of(baseline(index, key), traits))
    shown |= {id for pair in combinations(sorted(ids), 2) for id in EMERGENT.get(pair, ())}
    for finding in diagnose(evidence(deployment, traits)):
        assert shown & {finding.id, *finding.rivals}, (ids, finding)


@pytest.mark.parametrize("traits", [(), STRICT], ids=["lax", "strict"])
@settings(max_examples=400, deadline=None, derandomize=True)
@given(drawn=faulty(low=1))
def test_every_fault_is_found_unless_another_masks_it(traits, drawn):
    index, key, ids, deployment = drawn
    found = named(diagnose(evidence(deployment, traits)))
    for fault in ids:
        masked = {id for other in ids if other != fault for id in MASKS.get(other, ())}
        assert alone(index, key, fault, traits) - masked <= found, (ids, fault)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(drawn=faulty(), strict=st.booleans())
def test_the_prediction_is_what_openssl_says(drawn, strict):
    *_, deployment = drawn
    traits = frozenset(STRICT if strict else ())
    predicted = predict(evidence(deployment, tuple(sorted(traits))), traits)
    assert predicted.verify_code == openssl_verdict(deployment, STRICT_FLAGS if strict else 0)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(drawn=faulty())
def test_an_error_is_there_exactly_where_the_client_refuses(drawn):
    *_, deployment = drawn
    seen = evidence(deployment)
    errors = [f for f in diagnose(seen) if f.severity == "error"]
    assert bool(errors) == (predict(seen, frozenset()).verdict == "rejected")


def test_a_mask_masks_something():
    assert all(MASKS.values())
    assert set(MASKS) <= set(FAULTS)


@pytest.fixture(scope="module")
def lab():
    with Lab(seed="in-memory") as lab:
        yield lab


@pytest.mark.parametrize("index", range(len(BASELINES)), ids=[f"{id}-{host}" for id, host, _ in BASELINES])
def test_sockets_and_memory_agree(lab, index):
    runs = {}
    traits = lab.traits()  # those of requests under this very interpreter
    flags = STRICT_FLAGS if "x509-strict" in traits else 0
    for id in fitting(index):
        deployment = apply(baseline(index), (id,))
        assert deployment is not None
        runs[id] = deployment, lab.begin(deployment)
    for id, (deployment, run) in runs.items():
        in_memory = diagnose(evidence(deployment, traits))
        assert [f.id for f in diagnose(run.evidence)] == [f.id for f in in_memory], id
        assert run.attempt.verify_code == openssl_verdict(deployment, flags), id


def test_the_lax_client_reads_the_common_name():
    deployment = FAULTS["omit-san"](build("two-tier"))
    assert [f.severity for f in diagnose(evidence(deployment, LAX, "stdlib"))] == ["note"]
