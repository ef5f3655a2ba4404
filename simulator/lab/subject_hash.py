"""The names that c_rehash gives certificates. Law: the same eight digits as `openssl x509 -subject_hash`.

OpenSSL hashes the canonical form of the subject: values as UTF-8, in lower case, white space trimmed and collapsed, the
outer SEQUENCE left off (x509_name_canon in crypto/x509/x_name.c). SHA-1 of that; the first four bytes, little-endian.
"""

from __future__ import annotations

import hashlib

from simulator.lab.der import element, elements, encode
from simulator.lab.peek import subject

# String types that are canonicalised, and how their bytes become text: UTF8, Numeric, Printable, T61, IA5, Visible,
# Universal, BMP.
_STRINGS = {
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    26: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}


def subject_hash(der: bytes) -> str:
    """Eight hexadecimal digits for a certificate's subject. Raises `ValueError` where `der` is no certificate."""
    _, sequence, _ = element(subject(der), 0)
    canonical = b"".join(_rdn(body) for _, body in elements(sequence))
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _rdn(content: bytes) -> bytes:
    attributes = []
    for _, attribute in elements(content):
        (_, oid), (tag, value) = elements(attribute)
        if tag in _STRINGS:
            text = " ".join(value.decode(_STRINGS[tag], "replace").split())
            # Only ASCII letters are lowered: OpenSSL's ossl_tolower knows no others.
            lowered = "".join(c.lower() if c.isascii() else c for c in text)
            tag, value = 12, lowered.encode()
        attributes.append(encode(0x30, encode(6, oid) + encode(tag, value)))
    return encode(0x31, b"".join(sorted(attributes)))
