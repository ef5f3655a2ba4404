"""docs/variables.md, derived: which of requests' settings wins, by the real client on a real socket."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from simulator.changes.baselines import build
from simulator.lab.observe import Lab
from simulator.model.deployment import PUBLIC_ROOT, ROOT, TrustFile, Variable

GOOD = TrustFile(roles=(ROOT,), name="good.pem")
BAD = TrustFile(roles=(PUBLIC_ROOT,), name="bad.pem")
CALL = (None, "off", GOOD, BAD)
SESSION = (None, "off", GOOD, BAD)
VARIABLE = (None, GOOD, BAD)


def accepted_by_the_table(call, requests_bundle, curl_bundle, session) -> bool:
    """Rules 1, 2, 4 and 5 of the table; `good` leads to the server, `bad` does not."""
    for setting in (call, requests_bundle, curl_bundle, session):
        if setting is not None:
            return setting in ("off", GOOD)
    return False


@pytest.fixture(scope="module")
def lab():
    with Lab(seed="precedence") as lab:
        yield lab


def test_the_table_is_what_requests_does(lab):
    healthy = build("two-tier")
    runs = {}
    for call, requests_bundle, curl_bundle, session in product(CALL, VARIABLE, VARIABLE, SESSION):
        named = (("REQUESTS_CA_BUNDLE", requests_bundle), ("CURL_CA_BUNDLE", curl_bundle))
        client = replace(
            healthy.client,
            trust=None if call in (None, "off") else call,
            verify=call != "off",
            session_trust=session,
            # SSL_CERT_FILE leads to the right CA each time, and never matters.
            environment=(
                Variable(name="SSL_CERT_FILE", value=GOOD),
                *(Variable(name=name, value=value) for name, value in named if value),
            ),
        )
        runs[call, requests_bundle, curl_bundle, session] = lab.begin(replace(healthy, client=client), visits=False)
    for settings, run in runs.items():
        assert (run.attempt.verdict == "accepted") == accepted_by_the_table(*settings), settings
