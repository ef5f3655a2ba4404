"""Reads an exception: is it about TLS or the connection, and what does it know of the call that failed?

Law: clients are known by the names of their classes, so that none is imported; whatever an object does when it is
asked, the answer is a value.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

_ABOUT = frozenset(
    (
        ("ssl", "SSLError"),
        ("socket", "gaierror"),
        ("builtins", "ConnectionError"),
        ("requests", "ConnectionError"),
        ("requests", "Timeout"),
        ("urllib3", "HTTPError"),
        ("urllib", "URLError"),
        ("httpx", "TransportError"),
        ("httpcore", "NetworkError"),
        ("httpcore", "ProtocolError"),
        ("aiohttp", "ClientConnectionError"),
    )
)
"""The package and the name of a class; its subclasses are meant too."""
_NOT_ABOUT = frozenset((("urllib", "HTTPError"), ("urllib3", "LocationValueError"), ("httpx", "UnsupportedProtocol")))
_CLIENTS = ("requests", "httpx", "aiohttp", "urllib3", "urllib")
_FRAMES, _DEEPEST = 200, 30
_STRICT, _PARTIAL = 0x20, 0x80000  # X509_V_FLAG_X509_STRICT, X509_V_FLAG_PARTIAL_CHAIN


@dataclass(kw_only=True)
class Facts:
    """What an error knows of the call that failed."""

    text: str = ""
    names: tuple[str, ...] = ()
    verify_code: int | None = None
    client: str = "stdlib"
    url: str = ""
    server_name: str = ""
    proxy: str = ""
    bundle: str = ""
    """Path of the trust anchors, where the client says it."""
    anchors: tuple[bytes, ...] = ()
    """Trust anchors that the failed call's own context had loaded, DER."""
    verify: bool = True
    check_hostname: bool = True
    traits: tuple[str, ...] = ()


def concerned(error: BaseException) -> list[BaseException]:
    """The error where it is about TLS or the connection; of a group, those of its members that are."""
    if isinstance(error, BaseExceptionGroup):
        return [one for member in error.exceptions for one in concerned(member)]
    return [error] if any(_is_about(one) for one in _chain(error, contexts=False)) else []


def _is_about(error: BaseException) -> bool:
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(error).__mro__}
    if kinds & _NOT_ABOUT:
        return False
    return bool(kinds & _ABOUT) or (isinstance(error, OSError) and "CA certificate bundle" in str(error))


def _chain(error: BaseException, *, contexts: bool) -> list[BaseException]:
    """The error and what it came from: causes, what it wraps, and with `contexts` what was being handled."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < _DEEPEST:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or any(one is known for known in found):
            continue
        found.append(one)
        waiting += [one.__cause__, _asked(one, "reason"), _asked(one, "os_error"), *one.args]
        if contexts:
            waiting.append(one.__context__)
    return found


def _asked(thing: object, name: str) -> Any:
    """An attribute, or None: properties of other people's classes may raise anything."""
    try:
        return getattr(thing, name, None)
    except Exception:
        return None


def facts(error: BaseException) -> Facts:
    """What this error tells."""
    chain = _chain(error, contexts=True)
    known = Facts(text="\n".join(dict.fromkeys(f"{_name(one)}: {one}" for one in chain)))
    known.names = tuple(_name(one) for one in chain)
    roots = {type(one).__module__.partition(".")[0] for one in chain}
    client = next((name for name in _CLIENTS if name in roots), "stdlib")
    known.client = "requests" if client in ("requests", "urllib3") else "stdlib"
    for one in chain:
        code = _asked(one, "verify_code")
        known.verify_code = code if isinstance(code, int) and known.verify_code is None else known.verify_code
        _address(one, known)
        for frame in _frames(one):
            for value in list(frame.f_locals.values()):
                _look_at(value, known)
    return known


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _address(error: BaseException, known: Facts) -> None:
    """Where the call went, as requests, httpx, urllib3 and aiohttp say it."""
    request = _asked(error, "request")
    pool = _asked(error, "__dict__").get("pool")  # some of urllib3's errors have a property of this name that warns
    url = _asked(request, "url")
    if url is not None and not known.url:
        known.url = str(url)
    if pool is not None:
        _pool(pool, known)
    host, port = _asked(error, "host"), _asked(error, "port")
    if isinstance(host, str) and isinstance(port, int) and not known.url:
        known.url = f"https://{f'[{host}]' if ':' in host else host}:{port}/"


def _pool(pool: object, known: Facts) -> None:
    """A connection pool of urllib3 knows its host, its trust and its proxy."""
    host, port, scheme = _asked(pool, "host"), _asked(pool, "port"), _asked(pool, "scheme")
    if isinstance(host, str) and not known.url:
        known.url = f"{scheme or 'https'}://{f'[{host}]' if ':' in host else host}:{port or 443}/"
    bundle = _asked(pool, "ca_certs") or _asked(pool, "ca_cert_dir")
    if isinstance(bundle, str):
        known.bundle = known.bundle or bundle
    known.verify = known.verify and _asked(pool, "cert_reqs") not in ("CERT_NONE", ssl.CERT_NONE)
    if _asked(pool, "assert_hostname") is False:
        known.check_hostname = False
    proxy = _asked(pool, "proxy")
    if proxy is not None:
        known.proxy = str(_asked(proxy, "url") or "")


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    for _ in range(_FRAMES):
        if trace is None:
            return
        yield trace.tb_frame
        trace = trace.tb_next


def _look_at(value: object, known: Facts) -> None:
    """A local variable of the failed call: its context, its socket, its request."""
    if isinstance(value, ssl.SSLSocket | ssl.SSLObject):
        known.server_name = known.server_name or str(value.server_hostname or "")
        _context(value.context, known)
    elif isinstance(value, ssl.SSLContext):
        _context(value, known)
    elif type(value).__module__.startswith(("asyncio.", "urllib.request")):
        context, url = _asked(value, "_sslcontext"), _asked(value, "full_url")
        if isinstance(context, ssl.SSLContext):
            _context(context, known)
        if isinstance(url, str) and not known.url:
            known.url = url


def _context(context: ssl.SSLContext, known: Facts) -> None:
    if known.anchors:
        return
    flags = int(context.verify_flags)
    found = {"x509-strict": flags & _STRICT, "partial-chain": flags & _PARTIAL}
    found["common-name-fallback"] = int(bool(getattr(context, "hostname_checks_common_name", False)))
    known.traits = tuple(sorted(name for name, there in found.items() if there))
    known.anchors = tuple(context.get_ca_certs(binary_form=True))
    known.verify = context.verify_mode != ssl.CERT_NONE
