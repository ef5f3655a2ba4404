"""The way to a server: an address, and a proxy's tunnel where one is used. Law: bounded in time, and nothing is sent
but what a tunnel takes.
"""

from __future__ import annotations

import socket
import time


class Target:
    """Where to connect, and through which proxy. Addresses are loopback ones in the lab, any in `diagnose`."""

    __slots__ = ("address", "authority", "authorization", "port", "proxy")

    def __init__(
        self,
        address: str,
        port: int,
        *,
        proxy: tuple[str, int] | None = None,
        authority: tuple[str, int] | None = None,
        authorization: str = "",
    ) -> None:
        self.address = address
        self.port = port
        self.proxy = proxy
        self.authorization = authorization
        """What the proxy is told (Proxy-Authorization), if anything."""
        self.authority = authority or (address, port)
        """Host and port as a CONNECT request names them."""


def connect(where: tuple[str, int], patience: float) -> socket.socket:
    """A TCP connection to host and port, with `patience` seconds as its timeout. Raises `OSError`."""
    host, port = where
    numeric = ":" in host or host.replace(".", "").isdigit()
    if not numeric:
        return socket.create_connection((host, port), patience)
    # Without getaddrinfo, which imports the IDNA tables even for an address: 2 ms.
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(patience)
        sock.connect((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


def tunnel(sock: socket.socket, target: Target, limit: float) -> bool:
    """Asks the proxy for a tunnel (RFC 9110 §9.3.6) before `limit` (monotonic); whether it did. Raises `OSError`."""
    host, port = target.authority
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    known = f"Proxy-Authorization: {target.authorization}\r\n" if target.authorization else ""
    sock.sendall(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n{known}\r\n".encode("ascii"))
    answer = b""
    while not answer.endswith(b"\r\n\r\n") and len(answer) < 65_536:
        sock.settimeout(max(0.001, limit - time.monotonic()))
        # One byte at a time: what follows the empty line belongs to the tunnel.
        more = sock.recv(1)
        if not more:
            return False
        answer += more
    return answer.split(b" ", 2)[1:2] == [b"200"]
