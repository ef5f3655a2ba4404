"""What the real client says in a scenario leads `explain` to that scenario's finding.

Among the candidates, not first alone: one text has several causes. OpenSSL's code 20 has more of them than anybody
reads: there, nothing may be called certain, and the command that decides is `simulate diagnose`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator import api
from simulator.lab.observe import Lab
from simulator.report import clause
from simulator.scenario import loader

ENTRIES = [entry for entry in loader.ids([]) if entry.family != "healthy"]
BARE = "[Errno 2] No such file or directory"
"""All that `ssl` says of a missing bundle: without the traceback nobody can tell that it is about TLS."""
NO_ISSUER = "unable to get local issuer certificate"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(clients=("requests", "stdlib")) as opened:
        yield opened


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_the_clients_words_lead_to_the_finding(entry: loader.ScenarioEntry, lab: Lab) -> None:
    scenario = loader.load_file(entry.path, family=entry.family)
    for client in ("requests", "stdlib"):
        attempt = lab.begin(scenario.broken(), client, visits=False).attempt
        if attempt.verdict != "rejected":
            continue
        line = scenario.expectation(client, frozenset(attempt.traits))
        finding = scenario.finding(line) if line else None
        if finding is None:
            continue
        explained = api.explain(clause.last_words(attempt))
        found = [candidate.finding for candidate in explained.candidates]
        if attempt.error == BARE:
            assert found == ["cannot-tell", "bundle-unreadable"]  # which file was it?
            continue
        if finding not in found and NO_ISSUER in attempt.error:
            assert max(candidate.certainty for candidate in explained.candidates) < 0.8
            assert explained.candidates[0].tell_apart.startswith("simulate diagnose ")
            continue
        assert finding in found, attempt.error
