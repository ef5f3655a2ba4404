"""Every attack gets in on its positive control, and none on any baseline: real clients, real sockets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.changes.attacks import ATTACKS
from simulator.changes.baselines import BASELINES, build, self_signed
from simulator.changes.catalogue import CHANGES
from simulator.lab.observe import Lab
from simulator.model.deployment import LEAF, Deployment
from simulator.remedy import Proving, outcome
from tests.clients import clients


def changed(deployment: Deployment, *ids: str) -> Deployment:
    for id in ids:
        deployment = CHANGES[id](deployment)
    return deployment


def pinned_ca() -> Deployment:
    """A self-signed certificate that says it may sign, pinned: its key signs for any site, on every client."""
    deployment = self_signed()
    leaf = replace(deployment.spec(LEAF), ca=True, key_usage=("digital_signature", "key_cert_sign"))
    return deployment.with_certificate(leaf)


CONTROLS = {
    "impostor-self-signed": lambda: changed(build("two-tier"), "verification-disabled"),
    "impostor-own-ca": lambda: changed(build("two-tier"), "verification-disabled"),
    "other-name-same-ca": lambda: changed(build("two-tier"), "hostname-check-off"),
    "other-name-public-ca": lambda: changed(build("public"), "hostname-check-off"),
    "expired-leaked-key": lambda: changed(build("two-tier"), "set-clock-back"),
    "stolen-server-key": pinned_ca,
    "stolen-ca-key": lambda: changed(build("two-tier"), "appended-to-certifi"),
    "plain-text": lambda: changed(build("two-tier"), "plain-url"),
    "stranger": lambda: changed(build("mutual-tls"), "no-client-certificates"),
    "foreign-client": lambda: changed(build("mutual-tls"), "no-client-certificates"),
    "revoked-leaked-key": lambda: changed(build("crl-checked"), "crls-not-checked"),
}

APPLY = {"two-tier": 8, "self-signed": 6}


@pytest.fixture(scope="module")
def lab():
    with Lab(seed="attacks", clients=clients()) as lab:
        yield lab


def attacked(lab: Lab, client: str, deployment: Deployment, only: str | None = None):
    proving = Proving(lab, client)
    honest = proving.look(deployment)
    met = [(a, r) for a, r in proving._attack(deployment, honest.port) if only in (None, a.id)]
    return {a.id: outcome(a, r, honest.evidence.attempts[0]) for a, r in met}


@pytest.mark.parametrize("client", clients())
@pytest.mark.parametrize("id", ATTACKS)
def test_every_attack_gets_in_on_its_positive_control(lab, client, id):
    ended = attacked(lab, client, CONTROLS[id](), id)[id]
    assert ended.outcome == "admitted", ended.why
    assert ended.token


@pytest.mark.parametrize("client", clients())
@pytest.mark.parametrize("baseline", BASELINES)
def test_no_attack_gets_in_on_any_baseline(lab, client, baseline):
    ended = attacked(lab, client, build(baseline))
    assert {one.outcome for one in ended.values()} == {"kept-out"}, list(ended.values())
    if baseline in APPLY:
        assert len(ended) == APPLY[baseline]
