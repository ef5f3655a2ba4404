"""What must be true of diagnose(observe(inject(faults))): sound, complete less the masks, honest.

The faults are those that lie in certificates, chain, names and trust, looked at in memory; at the end the same
deployments are run on sockets by real clients.
"""

from __future__ import annotations

import ssl
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.changes.baselines import build
from simulator.changes.catalogue import FAULTS
from simulator.changes.change import Refused
from simulator.diagnosis.diagnose import diagnose, predict
from simulator.lab.observe import Lab
from simulator.model.deployment import Deployment, diff
from simulator.model.finding import Finding
from tests.in_memory import LAX, evidence, openssl_verdict
from tests.masks import MASKS

STRICT_FLAGS = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
STRICT = ("partial-chain", "x509-strict")

NOT_HERE = {
    # The server does not start, speaks otherwise, or shows more on a second connection.
    "leaf-not-first", "key-mismatch", "virtual-host-missing", "speaks-plain-http", "old-tls", "no-shared-cipher",
    "weak-dh", "refuses-name", "hangs-up", "never-answers", "not-listening",
    # What the client reads, is told by variables, or asks of a proxy.
    "spoiled-bundle", "unhashed-directory", "no-ca-bundle", "environment-overrides-session", "ssl-cert-file-ignored",
    "bundle-replaces-defaults", "appended-to-certifi", "plain-url", "intercepting-proxy", "proxy-reached-by-tls",
    # Another clock, revocation lists, client certificates.
    "clock-behind", "clock-ahead", "revoked", "crl-expired", "crl-missing", "crls-not-checked",
    "client-certificate-missing", "client-certificate-untrusted",
}  # fmt: skip
IN_MEMORY = sorted(set(FAULTS) - NOT_HERE)

BASELINES = (
    ("two-tier", "localhost", None),
    ("two-tier", "127.0.0.1", None),
    ("two-tier", "a.b.app.test", None),
    ("three-tier", "app.test", 1),
    ("three-tier", "localhost", 2),
    ("self-signed", "localhost", None),
    ("public", "shop.test", None),
    ("cross-signed", "localhost", None),
)
KEYS = ("p-256", "p-384", "p-521", "ed25519", "rsa-2048", "rsa-pss-2048")


@cache
def baseline(index: int, key: str = "p-256") -> Deployment:
    id, host, depth = BASELINES[index]
    return build(id, host=host, key=key, depth=depth)


@cache
def fitting(index: int) -> tuple[str, ...]:
    return tuple(id for id in IN_MEMORY if _apply(baseline(index), (id,)) is not None)


def _apply(deployment: Deployment, ids: tuple[str, ...]) -> Deployment | None:
    """All faults applied, or None where one does not fit or two write one field."""
    written: set[str] = set()
    for id in ids:
        try:
            paths = {d.path for d in diff(deployment, FAULTS[id](deployment))}
        except Refused:
            return None
        if paths & written:
            return None
        written |= paths
    for id in ids:
        try:
            deployment = FAULTS[id](deployment)
        except Refused:
            return None
    return deployment


@st.composite
def faulty(draw, low=0, high=3):
    """A baseline, up to three faults that fit it and each other, and the deployment with them in it."""
    index = draw(st.integers(0, len(BASELINES) - 1))
    key = draw(st.sampled_from(KEYS))
    ids = tuple(draw(st.lists(st.sampled_from(fitting(index)), min_size=low, max_size=high, unique=True)))
    deployment = _apply(baseline(index, key), ids)
    if deployment is None:
        ids, deployment = (), baseline(index, key)
    return index, key, ids, deployment


@cache
def alone(index: int, key: str, id: str, traits: tuple[str, ...]) -> frozenset[str]:
    """What a fault shows by itself, less what its baseline shows."""
    deployment = _apply(baseline(index, key), (id,))
    assert deployment is not None
    return frozenset(_ids(deployment, traits)) - frozenset(_ids(baseline(index, key), traits))


def _ids(deployment: Deployment, traits: tuple[str, ...]) -> list[str]:
    return [finding.id for finding in diagnose(evidence(deployment, traits))]


def _named(findings: tuple[Finding, ...]) -> set[str]:
    return {f.id for f in findings} | {rival for f in findings for rival in f.rivals}


@pytest.mark.parametrize("traits", [(), STRICT], ids=["lax", "strict"])
@settings(max_examples=400, deadline=None, derandomize=True)
@given(drawn=faulty())
def test_every_finding_is_shown_by_a_fault_that_was_injected(traits, drawn):
    index, key, ids, deployment = drawn
    shown = {id for fault in ids for id in FAULTS[fault].shows} | set(_ids(baseline(index, key), traits))
    for finding in diagnose(evidence(deployment, traits)):
        assert shown & {finding.id, *finding.rivals}, (ids, finding)


@pytest.mark.parametrize("traits", [(), STRICT], ids=["lax", "strict"])
@settings(max_examples=400, deadline=None, derandomize=True)
@given(drawn=faulty(low=1))
def test_every_fault_is_found_unless_another_masks_it(traits, drawn):
    index, key, ids, deployment = drawn
    found = _named(diagnose(evidence(deployment, traits)))
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
    for id in fitting(index):
        deployment = _apply(baseline(index), (id,))
        assert deployment is not None
        runs[id] = deployment, lab.begin(deployment)
    for id, (deployment, run) in runs.items():
        in_memory = diagnose(evidence(deployment))
        assert [f.id for f in diagnose(run.evidence)] == [f.id for f in in_memory], id
        assert run.attempt.verify_code == openssl_verdict(deployment) or not deployment.client.verify, id


def test_the_lax_client_reads_the_common_name():
    deployment = FAULTS["omit-san"](build("two-tier"))
    assert [f.severity for f in diagnose(evidence(deployment, LAX, "stdlib"))] == ["note"]
