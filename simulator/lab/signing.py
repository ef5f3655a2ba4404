"""Signatures under certificates and CRLs. Law: the same bytes in every run, with any hash that has an identifier, a
broken one included.

Keys and their signatures are cryptography's; RSASSA-PSS alone is encoded here, since libraries draw its salt.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from simulator.errors import MachineError, UsageError
from simulator.lab.der import NULL, SEQUENCE, bit_string, encode, integer, oid, tagged

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from simulator.lab.keys import KeyPair

_HASHES: dict[str, tuple[type[hashes.HashAlgorithm], str]] = {
    "sha256": (hashes.SHA256, "2.16.840.1.101.3.4.2.1"),
    "sha384": (hashes.SHA384, "2.16.840.1.101.3.4.2.2"),
    "sha512": (hashes.SHA512, "2.16.840.1.101.3.4.2.3"),
    "sha1": (hashes.SHA1, "1.3.14.3.2.26"),
    "md5": (hashes.MD5, "1.2.840.113549.2.5"),
}
# RFC 5758 §3.2 and RFC 4055 §5 and §6.
_WITH_ECDSA = {
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
    "sha1": "1.2.840.10045.4.1",
}
_WITH_RSA = {
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
    "sha1": "1.2.840.113549.1.1.5",
    "md5": "1.2.840.113549.1.1.4",
}
_ED25519, _RSASSA_PSS, _MGF1 = "1.3.101.112", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
_NULL = encode(NULL, b"")


def signed(content: bytes, pair: KeyPair, name: str, *, flipped: bool = False) -> bytes:
    """A certificate or a CRL from what is to be signed (RFC 5280 §4.1, §5.1): `content`, which names the algorithm of
    this key and hash; `flipped` turns the last bit of the signature round.

    Raises `UsageError` for what this key and hash cannot sign, `MachineError` where cryptography cannot do it
    reproducibly.
    """
    signature = _signature(content, pair, pair.pss, name)
    if flipped:
        signature = signature[:-1] + bytes((signature[-1] ^ 1,))
    return encode(SEQUENCE, content + algorithm(pair.family, pair.pss, name) + bit_string(signature))


def signed_as_before(content: bytes, identifier: bytes, pair: KeyPair) -> bytes:
    """A certificate from changed `content` that keeps its old AlgorithmIdentifier. Raises `UsageError` for one that
    this key cannot have, `MachineError` as `signed` does."""
    for name in _HASHES:
        for pss in (False, True):
            if (pair.family, name) != ("ec", "md5") and algorithm(pair.family, pss, name) == identifier:
                return encode(SEQUENCE, content + identifier + bit_string(_signature(content, pair, pss, name)))
    raise UsageError("a certificate has an algorithm that this key cannot sign with")


@lru_cache(maxsize=64)
def algorithm(family: str, pss: bool, name: str) -> bytes:
    """The AlgorithmIdentifier of a signature. Raises `UsageError` for a hash that is not there or has none."""
    if name not in _HASHES:
        raise UsageError(f"there is no signature hash {name}; there are {', '.join(_HASHES)}")
    if family == "ed25519":
        return encode(SEQUENCE, oid(_ED25519))
    if family == "rsa":
        return _pss(name) if pss else encode(SEQUENCE, oid(_WITH_RSA[name]) + _NULL)
    if name not in _WITH_ECDSA:
        raise UsageError(f"no algorithm identifier exists for ECDSA with {name.upper()}: use an RSA key")
    return encode(SEQUENCE, oid(_WITH_ECDSA[name]))


def _pss(name: str) -> bytes:
    """RFC 4055 §3.1: the hash, the mask generation function with the same hash, a salt of the hash's length."""
    kind, identifier = _HASHES[name]
    digest = encode(SEQUENCE, oid(identifier) + _NULL)
    mask = encode(SEQUENCE, oid(_MGF1) + digest)
    parameters = tagged(0, digest) + tagged(1, mask) + tagged(2, integer(kind().digest_size))
    return encode(SEQUENCE, oid(_RSASSA_PSS) + encode(SEQUENCE, parameters))


def _signature(message: bytes, pair: KeyPair, pss: bool, name: str) -> bytes:
    private: Any = pair.private
    try:
        if pair.family == "ec":
            return bytes(private.sign(message, _ecdsa(name)))
        if pair.family == "ed25519":
            return bytes(private.sign(message))
        if pss:
            return _sign_pss(message, private, name)
        return bytes(private.sign(message, padding.PKCS1v15(), _HASHES[name][0]()))
    except UnsupportedAlgorithm as error:
        raise MachineError(
            f"this cryptography cannot sign reproducibly: {error}", "pip install --only-binary :all: -U cryptography"
        ) from error
    except ValueError as error:
        raise UsageError(f"a certificate cannot be issued: {error}") from error


@lru_cache(maxsize=16)
def _ecdsa(name: str) -> ec.ECDSA:
    return ec.ECDSA(_HASHES[name][0](), deterministic_signing=True)  # RFC 6979


def _sign_pss(message: bytes, private: rsa.RSAPrivateKey, name: str) -> bytes:
    """RSASSA-PSS (RFC 8017 §8.1.1) with a salt of the hash's length that is derived from the message.

    Libraries draw the salt at random, and Go and browsers refuse a salt of another length: so the encoding is done
    here, with the private operation on plain numbers. 5 ms with 2048 bits; not constant in time, for test keys only.
    """

    def digest(data: bytes) -> bytes:
        return hashlib.new(name, data, usedforsecurity=False).digest()

    numbers = private.private_numbers()
    n = numbers.public_numbers.n
    bits = n.bit_length() - 1
    length = (bits + 7) // 8
    hashed = digest(message)
    salt = digest(b"salt/" + hashed)
    inner = digest(bytes(8) + hashed + salt)
    block = bytes(length - 2 * len(inner) - 2) + b"\x01" + salt
    mask = b"".join(digest(inner + i.to_bytes(4, "big")) for i in range(len(block) // len(inner) + 1))
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=False))
    masked[0] &= 0xFF >> (8 * length - bits)
    encoded = int.from_bytes(bytes(masked) + inner + b"\xbc", "big")
    first, second = pow(encoded, numbers.dmp1, numbers.p), pow(encoded, numbers.dmq1, numbers.q)
    result = second + numbers.q * ((first - second) * numbers.iqmp % numbers.p)
    return result.to_bytes((n.bit_length() + 7) // 8, "big")
