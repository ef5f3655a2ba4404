"""Which scenarios a test names, and which of them say something about a client that is not ours.

Law: nothing is left out silently: what does not apply has a reason, one sentence for people. Reasons are computed from
what the scenario changes, never listed by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from simulator.changes.change import Refused
from simulator.errors import UsageError
from simulator.model.deployment import Deployment, diff
from simulator.scenario import loader
from simulator.scenario.loader import ScenarioEntry
from simulator.scenario.scenario import Scenario
from simulator.testing.memory import starts

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts that lead to this machine wherever a client asks."""
ALL = "all"
_SETTINGS = {
    "client.verify": "whether the client verifies at all",
    "client.check_hostname": "whether the client compares names",
    "client.session_trust": "what a session of the client trusts",
    "client.environment": "variables that the client is told to read",
    "ambient.environment": "variables that the client is told to read",
    "ambient.certifi": "the store that programs read by default",
    "client.has_crls": "revocation lists that the client has to load",
    "client.check_crls": "revocation lists that the client has to load",
}


@cache
def entries(folders: tuple[str, ...] = ()) -> dict[str, ScenarioEntry]:
    """The shipped scenarios, and those of `folders`, by id."""
    return {entry.id: entry for entry in loader.ids(folders)}


def select(names: Iterable[str], exclude: Iterable[str] = (), folders: Sequence[str] = ()) -> list[str]:
    """The ids that families, ids or "all" name, sorted by family, less those of `exclude` (which may name families
    too). Raises `UsageError` for a name that there is not."""
    there = entries(tuple(folders))
    wanted, unwanted = _ids(names, there), _ids(exclude, there)
    return [id for id in there if id in wanted and id not in unwanted]


def _ids(names: Iterable[str], there: dict[str, ScenarioEntry]) -> set[str]:
    families = {entry.family for entry in there.values()}
    found: set[str] = set()
    for name in names:
        if name == ALL:
            found |= set(there)
        elif name in families:
            found |= {id for id, entry in there.items() if entry.family == name}
        elif name in there:
            found.add(name)
        else:
            near = loader.nearest(name, [*there, *families])
            raise UsageError(
                f"there is no scenario and no family {name[:80]}",
                f"did you mean {near[0]}?" if near else f"families: {', '.join(sorted(families))}",
            )
    return found


def load(id: str, folders: Sequence[str] = ()) -> Scenario:
    """The scenario with this id. Raises `UsageError` where there is none, `ScenarioError` for a file with problems."""
    there = entries(tuple(folders))
    select((id,), folders=folders)
    return loader.load_file(there[id].path, family=there[id].family)


def at(scenario: Scenario, host: str | None) -> Scenario:
    """The scenario at a host that every client finds: `host`, else its author's, else "localhost" where that fits.

    Raises `UsageError` where it cannot be had on `host`."""
    if host is not None:
        moved = replace(scenario, baseline=replace(scenario.baseline, host=host))
        try:
            moved.broken()
        except Refused as error:
            raise UsageError(f"{scenario.id} cannot be had on {host}: {error}", "leave host out") from None
        return moved
    deployment = scenario.broken()
    if scenario.baseline.host is None and deployment.client.host not in LOOPBACK and deployment.client.proxy is None:
        moved = replace(scenario, baseline=replace(scenario.baseline, host=LOOPBACK[0]))
        try:
            moved.broken()
        except Refused:
            return scenario
        return moved
    return scenario


def impossible(deployment: Deployment) -> str:
    """Why no client can be tried against this at all; "" where one can."""
    if deployment.server.behaviour == "absent" or not starts(deployment):
        return "no server starts in it, so that no client can be tried"
    return ""


def beside_the_point(scenario: Scenario) -> str:
    """Why this says nothing about a client that is not ours, unless a test names it on purpose; "" where it does."""
    broken = scenario.broken()
    return impossible(broken) or _about_settings(scenario, broken) or _wants_more(broken)


def _about_settings(scenario: Scenario, broken: Deployment) -> str:
    trust = broken.client.trust
    if trust is not None and trust.form not in ("pem", "hashed-directory"):
        return "it is about reading the trust file, which comes before any handshake"
    changed = [difference.path for difference in diff(scenario.healthy(), broken)]
    for path, about in _SETTINGS.items():
        if any(one == path or one.startswith(path + ".") for one in changed):
            return f"it is about {about}, and here the client is yours"
    return ""


def _wants_more(broken: Deployment) -> str:
    """What its client needs beside a URL and a trust file."""
    wanted = {
        "it wants a client that checks revocation lists: give yours crl_file": broken.client.check_crls,
        "it wants a client certificate: give your client client_certificate": bool(
            broken.server.client_certificate_authorities
        ),
        "its URL says http://, so that no certificate is ever seen": broken.client.scheme == "http",
        "its server never answers: name it where your client has a timeout": broken.server.behaviour == "hangs",
    }
    return next((reason for reason, there in wanted.items() if there), "")
