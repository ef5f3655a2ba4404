"""Names as DER: distinguished names and general names (RFC 5280 §4.1.2.4, §4.2.1.6). Law: what a spec says is written,
wise or not; only what no encoding exists for is refused.
"""

from __future__ import annotations

import socket
from functools import lru_cache
from typing import TYPE_CHECKING

from simulator.errors import UsageError
from simulator.lab.der import IA5_STRING, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, encode, oid, tagged

if TYPE_CHECKING:
    from simulator.model.deployment import Name

# The string types are those of RFC 5280 appendix A.1, and UTF8String wherever it leaves the choice.
_ATTRIBUTES = {
    "CN": (oid("2.5.4.3"), UTF8_STRING),
    "O": (oid("2.5.4.10"), UTF8_STRING),
    "OU": (oid("2.5.4.11"), UTF8_STRING),
    "C": (oid("2.5.4.6"), PRINTABLE_STRING),
    "ST": (oid("2.5.4.8"), UTF8_STRING),
    "L": (oid("2.5.4.7"), UTF8_STRING),
    "DC": (oid("0.9.2342.19200300.100.1.25"), IA5_STRING),
    "UID": (oid("0.9.2342.19200300.100.1.1"), UTF8_STRING),
    "SERIALNUMBER": (oid("2.5.4.5"), PRINTABLE_STRING),
    "emailAddress": (oid("1.2.840.113549.1.9.1"), IA5_STRING),
}
_EMAIL, _DNS, _URI, _IP = 0x81, 0x82, 0x86, 0x87
_DIRECTORY = 4


@lru_cache(maxsize=4096)
def distinguished_name(name: Name) -> bytes:
    """A Name. Raises `UsageError` for an attribute without a short name here, or a value that its type cannot hold."""
    return encode(SEQUENCE, b"".join([_relative(short, value) for short, value in name]))


def _relative(short: str, value: str) -> bytes:
    try:
        type_, tag = _ATTRIBUTES[short]
    except KeyError:
        raise UsageError(f"there is no name attribute {short}") from None
    return encode(SET, encode(SEQUENCE, type_ + encode(tag, _bytes(value, "utf-8" if tag == UTF8_STRING else "ascii"))))


def _bytes(value: str, encoding: str) -> bytes:
    try:
        return value.encode(encoding)
    except UnicodeEncodeError as error:
        raise UsageError(f"a name cannot be written: {error}") from error


@lru_cache(maxsize=4096)
def general_name(text: str, *, constraint: bool = False) -> bytes:
    """A GeneralName, or with `constraint` the base of a subtree: "DNS:…", "IP:…", "URI:…", "email:…", "DIR:O=…,CN=…".

    Raises `UsageError` for a text that is none of these.
    """
    kind, _, value = text.partition(":")
    if kind == "DNS":
        # A U-label has no place in a dNSName (RFC 5280 §7.2); some issuers wrote it all the same, as raw bytes.
        return encode(_DNS, _bytes(value, "utf-8"))
    if kind == "IP":
        return encode(_IP, _network(value) if constraint else _address(value))
    if kind == "URI":
        return encode(_URI, _bytes(value, "ascii"))
    if kind == "email":
        return encode(_EMAIL, _bytes(value, "ascii"))
    if kind == "DIR":
        pairs = tuple((p.partition("=")[0], p.partition("=")[2]) for p in value.split(","))
        return tagged(_DIRECTORY, distinguished_name(pairs))
    raise UsageError(f"{text} is no presented identifier: it begins with DNS:, IP:, URI:, email: or DIR:")


def _address(value: str) -> bytes:
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)
    except (OSError, ValueError) as error:
        raise UsageError(f"IP:{value} cannot be written as a name: it is no IP address") from error


def _network(value: str) -> bytes:
    import ipaddress

    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise UsageError(f"IP:{value} cannot be written as a name: {error}") from error
    return network.network_address.packed + network.netmask.packed
