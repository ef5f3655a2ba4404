"""What a client ought to make of a scenario. Law: by the lines of the scenario's own file, which are tested against
real clients; a client's traits are measured on its context, never inferred from a version.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection

from simulator.scenario.scenario import Scenario

STRICT, PARTIAL, FALLBACK = "x509-strict", "partial-chain", "common-name-fallback"
REFERENCE = "requests"
"""Who decides where the catalogue's clients are split: it follows RFC 9525."""


def measure(context: ssl.SSLContext) -> frozenset[str]:
    """The traits of a client that uses this context."""
    flags = int(context.verify_flags)
    found = {
        STRICT: flags & 0x20,  # X509_V_FLAG_X509_STRICT
        PARTIAL: flags & 0x80000,  # X509_V_FLAG_PARTIAL_CHAIN
        FALLBACK: getattr(context, "hostname_checks_common_name", False),
    }
    return frozenset(trait for trait, there in found.items() if there)


def should_accept(scenario: Scenario, traits: Collection[str] | None) -> bool:
    """Whether a client with these traits accepts; None: of a client of which nothing is known, what most clients of
    the catalogue do, and requests where they are split evenly (by no more than one)."""
    if traits is None:
        return consensus(scenario)
    like = "stdlib" if FALLBACK in traits else REFERENCE
    line = scenario.expectation(like, frozenset(traits)) or scenario.expectation(REFERENCE, frozenset(traits))
    return line is not None and line.verdict == "accepted"


def consensus(scenario: Scenario) -> bool:
    """What most of the clients that the file names do, with no trait of theirs known."""
    clients = {line.client for line in scenario.expect if line.client != "any"} | {REFERENCE}
    votes = 0
    for client in clients:
        line = scenario.expectation(client, frozenset())
        if line is not None:
            votes += 1 if line.verdict == "accepted" else -1
    if abs(votes) > 1:
        return votes > 0
    line = scenario.expectation(REFERENCE, frozenset())
    return line is not None and line.verdict == "accepted"
