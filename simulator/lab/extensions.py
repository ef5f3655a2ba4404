"""Extensions from specs, as DER (RFC 5280 §4.2). Law: what the spec says is written, wise or not."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from simulator.errors import UsageError
from simulator.lab.der import BOOLEAN, OCTET_STRING, SEQUENCE, bit_string, encode, integer, oid, tagged
from simulator.lab.names import general_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.model.deployment import CertificateSpec, NameConstraints

_KEY_PURPOSE = "1.3.6.1.5.5.7.3."
_PURPOSES = {
    "server_auth": _KEY_PURPOSE + "1",
    "client_auth": _KEY_PURPOSE + "2",
    "code_signing": _KEY_PURPOSE + "3",
    "email_protection": _KEY_PURPOSE + "4",
    "time_stamping": _KEY_PURPOSE + "8",
    "ocsp_signing": _KEY_PURPOSE + "9",
    "any": "2.5.29.37.0",
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
"""In the order of their bits, the first the highest (§4.2.1.3)."""
_SUBJECT_KEY_IDENTIFIER = oid("2.5.29.14")
_KEY_USAGE = oid("2.5.29.15")
_SUBJECT_ALT_NAME = oid("2.5.29.17")
_BASIC_CONSTRAINTS = oid("2.5.29.19")
_CRL_NUMBER = oid("2.5.29.20")
_NAME_CONSTRAINTS = oid("2.5.29.30")
_CRL_DISTRIBUTION_POINTS = oid("2.5.29.31")
_AUTHORITY_KEY_IDENTIFIER = oid("2.5.29.35")
_EXTENDED_KEY_USAGE = oid("2.5.29.37")
_AUTHORITY_INFORMATION_ACCESS = oid("1.3.6.1.5.5.7.1.1")
_CA_ISSUERS = oid("1.3.6.1.5.5.7.48.2")
_UNKNOWN = oid("2.25.329800735698586629295641978511506172918")
"""Under 2.25 (ITU-T X.667), used by nobody else, so that no client knows it."""
_TRUE = encode(BOOLEAN, b"\xff")

AUTHORITY = ("issuer", "absent", "other")
"""What an authorityKeyIdentifier may be told to point at; any other word is a role, whose key it points at."""


def extensions(spec: CertificateSpec, own: bytes, issuer: bytes) -> list[bytes]:
    """The extensions that `spec` asks for, in the order of common issuers. `own` and `issuer` are the key identifiers
    of the certificate's key and of the one that it says has signed it."""
    return list(_extensions(spec, own, issuer))


def _extensions(spec: CertificateSpec, own: bytes, issuer: bytes) -> Iterator[bytes]:
    if spec.ca is not None:
        yield _basic_constraints(spec.ca, spec.path_length if spec.ca else None, spec.ca_critical)
    if spec.key_usage is not None:
        yield _key_usage(spec.key_usage)
    if spec.extended_key_usage is not None:
        yield _extended_key_usage(spec.extended_key_usage)
    if spec.subject_key_identifier == "own":
        yield _SUBJECT_KEY_HEAD + own
    if spec.authority_key_identifier != "absent":
        yield _AUTHORITY_KEY_HEAD + (another_identifier(issuer) if spec.authority_key_identifier == "other" else issuer)
    if spec.san is not None:
        yield _subject_alt_name(spec.san, spec.san_critical)
    if spec.name_constraints is not None:
        yield _name_constraints(spec.name_constraints)
    if spec.ca_issuers is not None:
        access = encode(SEQUENCE, _CA_ISSUERS + general_name(f"URI:{spec.ca_issuers}"))
        yield _extension(_AUTHORITY_INFORMATION_ACCESS, encode(SEQUENCE, access))
    if spec.crl_url is not None:
        point = tagged(0, tagged(0, general_name(f"URI:{spec.crl_url}")))  # distributionPoint, fullName
        yield _extension(_CRL_DISTRIBUTION_POINTS, encode(SEQUENCE, encode(SEQUENCE, point)))
    if spec.unknown_critical_extension:
        yield _extension(_UNKNOWN, b"\x05\x00", critical=True)


def of_crl(issuer: bytes) -> list[bytes]:
    """The extensions that every CRL has (§5.2): the key identifier of its issuer, and its number, here always 1."""
    return [_AUTHORITY_KEY_HEAD + issuer, _extension(_CRL_NUMBER, integer(1))]


def another_identifier(identifier: bytes) -> bytes:
    """A key identifier that no key of the lab has: what a certificate reissued against a renewed CA points at."""
    return hashlib.sha1(b"another key than " + identifier, usedforsecurity=False).digest()


def _extension(type_: bytes, value: bytes, *, critical: bool = False) -> bytes:
    return encode(SEQUENCE, type_ + (_TRUE if critical else b"") + encode(OCTET_STRING, value))


# A key identifier of the lab is a SHA-1: 20 bytes, which end the extension, and all before them is always the same.
_NO_IDENTIFIER = bytes(20)
_SUBJECT_KEY_HEAD = _extension(_SUBJECT_KEY_IDENTIFIER, encode(OCTET_STRING, _NO_IDENTIFIER))[:-20]
_AUTHORITY_KEY_HEAD = _extension(_AUTHORITY_KEY_IDENTIFIER, encode(SEQUENCE, encode(0x80, _NO_IDENTIFIER)))[:-20]


@lru_cache(maxsize=256)
def _basic_constraints(ca: bool, path_length: int | None, critical: bool) -> bytes:
    length = b"" if path_length is None else integer(path_length)
    value = encode(SEQUENCE, (_TRUE if ca else b"") + length)  # false is the default, which DER leaves out
    return _extension(_BASIC_CONSTRAINTS, value, critical=critical)


@lru_cache(maxsize=256)
def _key_usage(usages: tuple[str, ...]) -> bytes:
    unknown = [u for u in usages if u not in _USAGES]
    if unknown:
        raise UsageError(f"there is no key usage {unknown[0]}")
    used = [_USAGES.index(u) for u in usages]
    count = max(used, default=-1) + 1  # bits behind the last one that is set are left out (X.690 §11.2.2)
    size = (count + 7) // 8
    bits = sum(1 << (8 * size - 1 - bit) for bit in set(used))
    return _extension(_KEY_USAGE, bit_string(bits.to_bytes(size, "big"), 8 * size - count), critical=True)


@lru_cache(maxsize=256)
def _extended_key_usage(purposes: tuple[str, ...]) -> bytes:
    try:
        written = [oid(_PURPOSES.get(purpose, purpose)) for purpose in purposes]
    except ValueError as error:
        raise UsageError(f"there is no key purpose like that: {error}") from error
    return _extension(_EXTENDED_KEY_USAGE, encode(SEQUENCE, b"".join(written)))


@lru_cache(maxsize=1024)
def _subject_alt_name(san: tuple[str, ...], critical: bool) -> bytes:
    value = encode(SEQUENCE, b"".join([general_name(text) for text in san]))
    return _extension(_SUBJECT_ALT_NAME, value, critical=critical)


@lru_cache(maxsize=256)
def _name_constraints(constraints: NameConstraints) -> bytes:
    value = encode(SEQUENCE, _subtrees(0, constraints.permitted) + _subtrees(1, constraints.excluded))
    return _extension(_NAME_CONSTRAINTS, value, critical=constraints.critical)


def _subtrees(tag: int, bases: Sequence[str]) -> bytes:
    if not bases:
        return b""
    return tagged(tag, b"".join([encode(SEQUENCE, general_name(text, constraint=True)) for text in bases]))
