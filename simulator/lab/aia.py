"""Serves the issuers that certificates point at (authorityInformationAccess, RFC 5280 §4.2.2.1) as public CAs do: plain
HTTP, DER, `http://ca.test/ROLE.der`. Law: started only where somebody asks; clients of ours never fetch it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simulator.lab import http, ports
from simulator.lab.conversation import drain, read_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.lab.acceptor import Acceptor, Connection


class IssuerServer:
    """Answers GET /ROLE.der with that certificate, on a port of its own on loopback."""

    def __init__(self, certificates: Mapping[str, bytes], acceptor: Acceptor) -> None:
        self._files = {f"/{role}.der": ("application/pkix-cert", der) for role, der in certificates.items()}
        self._acceptor = acceptor
        self._port = ports.reserve()
        self._port.listen()
        acceptor.add(self._port.sockets, self._serve)

    @property
    def port(self) -> int:
        """The port it listens on: where a resolver rule must lead `ca.test:80`."""
        return self._port.number

    def close(self) -> None:
        """Stops it."""
        self._acceptor.remove(self._port.sockets)

    def _serve(self, connection: Connection) -> None:
        head = read_head(connection.sock)
        if head:
            connection.sock.sendall(http.answer(http.parse(head), self._files, time.time())[1])
            drain(connection)
