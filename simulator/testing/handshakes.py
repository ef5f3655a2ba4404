"""TLS handshakes in memory, with two OpenSSLs. Law: no socket and, with pyOpenSSL, no file; the client's verdict is
OpenSSL's own, and the server's half exists only to carry the certificates there.

Each example has certificates of its own, so contexts cannot be kept. pyOpenSSL takes them as objects, which is quicker
than PEM files for `ssl`; where it is not installed, or refuses a certificate, the standard library serves it.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from simulator.lab.keys import KeyPair
from simulator.lab.pem import armour
from simulator.testing.memory import View

STRICT = 0x20 | 0x80000
"""X509_V_FLAG_X509_STRICT and X509_V_FLAG_PARTIAL_CHAIN: what Python 3.13 sets."""
FLIGHTS = 4
"""How often each side may speak before something is wrong: with TLS 1.3 a client knows after one."""


class Said(NamedTuple):
    """What a client said. `code`: X509_V_ERR of a refusal, where it is about a certificate."""

    accepted: bool
    code: int | None = None
    words: str = ""


Server = tuple[Callable[[bytes], bytes], str]
"""Takes what the client sent and gives what the server answers."""


def openssl(view: View, *, strict: bool = False) -> Said:
    """The verdict of the standard library's OpenSSL, with the settings of requests. `strict`: as on Python 3.13."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = _client_context(view.anchors, strict, view.verify, view.check_hostname)
    client = context.wrap_bio(into, out, server_hostname=view.host)
    serve = _server(view)
    for _ in range(FLIGHTS):
        try:
            client.do_handshake()
            return Said(True)
        except ssl.SSLWantReadError:
            into.write(serve(out.read()))
        except ssl.SSLCertVerificationError as error:
            return Said(False, error.verify_code, error.verify_message)
        except ssl.SSLError as error:
            return Said(False, None, error.reason or str(error))
    return Said(False, None, "no end")


def newer(view: View, *, strict: bool = False) -> Said:
    """The verdict of the OpenSSL that `cryptography` brings, which is newer than Python's: the path alone, for
    pyOpenSSL compares no names. Raises `ImportError` where pyOpenSSL is not installed."""
    from OpenSSL import SSL

    refused: list[int] = []

    def judged(_connection: Any, _certificate: Any, code: int, _depth: int, good: int) -> bool:
        if not good:
            refused.append(code)
        return bool(good)

    # A context of its own: the callback belongs to this one handshake.
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    store: Any = context.get_cert_store()
    for anchor in dict.fromkeys(view.anchors):
        store.add_cert(_x509(anchor))
    if strict:
        store.set_flags(STRICT)
    context.set_verify(SSL.VERIFY_PEER if view.verify else SSL.VERIFY_NONE, judged)
    client = SSL.Connection(context, None)
    client.set_connect_state()
    serve = _server(view)
    for _ in range(FLIGHTS):
        try:
            client.do_handshake()
            return Said(True)
        except SSL.WantReadError:
            client.bio_write(serve(_pending(client)))
        except SSL.Error as error:
            if refused and view.verify:
                return Said(False, refused[0])
            return Said(False, None, str(error.args[0][-1][-1] if error.args and error.args[0] else error))
    return Said(False, None, "no end")


@lru_cache(maxsize=256)
def _client_context(anchors: tuple[bytes, ...], strict: bool, verify: bool, check_hostname: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=b"".join(anchors))
    context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST | (STRICT if strict else 0)
    context.hostname_checks_common_name = False  # as urllib3 does
    if not (verify and check_hostname):
        context.check_hostname = False
    if not verify:
        context.verify_mode = ssl.CERT_NONE
    return context


def _server(view: View) -> Callable[[bytes], bytes]:
    try:
        return _foreign_server(view.served, view.key)
    except (ImportError, ValueError):
        return _own_server(view.served, view.key)


def _foreign_server(served: tuple[bytes, ...], key: KeyPair) -> Callable[[bytes], bytes]:
    from OpenSSL import SSL

    connection = SSL.Connection(_foreign_context(served, key), None)
    connection.set_accept_state()

    def answer(sent: bytes) -> bytes:
        if sent:
            connection.bio_write(sent)
        with contextlib.suppress(SSL.WantReadError, SSL.Error):  # what it thinks of the client is not asked
            connection.do_handshake()
        return _pending(connection)

    return answer


@lru_cache(maxsize=8)
def _foreign_context(served: tuple[bytes, ...], key: KeyPair) -> Any:
    """Raises `ImportError` without pyOpenSSL, `ValueError` for a certificate that it does not take."""
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")  # what is served may be weak: that is the client's to judge
    try:
        context.use_certificate(_object(served[0]))
        for one in served[1:]:
            context.add_extra_chain_cert(_object(one))
        context.use_privatekey(key.private)
    except SSL.Error as error:
        raise ValueError(str(error)) from error
    return context


def _object(der: bytes) -> Any:
    from cryptography import x509

    return x509.load_der_x509_certificate(der)


@lru_cache(maxsize=256)
def _x509(der: bytes) -> Any:
    from OpenSSL import crypto

    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


def _pending(connection: Any) -> bytes:
    from OpenSSL import SSL

    try:
        return bytes(connection.bio_read(65_536))
    except SSL.WantReadError:
        return b""


def _own_server(served: tuple[bytes, ...], key: KeyPair) -> Callable[[bytes], bytes]:
    import tempfile

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # of mode 0600, and gone at once
        file.write(b"".join(armour(der) for der in served) + key.pem)
        file.flush()
        context.load_cert_chain(file.name)
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(into, out, server_side=True)

    def answer(sent: bytes) -> bytes:
        into.write(sent)
        with contextlib.suppress(ssl.SSLError):  # includes waiting for more
            server.do_handshake()
        return out.read()

    return answer
