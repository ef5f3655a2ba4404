"""A running server, and what an observer sees of it. Law: what was seen calls for the next look, never the plan; and
each look is taken once.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.lab import visits
from simulator.lab.peek import presented_names, validity

if TYPE_CHECKING:
    from simulator.lab.mint import Mint
    from simulator.lab.proxy import ProxyServer
    from simulator.lab.server import Server
    from simulator.model.deployment import Deployment
    from simulator.model.evidence import StartRefusal, Visit

OTHER_SITE = "other-site.test"
"""Another site, of the stand-in public CA: what an observer asks a proxy for, to see whether it re-signs everything."""


class Site:
    """A running server and what was seen of it. Made by `Sites.site`."""

    def __init__(self, deployment: Deployment, mint: Mint, server: Server, *, skew: int, patience: float) -> None:
        self.deployment = deployment
        self.server = server
        self.patience = patience
        """Seconds that a client is given."""
        self.mint = mint
        self.skew = skew
        self.journal = server.journal
        self.names = tuple(host.host for host in deployment.server.virtual_hosts)
        """Names that lead here, beside the one that a client asks for."""
        self.users = 0
        """Runs that are not done with it."""
        self._visits: dict[tuple[object, ...], tuple[Visit, ...]] = {}
        self._ahead: dict[tuple[object, ...], float | None] = {}

    @property
    def port(self) -> int:
        """The port it listens on (or would)."""
        return self.server.port.number

    @property
    def note(self) -> str:
        """What this machine lacks for it: "IPv4 alone: …", or nothing."""
        return self.server.port.note

    @property
    def refusal(self) -> StartRefusal | None:
        """Why it could not start."""
        return self.server.refusal

    def close(self) -> None:
        """Stops it."""
        self.server.close()

    def look(self, host: str, siblings: tuple[str, ...], proxy: ProxyServer | None, asked: int) -> tuple[Visit, ...]:
        """The observer's visits, each made once. `siblings`: other names that lead to this address; `asked`: the port
        in the URL, which a proxy is asked for."""
        key = (host, siblings, proxy, asked)
        if key not in self._visits:
            self._visits[key] = self._through(host, proxy, asked) if proxy else self._direct(host, siblings)
        return self._visits[key]

    def ahead(self, host: str, proxy: ProxyServer | None, asked: int) -> float | None:
        """Seconds by which the server's clock is ahead of ours, asked for only where the certificate that came with SNI
        is not valid by our clock; None where that is not so, or the server does not tell."""
        key = (host, proxy, asked)
        if key not in self._ahead:
            self._ahead[key] = self._measure(host, proxy, asked)
        return self._ahead[key]

    def _measure(self, host: str, proxy: ProxyServer | None, asked: int) -> float | None:
        chains = [v.chain for known, made in self._visits.items() if known[0] == host for v in made if v.chain]
        now = time.time()
        if not chains or all(_valid(der, now) for der in chains[0]):
            return None
        where = ("127.0.0.1", proxy.port) if proxy else None
        target = visits.Target(_address(host), self.port, proxy=where, authority=(host, asked))
        told = visits.date(host, target, server_name=None if _is_ip(host) else host, patience=self.patience)
        return None if told is None else told - time.time()

    def _direct(self, host: str, siblings: tuple[str, ...]) -> tuple[Visit, ...]:
        target = visits.Target(_address(host), self.port)
        name = None if _is_ip(host) else host
        first = visits.visit("sni", host, target, server_name=name, patience=self.patience)
        made = [first]
        if first.version in ("TLSv1", "TLSv1.1"):
            for version in ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"):
                made.append(
                    visits.visit(
                        "version", host, target, server_name=name, patience=self.patience, versions=(version, version)
                    )
                )
        if first.chain and not visits.seems_to_match(host, names := presented_names(first.chain[0])):
            if name is not None:
                made.append(visits.visit("no-sni", host, target, patience=self.patience))
            others = [n for n in (*siblings, *names) if n != host and not _is_ip(n) and "*" not in n and _plain(n)]
            for other in list(dict.fromkeys(others))[:3]:
                made.append(visits.visit("sibling", other, target, server_name=other, patience=self.patience))
        return tuple(made)

    def _through(self, host: str, proxy: ProxyServer, asked: int) -> tuple[Visit, ...]:
        where = ("127.0.0.1", proxy.port)
        through = visits.Target("127.0.0.1", self.port, proxy=where, authority=(host, asked))
        name = None if _is_ip(host) else host
        first = visits.visit("sni", host, through, server_name=name, patience=self.patience)
        if proxy.scheme == "https":
            # What the setting says: TLS to the proxy itself.
            second = visits.visit("proxy", host, visits.Target(*where), patience=self.patience)
        else:
            second = replace(first, purpose="proxy")
        elsewhere = visits.Target("127.0.0.1", self.port, proxy=where, authority=(OTHER_SITE, 443))
        third = visits.visit("other-site", OTHER_SITE, elsewhere, server_name=OTHER_SITE, patience=self.patience)
        return first, second, third


def _address(host: str) -> str:
    """Where the lab's names lead."""
    return "::1" if host == "::1" else "127.0.0.1"


def _valid(der: bytes, now: float) -> bool:
    try:
        before, after = validity(der)
    except ValueError:
        return False
    return before <= now <= after


def _is_ip(host: str) -> bool:
    return ":" in host or (host.count(".") == 3 and host.replace(".", "").isdigit())


def _plain(name: str) -> bool:
    """Whether a name can stand in SNI: some certificates hold URLs and ports for names."""
    return name.isascii() and bool(name) and all(c.isalnum() or c in "-._" for c in name) and not name.endswith(".")
