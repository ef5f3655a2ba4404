"""Certificates that cryptography refuses to build. Law: a valid one is taken apart, changed and signed again, so that
nothing but the asked-for weakness is wrong.

SHA-1 and MD5 signatures, version 1, serials that are zero or negative, an extension twice, notAfter before notBefore,
and RSASSA-PSS with a salt that is the same in every run. asn1crypto is imported on first use: it costs 30 ms.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from simulator.errors import UsageError

if TYPE_CHECKING:
    import datetime

    from simulator.lab.keys import KeyPair
    from simulator.model.deployment import CertificateSpec

WEAK_HASHES = ("sha1", "md5")
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha1": hashes.SHA1,
    "md5": hashes.MD5,
}


def hash_of(name: str) -> hashes.HashAlgorithm:
    """The hash that a spec names. Raises `UsageError` for one that is not there."""
    if name not in _HASHES:
        raise UsageError(f"there is no signature hash {name}; there are {', '.join(_HASHES)}")
    return _HASHES[name]()


def is_weak(spec: CertificateSpec) -> bool:
    """Whether cryptography's builder would refuse this spec."""
    return (
        spec.signature_hash in WEAK_HASHES
        or spec.version != 3
        or spec.duplicate_extension
        or spec.not_after < spec.not_before
        or (spec.serial is not None and not 0 < spec.serial < 1 << 159)
    )


def weaken(der: bytes, spec: CertificateSpec, signer: KeyPair, dates: tuple[datetime.datetime, ...]) -> bytes:
    """`der` (a valid certificate made from a tamed `spec`) with what the spec really asks for, signed again.

    `dates` are notBefore and notAfter. Raises `UsageError` for a signature that no algorithm identifier exists for.
    """
    from asn1crypto import x509 as asn1  # type: ignore[import-untyped]

    certificate = asn1.Certificate.load(der)
    tbs = certificate["tbs_certificate"]
    algorithm = _algorithm(signer, spec.signature_hash, certificate)
    tbs["signature"] = algorithm
    if spec.serial is not None:
        tbs["serial_number"] = spec.serial
    if spec.not_after < spec.not_before:
        tbs["validity"] = asn1.Validity({"not_before": _time(asn1, dates[0]), "not_after": _time(asn1, dates[1])})
    if spec.version == 1:
        tbs["version"] = "v1"
        del tbs["extensions"]
    elif spec.duplicate_extension:
        tbs["extensions"].append(tbs["extensions"][0])
    signature = sign(tbs.dump(force=True), signer, spec.signature_hash)
    signed = asn1.Certificate(
        {"tbs_certificate": tbs, "signature_algorithm": algorithm, "signature_value": signature}
    ).dump()
    return bytes(signed)


def _time(asn1: Any, date: datetime.datetime) -> Any:
    # RFC 5280 §4.1.2.5: two-digit years until 2049.
    return asn1.Time({"utc_time" if date.year < 2050 else "general_time": date})


def _algorithm(signer: KeyPair, name: str, certificate: Any) -> Any:
    from asn1crypto import algos

    if signer.pss or signer.family == "ed25519":
        return certificate["signature_algorithm"]
    family = "ecdsa" if signer.family == "ec" else "rsa"
    if (family, name) == ("ecdsa", "md5"):
        raise UsageError("no algorithm identifier exists for ECDSA with MD5: use an RSA key")
    return algos.SignedDigestAlgorithm({"algorithm": f"{name}_{family}"})


def sign(message: bytes, signer: KeyPair, name: str) -> bytes:
    """The signature of `message`, the same in every run: RFC 6979 for ECDSA, a derived salt for RSASSA-PSS."""
    private = signer.private
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(message, ec.ECDSA(hash_of(name), deterministic_signing=True))
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(message)
    if signer.pss:
        return sign_pss(message, private, name)
    return private.sign(message, padding.PKCS1v15(), hash_of(name))


def sign_pss(message: bytes, private: rsa.RSAPrivateKey, name: str) -> bytes:
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
