"""Certificates and keys as files, in the forms in which people have them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.diagnosis import mint as m
from tests.diagnosis.mint import Spec

ROOT = m.root()
INTER = m.under(ROOT)
LEAF = m.leaf(INTER)
KEY = LEAF.key


def der(item: Spec | bytes) -> bytes:
    return item.der() if isinstance(item, Spec) else item


def armour(data: bytes, label: str = "CERTIFICATE") -> bytes:
    text = base64.encodebytes(data)
    return b"-----BEGIN " + label.encode() + b"-----\n" + text + b"-----END " + label.encode() + b"-----\n"


def pem(path: Path, *items: Spec | bytes, between: bytes = b"") -> Path:
    path.write_bytes(between.join(armour(der(item)) for item in items))
    return path


def key(path: Path, private: Any, password: bytes | None = None, mode: int = 0o600) -> Path:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    data = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    path.write_bytes(data)
    path.chmod(mode)
    return path


def p12(path: Path, *items: Spec, private: Any = KEY, password: bytes | None = None) -> Path:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    first, *more = (x509.load_der_x509_certificate(item.der()) for item in items)
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"server", private, first, more, how))
    path.chmod(0o600)
    return path


def p7(*items: Spec | bytes) -> bytes:
    """A degenerate signedData (RFC 2315 §9.1) with these certificates, in this order."""
    signed = m.seq(
        m.num(1), m.tlv(0x31), m.seq(m.oid("1.2.840.113549.1.7.1")),
        m.tlv(0xA0, *(der(item) for item in items)), m.tlv(0x31),
    )  # fmt: skip
    return m.seq(m.oid("1.2.840.113549.1.7.2"), m.tlv(0xA0, signed))


def crl(issuer: Spec, *serials: int, ends: float | None = None) -> bytes:
    """A CRL of `issuer` that revokes these serial numbers."""
    algorithm = m.algorithm(issuer.key, "sha256")
    entries = m.seq(*(m.seq(m.num(serial), m.when(m.NOW - m.DAY)) for serial in serials))
    body = m.seq(
        m.num(1), algorithm, issuer.subject, m.when(m.NOW - m.DAY), m.when(ends or m.NOW + 30 * m.DAY),
        *([entries] if serials else []),
        m.tlv(0xA0, m.seq(m.aki(issuer.key), m.ext("2.5.29.20", m.num(1)))),
    )  # fmt: skip
    return m.seq(body, algorithm, m.bit_string(m.sign(issuer.key, "sha256", body)))
