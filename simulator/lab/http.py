"""The little HTTP/1.1 that the lab speaks (RFC 9112). Law: bytes to values and back; no socket is touched here."""

from __future__ import annotations

import time
from collections.abc import Mapping

LIMIT = 65_536
"""Bytes of a request's head that are read at most."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

FILES: Mapping[str, tuple[str, bytes]] = {
    "/": (
        "text/html; charset=utf-8",
        b"<!doctype html><title>tls-clinic</title><h1>It works</h1><p>See also <a href=test.txt>test.txt</a>.\n",
    ),
    "/test.txt": ("text/plain; charset=utf-8", b"Hello from the lab.\n"),
}
"""What every site of the lab serves."""


class Request:
    """A request's first line and the fields that matter here."""

    __slots__ = ("authority", "method", "path", "token")

    def __init__(self, method: str, path: str, token: str | None, authority: str) -> None:
        self.method = method
        self.path = path
        self.token = token
        self.authority = authority


def parse(head: bytes) -> Request | None:
    """The request in `head` (up to the empty line); None where it is none."""
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/"):
        return None
    token = None
    authority = ""
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "authorization" and value.strip().startswith("Bearer "):
            token = value.strip().removeprefix("Bearer ")
        elif name.lower() == "host":
            authority = value.strip()
    return Request(parts[0], parts[1], token, authority)


def date(moment: float) -> str:
    """`moment` (seconds since 1970 UTC) as in a Date header (RFC 9110 §5.6.7), whatever the locale."""
    t = time.gmtime(moment)
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year} "
        f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} GMT"
    )


def moment(text: str | None) -> float | None:
    """The time that a Date header names, in seconds since 1970 UTC; None where it names none."""
    import calendar

    parts = (text or "").split()
    try:
        _, day, month, year, clock, _ = parts
        hour, minute, second = clock.split(":")
        fields = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
    except ValueError:
        return None
    return float(calendar.timegm(fields))


def response(status: str, body: bytes, *, kind: str = "text/plain; charset=utf-8", now: float) -> bytes:
    """A whole response. It closes the connection: a kept-alive one would never shake hands again."""
    head = (
        f"HTTP/1.1 {status}\r\nDate: {date(now)}\r\nServer: tls-clinic\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body


def answer(request: Request | None, files: Mapping[str, tuple[str, bytes]], now: float) -> tuple[str, bytes]:
    """The status and the whole response to `request`, from `files` (path to content type and body)."""
    if request is None:
        status, kind, body = "400 Bad Request", "text/plain; charset=utf-8", b"This is not HTTP.\n"
    elif request.path.partition("?")[0] in files:
        status = "200 OK"
        kind, body = files[request.path.partition("?")[0]]
    else:
        status, kind, body = "404 Not Found", "text/plain; charset=utf-8", b"There is no such file here.\n"
    whole = response(status, body, kind=kind, now=now)
    if request is not None and request.method == "HEAD":
        whole = whole[: len(whole) - len(body)]
    return status, whole
