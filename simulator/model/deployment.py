"""What is built: the certificates to issue, what the server sends, how the client is set up.

Law: frozen, hashable values. A change makes a new deployment with `replace`, never touches an old one, and
equal deployments behave equally, so they are run once.

Names are RFC 5280's and RFC 9525's. Times are whole seconds relative to the `as_of` of a run.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Literal

DAY = 86_400
YEAR = 365 * DAY

ROOT, INTERMEDIATE, LEAF = "root", "intermediate", "leaf"
"""Roles that every baseline uses for its private CA, its intermediate and its end entity."""
PUBLIC_ROOT = "public-root"
"""The stand-in for a public CA, whose key the lab holds."""

Name = tuple[tuple[str, str], ...]
"""A distinguished name: pairs such as `("CN", "localhost")`, in order. Short names are RFC 4514's."""


def common_name(value: str) -> Name:
    """The distinguished name `CN=value`."""
    return (("CN", value),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key pair. `name` says which: two certificates whose keys are equal share one key pair."""

    name: str
    kind: str = "p-256"
    """p-256, p-384, p-521, ed25519, rsa-1024 (and every rsa-BITS of 1024, 2048, 3072, 4096), rsa-pss-2048, p-192."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameConstraints:
    """RFC 5280 §4.2.1.10. Each subtree is written as a presented identifier: "DNS:.test", "IP:127.0.0.0/8"."""

    permitted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    critical: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSpec:
    """One certificate to issue (RFC 5280 §4). `role` is its unique name within the deployment."""

    role: str
    subject: Name
    signer: str
    """The role whose key signs; the certificate's own role makes it self-signed."""
    key: Key
    issuer: Name | None = None
    """What the issuer field says; None: the signer's subject. (A forgery says otherwise.)"""
    san: tuple[str, ...] | None = None
    """Presented identifiers: "DNS:localhost", "IP:127.0.0.1", "URI:…", "email:…". None: no subjectAltName at all."""
    san_critical: bool = False
    ca: bool | None = False
    """basicConstraints cA; None: no basicConstraints extension."""
    ca_critical: bool = True
    path_length: int | None = None
    key_usage: tuple[str, ...] | None = ("digital_signature",)
    """Names as in `cryptography.x509.KeyUsage`; None: no extension. Sorted, so that equal sets are equal."""
    extended_key_usage: tuple[str, ...] | None = None
    """Dotted OIDs or "server_auth", "client_auth", "code_signing", "any"; None: no extension."""
    authority_key_identifier: str = "issuer"
    """Whose key it points at: "issuer" (the signer's), "absent", "other" (nobody's), or another certificate's role."""
    subject_key_identifier: Literal["own", "absent"] = "own"
    not_before: int = -DAY
    not_after: int = 89 * DAY
    signature_hash: str = "sha256"
    """sha256, sha384, sha512, sha1 or md5."""
    signature: Literal["valid", "flipped"] = "valid"
    """flipped: one bit of the signature value is wrong."""
    name_constraints: NameConstraints | None = None
    ca_issuers: str | None = None
    """authorityInformationAccess caIssuers URL (RFC 5280 §4.2.2.1)."""
    crl_url: str | None = None
    unknown_critical_extension: bool = False
    duplicate_extension: bool = False
    version: int = 3
    """3 or 1. A version 1 certificate has no extensions at all, whatever the fields above say."""
    serial: int | None = None
    """None: derived from the seed. Zero and negative numbers are allowed: some issuers wrote them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCertificate:
    """A certificate that somebody else made: a learner's repair, a user's file."""

    role: str
    der: bytes
    private_key: bytes | None = None
    """PKCS#8 DER, where it is there."""


Certificate = CertificateSpec | GivenCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualHost:
    """A name (as in SNI) and what the server presents for it."""

    host: str
    chain: tuple[str, ...]
    private_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    """What the server sends and speaks. `chain` holds roles in the order of the wire; `private_key` is the role whose
    key it was given."""

    chain: tuple[str, ...]
    private_key: str
    minimum_version: str = "TLSv1.2"
    maximum_version: str = "TLSv1.3"
    """TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3."""
    ciphers: str | None = None
    """An OpenSSL cipher string for TLS 1.2 and older; None: OpenSSL's own default."""
    dh_bits: int | None = None
    """Serve DHE with a group of this size."""
    virtual_hosts: tuple[VirtualHost, ...] = ()
    client_certificate_authorities: tuple[str, ...] = ()
    """Roles of the CAs whose client certificates are required; empty: none is asked for."""
    behaviour: Literal["tls", "plain-http", "closes", "hangs", "absent", "unrecognized-name"] = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFile:
    """A file or folder of trust anchors as somebody left it on disk.

    `form`: "pem" as it should be; "der", "empty", "missing", "key" (the private key of the first role), "truncated"
    (PEM cut off in the middle), "directory" (nobody ran c_rehash), "hashed-directory".
    """

    roles: tuple[str, ...]
    form: str = "pem"
    name: str = "ca.pem"
    """The file's name as reports show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable; a `TrustFile` stands for the path of that file."""

    name: str
    value: str | TrustFile


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """A CRL (RFC 5280 §5): who issued it, whose certificates are on it, and when it ends (seconds from `as_of`)."""

    issuer: str
    revoked: tuple[str, ...] = ()
    this_update: int = -DAY
    next_update: int = 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy between client and server. `behaviour`: "tunnel" (CONNECT, untouched), "intercept" (re-signs each
    site: `chain` and `private_key` are what it presents). `scheme` is what the client's setting says."""

    behaviour: Literal["tunnel", "intercept"] = "tunnel"
    scheme: Literal["http", "https"] = "http"
    chain: tuple[str, ...] = ()
    private_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSpec:
    """How the client under observation is set up. `None` for a trust source means that nobody set it."""

    host: str
    """The reference identifier: the host of the URL, as typed (no brackets around IPv6)."""
    scheme: Literal["https", "http"] = "https"
    trust: TrustFile | None = None
    """What the call names (`verify=`); None: the client's default."""
    session_trust: TrustFile | Literal["off"] | None = None
    """`session.verify`: a file, "off" for False, None for untouched."""
    verify: bool = True
    """False: the call says `verify=False`."""
    check_hostname: bool = True
    environment: tuple[Variable, ...] = ()
    """Variables of the client's own process."""
    clock_skew: int = 0
    """Seconds by which the client's clock is ahead of the world's. The world is moved, never the clock."""
    certificate: tuple[str, ...] = ()
    """Roles of the client's own chain (leaf first); its key is the first one's."""
    check_crls: bool = False
    has_crls: bool = True
    """Whether the deployment's revocation lists were loaded into the client (it checks them only with check_crls)."""
    proxy: Proxy | None = None
    security_level: int | None = None
    """OpenSSL's SECLEVEL that the client asks for; None: its default (2 for Python)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambient:
    """What every *other* program on the machine would trust, in three slots.

    `certifi`: the bundle that requests reads by default; `certifi_installed`: the roles that its wheel came with (its
    RECORD is computed from these); `environment`: variables of the whole shell, which the client sees too; `system`:
    OpenSSL's default store.
    """

    certifi: TrustFile = TrustFile(roles=("public-root",), name="certifi/cacert.pem")
    certifi_installed: tuple[str, ...] = ("public-root",)
    environment: tuple[Variable, ...] = ()
    system: TrustFile = TrustFile(roles=("public-root",), name="system/ca-certificates.crt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Everything that decides what a client will see: one frozen value."""

    certificates: tuple[Certificate, ...]
    server: ServerSpec
    client: ClientSpec
    ambient: Ambient = Ambient()
    revocation_lists: tuple[RevocationList, ...] = ()
    """What the issuers published: any observer can fetch them."""
    baseline: str = "two-tier"
    """The name of the baseline it came from; it changes nothing that is built."""

    def certificate(self, role: str) -> Certificate:
        """The certificate with this role. Raises `KeyError` where there is none."""
        for certificate in self.certificates:
            if certificate.role == role:
                return certificate
        raise KeyError(role)

    def spec(self, role: str) -> CertificateSpec:
        """The certificate to issue with this role. Raises `KeyError` where it is not ours to issue."""
        certificate = self.certificate(role)
        if isinstance(certificate, GivenCertificate):
            raise KeyError(role)
        return certificate

    def with_certificate(self, certificate: Certificate) -> Deployment:
        """Adds a certificate, or puts it in the place of the one with its role."""
        roles = [c.role for c in self.certificates]
        if certificate.role not in roles:
            return replace(self, certificates=(*self.certificates, certificate))
        return replace(
            self, certificates=tuple(certificate if c.role == certificate.role else c for c in self.certificates)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that differs: a dotted path (`leaf.san`, `client.verify`), before and after as Python values."""

    path: str
    before: object
    after: object


def diff(before: Deployment, after: Deployment) -> tuple[Difference, ...]:
    """Where two deployments differ, field by field, certificates by role. A certificate that only one side has is one
    difference with None on the other side."""
    found: list[Difference] = []
    old = {c.role: c for c in before.certificates}
    new = {c.role: c for c in after.certificates}
    for role in [*old, *(r for r in new if r not in old)]:
        found += _compare(role, old.get(role), new.get(role))
    found += _compare("revocation_lists", before.revocation_lists, after.revocation_lists)
    found += _compare("server", before.server, after.server)
    found += _compare("client", before.client, after.client)
    found += _compare("ambient", before.ambient, after.ambient)
    return tuple(found)


def _compare(path: str, before: object, after: object) -> list[Difference]:
    if before == after:
        return []
    if type(before) is not type(after) or not is_dataclass(before):
        return [Difference(path=path, before=before, after=after)]
    return [
        Difference(path=f"{path}.{f.name}", before=getattr(before, f.name), after=getattr(after, f.name))
        for f in fields(before)
        if getattr(before, f.name) != getattr(after, f.name)
    ]
