"""One TLS connection as a server has it: handshake, one request, one answer. Law: all that happens is noted in the
server's words, and nothing is raised but what the operating system says of a vanished client.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

from simulator.lab import http
from simulator.lab.alerts import alert_of

if TYPE_CHECKING:
    from simulator.lab.acceptor import Connection
    from simulator.lab.journal import Journal

_REASONS = {
    "NO_SHARED_CIPHER": "refused: no cipher suite in common",
    "UNSUPPORTED_PROTOCOL": "refused: no protocol version in common",
    "VERSION_TOO_LOW": "refused: no protocol version in common",
    "HTTP_REQUEST": "refused: the client speaks plain HTTP to a TLS port",
    "WRONG_VERSION_NUMBER": "refused: what the client sent is no TLS",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "refused: the client sent no certificate",
    "CALLBACK_FAILED": "refused: unrecognized name",
    "UNEXPECTED_EOF_WHILE_READING": "the client hung up during the handshake",
}
_BEFORE_THE_NAME = ("NO_SHARED_CIPHER", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW")
"""Refusals of a ClientHello that OpenSSL speaks before it looks at the name in it."""
_CLIENT_CERTIFICATE = ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "CERTIFICATE_VERIFY_FAILED")


class Heard(threading.local):
    """The server name of the handshake that runs in this thread."""

    name: str | None = None
    journal: Journal | None = None
    """Where a ClientHello is to be noted."""

    def hear(self, name: str | None) -> None:
        """Remembers the name that came with SNI; None where none came. OpenSSL calls this for every ClientHello."""
        self.name = name
        if self.journal is not None:
            self.journal.greeted()
            self.journal = None  # a second ClientHello (HelloRetryRequest) belongs to the same handshake


def shake(connection: Connection, context: Any, journal: Journal, heard: Heard) -> bool:
    """The handshake; `connection.sock` becomes the TLS socket. False where it failed, with the reason noted."""
    heard.name = None
    heard.journal = journal
    if not isinstance(context, ssl.SSLContext):
        journal.greeted()  # pyOpenSSL's contexts tell no ClientHello
    peer = connection.peer
    try:
        tls = context.wrap_socket(connection.sock, server_side=True, do_handshake_on_connect=False)
        connection.sock = tls
        tls.do_handshake()
    except ssl.SSLError as error:
        if heard.journal is not None and error.reason in _BEFORE_THE_NAME:
            journal.greeted()
        journal.note(peer, _failure(error))
        if error.reason in _CLIENT_CERTIFICATE:
            # What the client sends meanwhile would turn our alert into a reset: TLS 1.3 clients do not wait for it.
            drain(connection)
        return False
    except TimeoutError:
        journal.note(peer, "the client fell silent during the handshake")
        return False
    except OSError:
        journal.note(peer, "the client hung up during the handshake")
        return False
    cipher = tls.cipher()
    journal.note(
        peer, f"handshake: {tls.version()}, {cipher[0] if cipher else '?'}, for {heard.name or 'no name (no SNI)'}"
    )
    return True


def _failure(error: ssl.SSLError) -> str:
    alert = alert_of(error.reason)
    if alert is not None:
        return f"alert received: {alert}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"refused the client's certificate: {error.verify_message}"
    known = _REASONS.get(error.reason or "")
    return known or f"handshake failed: {(error.reason or str(error)).replace('_', ' ').lower()}"


def converse(connection: Connection, journal: Journal, skew: float) -> None:
    """Reads a request and answers it. `skew`: seconds by which the real clock is ahead of this server's world."""
    head = read_head(connection.sock)
    if not head:
        journal.note(connection.peer, "closed by the client without a request")
        return
    request = http.parse(head)
    if request is not None and request.token is not None:
        journal.token(connection.peer, request.token)
    status, whole = http.answer(request, http.FILES, time.time() - skew)
    line = f"{request.method} {request.path}" if request is not None else "what was no HTTP"
    journal.note(connection.peer, f"answered {line} with {status}")
    connection.sock.sendall(whole)


def read_head(sock: socket.socket, first: bytes = b"") -> bytes:
    """The head of a request, up to its empty line; empty where the client leaves or falls silent before that."""
    data = first
    while b"\r\n\r\n" not in data and len(data) < http.LIMIT:
        try:
            more = sock.recv(16_384)
        except OSError:  # includes TLS alerts and time running out: no request came
            return b""
        if not more:
            return b""
        data += more
    return data.partition(b"\r\n\r\n")[0]


def drain(connection: Connection, patience: float = 0.3) -> None:
    """Says that nothing more comes and reads what is still under way, so that the client can read what was sent."""
    plain = socket.socket
    with contextlib.suppress(OSError):
        plain.shutdown(connection.sock, socket.SHUT_WR)
        connection.sock.settimeout(patience)
        while plain.recv(connection.sock, 16_384):
            pass
