"""Ports on loopback. Law: nothing of ours listens anywhere but on 127.0.0.1 and ::1.

A port comes from the kernel: 127.0.0.1 first, then the same number on ::1; where that number is taken there three
times, IPv4 alone, with a note. A port that nobody listens on is bound all the same, so nobody else can take it, and
connections to it are refused (Linux and macOS refuse where a socket is bound but does not listen).
"""

from __future__ import annotations

import contextlib
import errno
import socket

from simulator.errors import MachineError

_TRIES = 3


class Port:
    """A port number and the sockets that hold it. `note` says what is missing ("IPv4 alone: …")."""

    __slots__ = ("note", "number", "sockets")

    def __init__(self, number: int, sockets: list[socket.socket], note: str) -> None:
        self.number = number
        self.sockets = sockets
        self.note = note

    def listen(self) -> None:
        """Begins to take connections."""
        for held in self.sockets:
            held.listen(128)

    def close(self) -> None:
        """Gives the number back."""
        for held in self.sockets:
            held.close()


def reserve(number: int = 0) -> Port:
    """Binds `number` (0: the kernel's choice) on both addresses. Raises `MachineError` where it is in use."""
    note = "IPv4 alone: the port was taken on ::1"
    for _ in range(_TRIES):
        first = _bind(socket.AF_INET, "127.0.0.1", number)
        chosen = first.getsockname()[1]
        try:
            return Port(chosen, [first, _bind(socket.AF_INET6, "::1", chosen)], "")
        except _NoIPv6:
            return Port(chosen, [first], "IPv4 alone: this machine has no ::1")
        except MachineError:
            first.close()
            if number:
                break
    return Port((first := _bind(socket.AF_INET, "127.0.0.1", number)).getsockname()[1], [first], note)


class _NoIPv6(Exception):  # an answer, not an error
    pass


def _bind(family: int, address: str, number: int) -> socket.socket:
    try:
        made = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _NoIPv6 from error
    try:
        if number:
            # A chosen port may have connections of the run before in TIME_WAIT.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            with contextlib.suppress(OSError):
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, number))
    except OSError as error:
        made.close()
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) and family == socket.AF_INET6:
            raise _NoIPv6 from error
        if error.errno == errno.EACCES:
            raise MachineError(
                f"port {number} needs more rights than this user has", "choose a port above 1023: --port 8443"
            ) from error
        raise MachineError(
            f"port {number} on {address} cannot be used: {error.strerror}",
            "another program has it: choose another port with --port, or leave the choice to the system with --port 0",
        ) from error
    return made
