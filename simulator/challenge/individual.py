"""The same disease in another patient: names, dates, serials and keys follow from the learner's seed.

Law: pure functions from deployment to deployment. What is equal stays equal and what differs stays different, so the
findings are the same for everybody; and every fault holds on each day of the window, and so does everything sound.

Hosts are `NAME.localhost`: browsers and curl find them on this computer without being told, and no DNS server is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

from simulator.challenge.seeds import number
from simulator.model.deployment import (
    DAY,
    Certificate,
    CertificateSpec,
    ClientSpec,
    Deployment,
    Key,
    Name,
    NameConstraints,
    ServerSpec,
    common_name,
)

MARK = "Diagnosis Exercise"
"""The organisation in every name of a challenge. It says that this is one, and nothing else."""
LONGEST = 180
"""Days. A longer window would make sound certificates valid for longer than clients like (398 days)."""
_SPREAD = 20 * DAY
_LEAKED = "leaked"  # the lab's one key that everybody knows stays that key
_WORDS = """
alder amber anchor apple atlas aurora badger barley basil beacon birch bramble breeze brook cedar cherry
clover cobalt comet coral crane cypress daisy delta dune ember fern fjord flint garnet ginger granite harbor
hazel heron indigo iris island ivory jasper juniper kestrel lagoon lantern larch laurel linden lupin maple
marble meadow mint mosaic nectar oak olive opal orchard otter pebble
""".split()  # noqa: SIM905  # reads as text
_HOST = re.compile(r"(?<![\w.*-])(?:(?:\.?(?:[\w*-]+\.)+|\.)test|\.?(?:[\w*-]+\.)*localhost)(?![\w-])")
_KNOWN = "ca.test"  # where the lab's issuers are fetched


def individual(deployment: Deployment, seed: str, *, days: int) -> Deployment:
    """This learner's patient. `days`: for how long, from its first day, everything must stay as it is (0 to 180)."""
    names = _Names(seed, deployment.client.host)
    return replace(
        deployment,
        certificates=tuple(_certificate(one, seed, days, names) for one in deployment.certificates),
        server=_server(deployment.server, names),
        client=_client(deployment.client, names, days),
        revocation_lists=tuple(
            replace(one, next_update=one.next_update + days * DAY) if one.next_update >= 0 else one
            for one in deployment.revocation_lists
        ),
    )


def rebased(deployment: Deployment, seconds: int) -> Deployment:
    """The same moments told from another present, which is `seconds` earlier (negative: later)."""
    return replace(
        deployment,
        certificates=tuple(
            replace(one, not_before=one.not_before + seconds, not_after=one.not_after + seconds)
            if isinstance(one, CertificateSpec)
            else one
            for one in deployment.certificates
        ),
        revocation_lists=tuple(
            replace(one, this_update=one.this_update + seconds, next_update=one.next_update + seconds)
            for one in deployment.revocation_lists
        ),
    )


def renamed(text: str, seed: str, host: str) -> str:
    """A text for people, with the hosts of this learner's patient. `host`: the client's in the shared deployment."""
    return _Names(seed, host).hosts(text)


class _Names:
    """Consistent new names."""

    def __init__(self, seed: str, host: str) -> None:
        self._seed = seed
        self._labels = host.split(".")
        self._turn = number(seed, "turn")
        self.company = _WORDS[number(seed, "company") % len(_WORDS)].capitalize()

    def hosts(self, text: str) -> str:
        return _HOST.sub(lambda match: self._host(match[0]), text)

    def _host(self, host: str) -> str:
        if host in (_KNOWN, "localhost"):
            return host if host == _KNOWN else f"{self._label(host)}.localhost"
        *labels, _ = host.split(".")
        return ".".join([*(self._label(label) for label in labels), "localhost"])

    def _label(self, label: str) -> str:
        if label in ("", "*"):
            return label
        if "*" in label:  # part of a label: as much of the new one as it was of the old one
            before = label.partition("*")[0]
            whole = next((one for one in self._labels if before and one.startswith(before)), label.replace("*", "x"))
            return self._label(whole)[: max(1, len(before))] + "*"
        word = _WORDS[number(self._seed, f"label/{label}") % len(_WORDS)]
        # Two labels never get the same name where their checksums differ; the turn hides the checksum.
        return f"{word}-{10 + (crc32(label.encode()) + self._turn) % 90}"

    def name(self, name: Name) -> Name:
        if not name:
            return name
        common = dict(name).get("CN", "")
        return (("O", MARK), *common_name(self._common(common)))

    def _common(self, text: str) -> str:
        if (host := self.hosts(text)) != text or not text.endswith("CA"):
            return host
        kind = next((k for k in ("Root", "Intermediate", "Users", "Public") if f" {k} " in text), "Issuing")
        number_ = text[text.rindex("CA") + 2 :]
        company = self.company
        if "Simulator" not in text:  # another house
            company = _WORDS[(number(self._seed, f"house/{text}")) % len(_WORDS)].capitalize() + " & Sons"
        public = "Public " if "Public" in text and kind != "Public" else ""
        return f"{company} {public}{kind} CA{number_}"


def _certificate(one: Certificate, seed: str, days: int, names: _Names) -> Certificate:
    if not isinstance(one, CertificateSpec):
        return one
    before, after = _dates(one, seed, days)
    return replace(
        one,
        subject=names.name(one.subject),
        issuer=None if one.issuer is None else names.name(one.issuer),
        san=None if one.san is None else tuple(names.hosts(san) for san in one.san),
        key=one.key if one.key.name == _LEAKED else Key(name=f"{seed}/{one.key.name}", kind=one.key.kind),
        name_constraints=_constraints(one.name_constraints, names.hosts),
        not_before=before,
        not_after=after,
        # Given, not derived: the same bytes whatever day the mint takes for the present one.
        serial=(number(seed, f"serial/{one.role}") >> 1) + 1 if one.serial is None else one.serial,
    )


def _constraints(old: NameConstraints | None, hosts: Callable[[str], str]) -> NameConstraints | None:
    if old is None:
        return None
    return replace(old, permitted=tuple(map(hosts, old.permitted)), excluded=tuple(map(hosts, old.excluded)))


def _dates(one: CertificateSpec, seed: str, days: int) -> tuple[int, int]:
    """What lies ahead moves behind the window, what lies behind stays there, and both are spread a little."""
    window = days * DAY
    early, late = (number(seed, f"{which}/{one.role}") % _SPREAD for which in ("before", "after"))
    before = one.not_before + window + early if one.not_before > 0 else one.not_before - early
    after = one.not_after + window + late if one.not_after >= 0 else one.not_after - late
    if one.not_before < one.not_after < 0 and after <= before:
        after = one.not_after
    return before, after


def _server(server: ServerSpec, names: _Names) -> ServerSpec:
    return replace(
        server, virtual_hosts=tuple(replace(one, host=names.hosts(one.host)) for one in server.virtual_hosts)
    )


def _client(client: ClientSpec, names: _Names, days: int) -> ClientSpec:
    skew = client.clock_skew
    if skew:  # a clock that is wrong by more than the window and the spread is wrong all the time
        skew += (days * DAY + _SPREAD + DAY) * (1 if skew > 0 else -1)
    return replace(client, host=names.hosts(client.host), clock_skew=skew)


__all__ = ["LONGEST", "MARK", "individual", "rebased", "renamed"]
