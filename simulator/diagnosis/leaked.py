"""CA keys whose private half is public knowledge.

Law: a table. An entry is the SHA-256 of a SubjectPublicKeyInfo (DER), so that it holds whatever certificate carries the
key; each was computed from the certificate or key that Chromium's block list publishes for it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from simulator.diagnosis.certificate import Certificate, parse
from simulator.diagnosis.der import Malformed

LAB_LEAKED_SPKI = "5207ce794b2cf6f1e4d55863b2cd706b5a385b195b8212b816987f032cd440ac"
"""The lab's own leaked key: P-256, its private value int(SHA-256("tls-clinic leaked CA key")) mod (n - 1) + 1, so that
anybody can make it again."""

LEAKED = {
    LAB_LEAKED_SPKI: "the laboratory's leaked CA",
    "4bb8f35ba1e126f8dde1b0c420625ed86dce61a7bddadbdea9aba578ff13145e": "Superfish (Lenovo, 2015)",
    "cdee9f3305572a677e1a6c82dc1e02a35b11cae6a684338c9f37fe1ac8daec23": "eDellRoot (Dell, 2015)",
    "8f591f7aa4dc3efe9490c38a4692c9011ed128f1de595569406d77b6fa1f6b4c": "HeadSetup (Sennheiser, 2018)",
    "1af56c98ff043ef92bebff54cebb4dd67a25ba956c817f3e6dd3c1e52eb584c1": "Cyberoam (2012)",
}


class Leaked(NamedTuple):
    """A certificate whose key is in the table, and its story."""

    certificate: Certificate
    story: str


@lru_cache(maxsize=32)
def among(certificates: tuple[bytes, ...]) -> tuple[Leaked, ...]:
    """Those of a bundle's certificates (DER) whose keys have leaked; cached, because bundles are large and stay."""
    found = []
    for der in certificates:
        try:
            certificate = parse(der)
        except Malformed:
            continue
        story = LEAKED.get(sha256(certificate.spki).hexdigest())
        if story:
            found.append(Leaked(certificate, story))
    return tuple(found)
