"""Repairs, run for real: what mends, what only looks like it, and what lets an attacker in."""

from __future__ import annotations

import datetime
import time

import pytest

from simulator.challenge import bundle, marking, seeds, sheet
from simulator.lab.observe import Lab
from tests.challenge.classes import ADA, NOW, Ca, claim, files, host, plan
from tests.challenge.classes import sheet as filled


@pytest.fixture(scope="module")
def lab():
    with Lab(seed=seeds.WORLD, clients=("requests", "stdlib")) as one:
        yield one


def marked(lab, of, patient, repair=None, submitted=None):
    answer = sheet.parse(filled(of, patient))
    found = {f"repair/{name}": data for name, data in (repair or {}).items()}
    patients = bundle.patients(of, of.seed(ADA.id))
    when = time.time() if submitted is None else submitted
    (told,) = marking.marks(patients, answer, found, lab, when)["patients"]
    return told


SERVER = {"server": {"chain": "repair/chain.pem", "key": "repair/key.pem"}}
TRUST = {**SERVER, "client": {"trust": "repair/ca.pem"}}


def test_a_certificate_of_the_given_ca_cures(lab):
    of = plan("missing-san")
    chain, key = Ca.handed_out(files(of)).issue(host(files(of)))
    answer = {"findings": [claim("missing-san", field="subjectAltName")], "repair": SERVER}
    told = marked(lab, of, answer, {"chain.pem": chain, "key.pem": key})
    assert (told["grade"], told["admitted"], told["problem"], told["notes"]) == ("cure", [], "", [])
    assert told["compared"]["found"] == ("missing-san",)
    assert (told["compared"]["certificates"], told["compared"]["fields"], told["compared"]["parties"]) == (1, 1, 1)
    assert told["attacks"] == 8


def test_the_same_mistake_again_is_no_repair(lab):
    of = plan("missing-san")
    chain, key = Ca.handed_out(files(of)).issue(host(files(of)), san=False)
    told = marked(lab, of, {"repair": SERVER}, {"chain.pem": chain, "key.pem": key})
    assert (told["grade"], told["left"]) == ("no-effect", ["missing-san"])
    assert "Hostname mismatch" in told["error"]


@pytest.mark.parametrize("constrained", [True, False])
def test_a_new_ca_cures_where_its_key_is_handed_in(lab, constrained):
    of = plan("expired")
    name = host(files(of))
    ca = Ca.new(permitted=name if constrained else None)
    chain, key = ca.issue(name)
    repair = {"chain.pem": chain, "key.pem": key, "ca.pem": ca.pem}
    without = marked(lab, of, {"repair": TRUST}, repair)
    assert without["grade"] == "none"
    assert "its key is not in repair/" in without["problem"]
    assert marked(lab, of, {"repair": TRUST}, {**repair, "ca-key.pem": ca.key_pem})["grade"] == "cure"


def test_a_chain_of_two_steps_cures_where_it_is_sent_whole(lab):
    of = plan("expired")
    root = Ca.handed_out(files(of))
    middle = Ca.new(signer=root, name="A middle CA")
    leaf, key = middle.issue(host(files(of)))
    whole = {"chain.pem": leaf + middle.pem, "key.pem": key, "middle-key.pem": middle.key_pem}
    assert marked(lab, of, {"repair": SERVER}, whole)["grade"] == "cure"
    assert marked(lab, of, {"repair": SERVER}, {**whole, "chain.pem": leaf})["grade"] == "no-effect"


def test_a_constrained_ca_for_another_host_does_not(lab):
    of = plan("expired")
    ca = Ca.new(permitted="elsewhere.localhost")
    chain, key = ca.issue(host(files(of)))
    repair = {"chain.pem": chain, "key.pem": key, "ca.pem": ca.pem, "ca-key.pem": ca.key_pem}
    told = marked(lab, of, {"repair": TRUST}, repair)
    assert told["grade"] == "no-effect"
    assert "name-constraint-violated" in told["left"]


def test_a_ca_of_ones_own_cures_a_certificate_that_signed_itself(lab):
    of = plan("self-signed-missing-san")
    ca = Ca.new()
    chain, key = ca.issue(host(files(of)))
    repair = {"chain.pem": chain, "key.pem": key, "ca.pem": ca.pem, "ca-key.pem": ca.key_pem}
    assert marked(lab, of, {"repair": TRUST}, repair)["grade"] == "cure"


@pytest.mark.parametrize(
    ("scenario", "repair"),
    [
        ("incomplete-chain", {"server": {"chain": "repair/chain.pem"}}),
        ("wrong-ca", {"client": {"trust": "patient-1/ca/ca.pem"}}),
        ("env-overrides-session", {"client": {"environment": {"REQUESTS_CA_BUNDLE": "unset"}}}),
        ("verification-disabled", {"client": {"verify": "yes"}}),
        ("old-tls", {"server": {"minimum-version": "TLSv1.2", "maximum-version": "TLSv1.3"}}),
        ("crl-expired", {"client": {"crls": "renewed"}}),
    ],
)
def test_settings_and_files_that_were_handed_out_cure(lab, scenario, repair):
    of = plan(scenario)
    made = files(of)
    chain = made["patient-1/server/chain.pem"] + made.get("patient-1/ca/intermediate.pem", b"")
    assert marked(lab, of, {"repair": repair}, {"chain.pem": chain})["grade"] == "cure"


