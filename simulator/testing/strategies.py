"""Hypothesis strategies for deployments, chains and names, for anyone's property tests (the extra `fuzz`).

Law: built from the faults' own signatures, so that a new fault is drawn without a line here; everything shrinks towards
the healthy baseline: fewer faults, default parameters, `two-tier`, `localhost`. So a shrunk failure reads as "this
fault alone". What is drawn is always compatible: a fault that does not fit is left out, nothing is filtered or retried.

Documented in docs/strategies.md. Names and results here are stable.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

from simulator.changes.baselines import identifier
from simulator.changes.catalogue import FAULTS
from simulator.changes.change import Between, HostName, Identifiers, Parameter
from simulator.model.deployment import DAY, Deployment
from simulator.scenario.scenario import Applied, BaselineChoice
from simulator.testing import memory
from simulator.testing.fitting import compatible
from simulator.testing.plan import Plan

BASELINES = (
    BaselineChoice(id="two-tier"),
    BaselineChoice(id="three-tier"),
    BaselineChoice(id="self-signed"),
    BaselineChoice(id="public"),
    BaselineChoice(id="three-tier", depth=2),
    BaselineChoice(id="cross-signed"),
)
"""What plans start from unless told: all that lies in certificates, chain, names and trust. The simplest first."""
KEYS = (None, None, None, "p-384", "ed25519", "rsa-2048", "p-521", "rsa-pss-2048")
"""Key kinds of a baseline; None is its own default, P-256."""
HOSTS = ("localhost", "127.0.0.1", "app.test", "a.b.app.test", "::1")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Validity(NamedTuple):
    """Seconds relative to now. It may lie in the past or the future, or end before it begins."""

    not_before: int
    not_after: int


class Chain(NamedTuple):
    """A chain as a server sends it, and what its client has. All certificates are DER."""

    host: str
    """What the client asks for."""
    served: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    now: int
    """Seconds since 1970 UTC."""
    plan: Plan
    """What is wrong with it, where anything is."""


def host_names(*, addresses: bool = True) -> st.SearchStrategy[str]:
    """Hosts as they stand in a URL, under domains that nobody owns (RFC 2606, RFC 6761): "localhost", "app.test",
    "a.b.app.test"; with `addresses` also 127.0.0.1 and ::1 and other IP addresses. Shrinks to "localhost"."""
    labels = st.text(_LETTERS + "0123456789-", min_size=1, max_size=12).map(lambda t: t.strip("-") or "a")
    names = st.lists(labels, min_size=1, max_size=4).map(lambda parts: ".".join([*parts, "test"]))
    usual = st.sampled_from([h for h in HOSTS if addresses or h[0] in _LETTERS])
    if not addresses:
        return st.one_of(usual, names)
    return st.one_of(usual, names, st.ip_addresses().map(str))


def presented_identifiers(*, max_size: int = 4) -> st.SearchStrategy[tuple[str, ...]]:
    """Contents of a subjectAltName (RFC 5280 §4.2.1.6), as the model writes them: "DNS:*.app.test", "IP:::1",
    "email:…", "URI:…". Shrinks to ("DNS:localhost",)."""
    plain = host_names().map(identifier)
    wild = host_names(addresses=False).map(lambda host: f"DNS:*.{host}")
    other = host_names(addresses=False).flatmap(
        lambda host: st.sampled_from((f"URI:https://{host}/", f"email:someone@{host}"))
    )
    return st.lists(st.one_of(plain, wild, other), min_size=1, max_size=max_size, unique=True).map(tuple)


def validity_periods() -> st.SearchStrategy[Validity]:
    """Validity periods, in seconds relative to now. Shrinks to a careful CA's: from yesterday, for 90 days."""
    far = 40 * 365 * DAY
    before = st.integers(0, 2 * far).map(lambda n: _around(n, -DAY, -far, far))
    after = st.integers(0, 2 * far).map(lambda n: _around(n, 89 * DAY, -far, far))
    return st.builds(Validity, before, after)


def fault_sets(
    baseline: BaselineChoice = BASELINES[0],  # frozen
    *,
    faults: Sequence[str] | None = None,
    max_size: int = 3,
) -> st.SearchStrategy[tuple[Applied, ...]]:
    """Sets of faults, with parameters, that fit `baseline` and one another. `faults`: ids to choose from (None: all
    that lie in certificates, chain, names and trust). Shrinks to no fault at all."""
    return plans(baselines=(baseline,), keys=(None,), hosts=None, faults=faults, max_faults=max_size).map(
        lambda plan: plan.faults
    )


def deployments(
    *,
    baselines: Sequence[BaselineChoice] = BASELINES,
    faults: Sequence[str] | None = None,
    max_faults: int = 3,
) -> st.SearchStrategy[Deployment]:
    """Whole deployments: a baseline with up to `max_faults` faults in it. Shrinks to the healthy `two-tier`."""
    return plans(baselines=baselines, faults=faults, max_faults=max_faults).map(lambda plan: plan.deployment)


