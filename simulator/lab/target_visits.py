"""The observer's visits to a server that is not the lab's. Law: nothing is verified and nothing is sent but handshakes;
each visit is bounded, and so are all together.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any, NamedTuple

from simulator.errors import UsageError
from simulator.lab import visits
from simulator.lab.peek import presented_names
from simulator.lab.reach import Target
from simulator.lab.target_proxy import Proxy
from simulator.model.evidence import Visit

_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_SIBLINGS = 3


class Where(NamedTuple):
    """The parts of a URL."""

    url: str
    scheme: str
    host: str
    """Without brackets, as it was written."""
    wire: str
    """The host as it goes over the wire: A-labels, lower case."""
    port: int


def where(url: str) -> Where:
    """Takes a URL apart. Raises UsageError for what is none."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError(f"{url[:200]} is no URL: {error}", "simulate diagnose https://localhost:1443/") from None
    if parts.scheme not in ("https", "http") or not host or any(c <= " " for c in url):
        raise UsageError(f"{url[:200]} is no URL of a server", "simulate diagnose https://localhost:1443/")
    written = f"[{host}]" if ":" in host else host
    authority = written if port is None else f"{written}:{port}"
    clean = f"{parts.scheme}://{authority}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    return Where(clean, parts.scheme, host, _wire(host), port or (443 if parts.scheme == "https" else 80))


def _wire(host: str) -> str:
    if host.isascii():
        return host.lower()
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise UsageError(f"{host[:100]} is no host name: {error}", "write it as the certificate does") from None


class Observer:
    """Visits one server, through a proxy or not. `limit`: when all must be over, by the monotonic clock."""

    def __init__(self, there: Where, through: Proxy, limit: float) -> None:
        self._where = there
        self._through = through
        self._limit = limit
        self.address = ""
        """The address (the proxy's, where there is one) that answered, or the last that was tried; "": no name led
        anywhere."""

    def _left(self, share: float = 1.0) -> float:
        return max(0.05, (self._limit - time.monotonic()) * share)

    def first(self) -> Visit:
        """The visit that matters, at the first address that answers."""
        there, through = self._where, self._through
        name = None if is_ip(there.wire) else there.wire
        host, port = (through.host, through.port) if through.host else (there.wire, there.port)
        found = addresses(host, port, self._left(0.4))
        visit = Visit(purpose="sni", host=there.host, server_name=name, end="unresolved")
        patience = self._left(0.45) / max(1, len(found))
        for self.address in found:
            visit = visits.visit("sni", there.host, self._target(), server_name=name, patience=patience)
            if visit.end not in ("refused", "timeout", "error"):
                break
        return visit

    def _target(self) -> Target:
        if self._through.host:
            return Target(
                self.address,
                self._through.port,
                proxy=(self.address, self._through.port),
                authority=(self._where.wire, self._where.port),
                authorization=self._through.authorization,
            )
        return Target(self.address, self._where.port)

    def more(self, first: Visit) -> list[Visit]:
        """What the first visit leaves open: other names, other versions, the proxy's own port."""
        made = self._ask_proxy(first)
        if first.end in ("refused", "unresolved", "timeout", "bytes") or self._where.scheme == "http":
            return [visit for visit in made if visit is not None]
        target, name = self._target(), first.server_name
        if first.chain and name is not None:
            made.append(self._again("no-sni", self._where.host, target))
            names = presented_names(first.chain[0])[:1_000]
            if not visits.seems_to_match(self._where.wire, names):
                others = [n for n in names if n.lower() != name and "*" not in n and not is_ip(n) and _is_name(n)]
                made += [
                    self._again("sibling", n, target, server_name=n) for n in list(dict.fromkeys(others))[:_SIBLINGS]
                ]
        for version in _VERSIONS:
            made.append(self._again("version", self._where.host, target, server_name=name, versions=(version, version)))
        return [visit for visit in made if visit is not None]

    def _ask_proxy(self, first: Visit) -> list[Visit | None]:
        if not self._through.host or not self.address:
            return []
        if self._through.scheme == "https":
            return [self._again("proxy", self._where.host, Target(self.address, self._through.port))]
        return [replace(first, purpose="proxy")]

    def _again(self, purpose: visits.Purpose, host: str, target: Target, **more: Any) -> Visit | None:
        if time.monotonic() > self._limit - 0.5:
            return None
        return visits.visit(purpose, host, target, patience=min(2.0, self._left(0.3)), **more)


def addresses(host: str, port: int, patience: float) -> list[str]:
    """The addresses of a host, at most four, in the system's order; [] where there are none, or not in time."""
    import socket

    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    if is_ip(host):
        return [host]
    asking = threading.Thread(target=ask, daemon=True)  # no one can interrupt the system's resolver
    asking.start()
    asking.join(patience)
    return found[:4]


def is_ip(host: str) -> bool:
    """Whether this is an address, without brackets."""
    import socket

    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False


def _is_name(text: str) -> bool:
    return 0 < len(text) < 254 and all(c.isalnum() or c in "-._" for c in text) and text.isascii()
