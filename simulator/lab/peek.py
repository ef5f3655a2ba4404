"""A look into certificates that a strict parser would refuse. Law: DER in, plain values out, and `ValueError` for what
is no certificate; nothing is checked that is not asked for.

The lab issues zero serials, extensions twice and worse on purpose: cryptography warns of them, or will not read them.
"""

from __future__ import annotations

import calendar
import ipaddress

from simulator.lab.der import SEQUENCE, element, elements, encode

_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS, _IP = 0x82, 0x87
_UTC_TIME = 0x17
_SUBJECT_ALT_NAME = b"\x55\x1d\x11"


def _fields(der: bytes) -> list[tuple[int, bytes]]:
    """The elements of a certificate's tbsCertificate (RFC 5280 §4.1), without the version."""
    try:
        _, certificate, _ = element(der, 0)
        _, tbs, _ = element(certificate, 0)
        found = [(tag, body) for tag, body in elements(tbs) if tag != _VERSION]
    except IndexError as error:
        raise ValueError("no certificate") from error
    if len(found) < 6:
        raise ValueError("no certificate")
    return found


def serial(der: bytes) -> int:
    """The serial number, as it stands there."""
    return int.from_bytes(_fields(der)[0][1], "big", signed=True)


def subject(der: bytes) -> bytes:
    """The subject, DER."""
    return encode(SEQUENCE, _fields(der)[4][1])


def validity(der: bytes) -> tuple[float, float]:
    """notBefore and notAfter, in seconds since 1970 UTC. Raises `ValueError` where they cannot be read."""
    dates = elements(_fields(der)[3][1])
    if len(dates) != 2:
        raise ValueError("no validity")
    return _moment(*dates[0]), _moment(*dates[1])


def _moment(tag: int, value: bytes) -> float:
    text = value.decode("ascii", "replace")
    if tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text  # RFC 5280 §4.1.2.5.1
    digits = [int(text[:4]), *(int(text[i : i + 2]) for i in range(4, 14, 2))]
    return float(calendar.timegm((*digits, 0, 0, 0)))


def presented_names(der: bytes) -> tuple[str, ...]:
    """DNS names and IP addresses in the subjectAltName, as texts; empty where nothing of that can be read."""
    try:
        extensions = [body for tag, body in _fields(der) if tag == _EXTENSIONS]
        return tuple(name for body in extensions for name in _names(element(body, 0)[1]))
    except (ValueError, IndexError):
        return ()


def _names(extensions: bytes) -> list[str]:
    found: list[str] = []
    for _, extension in elements(extensions):
        parts = elements(extension)
        if parts[0][1] != _SUBJECT_ALT_NAME:
            continue
        for tag, value in elements(element(parts[-1][1], 0)[1]):
            if tag == _DNS:
                found.append(value.decode("latin-1"))
            elif tag == _IP and len(value) in (4, 16):
                found.append(str(ipaddress.ip_address(value)))
    return found
