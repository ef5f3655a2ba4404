"""Serves certificates that Python's `ssl` cannot load but that can be on the wire all the same (an extension twice).

Law: a stand-in for `ssl.SSLContext` in `conversation` and nothing more. pyOpenSSL is imported where it is needed and is
no dependency: without it, such a server refuses to start.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.lab.keys import KeyPair
    from simulator.lab.mint import Issued


def server_context(chain: Sequence[Issued], key: KeyPair) -> ForeignContext | None:
    """A context of pyOpenSSL's that serves `chain`; None where pyOpenSSL is not there or refuses as well."""
    try:
        from OpenSSL import SSL
    except ImportError:
        return None
    from cryptography import x509

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    try:
        first, *rest = [x509.load_der_x509_certificate(issued.der) for issued in chain]
        context.use_certificate(first)
        for one in rest:
            context.add_extra_chain_cert(one)
        context.use_privatekey(key.private)
        context.check_privatekey()
    except (SSL.Error, ValueError):
        return None
    return ForeignContext(context)


class ForeignContext:
    """What `conversation.shake` asks of a context."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def wrap_socket(self, sock: socket.socket, *, server_side: bool, do_handshake_on_connect: bool) -> ForeignSocket:
        """A TLS connection on `sock`; the handshake has yet to come."""
        if not server_side or do_handshake_on_connect:
            raise ValueError("this context serves, and shakes hands when it is told to")
        return ForeignSocket(self._context, sock)


class ForeignSocket(socket.socket):
    """The socket with TLS on it. It takes the descriptor over, so that shutting it down works as for any other."""

    def __init__(self, context: Any, sock: socket.socket) -> None:
        from OpenSSL import SSL

        timeout = sock.gettimeout()
        super().__init__(fileno=sock.detach())
        # pyOpenSSL hands a socket's timeout back as an error: it blocks, and the kernel keeps the limit.
        self.setblocking(True)
        if timeout:
            import struct

            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(timeout), 0))
        self._error: Any = SSL.Error
        self._tls = SSL.Connection(context, self)
        self._tls.set_accept_state()

    def do_handshake(self) -> None:
        """The handshake. Raises `ssl.SSLError` with OpenSSL's reason, as Python's own socket does."""
        try:
            self._tls.do_handshake()
        except self._error as error:
            raise _translated(error) from error

    def version(self) -> str:
        """The protocol version in use."""
        return str(self._tls.get_protocol_version_name())

    def cipher(self) -> tuple[str, str, int]:
        """Name, protocol and bits of the cipher suite in use."""
        return (str(self._tls.get_cipher_name()), self.version(), int(self._tls.get_cipher_bits() or 0))

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Bytes that the client sent; empty where it has left."""
        try:
            return bytes(self._tls.recv(size, flags))
        except self._error as error:
            raise _translated(error) from error

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Sends all of `data`."""
        try:
            self._tls.sendall(bytes(data), flags)
        except self._error as error:
            raise _translated(error) from error


def _translated(error: Exception) -> ssl.SSLError:
    """pyOpenSSL's errors hold (library, function, reason) triples, in lower case and with spaces."""
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    reason = queue[-1][2].upper().replace(" ", "_") if queue else "UNEXPECTED_EOF_WHILE_READING"
    translated = ssl.SSLError(1, f"[SSL: {reason}] {error}")
    translated.reason = reason
    return translated
