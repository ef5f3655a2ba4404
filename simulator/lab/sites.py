"""Deployments made real: servers, proxies, issuers. Law: equal ones are built once, and what two deployments have in
common (a server that differs in nothing) is shared between them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.lab import ports
from simulator.lab.conversation import Heard
from simulator.lab.journal import Journal
from simulator.lab.server import Server, build_contexts
from simulator.lab.site import OTHER_SITE, Site
from simulator.model.deployment import PUBLIC_ROOT, CertificateSpec, Deployment, Key, ServerSpec, common_name

if TYPE_CHECKING:
    from simulator.lab.acceptor import Acceptor
    from simulator.lab.aia import IssuerServer
    from simulator.lab.files import Folder
    from simulator.lab.journal import Listener
    from simulator.lab.mint import Mint
    from simulator.lab.proxy import ProxyServer

_PATIENCE = 10.0  # seconds that clients and visits are given, but for servers that hang
_MOST = 150  # sites at a time; a process may often open no more than 1,024 descriptors


class Sites:
    """Builds sites and proxies, and remembers them by value."""

    def __init__(self, mint: Mint, folder: Folder, acceptor: Acceptor, patience: float) -> None:
        self._mint = mint
        self._patience = patience
        self._mints: dict[int, Mint] = {0: mint}
        self._folder = folder
        self._acceptor = acceptor
        self._sites: dict[tuple[object, ...], Site] = {}
        self._proxies: dict[tuple[object, ...], ProxyServer] = {}
        self._issuers: dict[tuple[object, ...], IssuerServer] = {}
        self._closing: list[Site | ProxyServer | IssuerServer] = []

    def mint(self, skew: int) -> Mint:
        """The mint of a world in which the client's clock is ahead by `skew` seconds: the world is moved instead."""
        if skew not in self._mints:
            self._mints[skew] = self._mint.at(self._mint.as_of - skew)
        return self._mints[skew]

    def site(self, deployment: Deployment) -> Site:
        """The running server of this deployment, shared with deployments that serve the same."""
        skew = deployment.client.clock_skew
        key = (deployment.server, skew, *self._served(deployment))
        if key not in self._sites:
            self._make_room()
            self._sites[key] = self.start(deployment)
        return self._sites[key]

    def _make_room(self) -> None:
        """Closes the oldest sites that nobody uses, where there are many: each holds two descriptors."""
        idle = [key for key, site in self._sites.items() if not site.users]
        for key in idle[: max(0, len(self._sites) - _MOST)]:
            site = self._sites.pop(key)
            for proxied in [k for k in self._proxies if k[1] is site]:
                proxy = self._proxies.pop(proxied)
                self._closing.remove(proxy)
                proxy.close()
            self._closing.remove(site)
            site.close()

    def start(self, deployment: Deployment, port: int = 0, on_event: Listener | None = None) -> Site:
        """A server of its own, on `port` (0: the kernel's choice). Raises `MachineError` where it is in use."""
        skew = deployment.client.clock_skew
        mint = self.mint(skew)
        heard = Heard()
        context = build_contexts(deployment, mint, self._folder, heard) if _speaks_tls(deployment.server) else None
        held = ports.reserve(port)
        server = Server(
            deployment.server, held, self._acceptor, Journal(on_event), context=context, heard=heard, skew=skew
        )
        patience = self._patience if deployment.server.behaviour == "hangs" else _PATIENCE
        site = Site(deployment, mint, server, skew=skew, patience=patience)
        self._closing.append(site)
        return site

    def _served(self, deployment: Deployment) -> tuple[object, ...]:
        server, mint = deployment.server, self.mint(deployment.client.clock_skew)
        if not _speaks_tls(server):
            return ()
        chains = [(server.chain, server.private_key), *((v.chain, v.private_key) for v in server.virtual_hosts)]
        roles = [role for chain, _ in chains for role in chain] + list(server.client_certificate_authorities)
        keys = [mint.private_key(deployment, role) for _, role in chains]
        return (*(mint.issue(deployment, role).der for role in roles), *keys)

    def proxy(self, deployment: Deployment, site: Site, asked: int) -> ProxyServer | None:
        """The running proxy that the client is told to use, if any."""
        from simulator.lab.proxy import Interceptor, ProxyServer

        spec = deployment.client.proxy
        if spec is None:
            return None
        mint = self.mint(deployment.client.clock_skew)
        shown = (*(mint.issue(deployment, role).der for role in spec.chain), deployment.client.host)
        key = (spec, site, asked, *shown)
        if key not in self._proxies:
            other = self._other_site(deployment)
            routes = {(host.lower(), asked): site.port for host in (deployment.client.host, *site.names)}
            if other is not None:
                routes[OTHER_SITE, 443] = other.port
            interceptor = None
            if spec.behaviour == "intercept":
                interceptor = Interceptor(deployment, mint, self._folder)
                interceptor.context(deployment.client.host)  # what does not fit is told here, not to some thread
            proxy = ProxyServer(
                self._acceptor,
                site.journal,
                scheme=spec.scheme,
                routes=routes,
                interceptor=interceptor,
                skew=site.skew,
            )
            self._proxies[key] = proxy
            self._closing.append(proxy)
        return self._proxies[key]

    def tunnel(self, site: Site) -> ProxyServer:
        """A CONNECT proxy that leads the names of a site there, for clients whose resolver does not know them."""
        from simulator.lab.proxy import ProxyServer

        names = (site.deployment.client.host, *site.names)
        routes = {(host.lower(), site.port): site.port for host in names}
        proxy = ProxyServer(
            self._acceptor, site.journal, scheme="http", routes=routes, interceptor=None, skew=site.skew
        )
        self._closing.append(proxy)
        return proxy

    def _other_site(self, deployment: Deployment) -> Site | None:
        """Some other site of the public CA, which knows nothing of the deployment."""
        roots = [c for c in deployment.certificates if c.role == PUBLIC_ROOT and isinstance(c, CertificateSpec)]
        if not roots:
            return None
        leaf = CertificateSpec(
            role="other-site",
            subject=common_name(OTHER_SITE),
            signer=PUBLIC_ROOT,
            key=Key(name="other-site"),
            san=(f"DNS:{OTHER_SITE}",),
            extended_key_usage=("server_auth",),
        )
        return self.site(
            Deployment(
                certificates=(leaf, roots[0]),
                server=ServerSpec(chain=("other-site",), private_key="other-site"),
                client=replace(deployment.client, host=OTHER_SITE, proxy=None),
            )
        )

    def issuers(self, deployment: Deployment) -> int:
        """The port of a running server of issuers' certificates, for what AIA says of this deployment's."""
        from simulator.lab.aia import IssuerServer

        mint = self.mint(deployment.client.clock_skew)
        ders = {c.role: mint.issue(deployment, c.role).der for c in deployment.certificates}
        key = ("issuers", *ders.items())
        if key not in self._issuers:
            self._issuers[key] = IssuerServer(ders, self._acceptor)
            self._closing.append(self._issuers[key])
        return self._issuers[key].port

    def close(self) -> None:
        """Stops all servers and proxies."""
        for running in reversed(self._closing):
            running.close()
        self._closing.clear()


def _speaks_tls(server: ServerSpec) -> bool:
    return server.behaviour in ("tls", "unrecognized-name")
