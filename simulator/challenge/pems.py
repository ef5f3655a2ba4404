"""What is in the files of a repair. Law: sizes are looked at before anything is parsed, and kinds of keys that take
long to work with are refused: nothing that a learner hands in may keep OpenSSL busy.
"""

from __future__ import annotations

import binascii
import re
import warnings
from dataclasses import dataclass
from typing import Any

from simulator.challenge.archive import Rejected

MOST_CERTIFICATES = 12
_CERTIFICATE = 16_000  # bytes, DER
_KEY = 2_600  # bytes, PKCS#8 DER: RSA-4096 has 2,375
_BITS = 4096
BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----")


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key: PKCS#8 and the public half, DER."""

    pkcs8: bytes
    spki: bytes


def certificates(data: bytes, name: str) -> list[bytes]:
    """The certificates of a PEM file, DER, in order. Raises `Rejected`."""
    found = []
    for label, body in BLOCK.findall(data):
        if label not in (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"):
            continue
        der = _decoded(body, name)
        if len(der) > _CERTIFICATE:
            raise Rejected(f"a certificate in {name} has more than {_CERTIFICATE:,} bytes")
        found.append(der)
        if len(found) > MOST_CERTIFICATES:
            raise Rejected(f"{name} holds more than {MOST_CERTIFICATES} certificates")
    return found


def checked(der: bytes, name: str) -> Any:
    """The certificate as cryptography reads it. Raises `Rejected` for one that it cannot, or whose key is too large."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd serials, say: the diagnosis will tell
            certificate = x509.load_der_x509_certificate(der)
            key = certificate.public_key()
            # What is read late is read now: each may fail on broken bytes.
            _ = certificate.subject, certificate.issuer, certificate.not_valid_after_utc, spki(certificate)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Rejected(f"a certificate in {name} cannot be read: {str(error)[:120]}") from None
    if getattr(key, "key_size", 256) > _BITS:
        raise Rejected(f"a key in {name} has more than {_BITS} bits")
    return certificate


def spki(certificate: Any) -> bytes:
    """A certificate's SubjectPublicKeyInfo, DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public: bytes = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public


def keys(data: bytes, name: str) -> list[PrivateKey]:
    """The private keys of a PEM file: PKCS#8, SEC 1 or PKCS#1, without a password. Raises `Rejected`."""
    found: list[PrivateKey] = []
    for label, body in BLOCK.findall(data):
        if not label.endswith(b"PRIVATE KEY"):
            continue
        if label.startswith(b"ENCRYPTED"):
            raise Rejected(f"the key in {name} has a password")
        if len(body) > _KEY * 3 // 2 or len(found) >= MOST_CERTIFICATES:
            raise Rejected(f"a key in {name} is larger than RSA with {_BITS} bits")
        found.append(_key(_decoded(body, name), label, name))
    return found


def _key(der: bytes, label: bytes, name: str) -> PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
        load_der_private_key,
        load_pem_private_key,
    )

    try:
        armoured = b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label, binascii.b2a_base64(der), label)
        key = load_der_private_key(der, None) if label == b"PRIVATE KEY" else load_pem_private_key(armoured, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Rejected(f"the key in {name} cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey):
        raise Rejected(f"the key in {name} is of a kind that servers do not use")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size > _BITS:
        raise Rejected(f"the key in {name} has more than {_BITS} bits")
    return PrivateKey(
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


def _decoded(body: bytes, name: str) -> bytes:
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error:
        raise Rejected(f"the base64 in {name} is broken") from None