def test_verification_switched_off_shows_the_attackers_token(lab):
    told = marked(lab, plan("missing-san"), {"repair": {"client": {"verify": "no"}}})
    assert told["grade"] == "dangerous"
    admitted = {id: token for id, _, token in told["admitted"]}
    assert {"impostor-self-signed", "impostor-own-ca", "other-name-public-ca"} <= set(admitted)
    assert all(len(token) == 24 for token in admitted.values())


@pytest.mark.parametrize(
    ("repair", "grades"),
    [
        ({"client": {"check-hostname": "no"}}, {"dangerous"}),
        ({"client": {"verify": "no", "trust": "patient-1/ca/ca.pem"}}, {"dangerous"}),
        ({"client": {"trust": "patient-1/server/chain.pem"}}, {"no-effect"}),
        ({"client": {"environment": {"REQUESTS_CA_BUNDLE": "patient-1/ca/ca.pem"}, "trust": "default"}}, {"dangerous"}),
        ({"client": {"url-scheme": "http"}}, {"no-effect", "dangerous"}),
        ({"client": {"security-level": "0"}}, {"no-effect"}),
        ({}, {"none"}),
    ],
    ids=["no-hostname", "no-verify", "pin", "whole-shell", "http", "seclevel", "nothing"],
)
def test_a_cheaters_list(lab, repair, grades):
    assert marked(lab, plan("missing-san"), {"repair": repair})["grade"] in grades


def test_what_was_handed_out_cannot_be_replaced(lab):
    """A file under patient-1/ is what the seed says, not what a submission brings."""
    of = plan("missing-san")
    ca = Ca.new()
    answer = sheet.parse(filled(of, {"repair": {"client": {"trust": "patient-1/ca/ca.pem"}}}))
    patients = bundle.patients(of, of.seed(ADA.id))
    forged = {"patient-1/ca/ca.pem": ca.pem, "patient-1/server/chain.pem": ca.pem, "patient-1/setup.json": b"{}"}
    (told,) = marking.marks(patients, answer, forged, lab, time.time())["patients"]
    assert (told["grade"], told["left"]) == ("no-effect", ["missing-san"])


def test_a_neighbours_repair_is_for_a_neighbour(lab):
    of = plan("missing-san")
    theirs = files(of, of.learners[1])
    chain, key = Ca.handed_out(theirs).issue(host(theirs))
    told = marked(lab, of, {"repair": SERVER}, {"chain.pem": chain, "key.pem": key})
    assert told["grade"] == "no-effect"


@pytest.mark.parametrize("new_ca", [False, True])
def test_a_repair_that_has_expired_since_is_judged_when_it_was_handed_in(lab, new_ca):
    start = (NOW - datetime.timedelta(days=20)).date().isoformat()
    of = plan("missing-san", start=start)
    ca = Ca.new() if new_ca else Ca.handed_out(files(of))
    chain, key = ca.issue(host(files(of)), begins=-15, days=-5)
    repair = {"chain.pem": chain, "key.pem": key, "ca.pem": ca.pem, "ca-key.pem": ca.key_pem}
    ten_days_ago = NOW.timestamp() - 10 * 86_400
    told = marked(lab, of, {"repair": TRUST if new_ca else SERVER}, repair, submitted=ten_days_ago)
    assert told["grade"] == "cure"
    assert "every date was moved and the certificates signed anew" in told["notes"][0]
    late = marked(lab, of, {"repair": TRUST if new_ca else SERVER}, repair)
    assert (late["grade"], late["left"], late["notes"]) == ("no-effect", ["expired"], [])


def test_marking_after_the_window_says_so(lab):
    start = (NOW - datetime.timedelta(days=100)).date().isoformat()
    of = plan("missing-san", start=start, days=30)
    chain, key = Ca.handed_out(files(of)).issue(host(files(of)), begins=-100, days=200)
    told = marked(
        lab, of, {"repair": SERVER}, {"chain.pem": chain, "key.pem": key}, submitted=NOW.timestamp() - 80 * 86_400
    )
    assert told["grade"] == "cure"
    assert "the time for which this challenge was made is over" in told["notes"][0]


def test_long_after_the_window_what_was_sound_is_sound_still(lab):
    """The server's certificate, which nobody had to touch, has ended meanwhile: it is moved along."""
    start = (NOW - datetime.timedelta(days=160)).date().isoformat()
    of = plan("wrong-ca", start=start, days=30)
    repair = {"client": {"trust": "patient-1/ca/ca.pem"}}
    told = marked(lab, of, {"repair": repair}, submitted=NOW.timestamp() - 140 * 86_400)
    assert (told["grade"], told["left"]) == ("cure", [])


def test_pairs_want_both_things(lab):
    of = plan("missing-san+expired")
    chain, key = Ca.handed_out(files(of)).issue(host(files(of)), begins=-9, days=-2)
    told = marked(lab, of, {"findings": [claim("expired")], "repair": SERVER}, {"chain.pem": chain, "key.pem": key})
    assert set(told["compared"]["wanted"]) == {"missing-san", "expired"}
    assert (told["compared"]["found"], told["grade"]) == (("expired",), "no-effect")
