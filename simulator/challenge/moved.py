"""A certificate whose world has moved on: the same, with other dates, signed anew. Law: nothing changes but the two
dates and the signature; without the signer's key there is no moving, and that is said.
"""

from __future__ import annotations

from simulator.lab import peek, signing
from simulator.lab.der import SEQUENCE, element, elements, encode, moment
from simulator.lab.keys import KeyPair

_VERSION = 0xA0


def ends(der: bytes) -> float:
    """notAfter in seconds since 1970 UTC. Raises `ValueError`."""
    return peek.validity(der)[1]


def moved(der: bytes, seconds: int, pkcs8: bytes) -> bytes:
    """The certificate with both dates later by `seconds`, signed by the key `pkcs8` (DER) as it was signed before.

    Raises `UsageError` for a key or an algorithm that does not sign here, `ValueError` for dates that cannot be read.
    """
    _, certificate, _ = element(der, 0)
    (_, tbs), (tag, identifier), _ = elements(certificate)
    fields = [encode(*field) for field in elements(tbs)]
    validity = b"".join([moment(int(date) + seconds) for date in peek.validity(der)])
    fields[4 if tbs[0] == _VERSION else 3] = encode(SEQUENCE, validity)
    content = encode(SEQUENCE, b"".join(fields))
    return signing.signed_as_before(content, encode(tag, identifier), KeyPair.from_der(pkcs8))
