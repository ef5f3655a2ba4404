"""Certificates and CRLs from specs. Law: seed and `as_of` decide every byte, and equal specs are issued once.

The lab writes their DER itself: half of what it issues is wrong on purpose, and a library built to write only right
certificates refuses those (docs/adr/0008). A certificate follows from its spec, its signer's subject and its signer's
key; the signer's own certificate is not needed, so loops and cross-signs are no special case.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from simulator.errors import UsageError
from simulator.lab import peek, signing
from simulator.lab.der import SEQUENCE, encode, integer, moment, tagged
from simulator.lab.extensions import AUTHORITY, extensions, of_crl
from simulator.lab.keys import KeyPair, derive
from simulator.lab.names import distinguished_name
from simulator.lab.pem import armour
from simulator.model.deployment import CertificateSpec, GivenCertificate

if TYPE_CHECKING:
    from simulator.model.deployment import Deployment, Key, RevocationList

_VERSION_3 = tagged(0, integer(2))


class Issued:
    """A certificate as bytes: `der`, `pem`, and its `key` where the lab holds it."""

    __slots__ = ("der", "key", "pem", "role")

    def __init__(self, role: str, der: bytes, key: KeyPair | None) -> None:
        self.role = role
        self.der = der
        self.pem = armour(der)
        self.key = key


class Mint:
    """Issues what deployments describe. Safe to share between threads: the worst that happens is work done twice."""

    def __init__(self, seed: str | None, as_of: float) -> None:
        self.seed = seed if seed is not None else os.urandom(16).hex()
        self.as_of = int(as_of)
        self._keys: dict[Key, KeyPair] = {}
        self._given: dict[bytes, KeyPair] = {}
        self._issued: dict[tuple[object, ...], Issued] = {}
        self._crls: dict[tuple[object, ...], bytes] = {}

    def at(self, as_of: float) -> Mint:
        """A mint in a world whose present is `as_of`, with the same keys."""
        other = Mint(self.seed, as_of)
        other._keys = self._keys
        return other

    def key(self, key: Key) -> KeyPair:
        """The key pair that `key` names."""
        pair = self._keys.get(key)
        if pair is None:
            pair = self._keys[key] = derive(self.seed, key)
        return pair

    def issue(self, deployment: Deployment, role: str) -> Issued:
        """The certificate with this role. Raises `UsageError` where the deployment lacks it or what signs it."""
        certificate = _find(deployment, role)
        if isinstance(certificate, GivenCertificate):
            return self._as_given(certificate)
        signer = _find(deployment, certificate.signer)
        subject, pair, signer_id = self._signer(signer)
        points_at = certificate.authority_key_identifier
        named = None if points_at in AUTHORITY else self._signer(_find(deployment, points_at))
        known = (certificate, signer_id, named and named[2])
        issued = self._issued.get(known)
        if issued is None:
            key = self.key(certificate.key)
            written = self._build(certificate, key, subject, pair, named[1] if named else pair)
            issued = self._issued[known] = Issued(role, written, key)
        return issued

    def private_key(self, deployment: Deployment, role: str) -> KeyPair:
        """The key pair of the certificate with this role. Raises `UsageError` where the lab does not hold it."""
        certificate = _find(deployment, role)
        if isinstance(certificate, CertificateSpec):
            return self.key(certificate.key)
        key = self._as_given(certificate).key
        if key is None:
            raise UsageError(f"{role} was given without its private key, so no server can use it")
        return key

    def crl(self, deployment: Deployment, revocations: RevocationList) -> bytes:
        """The CRL, DER (RFC 5280 §5), signed by its issuer's key."""
        issuer = _find(deployment, revocations.issuer)
        subject, pair, signer_id = self._signer(issuer)
        revoked = tuple(self.issue(deployment, role).der for role in revocations.revoked)
        known = (revocations, signer_id, revoked)
        if known not in self._crls:
            name = "sha256"
            entries = [
                encode(SEQUENCE, integer(peek.serial(one)) + self._date(revocations.this_update)) for one in revoked
            ]
            content = (
                integer(1)  # version 2
                + signing.algorithm(pair.family, pair.pss, name)
                + subject
                + self._date(revocations.this_update)
                + self._date(revocations.next_update)
                + (encode(SEQUENCE, b"".join(entries)) if entries else b"")
                + tagged(0, encode(SEQUENCE, b"".join(of_crl(pair.identifier))))
            )
            self._crls[known] = signing.signed(encode(SEQUENCE, content), pair, name)
        return self._crls[known]

    def _date(self, offset: int) -> bytes:
        try:
            return moment(self.as_of + offset)
        except OverflowError as error:
            raise UsageError("a certificate's dates lie between the years 1 and 9999") from error

    def _signer(self, signer: CertificateSpec | GivenCertificate) -> tuple[bytes, KeyPair, tuple[object, ...]]:
        if isinstance(signer, CertificateSpec):
            return distinguished_name(signer.subject), self.key(signer.key), (signer.subject, signer.key)
        key = self._as_given(signer).key
        if key is None:
            raise UsageError(f"{signer.role} was given without its private key, so it can sign nothing")
        try:
            subject = peek.subject(signer.der)
        except ValueError as error:
            raise UsageError(f"{signer.role} is no certificate that could sign: {error}") from error
        return subject, key, (signer.der, signer.private_key)

    def _as_given(self, certificate: GivenCertificate) -> Issued:
        der = certificate.private_key
        if der is not None and der not in self._given:
            self._given[der] = KeyPair.from_der(der)
        return Issued(certificate.role, certificate.der, None if der is None else self._given[der])

    def _build(self, spec: CertificateSpec, key: KeyPair, signer: bytes, pair: KeyPair, named: KeyPair) -> bytes:
        """The certificate of `key`, DER: `signer` is its signer's subject, `pair` that one's key, `named` the key that
        it points at."""
        hashed = spec.signature_hash
        content = (
            signing.algorithm(pair.family, pair.pss, hashed)
            + (signer if spec.issuer is None else distinguished_name(spec.issuer))
            + encode(SEQUENCE, self._date(spec.not_before) + self._date(spec.not_after))
            + distinguished_name(spec.subject)
            + key.spki
        )
        if spec.version != 1:
            all_of_it = extensions(spec, key.identifier, named.identifier)
            if spec.duplicate_extension:
                all_of_it += all_of_it[:1]
            if all_of_it:
                content += tagged(3, encode(SEQUENCE, b"".join(all_of_it)))
        serial = self._serial(content, pair) if spec.serial is None else spec.serial
        tbs = encode(SEQUENCE, (b"" if spec.version == 1 else _VERSION_3) + integer(serial) + content)
        return signing.signed(tbs, pair, hashed, flipped=spec.signature == "flipped")

    def _serial(self, content: bytes, pair: KeyPair) -> int:
        """It follows from all else that is in the certificate: two that differ do not share one (RFC 5280 §4.1.2.2)."""
        digest = hashlib.sha256(b"serial/" + self.seed.encode() + pair.identifier + content).digest()
        return (int.from_bytes(digest[:16], "big") >> 1) + 1


def _find(deployment: Deployment, role: str) -> CertificateSpec | GivenCertificate:
    try:
        return deployment.certificate(role)
    except KeyError:
        raise UsageError(f"there is no certificate with the role {role}") from None
