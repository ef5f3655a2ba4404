"""What one would have in real life: the files of a service that does not work. Law: names of files and what is in them
follow from what the parts are for, never from what is wrong with them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache

from simulator.challenge import seeds
from simulator.challenge.disease import Case
from simulator.challenge.individual import individual, renamed
from simulator.challenge.said import PORT, said
from simulator.challenge.script import script, variables
from simulator.lab import trust
from simulator.lab.mint import Issued, Mint
from simulator.lab.pem import armour
from simulator.model.deployment import INTERMEDIATE, PUBLIC_ROOT, ROOT, Deployment, TrustFile

Files = list[tuple[str, bytes]]


class Patient:
    """One learner's patient: `broken` and `healthy` as deployments whose present is the plan's first day, and `files`
    as they are handed out."""

    def __init__(self, case: Case, seed: str, *, opens: int, days: int) -> None:
        """`seed`: of this learner and this patient. `opens`: seconds since 1970 UTC; `days`: how long it must hold."""
        self.case = case
        self.seed = seed
        self.opens = opens
        self.days = days
        self.broken = individual(case.broken, seed, days=days)
        self.mint = Mint(seeds.WORLD, opens)

    @property
    def closes(self) -> int:
        """The last moment for which it was made."""
        return self.opens + self.days * 86_400

    @property
    def healthy(self) -> Deployment:
        """The same before anything went wrong."""
        return individual(self.case.healthy, self.seed, days=self.days)

    def files(self) -> Files:
        """Everything, in the order of the bundle."""
        return [*self._words(), *self._client(), *self._server(), *self._authorities()]

    def _pem(self, *roles: str) -> bytes:
        return b"".join(self.mint.issue(self.broken, role).pem for role in roles)

    def _key(self, role: str) -> bytes:
        return self.mint.private_key(self.broken, role).pem

    def _words(self) -> Iterator[tuple[str, bytes]]:
        broken, host = self.broken, self.case.broken.client.host
        yield "story.txt", renamed(_story(self.case), self.seed, host).encode()
        yield "error.txt", (f"$ python client.py\n{renamed(_said(self.case), self.seed, host)}\n").encode()
        server = broken.server
        setup = {
            "host": broken.client.host,
            "scheme": broken.client.scheme,
            "minimum_version": server.minimum_version,
            "maximum_version": server.maximum_version,
            "ciphers": server.ciphers,
            "dh_bits": server.dh_bits,
            "tls": server.behaviour == "tls",
            "sites": [one.host for one in server.virtual_hosts],
            "asks_clients": bool(server.client_certificate_authorities),
            "hints": [base64.b64encode(hint.encode()).decode() for hint in self.case.hints],
        }
        yield "setup.json", json.dumps(setup).encode() + b"\n"

    def _client(self) -> Iterator[tuple[str, bytes]]:
        broken, client = self.broken, self.broken.client
        yield "client/client.py", script(broken).encode()
        now = datetime.fromtimestamp(self.opens + client.clock_skew, UTC)
        told = [f"$ date -u +%F\n{now:%Y-%m-%d}", "$ env | grep -E 'SSL|CA_BUNDLE|PROXY'"]
        for one in variables(broken):
            told.append(f"{one.name}={one.value.name if isinstance(one.value, TrustFile) else one.value}")
        yield "client/machine.txt", ("\n".join(told) + "\n").encode()
        files = [client.trust, client.session_trust, *(one.value for one in variables(broken))]
        if client.trust is None:
            certifi = broken.ambient.certifi
            yield "client/certifi.pem", trust.content(certifi, self._issued(certifi.roles))
        for file in dict.fromkeys(one for one in files if isinstance(one, TrustFile)):
            if file.form == "missing":
                continue
            content = (
                self._pem(*file.roles) if "directory" in file.form else trust.content(file, self._issued(file.roles))
            )
            yield f"client/{file.name}{'/ca.pem' if 'directory' in file.form else ''}", content
        if own := client.certificate or tuple(c.role for c in broken.certificates if c.role == "client"):
            yield "client/client.pem", self._pem(*own)
            yield "client/client-key.pem", self._key(own[0])
        lists = [self.mint.crl(broken, one) for one in broken.revocation_lists]
        if lists:
            yield "client/crl.pem", b"".join(armour(der, "X509 CRL") for der in lists)

    def _issued(self, roles: Sequence[str]) -> list[Issued]:
        return [self.mint.issue(self.broken, role) for role in roles]

    def _server(self) -> Iterator[tuple[str, bytes]]:
        server = self.broken.server
        yield "server/site.conf", _configuration(self.broken).encode()
        yield "server/chain.pem", self._pem(*server.chain)
        yield "server/key.pem", self._key(server.private_key)
        for site in server.virtual_hosts:
            yield f"server/{site.host}/chain.pem", self._pem(*site.chain)
            yield f"server/{site.host}/key.pem", self._key(site.private_key)
        if server.client_certificate_authorities:
            yield "server/clients-ca.pem", self._pem(*server.client_certificate_authorities)

    def _authorities(self) -> Iterator[tuple[str, bytes]]:
        """What the learner issues with: the service's own CAs. Another house's keys are nobody's."""
        roles = [one.role for one in self.broken.certificates]
        own = [role for role in roles if role == ROOT or role.startswith(INTERMEDIATE)]
        if not own and "leaf" in roles and self.case.healthy.baseline in ("public", "behind-proxy"):
            own = [PUBLIC_ROOT]
        names = {ROOT: "ca", PUBLIC_ROOT: "ca", "client-root": "clients-ca"}
        for role in [*own, *(role for role in roles if role == "client-root")]:
            name = names.get(role, role)
            yield f"ca/{name}.pem", self._pem(role)
            yield f"ca/{name}-key.pem", self._key(role)


@cache
def _said(case: Case) -> str:
    return said(case.broken)


def _configuration(deployment: Deployment) -> str:
    """The server's settings as nginx would have them: what an operator sees."""
    server = deployment.server
    names = [f"  server_name {deployment.client.host};"]
    if server.virtual_hosts:
        names = [f"  # site {one.host}: {one.host}/chain.pem" for one in server.virtual_hosts]
    known = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
    first, last = known.index(server.minimum_version), known.index(server.maximum_version)
    lines = [
        "server {",
        f"  listen 127.0.0.1:{PORT}{' ssl' if server.behaviour == 'tls' else ''};",
        *names,
        "  ssl_certificate chain.pem;",
        "  ssl_certificate_key key.pem;",
        f"  ssl_protocols {' '.join(known[min(first, last) : last + 1])};",
    ]
    if server.ciphers:
        lines.append(f"  ssl_ciphers {server.ciphers};")
    if server.dh_bits:
        lines.append(f"  # openssl dhparam: {server.dh_bits} bits")
    if server.client_certificate_authorities:
        lines += ["  ssl_client_certificate clients-ca.pem;", "  ssl_verify_client on;"]
    return "\n".join([*lines, "}"]) + "\n"


@cache
def _story(case: Case) -> str:
    from textwrap import fill

    return "\n\n".join(fill(paragraph, 88) for paragraph in case.story.split("\n\n")) + "\n"
