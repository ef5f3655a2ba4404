"""Public keys and signatures: what kind, how strong, and whether a signature is right.

Law: strength is counted as OpenSSL counts it (bits of security), because its security levels decide; a check that this
machine's `cryptography` cannot do is "unknown" (None), never "wrong".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.diagnosis.algorithms import CURVES, DIGEST_SECURITY, DIGESTS, KINDS, SCHEMES
from simulator.diagnosis.der import BIT_STRING, INTEGER, OID, Malformed, bits, identifier, inside, integer, items


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
        kind, digest = SCHEMES[algorithm(der)]
        if kind == "RSA-PSS":
            digest = _pss_parameters(der)[0]
    except (KeyError, Malformed):
        return None
    return Scheme(kind, digest, DIGEST_SECURITY[digest])


def _pss_parameters(der: bytes) -> tuple[str, int]:
    """Digest and salt length of RSASSA-PSS; both default as in RFC 4055 §3.1."""
    digest, salt = "sha1", 20
    members = inside(der)
    if len(members) > 1:
        for tag, start, end in items(der, members[1][1], members[1][2]):
            if tag == 0xA0:
                digest = DIGESTS[algorithm(der[start:end])]
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
    kind = KINDS[spki[parameters[0][1] : parameters[0][2]]]
    if kind in ("RSA", "RSA-PSS"):
        content = bits(spki, (tag, c, d))
        _, first, last = inside(content)[0]
        size = int.from_bytes(content[first:last], "big").bit_length()
        return Key(kind, f"{kind}, {size:,} bits", _factoring_security(size))
    if kind == "EC":
        which, start, end = parameters[1]
        if which == OID:
            curve, size = CURVES[spki[start:end]]
            if _loaded(spki) is _INVALID:
                raise Malformed("a point that is not on its curve")
            return Key(kind, curve, _curve_security(size))
        return Key(kind, "an elliptic curve spelled out", _curve_security(_explicit_order(spki, start, end)), True)
    if kind == "DSA":
        prime, group = (integer(spki, item).bit_length() for item in items(spki, *parameters[1][1:])[:2])
        return Key(kind, f"DSA, {prime:,} bits", min(_factoring_security(prime), group // 2))
    return Key(kind, kind, DIGEST_SECURITY[kind])


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
