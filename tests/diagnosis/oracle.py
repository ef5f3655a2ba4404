"""What Python's own `ssl` says to a chain: a TLS handshake in memory, no socket."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization


class NotServable(Exception):
    """Python's `ssl` cannot serve this chain."""


class NotJudged(NotServable):
    """The client gave up without a verdict on the certificate."""


def pem(der: bytes) -> str:
    return ssl.DER_cert_to_PEM_cert(der)


def server(chain: Sequence[bytes], key: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "chain.pem")
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_text(private.decode() + "".join(pem(der) for der in chain))
        try:
            context.load_cert_chain(file)
        except ssl.SSLError as error:
            raise NotServable(str(error)) from error
    return context


def client(anchors: Sequence[bytes], traits: frozenset[str], check_hostname: bool = True) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = check_hostname
    flags = ssl.VERIFY_X509_TRUSTED_FIRST
    if "x509-strict" in traits:
        flags |= ssl.VERIFY_X509_STRICT
    if "partial-chain" in traits:
        flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags = flags
    context.hostname_checks_common_name = "common-name-fallback" in traits
    if anchors:
        context.load_verify_locations(cadata="".join(pem(der) for der in anchors))
    return context


def verify_code(of_server: ssl.SSLContext, of_client: ssl.SSLContext, host: str) -> int:
    """X509_V_ERR of the refusal; 0 where the client accepts. Raises NotServable where TLS fails for another reason."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    seeing = of_client.wrap_bio(to_client, to_server, server_hostname=host)
    serving = of_server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(6):
        try:
            seeing.do_handshake()
            return 0
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            return error.verify_code
        except ssl.SSLError as error:
            raise NotJudged(str(error)) from error
        try:
            serving.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            raise NotServable(str(error)) from error
    raise NotServable("no end in sight")
