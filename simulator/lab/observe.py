"""The lab: deployments become real here, and what was seen comes back as evidence. Law: a refusal of any kind is a
value; only wrong usage and what this machine cannot do are raised.

Importing this is light, and making a `Lab` starts the clients' processes first: they import while the caller works.
"""

from __future__ import annotations

import atexit
import contextlib
import time
from typing import TYPE_CHECKING

from simulator.lab.files import Folder
from simulator.lab.run import Run
from simulator.lab.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from simulator.lab.site import Site
    from simulator.model.deployment import Deployment
    from simulator.model.evidence import Visit


class Lab:
    """Servers, clients and files for as long as it is open; nothing of it is left when it is closed.

    `seed`: what all keys and serials follow from (None: a random one). `as_of`: the present of the certificates, in
    seconds since 1970 UTC (None: today's midnight, UTC). `clients`: "requests", "stdlib", or either with an interpreter
    ("requests@/usr/bin/python3.13"). `folder`: where the lab's temporary folder is made. `patience`: seconds that
    clients and visits wait for a server that hangs. Raises `UsageError` for an unknown client and `MachineError` where
    a process or the folder cannot be made.
    """

    def __init__(
        self,
        *,
        seed: str | None = None,
        as_of: float | None = None,
        clients: Sequence[str] = ("requests",),
        folder: str | None = None,
        patience: float = 1.0,
    ) -> None:
        self._workers: dict[str, Worker] = {}
        self._folder: Folder | None = None
        self._closers: list[Callable[[], None]] = []
        self._runs = 0
        self.closed = False
        try:
            for client in dict.fromkeys(clients):
                self._workers[client] = Worker(client)
            self._folder = Folder(folder)
            self._home = self._folder.empty("home")
            self._no_certificates = self._folder.empty("certs")
            # From here on the children import, and so may we.
            from simulator.lab.acceptor import Acceptor
            from simulator.lab.disk import Disk
            from simulator.lab.mint import Mint
            from simulator.lab.sites import Sites

            now = time.time()
            self.mint = Mint(seed, now - now % 86_400 if as_of is None else as_of)
            acceptor = Acceptor()
            self._disk = Disk(self._folder)
            self._sites = Sites(self.mint, self._folder, acceptor, patience)
            self._closers += [acceptor.close, self._sites.close]
        except BaseException:
            self.close()
            raise
        atexit.register(self.close)

    @property
    def seed(self) -> str:
        """The seed in use, given or drawn."""
        return self.mint.seed

    @property
    def as_of(self) -> float:
        """The present of the certificates, in seconds since 1970 UTC."""
        return self.mint.as_of

    def begin(
        self,
        deployment: Deployment,
        client: str | None = None,
        *,
        visits: bool = True,
        url_port: int | None = None,
    ) -> Run:
        """Starts the deployment's site where it does not run yet, gives the client its job, and returns at once.

        `client`: in the spelling of `Lab` (None: the lab's first). `visits`: whether the observer looks for itself too.
        `url_port`: the port in the URL, where the one that answers is another (attackers answer in a server's place).
        """
        worker = self._worker(client)
        site = self._sites.site(deployment)
        return Run(self, worker, deployment, site, visits=visits, url_port=url_port)

    def serve(
        self, deployment: Deployment, port: int | None = None, on_event: Callable[[str], None] | None = None
    ) -> Site:
        """A site of its own on `port` (None: the kernel's choice) until the lab closes; `on_event` hears what happens.

        Raises `MachineError` where the port is in use.
        """
        return self._sites.start(deployment, port or 0, on_event)

    def way(self, site: Site) -> str:
        """The URL of a proxy on loopback by which a client that is not the lab's reaches a site of `serve`: the
        deployment's own proxy, where it has one, else a CONNECT proxy that knows the site's names."""
        own = self._sites.proxy(site.deployment, site, site.port)
        return (own or self._sites.tunnel(site)).url

    def look(self, site: Site) -> tuple[Visit, ...]:
        """The observer's own visits to a site of `serve`, each made once, by the way that its client takes."""
        client = site.deployment.client
        proxy = self._sites.proxy(site.deployment, site, site.port)
        return site.look(client.host, tuple(n for n in site.names if n != client.host), proxy, site.port)

    def issuers(self, deployment: Deployment) -> int:
        """The port on loopback where the deployment's issuers can be fetched, as `http://ca.test/ROLE.der` promises:
        for clients that follow AIA, led there by a resolver rule."""
        return self._sites.issuers(deployment)

    def keep(self, deployment: Deployment, folder: str) -> list[str]:
        """Writes the deployment's files into `folder`, which must be new or empty, and returns their paths."""
        from simulator.lab.keep import keep

        return keep(deployment, self._sites.mint(deployment.client.clock_skew), folder)

    def version(self, client: str | None = None) -> str:
        """What a client says of itself, waiting for it to start; empty where it cannot."""
        return str(self._worker(client).greeting().get("version", ""))

    def traits(self, client: str | None = None) -> tuple[str, ...]:
        """The measured traits of a client, sorted, waiting for it to start."""
        return tuple(self._worker(client).greeting().get("traits", ()))

    def _worker(self, client: str | None) -> Worker:
        client = client or next(iter(self._workers), "requests")
        if client not in self._workers:  # a client that nobody foresaw (an attack's victim) starts late
            self._workers[client] = Worker(client)
        return self._workers[client]

    def _hide(self, text: str) -> str:
        return text if self._folder is None else self._folder.hide(text)

    def _number(self) -> int:
        self._runs += 1
        return self._runs

    def close(self) -> None:
        """Ends clients and servers and removes all files. May be called twice."""
        if self.closed:
            return
        self.closed = True
        atexit.unregister(self.close)
        # However it goes with the others, and whatever signal comes: no key stays on disk.
        with contextlib.ExitStack() as last:
            if self._folder is not None:
                last.callback(self._folder.close)
            for closer in reversed(self._closers):
                last.callback(closer)
            for worker in self._workers.values():
                last.callback(worker.close)

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


__all__ = ["Lab", "Run"]
