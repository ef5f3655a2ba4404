"""Public keys and signatures: what kind, how strong, and whether a signature is right.

Law: strength is counted as OpenSSL counts it (bits of security), because its security levels decide; a check that this
machine's `cryptography` cannot do is "unknown" (None), never "wrong".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.diagnosis.der import BIT_STRING, INTEGER, OID, Malformed, bits, identifier, inside, integer, items

_RSA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01"
_EC_SIGN = b"\x2a\x86\x48\xce\x3d\x04"
_NIST_SIGN = b"\x60\x86\x48\x01\x65\x03\x04\x03"
_KINDS = {
    _RSA + b"\x01": "RSA",
    _RSA + b"\x0a": "RSA-PSS",
    b"\x2a\x86\x48\xce\x3d\x02\x01": "EC",
    b"\x2a\x86\x48\xce\x38\x04\x01": "DSA",
    b"\x2b\x65\x70": "Ed25519",
    b"\x2b\x65\x71": "Ed448",
}
_CURVES = {
    b"\x2a\x86\x48\xce\x3d\x03\x01\x01": ("P-192", 192),
    b"\x2b\x81\x04\x00\x21": ("P-224", 224),
    b"\x2a\x86\x48\xce\x3d\x03\x01\x07": ("P-256", 256),
    b"\x2b\x81\x04\x00\x22": ("P-384", 384),
    b"\x2b\x81\x04\x00\x23": ("P-521", 521),
    b"\x2b\x81\x04\x00\x0a": ("secp256k1", 256),
    b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07": ("brainpoolP256r1", 256),
    b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b": ("brainpoolP384r1", 384),
    b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d": ("brainpoolP512r1", 512),
}
_SCHEMES = {
    _RSA + b"\x04": ("RSA", "md5"),
    _RSA + b"\x05": ("RSA", "sha1"),
    b"\x2b\x0e\x03\x02\x1d": ("RSA", "sha1"),
    _RSA + b"\x0e": ("RSA", "sha224"),
    _RSA + b"\x0b": ("RSA", "sha256"),
    _RSA + b"\x0c": ("RSA", "sha384"),
    _RSA + b"\x0d": ("RSA", "sha512"),
    _RSA + b"\x0a": ("RSA-PSS", ""),
    _EC_SIGN + b"\x01": ("EC", "sha1"),
    _EC_SIGN + b"\x03\x01": ("EC", "sha224"),
    _EC_SIGN + b"\x03\x02": ("EC", "sha256"),
    _EC_SIGN + b"\x03\x03": ("EC", "sha384"),
    _EC_SIGN + b"\x03\x04": ("EC", "sha512"),
    b"\x2a\x86\x48\xce\x38\x04\x03": ("DSA", "sha1"),
    _NIST_SIGN + b"\x01": ("DSA", "sha224"),
    _NIST_SIGN + b"\x02": ("DSA", "sha256"),
    _NIST_SIGN + b"\x03": ("DSA", "sha384"),
    _NIST_SIGN + b"\x04": ("DSA", "sha512"),
    _NIST_SIGN + b"\x0a": ("EC", "sha3-256"),
    _NIST_SIGN + b"\x0b": ("EC", "sha3-384"),
    _NIST_SIGN + b"\x0c": ("EC", "sha3-512"),
    _NIST_SIGN + b"\x0e": ("RSA", "sha3-256"),
    _NIST_SIGN + b"\x0f": ("RSA", "sha3-384"),
    _NIST_SIGN + b"\x10": ("RSA", "sha3-512"),
    b"\x2b\x65\x70": ("Ed25519", "Ed25519"),
    b"\x2b\x65\x71": ("Ed448", "Ed448"),
}
_DIGESTS = {
    b"\x2b\x0e\x03\x02\x1a": "sha1",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x04": "sha224",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x01": "sha256",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x02": "sha384",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x03": "sha512",
}
_DIGEST_SECURITY = {
    "md5": 39, "sha1": 63, "sha224": 112, "sha256": 128, "sha384": 192, "sha512": 256,
    "sha3-256": 128, "sha3-384": 192, "sha3-512": 256, "Ed25519": 128, "Ed448": 224,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, read but not yet loaded: its kind, size and bits of security."""

    kind: str
    text: str
    """For people: "RSA, 2048 bits"."""
    security: int
    """Bits of security, as OpenSSL counts them (NIST SP 800-57 part 1)."""
    explicit_curve: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a certificate was signed: with which kind of key and which digest."""

    key_kind: str
    digest: str
    security: int


def algorithm(der: bytes) -> bytes:
    """The object identifier (content bytes) of an AlgorithmIdentifier. Raises Malformed. RFC 5280 §4.1.1.2."""
    members = inside(der)
    if not members:
        raise Malformed("an algorithm that cannot be read")
    return identifier(der, members[0])


@lru_cache(maxsize=256)
def scheme(der: bytes) -> Scheme | None:
    """The signature scheme that an AlgorithmIdentifier names; None where OpenSSL 3.0 would not know it."""
    try:
        kind, digest = _SCHEMES[algorithm(der)]
        if kind == "RSA-PSS":
            digest = _pss_parameters(der)[0]
    except (KeyError, Malformed):
        return None
    return Scheme(kind, digest, _DIGEST_SECURITY[digest])


def _pss_parameters(der: bytes) -> tuple[str, int]:
    """Digest and salt length of RSASSA-PSS; both default as in RFC 4055 §3.1."""
    digest, salt = "sha1", 20
    members = inside(der)
    if len(members) > 1:
        for tag, start, end in items(der, members[1][1], members[1][2]):
            if tag == 0xA0:
                digest = _DIGESTS[algorithm(der[start:end])]
            elif tag == 0xA2:
                salt = integer(der, items(der, start, end)[0])
    return digest, salt


@lru_cache(maxsize=1024)
def key(spki: bytes) -> Key | None:
    """The key in a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7); None where it cannot be decoded."""
    try:
        return _key(spki)
    except (Malformed, KeyError, IndexError):
        return None


def _key(spki: bytes) -> Key:
    (_, a, b), (tag, c, d) = inside(spki)[:2]
    if tag != BIT_STRING:
        raise Malformed("a key that cannot be read")
    parameters = items(spki, a, b)
    kind = _KINDS[spki[parameters[0][1] : parameters[0][2]]]
    if kind in ("RSA", "RSA-PSS"):
        content = bits(spki, (tag, c, d))
        _, first, last = inside(content)[0]
        size = int.from_bytes(content[first:last], "big").bit_length()
        return Key(kind, f"{kind}, {size:,} bits", _factoring_security(size))
    if kind == "EC":
        which, start, end = parameters[1]
        if which == OID:
            curve, size = _CURVES[spki[start:end]]
            if _loaded(spki) is _INVALID:
                raise Malformed("a point that is not on its curve")
            return Key(kind, curve, _curve_security(size))
        return Key(kind, "an elliptic curve spelled out", _curve_security(_explicit_order(spki, start, end)), True)
    if kind == "DSA":
        prime, group = (integer(spki, item).bit_length() for item in items(spki, *parameters[1][1:])[:2])
        return Key(kind, f"DSA, {prime:,} bits", min(_factoring_security(prime), group // 2))
    return Key(kind, kind, _DIGEST_SECURITY[kind])


def _explicit_order(spki: bytes, start: int, end: int) -> int:
    """Size in bits of the order of a curve whose parameters are written out (RFC 3279 §2.3.5, forbidden since 5480)."""
    numbers = [item for item in items(spki, start, end) if item[0] == INTEGER]
    return integer(spki, numbers[1]).bit_length()


def _curve_security(size: int) -> int:
    for enough, security in ((512, 256), (384, 192), (256, 128), (224, 112), (160, 80)):
        if size >= enough:
            return security
    return size // 2


def _factoring_security(size: int) -> int:
    """Bits of security of a modulus, by the formula of NIST SP 800-56B appendix D, rounded as OpenSSL rounds it."""
    known = {2048: 112, 3072: 128, 4096: 152, 6144: 176, 7680: 192, 8192: 200, 15360: 256}
    if size in known:
        return known[size]
    if size < 8:
        return 0
    nats = size * math.log(2)
    exact = (1.923 * (nats * math.log(nats) ** 2) ** (1 / 3) - 4.69) / math.log(2)
    cap = 192 if size <= 7680 else 256 if size <= 15360 else 1200
    return min((int(exact) + 4) & ~7, cap)


_INVALID = object()
"""Stands for a key that cannot be, as against one (None) that this machine's `cryptography` does not handle."""


