"""The observer's own connections: to look, not to judge. Law: nothing is verified, everything weak is accepted, time is
bounded, and what ended the connection is told, whatever it was.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from simulator.lab.alerts import alert_of
from simulator.lab.contexts import set_versions
from simulator.lab.reach import Target, connect, tunnel
from simulator.model.evidence import Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Purpose", "Target", "date", "seems_to_match", "visit"]
Purpose = Literal["sni", "no-sni", "sibling", "proxy", "other-site", "version"]
_HANDSHAKE, _SERVER_KEY_EXCHANGE, _CERTIFICATE_REQUEST = 22, 12, 13  # RFC 5246 §7.4, RFC 8446 §4
_running = threading.local()


@lru_cache(maxsize=8)
def _context(minimum: str, maximum: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    set_versions(context, minimum, maximum)
    if hasattr(context, "_msg_callback"):  # CPython's, since 3.8: the only way to see a CertificateRequest
        context._msg_callback = _message
    return context


def _message(*event: Any) -> None:
    """Called by CPython with connection, direction, version, content type, message type and bytes."""
    _, direction, _, content, kind, data = event
    look = getattr(_running, "look", None)
    if look is None or direction != "read" or int(content) != _HANDSHAKE:
        return
    if int(kind) == _CERTIFICATE_REQUEST:
        look["certificate_requested"] = True
    elif int(kind) == _SERVER_KEY_EXCHANGE:
        look["key_exchange"] = data[4:]


def visit(
    purpose: Purpose,
    host: str,
    target: Target,
    *,
    server_name: str | None = None,
    patience: float = 10.0,
    versions: tuple[str, str] = ("TLSv1", "TLSv1.3"),
) -> Visit:
    """One connection to `target`, for `host`. `server_name` goes into SNI (None: no SNI); `patience` in seconds in all.

    For the purpose "version" the version of the result is the one offered, whether the server spoke it or not.
    """
    found: dict[str, Any] = {"purpose": purpose, "host": host, "server_name": server_name}
    if purpose == "version":
        found["version"] = versions[1]
    limit = time.monotonic() + patience
    where = target.proxy or (target.address, target.port)
    found["address"] = f"[{where[0]}]:{where[1]}" if ":" in where[0] else f"{where[0]}:{where[1]}"
    try:
        with connect(where, patience) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.proxy is not None and not tunnel(sock, target, limit):
                return Visit(**found, end="error", reason="PROXY_REFUSED")
            found.update(_handshake(sock, server_name, versions, limit))
    except ConnectionRefusedError:
        found["end"] = "refused"
    except ConnectionResetError:
        found["end"] = "reset"
    except socket.gaierror:
        found["end"] = "unresolved"
    except TimeoutError:
        found["end"] = "timeout"
    except OSError as error:
        found.update(end="error", reason=error.strerror or str(error))
    return Visit(**found)


def date(host: str, target: Target, *, server_name: str | None, patience: float = 10.0) -> float | None:
    """The server's clock: its Date header in answer to a HEAD request without credentials, in seconds since 1970 UTC.

    None where no answer with a date came. Nothing is verified.
    """
    from simulator.lab import http

    limit = time.monotonic() + patience
    name = f"[{host}]" if ":" in host else host
    head = b""
    try:
        with connect(target.proxy or (target.address, target.port), patience) as plain:
            if target.proxy is not None and not tunnel(plain, target, limit):
                return None
            with _context("TLSv1", "TLSv1.3").wrap_socket(plain, server_hostname=_sni(server_name)) as tls:
                tls.sendall(f"HEAD / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode("ascii", "replace"))
                while b"\r\n\r\n" not in head and len(head) < http.LIMIT and (more := tls.recv(16_384)):
                    head += more
    except OSError:
        return None
    lines = head.decode("latin-1").split("\r\n")
    return http.moment(next((line[5:].strip() for line in lines if line.lower().startswith("date:")), None))


def _sni(name: str | None) -> str | bytes | None:
    """As bytes Python takes a name as it is, underscores and all, and leaves its IDNA tables alone."""
    return name.encode("ascii") if name is not None and name.isascii() else name


def _handshake(sock: socket.socket, server_name: str | None, versions: tuple[str, str], limit: float) -> dict[str, Any]:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = _context(*versions).wrap_bio(incoming, outgoing, server_hostname=_sni(server_name))
    found: dict[str, Any] = {}
    look: dict[str, Any] = {}
    _running.look = look
    first = b""
    try:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
            _send(sock, outgoing)
            if time.monotonic() > limit:
                return {"end": "timeout"}  # it sends and sends, and never gets anywhere
            sock.settimeout(max(0.001, limit - time.monotonic()))
            data = sock.recv(65_536)
            if not data:
                return {"end": "bytes", "first_bytes": first} if _is_foreign(first) else {"end": "eof"}
            if len(first) < 64:
                first = (first + data)[:64]
            incoming.write(data)
        _send(sock, outgoing)
        found["end"] = "handshake"
        found["chain"] = _chain(tls)
        cipher = tls.cipher()
        found["cipher"] = cipher[0] if cipher else None
        found["version"] = tls.version()
        found["certificate_requested"] = look.get("certificate_requested", False)
        if cipher and cipher[0].startswith(("DHE", "ADH", "EDH")) and len(look.get("key_exchange", b"")) > 2:
            size = int.from_bytes(look["key_exchange"][:2], "big")
            found["group_bits"] = int.from_bytes(look["key_exchange"][2 : 2 + size], "big").bit_length()
    except ssl.SSLError as error:
        found["reason"] = error.reason
        found["alert"] = alert_of(error.reason)
        if found["alert"] is not None:
            found["end"] = "alert"
        elif _is_foreign(first):
            found.update(end="bytes", first_bytes=first)
        else:
            found["end"] = "error"
    finally:
        _running.look = None
    return found


def _is_foreign(first: bytes) -> bool:
    """Whether these first bytes are no TLS record (RFC 8446 §5.1: type 20 to 24, version 3.x)."""
    return bool(first) and not (20 <= first[0] <= 24 and first[1:2] in (b"\x03", b""))


def _send(sock: socket.socket, outgoing: ssl.MemoryBIO) -> None:
    data = outgoing.read()
    if data:
        sock.sendall(data)


def _chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    """What the server sent, DER, unverified and in the order of the wire. Public since 3.13, private before."""
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return tuple(public())
    private = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)
    if private is not None:
        import _ssl  # the constant lives there alone

        return tuple(one.public_bytes(_ssl.ENCODING_DER) for one in private() or ())  # type: ignore[attr-defined, unused-ignore]
    leaf = tls.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()


def seems_to_match(host: str, names: Sequence[str]) -> bool:
    """Whether looking further is needless: a rough look, which judges nobody. Diagnosis compares by RFC 9525."""
    host = host.lower().rstrip(".")
    parent = host.partition(".")[2]
    return any(n.lower() == host or (n.startswith("*.") and n[2:].lower() == parent) for n in names)
