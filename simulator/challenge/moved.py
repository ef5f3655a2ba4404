"""A certificate whose world has moved on: the same, with other dates, signed anew. Law: nothing changes but the two
dates and the signature; without the signer's key there is no moving, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


def ends(der: bytes) -> float:
    """notAfter in seconds since 1970 UTC. Raises `ValueError`."""
    from simulator.lab.peek import validity

    return validity(der)[1]


def moved(der: bytes, seconds: int, sign: Callable[[bytes, str], bytes]) -> bytes:
    """The certificate with both dates later by `seconds`; `sign` is given the new tbsCertificate (RFC 5280 §4.1.1) and
    the digest's name."""
    from asn1crypto import x509  # type: ignore[import-untyped]  # it ships no types

    old = x509.Certificate.load(der)
    tbs = x509.TbsCertificate.load(old["tbs_certificate"].dump())
    validity = tbs["validity"]
    dates = {name: _time(validity[name].native + timedelta(seconds=seconds)) for name in ("not_before", "not_after")}
    tbs["validity"] = x509.Validity(dates)
    encoded = tbs.dump(force=True)
    digest = old["signature_algorithm"].hash_algo if _hashed(old) else ""
    new = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": old["signature_algorithm"],
            "signature_value": sign(encoded, digest),
        }
    )
    return bytes(new.dump())


def signer(pkcs8: bytes) -> Callable[[bytes, str], bytes]:
    """What signs with this key (PKCS#8, DER): ECDSA, PKCS #1 v1.5, Ed25519."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    private: Any = load_der_private_key(pkcs8, None)

    def sign(data: bytes, digest: str) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

        algorithm: Any = getattr(hashes, digest.upper(), hashes.SHA256)()
        if isinstance(private, ec.EllipticCurvePrivateKey):
            return bytes(private.sign(data, ec.ECDSA(algorithm)))
        if isinstance(private, rsa.RSAPrivateKey):
            return bytes(private.sign(data, padding.PKCS1v15(), algorithm))
        return bytes(private.sign(data))

    return sign


def _time(moment: datetime) -> Any:
    """UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5)."""
    from asn1crypto import x509

    return x509.Time({"utc_time" if moment.year < 2050 else "general_time": moment})


def _hashed(certificate: Any) -> bool:
    try:
        return bool(certificate["signature_algorithm"].hash_algo)
    except ValueError:
        return False