@lru_cache(maxsize=512)
def _loaded(spki: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(spki)
    except UnsupportedAlgorithm:
        return None
    except Exception:
        return _INVALID


@lru_cache(maxsize=4096)
def signed(spki: bytes, algorithm_der: bytes, signature: bytes, message: bytes) -> bool | None:
    """Whether the key made this signature over the message (RFC 5280 §6.1.3); None where this machine cannot tell."""
    how = scheme(algorithm_der)
    public = _loaded(spki)
    if public is _INVALID:
        return False
    if how is None or public is None:
        return None
    from cryptography.exceptions import InvalidSignature

    try:
        _verify(public, how, algorithm_der, signature, message)
    except InvalidSignature:
        return False
    except Exception:
        # A key of another kind, a digest this machine no longer has: no verdict rather than a wrong one.
        return None
    return True


def _verify(public: Any, how: Scheme, algorithm_der: bytes, signature: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if how.key_kind in ("Ed25519", "Ed448"):
        public.verify(signature, message)
        return
    digest = getattr(hashes, how.digest.upper().replace("-", "_"))()
    if how.key_kind == "EC":
        public.verify(signature, message, ec.ECDSA(digest))
    elif how.key_kind == "RSA":
        public.verify(signature, message, padding.PKCS1v15(), digest)
    elif how.key_kind == "RSA-PSS":
        salt = _pss_parameters(algorithm_der)[1]
        public.verify(signature, message, padding.PSS(padding.MGF1(digest), salt), digest)
    else:
        public.verify(signature, message, digest)
