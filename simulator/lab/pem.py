"""PEM armour (RFC 7468). Law: bytes in, bytes out; nothing here looks inside the DER."""

from __future__ import annotations

import binascii


def armour(der: bytes, label: str = "CERTIFICATE") -> bytes:
    """`der` between BEGIN and END lines, 64 characters a line. `label` as in RFC 7468: CERTIFICATE, X509 CRL."""
    text = binascii.b2a_base64(der, newline=False)
    lines = b"\n".join([text[i : i + 64] for i in range(0, len(text), 64)])
    name = label.encode("ascii")
    return b"-----BEGIN " + name + b"-----\n" + lines + b"\n-----END " + name + b"-----\n"
