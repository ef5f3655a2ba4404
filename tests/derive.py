"""Derives, from pairs of faults on every baseline, what masks what, what shows only together, and what looks alike."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import combinations

from simulator.changes.baselines import build
from simulator.changes.catalogue import FAULTS
from simulator.changes.change import Refused
from simulator.diagnosis.diagnose import diagnose
from simulator.model.deployment import Deployment, diff
from simulator.model.finding import Finding
from tests.in_memory import evidence

STRICT = ("partial-chain", "x509-strict")
BOTH: tuple[tuple[str, ...], ...] = ((), STRICT)

NOT_HERE = {
    # The server does not start, speaks otherwise, or shows more on a second connection.
    "leaf-not-first", "key-mismatch", "virtual-host-missing", "speaks-plain-http", "old-tls", "no-shared-cipher",
    "weak-dh", "refuses-name", "hangs-up", "never-answers", "not-listening",
    # What the client reads, is told by variables, or asks of a proxy.
    "spoiled-bundle", "unhashed-directory", "no-ca-bundle", "environment-overrides-session", "ssl-cert-file-ignored",
    "bundle-replaces-defaults", "appended-to-certifi", "leaked-ca", "plain-url", "intercepting-proxy",
    "proxy-reached-by-tls",
    # Another clock, revocation lists, client certificates.
    "clock-behind", "clock-ahead", "revoked", "crl-expired", "crl-missing", "crls-not-checked",
    "client-certificate-missing", "client-certificate-untrusted",
}  # fmt: skip
IN_MEMORY = sorted(set(FAULTS) - NOT_HERE)
"""Faults that lie in certificates, chain, names and trust: they can be looked at without sockets."""

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


@cache
def baseline(index: int, key: str = "p-256") -> Deployment:
    id, host, depth = BASELINES[index]
    return build(id, host=host, key=key, depth=depth)


@cache
def fitting(index: int) -> tuple[str, ...]:
    return tuple(id for id in IN_MEMORY if apply(baseline(index), (id,)) is not None)


def apply(deployment: Deployment, ids: tuple[str, ...]) -> Deployment | None:
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


def ids(deployment: Deployment, traits: tuple[str, ...]) -> list[str]:
    return [finding.id for finding in diagnose(evidence(deployment, traits))]


def named(findings: tuple[Finding, ...]) -> set[str]:
    return {f.id for f in findings} | {rival for f in findings for rival in f.rivals}


@cache
def alone(index: int, key: str, id: str, traits: tuple[str, ...]) -> frozenset[str]:
    """What a fault shows by itself, less what its baseline shows."""
    deployment = apply(baseline(index, key), (id,))
    assert deployment is not None
    return frozenset(ids(deployment, traits)) - frozenset(ids(baseline(index, key), traits))


def _pairs():
    for index in range(len(BASELINES)):
        for one, other in combinations(fitting(index), 2):
            deployment = apply(baseline(index), (one, other))
            if deployment is not None:
                for traits in BOTH:
                    yield index, traits, one, other, diagnose(evidence(deployment, traits))


def masks_and_emergent() -> tuple[dict[str, set[str]], dict[tuple[str, str], set[str]]]:
    """Masks: a fault → findings of other faults that it hides. Emergent: two faults → findings of neither."""
    masks: dict[str, set[str]] = defaultdict(set)
    emergent: dict[tuple[str, str], set[str]] = defaultdict(set)
    for index, traits, one, other, findings in _pairs():
        found = named(findings)
        for hiding, hidden in ((one, other), (other, one)):
            masks[hiding] |= alone(index, "p-256", hidden, traits) - found
        shown = {*FAULTS[one].shows, *FAULTS[other].shows, *ids(baseline(index), traits)}
        emergent[one, other] |= {f.id for f in findings if not shown & {f.id, *f.rivals}}
    return {k: v for k, v in masks.items() if v}, {k: v for k, v in emergent.items() if v}


def look_alikes() -> set[tuple[str, str]]:
    """Pairs of single faults that no client's evidence tells apart, on some baseline that both fit."""
    alike = set()
    for index in range(len(BASELINES)):
        seen = defaultdict(list)
        for id in fitting(index):
            deployment = apply(baseline(index), (id,))
            assert deployment is not None
            shapes = (
                tuple((f.id, f.certificate, f.field, f.rivals) for f in diagnose(evidence(deployment, traits)))
                for traits in BOTH
            )
            seen[tuple(shapes)].append(id)
        nothing = tuple(() for _ in BOTH)
        alike |= {pair for shape, group in seen.items() if shape != nothing for pair in combinations(sorted(group), 2)}
    return alike


if __name__ == "__main__":
    import pprint

    derived_masks, derived_emergent = masks_and_emergent()
    pprint.pp({k: sorted(v) for k, v in sorted(derived_masks.items())}, width=118)
    pprint.pp({k: sorted(v) for k, v in sorted(derived_emergent.items())}, width=118)
    pprint.pp(sorted(look_alikes()), width=118)
