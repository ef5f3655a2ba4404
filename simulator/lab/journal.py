"""What a server saw, connection by connection. Law: an entry says what happened on the wire in the server's view, and
belongs to the connection (the client's port) that it happened on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

Listener = Callable[[str], None]


class Journal:
    """Entries, tokens and which connections have ended. Safe to use from all threads."""

    def __init__(self, on_event: Listener | None = None) -> None:
        self._lock = threading.Condition()
        self._entries: list[tuple[int, str]] = []
        self._tokens: list[tuple[int, str]] = []
        self._ended: set[int] = set()
        self._open: set[int] = set()
        self._greetings = 0
        self._behalf: dict[int, int] = {}
        self._on_event = on_event

    def note(self, peer: int, text: str) -> None:
        """Adds an entry about the connection from port `peer` (0: about none)."""
        with self._lock:
            self._entries.append((self._behalf.get(peer, peer), text))
        if self._on_event is not None:
            self._on_event(text)

    def token(self, peer: int, token: str) -> None:
        """A victim's token arrived here."""
        with self._lock:
            self._tokens.append((peer, token))

    def opened(self, peer: int) -> None:
        """A connection came in. Port numbers are used again, so an earlier one's end is forgotten."""
        with self._lock:
            self._ended.discard(peer)
            self._open.add(peer)

    def ended(self, peer: int) -> None:
        """A connection is over, and nothing more will be noted about it."""
        with self._lock:
            self._ended.add(peer)
            self._open.discard(peer)
            self._lock.notify_all()

    def greeted(self) -> None:
        """A ClientHello arrived: a client was ready to shake hands."""
        with self._lock:
            self._greetings += 1

    @property
    def greetings(self) -> int:
        """How many ClientHellos arrived."""
        with self._lock:
            return self._greetings

    def quiet(self, patience: float = 0.5) -> bool:
        """Waits until no connection is open, `patience` seconds at the longest; whether it came to that."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._open, patience)

    def behalf(self, peer: int, client: int) -> None:
        """What happens on the connection from port `peer` happens for the client at port `client`."""
        with self._lock:
            self._behalf[peer] = client

    def settle(self, peers: Collection[int], patience: float = 0.5) -> None:
        """Waits until these connections have ended, `patience` seconds at the longest."""
        limit = time.monotonic() + patience
        with self._lock:
            while not self._ended.issuperset(peers):
                left = limit - time.monotonic()
                if left <= 0 or not self._lock.wait(left):
                    return

    def entries(self, peers: Collection[int] | None = None) -> tuple[str, ...]:
        """The entries about these connections, or all."""
        with self._lock:
            return tuple(text for peer, text in self._entries if peers is None or peer in peers)

    def tokens(self) -> tuple[str, ...]:
        """All tokens that arrived, in order."""
        with self._lock:
            return tuple(token for _, token in self._tokens)
