"""Reads a log of any length in bounded memory. Law: what is kept depends on the lines, never on how many there are.

The first TLS words of a log are the likeliest cause and the last ones what the person saw; so the first matches are
kept with what stands around them, the last ones too, and the very first lines (the command, the variables set).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

_TRIGGERS = (
    "ssl", "tls", "cert", "x509", "pkix", "handshake", "gnutls", "schannel", "sec_e_", "keystore", "trustanchor",
    "refused", "timed out", "timeout", "resolve", "getaddrinfo", "name resolution", "no such host", "connection reset",
    "unknownhost", "enotfound", "eai_again", "proxy", "err_", "mozilla_pkix", "signed by", "hostname", "altname",
    "unknownissuer", "verify", "eof", "no route to host", "pem", "name or service", "unreachable", "remotedisconnected",
    "plain http", "http response", "badstatusline", "socket hang up", "https url", "cacert", "crl", "revo",
)  # fmt: skip
_BLOCK = 1 << 20
_HEAD, _FIRST, _LAST = 8_000, 150_000, 60_000
_BEFORE, _AFTER = 4, 6
_LONGEST = 4_000


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Lines without their ends; a line without end (a binary file) in pieces that overlap."""
    for line in lines:
        text = line if isinstance(line, str) else str(line)
        if len(text) <= _LONGEST:
            yield text.rstrip("\r\n")
            continue
        for start in range(0, len(text), _LONGEST - 200):
            yield text[start : start + _LONGEST].rstrip("\r\n")


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    size = 0
    for line in _pieces(lines):
        block.append(line)
        size += len(line) + 1
        if size >= _BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def gist(lines: Iterable[str]) -> str:
    """The part of a log that can matter, at most some 220 kB of it."""
    head: list[str] = []
    first: list[str] = []
    last: deque[str] = deque()
    sizes = [0, 0, 0]
    before: deque[str] = deque(maxlen=_BEFORE)
    after = 0

    def keep(line: str) -> None:
        if sizes[1] < _FIRST:
            first.append(line)
            sizes[1] += len(line) + 1
            return
        last.append(line)
        sizes[2] += len(line) + 1
        while sizes[2] > _LAST:
            sizes[2] -= len(last.popleft()) + 1

    for block in _blocks(lines):
        whole = "\n".join(block).lower()
        if "\x00" in whole:  # UTF-16 that was read as bytes
            whole = whole.replace("\x00", "")
        here = [trigger for trigger in _TRIGGERS if trigger in whole]
        for line in block if here or after or sizes[0] < _HEAD else ():
            if sizes[0] < _HEAD:
                head.append(line)
                sizes[0] += len(line) + 1
                continue
            low = line.lower().replace("\x00", "")
            if any(trigger in low for trigger in here):
                for earlier in before:
                    keep(earlier)
                before.clear()
                keep(line)
                after = _AFTER
            elif after:
                keep(line)
                after -= 1
            else:
                before.append(line)
    return "\n".join([*head, *first, *last])
