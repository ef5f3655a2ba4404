"""A deployment made real: its server, its files, its proxy. Law: equal ones are built once, and what two deployments
have in common (a server that differs in nothing, a trust file of equal content) is shared between them.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.lab import bundles, ports, trust, visits
from simulator.lab.conversation import Heard
from simulator.lab.journal import Journal
from simulator.lab.peek import presented_names, validity
from simulator.lab.server import Server, build_contexts
from simulator.model.deployment import PUBLIC_ROOT, CertificateSpec, Deployment, ServerSpec, TrustFile

if TYPE_CHECKING:
    from simulator.lab.acceptor import Acceptor
    from simulator.lab.aia import IssuerServer
    from simulator.lab.files import Folder
    from simulator.lab.journal import Listener
    from simulator.lab.mint import Mint
    from simulator.lab.proxy import ProxyServer
    from simulator.model.evidence import StartRefusal, Visit

OTHER_SITE = "other-site.test"
"""Another site, of the stand-in public CA: what an observer asks a proxy for, to see whether it re-signs everything."""
_HANG = 1.0  # seconds that clients and visits are given where nothing will ever come
_PATIENCE = 10.0
_MOST = 150  # sites at a time; a process may often open no more than 1,024 descriptors


class Site:
    """A running server and what was seen of it. Made by `Sites.site`."""

    def __init__(self, deployment: Deployment, mint: Mint, server: Server, skew: int) -> None:
        self.deployment = deployment
        self.server = server
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

    @property
    def patience(self) -> float:
        """Seconds that a client is given."""
        return _HANG if self.deployment.server.behaviour == "hangs" else _PATIENCE

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


class Sites:
    """Builds sites, proxies and trust files, and remembers them by value."""

    def __init__(self, mint: Mint, folder: Folder, acceptor: Acceptor) -> None:
        self._mint = mint
        self._mints: dict[int, Mint] = {0: mint}
        self._folder = folder
        self._acceptor = acceptor
        self._sites: dict[tuple[object, ...], Site] = {}
        self._proxies: dict[tuple[object, ...], ProxyServer] = {}
        self._files: dict[tuple[object, ...], str] = {}
        self._contents: dict[str, bundles.Contents] = {}
        self._recorded: dict[str, bool | None] = {}
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
        site = Site(deployment, mint, server, skew)
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

    def _other_site(self, deployment: Deployment) -> Site | None:
        """Some other site of the public CA, which knows nothing of the deployment."""
        roots = [c for c in deployment.certificates if c.role == PUBLIC_ROOT and isinstance(c, CertificateSpec)]
        if not roots:
            return None
        from simulator.model.deployment import Key, common_name

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

    def trust_file(self, deployment: Deployment, wanted: TrustFile) -> str:
        """The path of a trust file; files of equal content, form and name are one."""
        mint = self.mint(deployment.client.clock_skew)
        issued = [mint.issue(deployment, role) for role in wanted.roles]
        key = (wanted.form, wanted.name, *((i.role, i.der) for i in issued))
        if key not in self._files:
            self._files[key] = trust.write(wanted, issued, self._folder)
        return self._files[key]

    def certifi(self, deployment: Deployment) -> str:
        """The path of the bundle that requests reads by default, in a site-packages of its own with the RECORD of the
        wheel that it came from."""
        mint = self.mint(deployment.client.clock_skew)
        ambient = deployment.ambient
        wanted = ambient.certifi
        issued = [mint.issue(deployment, role) for role in wanted.roles]
        installed = b"".join(mint.issue(deployment, role).pem for role in ambient.certifi_installed)
        key = ("certifi", wanted.form, wanted.name, installed, *((i.role, i.der) for i in issued))
        if key not in self._files:
            self._files[key] = trust.write_with_record(wanted, issued, installed, self._folder)
        return self._files[key]

    def contents(self, path: str) -> bundles.Contents:
        """What lies at `path`. The lab's own files never change, so each is read once."""
        if path not in self._contents:
            found = bundles.read(path)
            if not self._folder.holds(path):
                return found
            self._contents[path] = found
        return self._contents[path]

    def shown(self, path: str) -> str:
        """The name under which people are shown this path."""
        return self._folder.hide(path)

    def as_recorded(self, path: str) -> bool | None:
        """Whether the bundle at `path` is what its wheel's RECORD says; read once, as above."""
        if path not in self._recorded:
            self._recorded[path] = bundles.matches_record(path)
        return self._recorded[path]

    def crl_file(self, deployment: Deployment) -> tuple[str | None, tuple[bytes, ...]]:
        """The CRLs that the client was given, DER, and the path of them in one PEM file; no path where it does not
        check them, or was given none."""
        from simulator.lab.pem import armour

        client = deployment.client
        if not (deployment.revocation_lists and client.has_crls):
            return None, ()
        mint = self.mint(client.clock_skew)
        ders = tuple(mint.crl(deployment, crl) for crl in deployment.revocation_lists)
        if not client.check_crls:
            return None, ders
        key = ("crl", *ders)
        if key not in self._files:
            data = b"".join(armour(der, "X509 CRL") for der in ders)
            self._files[key] = self._folder.write("crl.pem", data)
        return self._files[key], ders

    def client_certificate(self, deployment: Deployment) -> tuple[list[str] | None, tuple[bytes, ...]]:
        """Paths of the client's own chain and key, and the chain's DER; None where it has none."""
        roles = deployment.client.certificate
        if not roles:
            return None, ()
        mint = self.mint(deployment.client.clock_skew)
        issued = [mint.issue(deployment, role) for role in roles]
        key = mint.private_key(deployment, roles[0])
        known = ("client", key, *(i.der for i in issued))
        if known not in self._files:
            self._files[known] = self._folder.write("client.pem", b"".join(i.pem for i in issued))
            self._files["key", *known] = self._folder.write("client-key.pem", key.pem, secret=True)
        return [self._files[known], self._files["key", *known]], tuple(i.der for i in issued)

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
