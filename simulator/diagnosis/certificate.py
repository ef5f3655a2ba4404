"""One certificate as verifiers see it (RFC 5280 §4), read tolerantly and once.

Law: what OpenSSL 3.0 takes, this takes; what makes OpenSSL call a certificate invalid is recorded in `x.broken` (field
and reason), never raised. Only bytes that are no certificate at all raise `Malformed`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, lru_cache

from simulator.diagnosis import keys, names, oids
from simulator.diagnosis.der import BIT_STRING, INTEGER, SEQUENCE, Malformed, integer, items, read
from simulator.diagnosis.extensions import AuthorityKeyIdentifier, Extensions
from simulator.diagnosis.plain import clean

UTC_TIME, GENERALIZED_TIME = 0x17, 0x18


class Certificate:
    """A parsed certificate. Its extensions are read when they are first asked for: most anchors never are."""

    def __init__(self, der: bytes) -> None:
        tag, start, end = read(der, 0, len(der))
        if tag != SEQUENCE or end != len(der):
            raise Malformed("not a certificate")
        outer = items(der, start, end)
        if [tag for tag, _, _ in outer] != [SEQUENCE, SEQUENCE, BIT_STRING]:
            raise Malformed("not a certificate")
        (_, begin, stop), (_, _, alg_end), (_, sig, sig_end) = outer
        self.der = der
        self.signed_part = der[start:stop]
        self.outer_algorithm = der[stop:alg_end]
        self.signature = der[sig + 1 : sig_end]
        body = items(der, begin, stop)
        self.version = 1
        if body and body[0][0] == 0xA0:
            self.version = integer(der, read(der, body[0][1], body[0][2])) + 1
            body = body[1:]
        if [tag for tag, _, _ in body[:6]] != [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]:
            raise Malformed("not a certificate")
        (_, _, serial_end), (_, _, alg_end), (_, _, issuer_end), dates, (_, _, subject_end), (_, _, key_end) = body[:6]
        self.serial = integer(der, body[0])
        self.algorithm = der[serial_end:alg_end]
        self.issuer = names.name(der[alg_end:issuer_end])
        self.subject_der = der[dates[2] : subject_end]
        self.subject = names.name(self.subject_der)
        times = items(der, dates[1], dates[2])
        if len(times) != 2:
            raise Malformed("not a certificate")
        self.not_before = moment(der, times[0])
        self.not_after = moment(der, times[1])
        self.spki = der[subject_end:key_end]
        self._extensions = next(((a, b) for tag, a, b in body[6:] if tag == 0xA3), None)

    @cached_property
    def x(self) -> Extensions:
        """The extensions, and what they say."""
        return Extensions(self.der, self._extensions)

    @cached_property
    def key(self) -> keys.Key | None:
        """The public key; None where it cannot be decoded."""
        return keys.key(self.spki)

    @cached_property
    def scheme(self) -> keys.Scheme | None:
        """How it was signed; None where no verifier would know."""
        return keys.scheme(self.algorithm)

    @cached_property
    def self_issued(self) -> bool:
        """Issuer and subject are the same name (RFC 5280 §3.2)."""
        return self.issuer.canonical == self.subject.canonical

    @cached_property
    def self_signed(self) -> bool:
        """What OpenSSL takes for self-signed: self-issued, key identifiers and algorithms agree. No signature is
        checked."""
        return self.self_issued and not self.x.broken and identifies(self, self.x.aki) and signs_like(self, self)

    @cached_property
    def ca_kind(self) -> int:
        """0: no CA. 1: basicConstraints says so. 3 to 5: old customs that OpenSSL still honours for a root: version 1
        and self-signed, keyUsage alone, Netscape's extension. (RFC 5280 §4.2.1.9 knows 1 alone.)"""
        x = self.x
        if x.broken or (x.key_usage is not None and not x.key_usage & oids.KEY_CERT_SIGN):
            return 0
        if x.constraints is not None:
            return int(x.constraints.ca)
        if self.version == 1 and self.self_signed:
            return 3
        if x.key_usage is not None:
            return 4
        return 5 if x.netscape is not None and x.netscape & oids.NETSCAPE_ANY_CA else 0

    @cached_property
    def label(self) -> str:
        """A short name for people: its common name, else its whole subject."""
        common = self.subject.values(names.COMMON_NAME)
        if common:
            return clean(names.decoded(*common[-1]), 64)
        return self.subject.text

    def signed_by(self, issuer: Certificate) -> bool | None:
        """Whether the issuer's key made the signature; None where this machine cannot tell. The two places that name
        the algorithm must agree (RFC 5280 §4.1.1.2)."""
        if self.outer_algorithm != self.algorithm:
            return False
        return keys.signed(issuer.spki, self.algorithm, self.signature, self.signed_part)


def moment(der: bytes, item: tuple[int, int, int]) -> float | None:
    """A UTCTime or GeneralizedTime in the one form that RFC 5280 §4.1.2.5 allows, in seconds since 1970 UTC; else
    None."""
    tag, start, end = item
    text = der[start:end]
    if tag == UTC_TIME and len(text) == 13:
        text = (b"20" if text < b"50" else b"19") + text
    elif tag != GENERALIZED_TIME or len(text) != 15:
        return None
    if text[14:] != b"Z" or not text[:14].isdigit():
        return None
    parts = [int(text[:4]), *(int(text[i : i + 2]) for i in range(4, 14, 2))]
    try:
        return datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC).timestamp()
    except ValueError:
        return None


def identifies(issuer: Certificate, aki: AuthorityKeyIdentifier | None) -> bool:
    """Whether an authorityKeyIdentifier, as far as it says anything, means this issuer (RFC 5280 §4.2.1.1)."""
    if aki is None:
        return True
    if aki.key_id is not None and issuer.x.ski is not None and aki.key_id != issuer.x.ski:
        return False
    if aki.serial is not None and aki.serial != issuer.serial:
        return False
    return aki.issuer is None or aki.issuer == issuer.issuer.canonical


def signs_like(issuer: Certificate, subject: Certificate) -> bool:
    """Whether the issuer has the kind of key that the subject was signed with."""
    if issuer.key is None or subject.scheme is None:
        return False
    kind, wanted = issuer.key.kind, subject.scheme.key_kind
    return kind == wanted or (kind == "RSA" and wanted == "RSA-PSS")


def issued(issuer: Certificate, subject: Certificate) -> bool:
    """Whether OpenSSL would take this issuer for the subject's, before it checks any signature: name, key identifier,
    kind of key, and both certificates in order."""
    return (
        subject.issuer.canonical == issuer.subject.canonical
        and not issuer.x.broken
        and not subject.x.broken
        and identifies(issuer, subject.x.aki)
        and signs_like(issuer, subject)
    )


_LARGEST_KEPT = 1 << 16
"""Bytes of a certificate that is kept: a thousand of an attacker's megabytes are not."""
_kept = lru_cache(maxsize=1024)(Certificate)


def parse(der: bytes) -> Certificate:
    """The certificate in these bytes, cached. Raises Malformed where there is none."""
    return _kept(der) if len(der) <= _LARGEST_KEPT else Certificate(der)
