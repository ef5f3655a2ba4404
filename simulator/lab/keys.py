"""Key pairs from names. Law: a key follows from the seed and its name alone, on every Python and in every run.

Elliptic keys are derived. RSA keys are products of primes that ship with the package (`keys_data.json`): finding primes
costs 34 ms for 2048 bits, multiplying two known ones nothing. They are test keys, known to everybody.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from simulator.errors import UsageError
from simulator.lab.der import element, elements

if TYPE_CHECKING:
    from simulator.model.deployment import Key

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

_CURVES: dict[str, tuple[type[ec.EllipticCurve], int]] = {
    # The order n of each group, FIPS 186-4 D.1.2: private values are 1 … n-1.
    "p-192": (ec.SECP192R1, 0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831),
    "p-256": (ec.SECP256R1, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551),
    "p-384": (
        ec.SECP384R1,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    ),
    "p-521": (
        ec.SECP521R1,
        int("1" + "F" * 65 + "A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16),
    ),
}
LEAKED = "leaked"
"""The name of the one key that everybody knows: the vendor's CA key of the leaked-ca story, whatever the seed."""
_LEAKED_VALUE = b"tls-clinic leaked CA key"
_primes: dict[str, list[int]] = {}


_HEADS = {"p-256": 26}
"""Where a public key's bits begin in the SubjectPublicKeyInfo of the commonest kind; others are looked at."""


class KeyPair:
    """A private key, and what is computed from it, each once: `spki`, its SubjectPublicKeyInfo (DER), and `identifier`,
    SHA-1 of the public key's bits (RFC 5280 §4.2.1.2, method 1). `family` is ec, ed25519 or rsa."""

    __slots__ = ("_pem", "family", "identifier", "kind", "private", "pss", "spki")

    def __init__(self, private: PrivateKey, kind: str, family: str) -> None:
        self.private = private
        self.kind = kind
        self.family = family
        self.pss = kind.startswith("rsa-pss")
        """Whether this key signs with RSASSA-PSS (RFC 4055) rather than PKCS #1 v1.5."""
        self.spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        start = _HEADS.get(kind) or _bits_at(self.spki)
        self.identifier = hashlib.sha1(self.spki[start:], usedforsecurity=False).digest()
        self._pem = b""

    @classmethod
    def from_der(cls, der: bytes) -> KeyPair:
        """A key that was given, as PKCS#8 DER. Raises `UsageError` where it is none of the kinds that sign."""
        try:
            private = load_der_private_key(der, None)
        except (ValueError, TypeError) as error:
            raise UsageError(f"a private key cannot be read: {error}") from error
        if isinstance(private, ec.EllipticCurvePrivateKey):
            return cls(private, "given", "ec")
        if isinstance(private, ed25519.Ed25519PrivateKey):
            return cls(private, "given", "ed25519")
        if isinstance(private, rsa.RSAPrivateKey):
            return cls(private, "given", "rsa")
        raise UsageError(f"a {type(private).__name__} cannot sign certificates here")

    @property
    def pem(self) -> bytes:
        """The private key, PKCS#8 PEM. The bytes belong in files of mode 0600 only."""
        self._pem = self._pem or self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self._pem


def _bits_at(spki: bytes) -> int:
    """Where the public key's bits begin, behind the count of unused ones (which is none): they end the structure."""
    _, information, _ = element(spki, 0)
    return len(spki) - len(elements(information)[1][1]) + 1


def derive(seed: str, key: Key) -> KeyPair:
    """The key pair that `key` names under `seed`: 9 µs for P-256. Raises `UsageError` for an unknown kind."""
    kind = key.kind
    if kind in _CURVES:
        curve, order = _CURVES[kind]
        if key.name == LEAKED and kind == "p-256":
            digest = hashlib.sha256(_LEAKED_VALUE).digest()
        else:
            # 16 bytes more than the order has, so that no value is likelier than another.
            digest = hashlib.shake_256(f"key/{seed}/{kind}/{key.name}".encode()).digest(82)
        return KeyPair(ec.derive_private_key(int.from_bytes(digest, "big") % (order - 1) + 1, curve()), kind, "ec")
    if kind == "ed25519":
        digest = hashlib.sha256(f"key/{seed}/{kind}/{key.name}".encode()).digest()
        return KeyPair(ed25519.Ed25519PrivateKey.from_private_bytes(digest), kind, "ed25519")
    family, _, bits = kind.rpartition("-")
    if family in ("rsa", "rsa-pss") and bits in _shipped_primes():
        return KeyPair(_rsa(_primes[bits], key.name), kind, "rsa")
    raise UsageError(f"there is no key of the kind {kind}")


def _rsa(primes: list[int], name: str) -> rsa.RSAPrivateKey:
    number = int.from_bytes(hashlib.sha256(f"rsa/{name}".encode()).digest(), "big")
    first, number = number % len(primes), number // len(primes)
    second = (first + 1 + number % (len(primes) - 1)) % len(primes)
    p, q = max(primes[first], primes[second]), min(primes[first], primes[second])
    e = 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)  # shipped primes: checking them costs 20 ms


def _shipped_primes() -> dict[str, list[int]]:
    if not _primes:
        import base64
        import json
        from pathlib import Path

        data = json.loads((Path(__file__).parent / "keys_data.json").read_text(encoding="ascii"))
        for bits, values in data["primes"].items():
            _primes[bits] = [int.from_bytes(base64.b64decode(v), "big") for v in values]
    return _primes
