"""Says in words what a text says in numbers alone. Law: only numbers whose meaning a specification or a header fixes.

"SSL alert number 40", "verify error:num=20", "reason(193)", "net_error -202": where a text was cut off or a library has
no texts, the number is all there is. `wordings.json` has the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    pass


_SYSTEM_LIBRARY, _SSL_LIBRARY = 2, 20
_ALERTS_FROM = 1000
"""OpenSSL numbers the reasons that the other side's alerts give from here (include/openssl/sslerr.h)."""
_PATTERNS: tuple[tuple[str, str, str], ...] = (
    # A word without which there is no match, the table, the pattern.
    (
        "verif",
        "verify",
        r"(?:verify error:\s?num=|verify return code:\s|verify[ _](?:code|result)\W{1,4}|verification error:?\W{1,3})"
        r"(\d{1,2})\b",
    ),
    ("error", "verify", r"error\s(\d{1,2}) at \d+ depth"),
    (
        "alert",
        "alert",
        r"alert(?:[ _](?:code|number|message|description|type))?(?: is)?,?[\s:=#\[(]{1,3}(?:type: \[2:)?(\d{1,3})\b",
    ),
    ("errno", "errno", r"errno[\s:=]{1,2}(\d{1,5})\b"),
    ("failed (", "errno", r"\bfailed \((\d{2,3}): "),
    ("winerror", "errno", r"winerror (\d{5})\b"),
    ("errno -", "resolver", r"\berrno -(\d)\b"),
    ("curl", "curl", r"\bcurl(?:[ _]error|[ _]returned|: )?[^\w\n]{0,3}\(?(\d{1,2})\b(?!\.)"),
    ("libcurl-errors", "curl", r"libcurl-errors[^\n]{0,40}error code:? (\d{1,2})\b"),
    ("errcode: ", "curl", r"errcode: (\d{1,2})\b"),
    ("net_error", "net_error", r"net_error[\s:=]{1,2}-(\d{1,3})\b"),
    ("nss", "nss", r"\bnss(?: error)?\W{1,3}-(\d{4,5})\b"),
    ("reason(", "openssl", r"reason\((\d{2,4})\)"),
)
_CODE = r"\berror:([0-9a-f]{8})\b"


def in_words(low: str, tables: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A line for each number that means something, in the order of the text."""
    # Chromium is a server too, for its own developer tools; nobody asks about that.
    low = re.sub(r"ssl_server_socket[^\n]{0,120}?net_error -\d+", "", low) if "ssl_server_socket" in low else low
    found = [*_numbers(low, tables), *_openssl(low, tables["openssl"], tables["errno"])]
    return list(dict.fromkeys(line for _, line in sorted(found)))


def _numbers(low: str, tables: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[int, str]]:
    for word, table, pattern in _PATTERNS:
        if word in low:
            for match in re.finditer(pattern, low):
                yield from _line(match, _name(table, int(match[1]), tables))


def _openssl(low: str, reasons: Mapping[str, str], errors: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Packed codes: library, function and reason until 1.1.1, library and reason since 3.0 (include/openssl/err.h)."""
    for match in re.finditer(_CODE, low) if "error:" in low else ():
        code = int(match[1], 16)
        if code >> 24 == _SSL_LIBRARY:
            yield from _line(match, reasons.get(str(code & 0xFFF)))
        elif code >> 23 == _SSL_LIBRARY:
            yield from _line(match, reasons.get(str(code & 0x7FFFFF)))
        elif code >> 31:  # a system's own error number since 3.0; 02fff… before
            yield from _line(match, errors.get(str(code & 0x7FFFFFFF)))
        elif code >> 24 == _SYSTEM_LIBRARY:
            yield from _line(match, errors.get(str(code & 0xFFF)))


def _name(table: str, number: int, tables: Mapping[str, Mapping[str, str]]) -> str | None:
    if table == "alert":
        return tables["openssl"].get(str(number + _ALERTS_FROM))
    return tables[table].get(str(number))


def _line(match: re.Match[str], name: str | None) -> Iterator[tuple[int, str]]:
    if name is not None:
        yield match.start(), f"{match[0]} is {name}"
