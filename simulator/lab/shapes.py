"""Which kind of thing some bytes are, by their outermost structure. Law: a look, not a check; raises nothing."""

from __future__ import annotations

from simulator.lab.der import INTEGER, OID, SEQUENCE, element, elements

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
"""PKCS#7 signedData, RFC 2315 §14."""
_DATA = bytes.fromhex("2a864886f70d0107")
_BIT_STRING, _OCTET_STRING = 0x03, 0x04
_TIMES = (0x17, 0x18)
_HEADS = (
    (b"\xfe\xed\xfe\xed", "a Java key store (keytool -importkeystore makes PKCS#12 of it)"),
    (b"\xce\xce\xce\xce", "a Java key store (keytool -importkeystore makes PKCS#12 of it)"),
    (b"PK\x03\x04", "a zip file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"ssh-", "an SSH public key"),
    (b"ecdsa-sha2-", "an SSH public key"),
    (b"SQLite format 3", "a database"),
)


def shape(data: bytes) -> str:
    """ "a certificate", "a CRL", "a certificate request", "a private key", "an encrypted private key", "a public key",
    "a PKCS#7 bundle", "a PKCS#12 file", or "". What follows the first element is not looked at."""
    if data[:2] == b"\x30\x80":  # BER of indefinite length, as old tools write PKCS#7
        return "a PKCS#7 bundle" if SIGNED_DATA in data[:32] else ""
    try:
        tag, body, end = element(data, 0)
        if end > len(data):
            return ""
        outer = elements(body) if tag == SEQUENCE else []
        tags = [kind for kind, _ in outer[:3]]
        if tags == [SEQUENCE, SEQUENCE, _BIT_STRING]:
            return _signed(elements(outer[0][1]))
        return _other(outer, tags)
    except IndexError:
        return ""


def _signed(fields: list[tuple[int, bytes]]) -> str:
    """Something that somebody signed: its first fields tell which (RFC 5280 §4.1 and §5.1, RFC 2986 §4.1)."""
    tags = [tag for tag, _ in fields]
    if tags[:1] == [0xA0]:
        return "a certificate"
    if tags[:3] == [INTEGER, SEQUENCE, SEQUENCE]:
        if len(tags) > 3 and tags[3] in _TIMES:
            return "a CRL"
        return "a certificate" if tags[3:4] == [SEQUENCE] else "a certificate request"
    return "a CRL" if tags[:2] == [SEQUENCE, SEQUENCE] and len(tags) > 2 and tags[2] in _TIMES else ""


def _other(outer: list[tuple[int, bytes]], tags: list[int]) -> str:
    found = ""
    if tags[:2] == [OID, 0xA0]:
        found = "a PKCS#7 bundle"
    elif tags[:2] == [INTEGER, SEQUENCE]:
        inside = elements(outer[1][1])
        if outer[0][1] == b"\x03" and inside and inside[0][1].startswith(_DATA):
            found = "a PKCS#12 file"
        elif tags[2:] == [_OCTET_STRING]:
            found = "a private key"
    elif tags[:3] == [INTEGER, INTEGER, INTEGER] or tags[:2] == [INTEGER, _OCTET_STRING]:
        found = "a private key"
    elif tags == [SEQUENCE, _OCTET_STRING]:
        found = "an encrypted private key"
    elif tags == [SEQUENCE, _BIT_STRING]:
        found = "a public key"
    return found


def described(data: bytes) -> str:  # noqa: PLR0911  # a list of cases is easiest to read
    """What a file without certificates is, in a few words."""
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        return "an empty file"
    for head, name in _HEADS:
        if data.startswith(head):
            return name
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if start.startswith(b"<?xml"):
        return "an XML document"
    if start.startswith((b"{", b"[")):
        return "JSON"
    if data[:1] == b"\x30" and len(data) > 4:
        return "DER that is cut off or damaged"
    if all(byte >= 32 or byte in b"\t\r\n\f\x1b" for byte in data[:2048]):
        return "text without any certificate in it"
    return "binary data that is no certificate"
