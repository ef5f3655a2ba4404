"""A live server on loopback. Law: what it does wrong, it does because its spec says so, never because it is a fake:
real sockets, real TLS, real refusals.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

from simulator.lab import contexts, http
from simulator.lab.conversation import Heard, converse, drain, read_head, shake
from simulator.model.evidence import StartRefusal

if TYPE_CHECKING:
    from simulator.lab.acceptor import Acceptor, Connection
    from simulator.lab.files import Folder
    from simulator.lab.journal import Journal
    from simulator.lab.mint import Mint
    from simulator.lab.ports import Port
    from simulator.model.deployment import Deployment, ServerSpec


def build_contexts(
    deployment: Deployment, mint: Mint, folder: Folder, heard: Heard
) -> ssl.SSLContext | Any | StartRefusal:
    """The server's context with its virtual hosts behind it, or why it cannot start."""
    spec = deployment.server
    authorities = [mint.issue(deployment, role).pem for role in spec.client_certificate_authorities]

    def one(chain: tuple[str, ...], role: str) -> Any:
        return contexts.server_context(
            spec,
            [mint.issue(deployment, r) for r in chain],
            mint.private_key(deployment, role),
            authorities,
            folder,
        )

    default = one(spec.chain, spec.private_key)
    others: dict[str, Any] = {}
    for host in spec.virtual_hosts:
        same = (host.chain, host.private_key) == (spec.chain, spec.private_key)
        made = default if same else one(host.chain, host.private_key)
        if isinstance(made, StartRefusal):
            return made
        others[host.host.lower()] = made
    if isinstance(default, ssl.SSLContext):
        contexts.by_name(default, others, heard.hear, refuse=spec.behaviour == "unrecognized-name")
    return default


class Server:
    """Serves one spec on one port until it is closed. `refusal` says why it does not, where it could not start."""

    def __init__(
        self,
        spec: ServerSpec,
        port: Port,
        acceptor: Acceptor,
        journal: Journal,
        *,
        context: Any,
        heard: Heard,
        skew: float = 0.0,
    ) -> None:
        self.port = port
        self.journal = journal
        self.refusal = context if isinstance(context, StartRefusal) else None
        self._spec = spec
        self._context = context
        self._acceptor = acceptor
        self._heard = heard
        self._skew = skew
        self._listening = spec.behaviour != "absent" and self.refusal is None
        if self.refusal is not None:
            journal.note(0, f"did not start: {self.refusal.message}")
        elif self._listening:
            port.listen()
            acceptor.add(port.sockets, self._serve)

    def close(self) -> None:
        """Stops listening and gives the port back. Connections that are open end by themselves."""
        if self._listening:
            self._acceptor.remove(self.port.sockets)
        else:
            self.port.close()

    def _serve(self, connection: Connection) -> None:
        self.journal.opened(connection.peer)
        try:
            # Without this the answer may wait 40 ms for an acknowledgement (Nagle).
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            behave = {"plain-http": self._plain, "closes": self._hang_up, "hangs": self._hang}
            behave.get(self._spec.behaviour, self._tls)(connection)
        finally:
            self.journal.ended(connection.peer)

    def _tls(self, connection: Connection) -> None:
        if shake(connection, self._context, self.journal, self._heard):
            converse(connection, self.journal, self._skew)

    def _plain(self, connection: Connection) -> None:
        first = self._first(connection)
        # A ClientHello begins with 0x16, and a web server says at once what it thinks of that.
        request = http.parse(read_head(connection.sock, first)) if first[:1].isalpha() else None
        if request is not None and request.token is not None:
            self.journal.token(connection.peer, request.token)
        status, whole = http.answer(request, http.FILES, time.time() - self._skew)
        self.journal.note(
            connection.peer,
            f"answered {request.method} {request.path} with {status}"
            if request is not None
            else f"answered what was no HTTP with {status}",
        )
        connection.sock.sendall(whole)
        drain(connection)

    def _hang_up(self, connection: Connection) -> None:
        with contextlib.suppress(OSError):
            self._first(connection)
        self.journal.note(connection.peer, "hung up on ClientHello")

    def _hang(self, connection: Connection) -> None:
        self.journal.note(connection.peer, "took the connection and says nothing")
        connection.sock.settimeout(0.2)
        while not connection.stop.is_set():
            try:
                if not self._first(connection):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def _first(self, connection: Connection) -> bytes:
        """What the client sends; a ClientHello (RFC 8446 §5.1: its record begins with 0x16) is noted."""
        data = connection.sock.recv(16_384)
        if data[:1] == b"\x16":
            self.journal.greeted()
        return data
