"""Which scenarios can be a challenge, and what a patient with them has. Law: a disease is one deployment and its
healthy twin, the same for everybody; only `individual` makes them somebody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from simulator.challenge.said import evidence
from simulator.changes.change import Refused
from simulator.diagnosis.diagnose import diagnose
from simulator.errors import UsageError
from simulator.model.deployment import Deployment, ServerSpec
from simulator.scenario import loader
from simulator.scenario.scenario import Scenario

GENERIC = (
    "Somebody calls: a service answers one program and not another, and nobody remembers who changed what. More than "
    "one thing may be wrong, and the first error hides the next."
)
_HINTS = (
    "Mend what the error speaks of, in a copy, and look at what it says then.",
    "Read every certificate that the server sends, field by field, as if it were the only one.",
    "For each thing that you find, ask who can mend it: who issues, who runs the server, or who runs the client.",
)
_UNSERVED = ("closes", "hangs", "absent", "unrecognized-name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is wrong, before it is anybody's. `told` are words that no bundle may hold."""

    ids: tuple[str, ...]
    broken: Deployment
    healthy: Deployment
    story: str
    hints: tuple[str, ...]
    told: tuple[str, ...]


@cache
def case(ids: tuple[str, ...], folders: tuple[str, ...] = ()) -> Case:
    """The case of these scenarios together, on the first one's baseline. Raises `UsageError`."""
    scenarios = [loader.load(id, folders) for id in ids]
    for scenario in scenarios:
        if why := unfit(scenario):
            raise UsageError(f"{scenario.id} cannot be a challenge: {why}", "simulate list shows others")
    first, *others = scenarios
    broken = first.broken()
    try:
        for other in others:
            for fault in other.faults:
                broken = fault(broken)
    except Refused as refused:
        raise UsageError(f"{' and '.join(ids)} do not go together: {refused}", "name other scenarios") from None
    changes = {fault.change_id for scenario in scenarios for fault in scenario.faults}
    titles = tuple(scenario.title for scenario in scenarios)
    return Case(
        ids=ids,
        broken=broken,
        healthy=first.healthy(),
        story=GENERIC if others else first.story,
        hints=_HINTS if others else first.hints,
        told=(*ids, *titles, *sorted(changes)),
    )


def unfit(scenario: Scenario) -> str:  # noqa: PLR0911  # one return for each reason
    """Why a scenario cannot be a challenge, or "": an answer sheet could not say its repair."""
    if not scenario.faults or not scenario.surfaces:
        return "nothing is wrong in it"
    broken, healthy = scenario.broken(), scenario.healthy()
    if broken.server.behaviour in _UNSERVED:
        return "its server has to be restarted or rewritten, and no sheet can do that"
    if healthy.client.proxy or broken.client.proxy:
        return "its proxy would have to be handed out too"
    if broken.ambient.certifi_installed != healthy.ambient.certifi_installed or broken.ambient.system.form != "pem":
        return "its cause lies in the whole machine, and a bundle holds one service"
    if broken.client.clock_skew:
        return "its client's clock is wrong, and a bundle carries no clock"
    if not broken.client.check_crls and healthy.client.check_crls:
        return "its good end is a refusal"
    if any(fix.aim == "rejected" for fix in scenario.fixes):
        return "its good end is a refusal"
    return ""


def fit(folders: Sequence[str] = (), level: int | None = None) -> list[Scenario]:
    """Every scenario that can be a challenge, of one level or of all."""
    found = (loader.load_file(entry.path, family=entry.family) for entry in loader.ids(folders))
    return [one for one in found if (level is None or one.level == level) and not unfit(one)]


def pairs(scenarios: Sequence[Scenario], partners: Sequence[Scenario]) -> list[tuple[str, str]]:
    """Pairs of one fault each that can be in one patient, so that each still shows: what both show together is what
    each shows alone. Faults of certificates, chain and trust only, which can be judged without running anything."""
    alone = {one.id: _findings(one.broken()) for one in (*scenarios, *partners) if _quiet(one)}
    found: dict[frozenset[str], tuple[str, str]] = {}
    for one in scenarios:
        for other in partners:
            key = frozenset((one.id, other.id))
            if len(key) < 2 or key in found or one.id not in alone or other.id not in alone:
                continue
            if one.baseline != other.baseline or alone[one.id] & alone[other.id]:
                continue
            try:
                both = other.faults[0](one.broken())
                again = one.faults[0](other.broken())
            except Refused:
                continue
            if both == again and _findings(both) == alone[one.id] | alone[other.id]:
                found[key] = (one.id, other.id)
    return list(found.values())


def _quiet(scenario: Scenario) -> bool:
    if len(scenario.faults) != 1:
        return False
    healthy, broken = scenario.healthy(), scenario.broken()
    trust = broken.client.trust
    plain = ServerSpec(chain=broken.server.chain, private_key=healthy.server.private_key)
    return (
        broken.server == plain
        and broken.ambient == healthy.ambient
        and not broken.client.environment
        and broken.client.session_trust is None
        and broken.client.verify
        and broken.client.check_hostname
        and broken.client.scheme == "https"
        and not broken.client.clock_skew
        and not healthy.client.check_crls
        and not healthy.client.certificate
        and (trust is None or trust.form == "pem")
        and broken.server.chain[:1] == healthy.server.chain[:1]
    )


def _findings(deployment: Deployment) -> frozenset[str]:
    return frozenset(finding.id for finding in diagnose(evidence(deployment)))
