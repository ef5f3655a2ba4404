"""The order in which a grade is decided, on hand-made outcomes. Real runs are in test_attacks and test_scenarios."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from simulator.changes.attacks import ATTACKS
from simulator.model.evidence import Attempt, Evidence
from simulator.model.finding import Finding
from simulator.model.report import AttackOutcome
from simulator.remedy import grade, outcome

ACCEPTED = Attempt(client="requests", verdict="accepted", stage="answer")
REJECTED = Attempt(client="requests", verdict="rejected", stage="handshake", verify_code=62, exceptions=("ssl.X",))
NOT_RUN = Attempt(client="requests", verdict="not-run", error="the worker died")


def attack(outcome, id="impostor-own-ca"):
    return AttackOutcome(id=id, outcome=outcome, why="")


def finding(id, severity="error"):
    return Finding(id=id, severity=severity, party="issuer")


def graded(**given):
    usual = {
        "attacks": [attack("kept-out")],
        "on_baseline": [attack("kept-out")],
        "before": REJECTED,
        "after": ACCEPTED,
        "fresh": [ACCEPTED],
        "found": [finding("missing-san")],
        "left": [],
        "healthy": [],
    }
    return grade(**{**usual, **given})


def test_a_cure_leaves_nothing_and_lets_nobody_in():
    assert graded() == "cure"


def test_an_attack_that_gets_in_is_dangerous_even_where_the_client_is_rejected():
    assert graded(attacks=[attack("admitted")], after=REJECTED, left=[finding("missing-san")]) == "dangerous"


def test_an_attack_that_does_not_apply_to_the_baseline_is_dangerous_where_it_gets_in():
    assert graded(attacks=[attack("admitted", "stolen-ca-key")], on_baseline=[]) == "dangerous"


def test_an_attack_that_gets_into_the_baseline_as_well_is_not_held_against_the_fix():
    assert graded(attacks=[attack("admitted")], on_baseline=[attack("admitted")]) == "cure"


def test_still_rejected_is_no_effect():
    assert graded(after=REJECTED, left=[finding("missing-san")]) == "no-effect"


def test_accepted_before_and_nothing_gone_is_no_effect():
    left = [finding("bundle-modified", "warning")]
    assert graded(before=ACCEPTED, found=left, left=left) == "no-effect"


def test_what_the_baseline_lacks_and_the_fix_leaves_makes_a_workaround():
    assert graded(left=[finding("leaf-is-ca", "warning")]) == "workaround"


def test_what_the_baseline_has_too_is_not_held_against_the_fix():
    note = finding("browser-unsupported-key", "note")
    assert graded(left=[note], healthy=[note]) == "cure"


def test_a_fix_that_a_fresh_client_cannot_use_is_a_workaround():
    assert graded(fresh=[ACCEPTED, REJECTED]) == "workaround"


@pytest.mark.parametrize("where", ["attacks", "on_baseline"])
def test_an_attack_that_did_not_end_cleanly_leaves_no_grade(where):
    assert graded(**{where: [attack("not-run")]}) is None


@pytest.mark.parametrize("where", ["before", "after", "fresh"])
def test_a_run_that_did_not_happen_leaves_no_grade(where):
    assert graded(**{where: [NOT_RUN] if where == "fresh" else NOT_RUN}) is None


def test_a_fix_may_aim_at_refusal():
    assert graded(before=ACCEPTED, after=REJECTED, fresh=[REJECTED], aim="rejected",
                  found=[finding("revoked", "warning"), finding("x")], left=[finding("revoked")]) == "cure"  # fmt: skip


# --- how one attack ended


@dataclass
class FakeRun:
    attempt: Attempt
    tokens: tuple[str, ...] = ()
    token: str = "token-1"

    @property
    def evidence(self):
        return Evidence(url="https://localhost/", reference="localhost", attempts=(self.attempt,), client_time=0)


def ended(id, attempt, honest=ACCEPTED, tokens=()):
    return outcome(ATTACKS[id], FakeRun(attempt, tokens), honest)


def refused(code=None, *, stage="handshake", error="", exceptions=("requests.exceptions.SSLError",)):
    return Attempt(
        client="requests", verdict="rejected", stage=stage, verify_code=code, error=error, exceptions=exceptions
    )


def test_the_token_in_the_attackers_hands_is_an_admission_whatever_the_client_says():
    assert ended("impostor-own-ca", refused(18), tokens=("token-1",)).outcome == "admitted"


def test_somebody_elses_token_is_no_admission():
    assert ended("impostor-own-ca", refused(18), tokens=("token-2",)).outcome == "kept-out"


def test_a_refusal_that_the_attack_names_keeps_it_out():
    assert ended("expired-leaked-key", refused(10)).outcome == "kept-out"


def test_a_refusal_that_nobody_named_is_not_run():
    assert ended("impostor-own-ca", refused(85)).outcome == "not-run"


def test_the_refusal_that_the_honest_server_gets_too_keeps_the_attacker_out():
    wall = refused(79)
    assert ended("other-name-same-ca", wall, honest=wall).outcome == "kept-out"


def test_a_crash_a_timeout_and_nobody_listening_are_not_run():
    for error in ("TypeError: x", "timed out", "Connection refused"):
        assert ended("impostor-own-ca", refused(None, error=error, stage="connect")).outcome == "not-run"


def test_acceptance_without_the_token_is_not_run():
    assert ended("impostor-own-ca", ACCEPTED).outcome == "not-run"


def test_a_victim_that_never_goes_out_is_nobodys_victim():
    assert ended("impostor-own-ca", refused(None, stage="setup")) is None
    assert ended("impostor-own-ca", refused(None, stage="connect", exceptions=("a.ProxyError",))) is None


def test_plain_text_is_kept_out_by_the_words_of_tls():
    assert (
        ended("plain-text", refused(None, error="[SSL: WRONG_VERSION_NUMBER] wrong version number")).outcome
        == "kept-out"
    )
    assert ended("plain-text", refused(None, error="Connection reset by peer")).outcome == "not-run"
