"""Certificates and CRLs from specs. Law: seed and `as_of` decide every byte, and equal specs are issued once.

A certificate follows from its spec, its signer's subject and its signer's key; the signer's own certificate is not
needed, so loops and cross-signs are no special case. A realistic leaf with key and PEM: about 13,000 a second.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from simulator.errors import MachineError, UsageError
from simulator.lab import peek, weak
from simulator.lab.extensions import AUTHORITY, distinguished_name, extensions
from simulator.lab.keys import KeyPair, derive
from simulator.lab.pem import armour
from simulator.model.deployment import CertificateSpec, Deployment, GivenCertificate, Key, RevocationList

_fields = attrgetter(*(field.name for field in fields(CertificateSpec)))
"""All that a spec says, as a tuple: its `repr` costs a fifth of a dataclass's."""


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
        self._now = datetime.fromtimestamp(self.as_of, UTC)
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
            der = self._build(
                certificate, subject, pair, named[1] if named else pair, repr((_fields(certificate), *known[1:]))
            )
            issued = self._issued[known] = Issued(role, der, key)
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
            builder = x509.CertificateRevocationListBuilder(
                subject, self._date(revocations.this_update), self._date(revocations.next_update)
            )
            builder = builder.add_extension(x509.AuthorityKeyIdentifier(pair.identifier, None, None), critical=False)
            builder = builder.add_extension(x509.CRLNumber(1), critical=False)
            for der in revoked:
                if peek.serial(der) <= 0:  # `cryptography` writes none
                    raise UsageError("a certificate whose serial number is not positive stands on no revocation list")
                builder = builder.add_revoked_certificate(
                    x509.RevokedCertificateBuilder(peek.serial(der), self._date(revocations.this_update)).build()
                )
            self._crls[known] = _sign(builder, pair, _hash(pair, "sha256"))
        return self._crls[known]

    def _date(self, offset: int) -> datetime:
        return self._now + timedelta(seconds=offset)

    def _signer(self, signer: CertificateSpec | GivenCertificate) -> tuple[x509.Name, KeyPair, tuple[object, ...]]:
        if isinstance(signer, CertificateSpec):
            return distinguished_name(signer.subject), self.key(signer.key), (signer.subject, signer.key)
        key = self._as_given(signer).key
        if key is None:
            raise UsageError(f"{signer.role} was given without its private key, so it can sign nothing")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a zero serial, say: it is not ours to judge here
            try:
                subject = x509.load_der_x509_certificate(signer.der).subject
            except ValueError as error:
                raise UsageError(f"{signer.role} is no certificate that could sign: {error}") from error
        return subject, key, (signer.der, signer.private_key)

    def _as_given(self, certificate: GivenCertificate) -> Issued:
        der = certificate.private_key
        if der is not None and der not in self._given:
            self._given[der] = KeyPair.from_der(der)
        return Issued(certificate.role, certificate.der, None if der is None else self._given[der])

    def _build(self, spec: CertificateSpec, signer: x509.Name, pair: KeyPair, named: KeyPair, value: str) -> bytes:
        key = self.key(spec.key)
        before, after = self._date(spec.not_before), self._date(spec.not_after)
        # The serial follows from all that is in the certificate: two that differ never share one (RFC 5280 §4.1.2.2).
        digest = hashlib.sha256(f"{self.seed}/{self.as_of}/{value}".encode()).digest()
        tame = not weak.is_weak(spec)
        # The builder's methods check what `weak` has looked at already, and copy themselves for each extension: 15 µs.
        builder = x509.CertificateBuilder(
            signer if spec.issuer is None else distinguished_name(spec.issuer),
            distinguished_name(spec.subject),
            key.public,
            spec.serial if tame and spec.serial is not None else (int.from_bytes(digest[:16], "big") >> 1) + 1,
            before if after >= before else after,
            after if after >= before else before,
            list(extensions(spec, key.identifier, named.identifier)),
        )
        name = "sha256" if spec.signature_hash in weak.WEAK_HASHES else spec.signature_hash
        der = _sign(builder, pair, _hash(pair, name))
        if not tame:
            der = weak.weaken(der, spec, pair, (before, after))
        elif pair.pss:
            der = _resign_pss(der, pair, name)
        if spec.signature == "flipped":
            der = der[:-1] + bytes([der[-1] ^ 1])  # the signature value ends the certificate
        return der


def _find(deployment: Deployment, role: str) -> CertificateSpec | GivenCertificate:
    try:
        return deployment.certificate(role)
    except KeyError:
        raise UsageError(f"there is no certificate with the role {role}") from None


def _hash(pair: KeyPair, name: str) -> Any:
    return None if pair.family == "ed25519" else weak.hash_of(name)


def _sign(builder: Any, pair: KeyPair, algorithm: Any) -> bytes:
    """Signs a certificate or a CRL, the same in every run but for RSASSA-PSS, whose salt the library draws."""
    try:
        if pair.family == "ec":
            signed = builder.sign(pair.private, algorithm, ecdsa_deterministic=True)  # RFC 6979
        elif pair.pss:
            scheme = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
            signed = builder.sign(pair.private, algorithm, rsa_padding=scheme)
        else:
            signed = builder.sign(pair.private, algorithm)
    except UnsupportedAlgorithm as error:
        raise MachineError(
            f"this cryptography cannot sign reproducibly: {error}", "pip install --only-binary :all: -U cryptography"
        ) from error
    except ValueError as error:
        raise UsageError(f"a certificate cannot be issued: {error}") from error
    return bytes(signed.public_bytes(Encoding.DER))


def _resign_pss(der: bytes, pair: KeyPair, name: str) -> bytes:
    """`der`, a certificate or a CRL, with a signature that is the same in every run: the value ends it."""
    outer = x509.load_der_x509_certificate(der)
    signature = weak.sign_pss(outer.tbs_certificate_bytes, pair.private, name)  # type: ignore[arg-type]  # it is RSA
    return der[: -len(signature)] + signature
