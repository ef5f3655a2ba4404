"""Servers on loopback for tests: good ones, and some that behave badly on purpose."""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.diagnose import files

Handler = Callable[[socket.socket, threading.Event], None]
ANSWER = b"HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 06:00:00 GMT\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


class Server:
    """Accepts until it is closed; each connection has a thread of its own."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/"

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._handle, args=(connection,))
            thread.start()
            self._threads.append(thread)

    def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            self._handler(connection, self._stop)

    def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._accepting, *self._threads):
            thread.join(20)


@contextlib.contextmanager
def raw(handler: Handler) -> Iterator[Server]:
    server = Server(handler)
    try:
        yield server
    finally:
        server.close()


def context(chain: Sequence[Any], private: Any, **settings: Any) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.num_tickets = 0
    with tempfile.TemporaryDirectory() as folder:
        chained = files.pem(Path(folder, "chain.pem"), *chain)
        made.load_cert_chain(chained, files.key(Path(folder, "key.pem"), private))
    for name, value in settings.items():
        setattr(made, name, value)
    return made


@contextlib.contextmanager
def https(chain: Sequence[Any], private: Any, **settings: Any) -> Iterator[Server]:
    """A server that answers every request with 200 and keeps what it was sent."""
    tls = context(chain, private, **settings)
    seen: list[bytes] = []

    def handle(connection: socket.socket, _stop: threading.Event) -> None:
        with tls.wrap_socket(connection, server_side=True) as secure:
            request = secure.recv(65_536)
            if request:
                seen.append(request)
                secure.sendall(ANSWER)

    with raw(handle) as server:
        server.requests = seen
        yield server
