"""One thread that accepts for all servers of a lab, and as many threads as there are connections at a time. Law: after
`close` there is no thread and no socket of ours left.
"""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Iterable

Handler = Callable[["Connection"], None]
PATIENCE = 10.0
"""Seconds that a server waits for a client's next bytes."""


class Connection:
    """An accepted connection. `sock` may be replaced by a TLS socket around it; it is closed when the handler ends."""

    __slots__ = ("peer", "sock", "stop")

    def __init__(self, sock: socket.socket, peer: int, stop: threading.Event) -> None:
        self.sock = sock
        self.peer = peer
        self.stop = stop


class Acceptor:
    """Accepts on any number of listening sockets. The thread starts with the first of them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._joining: list[tuple[socket.socket, Handler]] = []
        self._leaving: list[tuple[list[socket.socket], threading.Event]] = []
        self._running: set[Connection] = set()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._work: queue.SimpleQueue[tuple[Connection, Handler] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        # epoll and kqueue take new sockets while they wait; others have to be woken.
        self._at_once = type(self._selector).__name__ in ("EpollSelector", "KqueueSelector")
        self.stop = threading.Event()

    def add(self, sockets: Iterable[socket.socket], handler: Handler) -> None:
        """Hands each connection on these listening sockets to `handler`, in a thread of its own."""
        with self._lock:
            for sock in sockets:
                sock.setblocking(False)
                if self._at_once:
                    self._selector.register(sock, selectors.EVENT_READ, handler)
                else:
                    self._joining.append((sock, handler))
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="lab-acceptor", daemon=True)
                self._thread.start()
        if not self._at_once:
            self._wake.send(b".")

    def remove(self, sockets: Iterable[socket.socket]) -> None:
        """Closes these listening sockets; nothing is accepted on them after this returns."""
        done = threading.Event()
        with self._lock:
            if self._thread is None or self.stop.is_set():
                for sock in sockets:
                    sock.close()
                return
            self._leaving.append((list(sockets), done))
        self._wake.send(b".")
        done.wait(5)

    def close(self) -> None:
        """Ends everything: listening sockets, open connections, threads."""
        self.stop.set()
        with contextlib.suppress(OSError):
            self._wake.send(b".")
        if self._thread is not None:
            self._thread.join(5)
        with self._lock:
            running = list(self._running)
            threads, self._threads = self._threads, []
        for connection in running:
            with contextlib.suppress(OSError):
                # The plain socket's method: a TLS socket's own would pull its session away under the handler.
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
        for _ in threads:
            self._work.put(None)
        for thread in threads:
            thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        for sock, _ in self._joining:
            sock.close()
        for sockets, done in self._leaving:
            for sock in sockets:
                sock.close()
            done.set()
        self._wake.close()
        self._selector.close()

    def _loop(self) -> None:
        while not self.stop.is_set():
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                    self._change()
                else:
                    self._accept(key.fileobj, key.data)  # type: ignore[arg-type]

    def _change(self) -> None:
        with self._lock:
            joining, self._joining = self._joining, []
            leaving, self._leaving = self._leaving, []
        for sock, handler in joining:
            self._selector.register(sock, selectors.EVENT_READ, handler)
        for sockets, done in leaving:
            for sock in sockets:
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(sock)
                sock.close()
            done.set()

    def _accept(self, listening: socket.socket, handler: Handler) -> None:
        try:
            sock, address = listening.accept()
        except OSError:  # the client is gone again, or the socket was just closed
            return
        sock.settimeout(PATIENCE)
        connection = Connection(sock, address[1], self.stop)
        with self._lock:
            self._running.add(connection)
            # A thread that waits for work already saves 0.2 ms against a new one.
            if self._idle:
                self._idle -= 1
            else:
                thread = threading.Thread(target=self._serve, name="lab-connection", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._work.put((connection, handler))

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            connection, handler = work
            try:
                # A client may leave at any moment: what matters of it, the handler has noted.
                with contextlib.suppress(OSError):
                    handler(connection)
            finally:
                connection.sock.close()
                with self._lock:
                    self._running.discard(connection)
            with self._lock:
                self._idle += 1