def certificate_chains(*, faults: Sequence[str] | None = None, max_faults: int = 3) -> st.SearchStrategy[Chain]:
    """Certificates as bytes, with what a client needs to judge them; issued from a fixed seed, so a failure can be
    drawn again. Shrinks to a healthy end entity under one root."""
    return plans(faults=faults, max_faults=max_faults).map(_chain)


@st.composite
def plans(
    draw: st.DrawFn,
    *,
    baselines: Sequence[BaselineChoice] = BASELINES,
    keys: Sequence[str | None] = KEYS,
    hosts: st.SearchStrategy[str] | None = st.sampled_from((None, *HOSTS)),  # noqa: B008  # a value, and immutable
    faults: Sequence[str] | None = None,
    min_faults: int = 0,
    max_faults: int = 3,
) -> Plan:
    """Plans: like `deployments`, with the story kept. `hosts` None: each baseline's own host."""
    ids = memory.faults() if faults is None else tuple(faults)
    chosen = draw(st.sampled_from(baselines)) if len(baselines) > 1 else baselines[0]
    key = draw(st.sampled_from(keys)) if len(keys) > 1 else keys[0]
    host = None if hosts is None else draw(hosts)
    if key is not None or host is not None:
        chosen = BaselineChoice(id=chosen.id, depth=chosen.depth, host=host or chosen.host, key=key or chosen.key)
    drawn: list[Applied] = []
    for _ in range(draw(_integers(min_faults, max_faults))):
        drawn.append(draw(_fault(ids[draw(_integers(0, len(ids) - 1))])))
    unique = {fault.change_id: fault for fault in reversed(drawn)}  # the first of each id stays
    return Plan(baseline=chosen, faults=compatible(chosen, tuple(reversed(unique.values())))[0])


@st.composite
def variations(draw: st.DrawFn, plan: Plan) -> Plan:
    """The same faults on the same baseline, with other parameters, keys and hosts. What the plan says itself comes
    first and is what everything shrinks to. A combination that does not fit falls back to the plan itself."""
    key = draw(st.sampled_from((plan.baseline.key, *(k for k in KEYS if k and k != plan.baseline.key))))
    hosts = (plan.baseline.host, *(h for h in HOSTS if h != plan.baseline.host))
    host = draw(st.one_of(st.sampled_from(hosts), host_names()))
    drawn = tuple(draw(st.one_of(st.just(fault), _fault(fault.change_id))) for fault in plan.faults)
    chosen = BaselineChoice(id=plan.baseline.id, depth=plan.baseline.depth, host=host, key=key)
    for baseline in (chosen, plan.baseline):
        fitting = compatible(baseline, drawn)[0]
        if len(fitting) == len(drawn):
            return Plan(baseline=baseline, faults=fitting)
    return plan


@cache
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


@cache
def _fault(id: str) -> st.SearchStrategy[Applied]:
    parameters = FAULTS[id].parameters
    if not parameters:
        return st.just(Applied(change_id=id))
    values = st.tuples(*(parameter_values(parameter) for parameter in parameters))
    names = [parameter.name for parameter in parameters]
    # A parameter with its default value is not written: the plan says what is special.
    defaults = [parameter.default for parameter in parameters]

    def applied(drawn: tuple[Any, ...]) -> Applied:
        given = [(n, v) for n, v, d in zip(names, drawn, defaults, strict=True) if v != d]
        return Applied(change_id=id, parameters=tuple(sorted(given)))

    return values.map(applied)


def parameter_values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """What a change's parameter can be, read from its signature. Shrinks to its default, where it has one."""
    rule, default = parameter.rule, parameter.default
    if isinstance(rule, Between):
        middle = rule.low if default is None else default
        return st.integers(0, rule.high - rule.low).map(lambda n: _around(n, middle, rule.low, rule.high))
    if isinstance(rule, HostName):
        return host_names() if default is None else st.one_of(st.just(default), host_names())
    if isinstance(rule, Identifiers):
        return presented_identifiers() if default is None else st.one_of(st.just(default), presented_identifiers())
    return st.sampled_from(rule if default is None else (default, *(word for word in rule if word != default)))


def _around(n: int, middle: int, low: int, high: int) -> int:
    """`middle` for 0, then outwards, and what is left of the longer side."""
    short = min(middle - low, high - middle)
    if n <= 2 * short:
        return middle + (n + 1) // 2 if n % 2 else middle - n // 2
    return middle + (n - short) if high - middle > short else middle - (n - short)


def _chain(plan: Plan) -> Chain:
    view = memory.WORLD.view(plan.deployment)
    return Chain(view.host, view.served, view.anchors, memory.WORLD.now, plan)
