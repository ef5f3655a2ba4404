"""Deployments looked at without a socket: their certificates as bytes, and the evidence that an observer would have.

Law: for what lies in certificates, chain, names and trust alone. Whether a deployment is of that kind is computed from
what differs from its baseline (`readable`), never listed.
"""

from __future__ import annotations

import time
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from simulator.changes.catalogue import FAULTS
from simulator.lab.mint import Mint
from simulator.model.deployment import CertificateSpec, Deployment, TrustFile
from simulator.model.evidence import Bundle, ClientSettings, Evidence, Visit
from simulator.scenario.scenario import Applied, BaselineChoice
from simulator.testing.fitting import written
from simulator.testing.plan import Plan

if TYPE_CHECKING:
    from simulator.lab.keys import KeyPair

TODAY = int(time.time()) // 86_400 * 86_400
"""Today's midnight, UTC: dates are relative to it, so nothing rots."""
KEPT = 20_000
"""Deployments after which a world forgets what it issued, so that a long run does not grow."""
_ELSEWHERE = ("server.", "client.", "ambient.", "revocation_lists")
_IN_MEMORY = ("server.chain", "client.trust", "client.verify", "client.check_hostname", "ambient.certifi")
_WHERE = tuple(
    BaselineChoice(id=id, host=host, depth=depth)
    for id, host, depth in (
        ("two-tier", None, None),
        ("two-tier", "127.0.0.1", None),
        ("two-tier", "a.b.app.test", None),
        ("two-tier", "app.test", None),
        ("three-tier", None, 2),
        ("self-signed", None, None),
        ("public", None, None),
        ("cross-signed", None, None),
    )
)
"""Baselines on one of which every such fault fits."""


class View(NamedTuple):
    """What there is to see of a deployment; certificates are DER."""

    host: str
    served: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    key: KeyPair
    verify: bool
    check_hostname: bool
    trust_name: str
    named_by: str


class World:
    """Issues deployments' certificates, from one seed and at one time (seconds since 1970 UTC)."""

    def __init__(self, seed: str = "fuzz", now: int = TODAY) -> None:
        self.seed, self.now = seed, now
        self._mint = Mint(seed, now)
        self._viewed = 0

    def view(self, deployment: Deployment) -> View:
        """The bytes of a deployment. Raises `UsageError` where one cannot be issued."""
        self._viewed += 1
        if self._viewed % KEPT == 0:
            self._mint = Mint(self.seed, self.now)
        client, server, mint = deployment.client, deployment.server, self._mint
        trust = client.trust or deployment.ambient.certifi
        return View(
            host=client.host,
            served=tuple(mint.issue(deployment, role).der for role in server.chain),
            anchors=tuple(mint.issue(deployment, role).der for role in trust.roles),
            key=mint.private_key(deployment, server.private_key),
            verify=client.verify,
            check_hostname=client.check_hostname,
            trust_name=trust.name,
            named_by="call" if client.trust else "default",
        )


WORLD = World()
"""The world that strategies draw from."""


def evidence(view: View, now: float, traits: tuple[str, ...] = (), client: str = "requests") -> Evidence:
    """What an observer would have collected. `traits`: the client's, sorted."""
    visit = Visit(purpose="sni", host=view.host, chain=view.served, end="handshake", version="TLSv1.3")
    bundle = Bundle(path=view.trust_name, named_by=view.named_by, certificates=view.anchors)
    host = f"[{view.host}]" if ":" in view.host else view.host
    return Evidence(
        url=f"https://{host}/",
        reference=view.host,
        settings=ClientSettings(client=client, traits=traits, verify=view.verify, check_hostname=view.check_hostname),
        visits=(visit,),
        bundles=(bundle,),
        client_time=now,
    )


def readable(plan: Plan) -> bool:
    """Whether all that is wrong in a plan lies in certificates, chain, names and trust, and its server starts."""
    return plan.baseline.id in ("two-tier", "three-tier", "self-signed", "public", "cross-signed") and all(
        _readable(plan.baseline, fault) for fault in plan.faults
    )


@cache
def faults() -> tuple[str, ...]:
    """The ids of the faults that lie in certificates, chain, names and trust, sorted."""
    return tuple(sorted(id for id in FAULTS if any(_readable(where, Applied(change_id=id)) for where in _WHERE)))


@lru_cache(maxsize=65_536)
def _readable(baseline: BaselineChoice, fault: Applied) -> bool:
    paths = written(baseline, fault)
    if paths is None or any(path.startswith(_ELSEWHERE) and not path.startswith(_IN_MEMORY) for path in paths):
        return False
    changed = fault(baseline.build())
    trust: TrustFile = changed.client.trust or changed.ambient.certifi
    return trust.form == "pem" and starts(changed)


def starts(deployment: Deployment) -> bool:
    """Whether the first certificate that is sent is that of the server's key: else no server starts."""
    first = deployment.certificate(deployment.server.chain[0])
    own = deployment.certificate(deployment.server.private_key)
    return isinstance(first, CertificateSpec) and isinstance(own, CertificateSpec) and first.key == own.key
