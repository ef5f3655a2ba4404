"""HTTP proxies on loopback: one that tunnels, one that intercepts. Law: they know the names that the lab gives them and
no others, so nothing ever leaves this machine.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.errors import UsageError
from simulator.lab import contexts, http, ports
from simulator.lab.conversation import Heard, converse, drain, shake
from simulator.model.deployment import CertificateSpec, Deployment, ServerSpec, common_name
from simulator.model.evidence import StartRefusal

if TYPE_CHECKING:
    from simulator.lab.acceptor import Acceptor, Connection
    from simulator.lab.files import Folder
    from simulator.lab.journal import Journal
    from simulator.lab.mint import Mint


class Interceptor:
    """Presents a certificate of the proxy's own CA for each site that is asked for."""

    def __init__(self, deployment: Deployment, mint: Mint, folder: Folder) -> None:
        self.heard = Heard()
        self._deployment = deployment
        self._mint = mint
        self._folder = folder
        self._contexts: dict[str, Any] = {}

    def context(self, host: str) -> Any:
        """The context that answers for `host`. Raises `UsageError` where the proxy's own files do not fit."""
        if host not in self._contexts:
            made = self._make(host)
            if isinstance(made, StartRefusal):
                raise UsageError(f"the proxy cannot start: {made.message}")
            if isinstance(made, ssl.SSLContext):
                contexts.by_name(made, {}, self.heard.hear, refuse=False)
            self._contexts[host] = made
        return self._contexts[host]

    def _make(self, host: str) -> Any:
        proxy = self._deployment.client.proxy
        if proxy is None or not proxy.chain:
            raise UsageError("an intercepting proxy needs a chain to present")
        deployment = self._deployment
        first = deployment.certificate(proxy.chain[0])
        if host != deployment.client.host and isinstance(first, CertificateSpec):
            # Such a proxy re-signs whatever it is asked for.
            deployment = deployment.with_certificate(
                replace(first, subject=common_name(host[:64]), san=(f"DNS:{host}",), serial=None)
            )
        chain = [self._mint.issue(deployment, role) for role in proxy.chain]
        key = self._mint.private_key(deployment, proxy.private_key or proxy.chain[0])
        return contexts.server_context(ServerSpec(chain=(), private_key=""), chain, key, (), self._folder)


class ProxyServer:
    """A proxy that speaks plain HTTP on its own port, whatever the client's setting says of it (`scheme`)."""

    def __init__(
        self,
        acceptor: Acceptor,
        journal: Journal,
        *,
        scheme: str,
        routes: dict[tuple[str, int], int],
        interceptor: Interceptor | None,
        skew: float,
    ) -> None:
        self.scheme = scheme
        self._routes = routes
        self._interceptor = interceptor
        self._acceptor = acceptor
        self._journal = journal
        self._skew = skew
        self._port = ports.reserve()
        self._port.listen()
        acceptor.add(self._port.sockets, self._serve)

    @property
    def port(self) -> int:
        """The port it listens on, on 127.0.0.1."""
        return self._port.number

    @property
    def url(self) -> str:
        """As a client's setting names it."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stops it."""
        self._acceptor.remove(self._port.sockets)

    def _serve(self, connection: Connection) -> None:
        self._journal.opened(connection.peer)
        try:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._talk(connection)
        finally:
            self._journal.ended(connection.peer)

    def _talk(self, connection: Connection) -> None:
        first = connection.sock.recv(16_384)
        while first[:1].isalpha() and b"\r\n\r\n" not in first and len(first) < http.LIMIT:
            _acknowledge(connection.sock)
            more = connection.sock.recv(16_384)
            if not more:
                return
            first += more
        request = http.parse(first.partition(b"\r\n\r\n")[0]) if first[:1].isalpha() else None
        if request is None or request.method != "CONNECT":
            self._refuse(connection, "400 Bad Request", "This is a proxy; it speaks HTTP and knows CONNECT.")
            return
        host, _, port = request.path.rpartition(":")
        host = host.strip("[]").lower()
        number = self._routes.get((host, int(port) if port.isdigit() else 0))
        if number is None:
            self._refuse(connection, "502 Bad Gateway", f"{host} does not resolve here.")
            return
        if self._interceptor is not None:
            connection.sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._journal.note(connection.peer, f"proxy: CONNECT {host}, answered in its place")
            if shake(connection, self._interceptor.context(host), self._journal, self._interceptor.heard):
                converse(connection, self._journal, self._skew)
            return
        try:
            upstream = socket.create_connection(("127.0.0.1", number), 5)
        except OSError as error:
            self._refuse(connection, "502 Bad Gateway", f"{host} cannot be reached: {error.strerror}")
            return
        with upstream:
            # What the server notes about the proxy's connection belongs to the client's.
            self._journal.behalf(upstream.getsockname()[1], connection.peer)
            self._journal.note(connection.peer, f"proxy: CONNECT {host}, a tunnel")
            connection.sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _relay(connection, upstream)

    def _refuse(self, connection: Connection, status: str, text: str) -> None:
        self._journal.note(connection.peer, f"proxy: answered with {status}: {text}")
        connection.sock.sendall(http.response(status, text.encode() + b"\n", now=time.time() - self._skew))
        drain(connection)


def _acknowledge(sock: socket.socket) -> None:
    """Acknowledges at once: urllib3 writes to a proxy in pieces, with Nagle on, and would wait 40 ms for it."""
    if hasattr(socket, "TCP_QUICKACK"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _relay(connection: Connection, upstream: socket.socket) -> None:
    """Copies both ways until both sides have ended, or nothing comes for ten seconds."""
    peers = {connection.sock: upstream, upstream: connection.sock}
    for sock in peers:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with selectors.DefaultSelector() as selector:
        for sock in peers:
            selector.register(sock, selectors.EVENT_READ)
        while selector.get_map() and not connection.stop.is_set():
            ready = selector.select(10.0)
            if not ready:
                return
            for key, _ in ready:
                if not _pass_on(key.fileobj, peers[key.fileobj]):  # type: ignore[arg-type, index]  # sockets they are
                    selector.unregister(key.fileobj)


def _pass_on(source: socket.socket, sink: socket.socket) -> bool:
    """Copies what is there; False where the source has ended."""
    try:
        data = source.recv(65_536)
        if data:
            _acknowledge(source)
            sink.sendall(data)
            return True
    except OSError:
        data = b""
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
    return False
