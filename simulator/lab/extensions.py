"""Extensions of a certificate from its spec (RFC 5280 §4.2). Law: what the spec says is written, wise or not."""

from __future__ import annotations

import hashlib
import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from simulator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.model.deployment import CertificateSpec, Name, NameConstraints

_ATTRIBUTES = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "DC": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}
_PURPOSES = {
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "time_stamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
UNKNOWN_EXTENSION = x509.ObjectIdentifier("2.25.329800735698586629295641978511506172918")
"""An object identifier under 2.25 (ITU-T X.667) that nobody else uses, so that no client knows it."""


@lru_cache(maxsize=4096)
def distinguished_name(name: Name) -> x509.Name:
    """A name of the model as cryptography's. Raises `UsageError` for an attribute that has no short name here."""
    try:
        return x509.Name([x509.NameAttribute(_ATTRIBUTES[short], value) for short, value in name])
    except KeyError as error:
        raise UsageError(f"there is no name attribute {error.args[0]}") from error
    except ValueError as error:
        raise UsageError(f"a name cannot be written: {error}") from error


@lru_cache(maxsize=4096)
def general_name(text: str, *, constraint: bool = False) -> x509.GeneralName:
    """A presented identifier, or with `constraint` a subtree: "DNS:…", "IP:…", "URI:…", "email:…", "DIR:O=…,CN=…"."""
    kind, _, value = text.partition(":")
    try:
        if kind == "DNS":
            return _dns(value)
        if kind == "IP":
            return x509.IPAddress(ipaddress.ip_network(value) if constraint else ipaddress.ip_address(value))
        if kind == "URI":
            return x509.UniformResourceIdentifier(value)
        if kind == "email":
            return x509.RFC822Name(value)
        if kind == "DIR":
            pairs = tuple((p.partition("=")[0], p.partition("=")[2]) for p in value.split(","))
            return x509.DirectoryName(distinguished_name(pairs))
    except ValueError as error:
        raise UsageError(f"{text} cannot be written as a name: {error}") from error
    raise UsageError(f"{text} is no presented identifier: it begins with DNS:, IP:, URI:, email: or DIR:")


def _dns(value: str) -> x509.DNSName:
    if value.isascii():
        return x509.DNSName(value)
    # A U-label has no place in a dNSName (RFC 5280 §7.2); some issuers wrote it all the same, as raw bytes.
    return x509.DNSName._init_without_validation(value)


@lru_cache(maxsize=1024)
def _alternative_name(san: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([general_name(text) for text in san])


@lru_cache(maxsize=256)
def _key_usage(usages: tuple[str, ...]) -> x509.KeyUsage:
    unknown = [u for u in usages if u not in _USAGES]
    if unknown:
        raise UsageError(f"there is no key usage {unknown[0]}")
    return x509.KeyUsage(**{name: name in usages for name in _USAGES})


@lru_cache(maxsize=256)
def _purposes(purposes: tuple[str, ...]) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([_PURPOSES.get(p) or x509.ObjectIdentifier(p) for p in purposes])


@lru_cache(maxsize=64)
def _basic_constraints(ca: bool, path_length: int | None) -> x509.BasicConstraints:
    return x509.BasicConstraints(ca=ca, path_length=path_length if ca else None)


def _name_constraints(constraints: NameConstraints) -> x509.NameConstraints:
    permitted = [general_name(text, constraint=True) for text in constraints.permitted]
    excluded = [general_name(text, constraint=True) for text in constraints.excluded]
    return x509.NameConstraints(permitted or None, excluded or None)


AUTHORITY = ("issuer", "absent", "other")
"""What an authorityKeyIdentifier may be told to point at; any other word is a role, whose key it points at."""


def extensions(spec: CertificateSpec, own: bytes, issuer: bytes) -> Iterator[x509.Extension[x509.ExtensionType]]:
    """The extensions that `spec` asks for, in the order of common issuers. `own` and `issuer` are the key identifiers
    of the certificate's key and of the one that it says has signed it."""
    for value, critical in _values(spec, own, issuer):
        yield x509.Extension(value.oid, critical, value)


def _values(spec: CertificateSpec, own: bytes, issuer: bytes) -> Iterator[tuple[x509.ExtensionType, bool]]:
    if spec.ca is not None:
        yield _basic_constraints(spec.ca, spec.path_length), spec.ca_critical
    if spec.key_usage is not None:
        yield _key_usage(spec.key_usage), True
    if spec.extended_key_usage is not None:
        yield _purposes(spec.extended_key_usage), False
    if spec.subject_key_identifier == "own":
        yield x509.SubjectKeyIdentifier(own), False
    if spec.authority_key_identifier != "absent":
        points_at = another_identifier(issuer) if spec.authority_key_identifier == "other" else issuer
        yield x509.AuthorityKeyIdentifier(points_at, None, None), False
    if spec.san is not None:
        yield _alternative_name(spec.san), spec.san_critical
    if spec.name_constraints is not None:
        yield _name_constraints(spec.name_constraints), spec.name_constraints.critical
    if spec.ca_issuers is not None:
        location = x509.UniformResourceIdentifier(spec.ca_issuers)
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, location)
        yield x509.AuthorityInformationAccess([access]), False
    if spec.crl_url is not None:
        location = x509.UniformResourceIdentifier(spec.crl_url)
        yield x509.CRLDistributionPoints([x509.DistributionPoint([location], None, None, None)]), False
    if spec.unknown_critical_extension:
        yield x509.UnrecognizedExtension(UNKNOWN_EXTENSION, b"\x05\x00"), True


def another_identifier(identifier: bytes) -> bytes:
    """A key identifier that no key of the lab has: what a certificate reissued against a renewed CA points at."""
    return hashlib.sha1(b"another key than " + identifier, usedforsecurity=False).digest()
