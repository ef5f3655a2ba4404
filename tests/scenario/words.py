"""A catalogue of the tests' own, so that they stand whatever is shipped, and a scenario that is right in every line."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from simulator.changes.change import Days, Host, Names, Refused, Registry
from simulator.model.deployment import DAY, LEAF, ROOT, Deployment
from simulator.scenario.loader import load_text
from simulator.scenario.problem import ScenarioError
from simulator.scenario.scenario import Scenario
from simulator.scenario.vocabulary import Vocabulary

REGISTRY = Registry()


def _leaf(deployment: Deployment, **fields: object) -> Deployment:
    return deployment.with_certificate(replace(deployment.spec(LEAF), **fields))  # type: ignore[arg-type]


@REGISTRY.fault("issuer", "missing-san")
def omit_san(deployment: Deployment) -> Deployment:
    """The certificate names nobody."""
    return _leaf(deployment, san=None)


@REGISTRY.fault("issuer", "expired")
def expired(deployment: Deployment, days: Days = 1) -> Deployment:
    """The certificate ended some days ago."""
    return _leaf(deployment, not_before=-days * DAY - 90 * DAY, not_after=-days * DAY)


@REGISTRY.fault("issuer", "name-mismatch")
def other_host(deployment: Deployment, host: Host) -> Deployment:
    """The certificate is for another host."""
    return _leaf(deployment, san=(f"DNS:{host}",))


@REGISTRY.fault("issuer", "name-mismatch")
def odd_names(deployment: Deployment, names: Names, form: Literal["one", "two"] = "one") -> Deployment:
    """The certificate has these names."""
    return _leaf(deployment, san=names, san_critical=form == "two")


@REGISTRY.fault("server", "incomplete-chain")
def forgotten(deployment: Deployment) -> Deployment:
    """The server forgets the intermediate."""
    if len(deployment.server.chain) < 2:
        raise Refused("there is no intermediate")
    return replace(deployment, server=replace(deployment.server, chain=deployment.server.chain[:1]))


@REGISTRY.fault("issuer", "untrusted-issuer")
def no_root(deployment: Deployment) -> Deployment:
    """The root is gone: a certificate taken away is all its fields."""
    left = tuple(c for c in deployment.certificates if c.role != ROOT)
    return replace(deployment, certificates=left)


@REGISTRY.fault("issuer", "expired-anchor")
def old_root(deployment: Deployment) -> Deployment:
    """The root has ended."""
    try:
        return deployment.with_certificate(replace(deployment.spec(ROOT), not_after=-DAY))
    except KeyError:
        raise Refused("there is no root") from None


@REGISTRY.fault("client")
def nothing_at_all(deployment: Deployment) -> Deployment:
    """Changes nothing."""
    return deployment


@REGISTRY.shortcut("verify=False")
def verification_disabled(deployment: Deployment) -> Deployment:
    """The call says verify=False."""
    return replace(deployment, client=replace(deployment.client, verify=False))


@REGISTRY.shortcut("Set the clock back")
def clock_back(deployment: Deployment, days: Days = 30) -> Deployment:
    """The client's clock is set back."""
    return replace(deployment, client=replace(deployment.client, clock_skew=-days * DAY))


@REGISTRY.improvement("issuer", "A short life")
def short_lived(deployment: Deployment) -> Deployment:
    """The certificate lives a week."""
    return _leaf(deployment, not_after=7 * DAY)


WORDS = Vocabulary(
    {id: c for id, c in REGISTRY.changes.items() if c.kind == "fault"},
    {id: c for id, c in REGISTRY.changes.items() if c.kind != "fault"},
)

GOOD = """\
title: The certificate names nobody
level: 1
story: >
  An old recipe. curl is happy,
  Python is not.
baseline: two-tier
faults:
  - fault: omit-san
expect:
  - {client: requests, verdict: rejected, message: Hostname mismatch}
  - {client: stdlib, when: common-name-fallback, verdict: accepted}
  - {client: curl, verdict: accepted}
surfaces: [missing-san]
hints:
  - Read the last line of the error.
fixes:
  - {title: verify=False, apply: [{change: verification-disabled}], claim: dangerous}
  - {title: Reissue it, undo: [omit-san], claim: cure}
"""

RICH = """\
title: Several things at once
level: 4
story: |
  First this,
  then that.

  And it is still not mended.
baseline: {id: three-tier, host: app.test, key: rsa-2048, depth: 2}
faults:
  - {fault: expired, days: 30}
  - fault: odd-names
    names: ["DNS:a.test", "IP:127.0.0.1"]
    form: two
  - fault: forgotten
expect:
  - {client: requests, when: x509-strict, verdict: rejected, message: "unable to get", finding: incomplete-chain}
  - {client: requests, when: not x509-strict, verdict: rejected}
  - {client: stdlib, when: [not x509-strict, partial-chain], verdict: rejected}
  - {client: any, verdict: rejected}
surfaces: [incomplete-chain, name-mismatch, expired]
hints:
  - Count what the server sends.
  - 'What is today''s date: compare.'
fixes:
  - title: The clock set back
    apply: [{change: clock-back, days: 31}]
    claim:
      - {client: requests, when: [x509-strict], grade: no-effect}
      - {client: requests, grade: no-effect}
      - {grade: workaround}
  - title: Start anew
    undo: [expired, odd-names, forgotten]
    baseline: two-tier
    apply: [{change: short-lived}]
    claim: cure
    aim: rejected
"""


def read(text: str | bytes, name: str = "some-id") -> Scenario:
    """The scenario in a text, with the words above."""
    return load_text(text, f"{name}.yaml", words=WORDS)


def wrong(text: str | bytes, name: str = "some-id") -> list[str]:
    """What is wrong with a text, each as `line:column: what: hint`."""
    try:
        read(text, name)
    except ScenarioError as error:
        return [str(problem).removeprefix(f"{name}.yaml:") for problem in error.problems]
    return []
