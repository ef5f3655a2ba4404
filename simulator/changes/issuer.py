"""What an issuer gets wrong. Law: these faults write certificates and revocation lists only."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from simulator.changes.baselines import authority, identifier, is_ip
from simulator.changes.change import Days, Host, Refused, Registry, edit
from simulator.model.deployment import (
    DAY,
    INTERMEDIATE,
    LEAF,
    PUBLIC_ROOT,
    ROOT,
    Deployment,
    Key,
    NameConstraints,
    RevocationList,
    common_name,
)

ISSUER = Registry()


def issuing_ca(deployment: Deployment) -> str:
    """The role of the CA whose place it is to issue the end entity: the last intermediate, the private root, or the
    public one. It follows from the roles, not from who signed: a forgery does not move it, so the order of faults
    does not matter. Raises `Refused` where the end entity signs itself and there is no CA."""
    roles = [certificate.role for certificate in deployment.certificates]
    intermediates = [role for role in roles if role.startswith(INTERMEDIATE)]
    if intermediates:
        return intermediates[-1]
    if ROOT in roles:
        return ROOT
    if deployment.spec(LEAF).signer == LEAF:
        raise Refused("the certificate signed itself: there is no CA to get wrong")
    return PUBLIC_ROOT


def _anchor(deployment: Deployment) -> str:
    issuing = issuing_ca(deployment)
    return ROOT if issuing.startswith(INTERMEDIATE) else issuing


def _intermediate(deployment: Deployment) -> str:
    issuing = issuing_ca(deployment)
    if not issuing.startswith(INTERMEDIATE):
        raise Refused("there is no intermediate here; take the baseline three-tier")
    return issuing


# --- self-signed and forged


@ISSUER.fault("issuer", "self-signed", "leaf-is-ca", "ca-missing-key-usage")
def openssl_self_signed(deployment: Deployment) -> Deployment:
    """The certificate is what `openssl req -x509` makes: signed by itself, marked as a CA, without keyUsage."""
    return edit(
        deployment, LEAF, signer=LEAF, ca=True, key_usage=None, extended_key_usage=None,
        ca_issuers=None,
    )  # fmt: skip


@ISSUER.fault("issuer", "self-signed")
def self_signed_by_server(deployment: Deployment) -> Deployment:
    """The server made its certificate itself, carefully (no CA), and nobody was told."""
    return edit(deployment, LEAF, signer=LEAF, ca_issuers=None)


@ISSUER.fault("issuer", "bad-signature")
def forged_issuer(deployment: Deployment) -> Deployment:
    """The certificate claims the CA that the client trusts, key identifier and all, but another key signed it."""
    claimed = issuing_ca(deployment)
    forger = authority("forger", common_name("Forger"), kind=deployment.spec(claimed).key.kind)
    return edit(
        deployment.with_certificate(forger), LEAF, signer="forger", issuer=deployment.spec(claimed).subject,
        authority_key_identifier=claimed,
    )  # fmt: skip


@ISSUER.fault("issuer", "bad-signature")
def tampered(deployment: Deployment) -> Deployment:
    """One bit of the certificate's signature is flipped, as by a bad disk or a bad hand."""
    return edit(deployment, LEAF, signature="flipped")


# --- names


@ISSUER.fault("issuer", "missing-san")
def omit_san(deployment: Deployment) -> Deployment:
    """The certificate has no subjectAltName: its only name is the CN, where nobody looks any more."""
    return edit(deployment, LEAF, san=None)


@ISSUER.fault("issuer", "name-mismatch", "ip-not-in-san")
def other_host(deployment: Deployment, host: Host = "other.test") -> Deployment:
    """The certificate is for another host."""
    if host == deployment.client.host:
        raise Refused(f"{host} is the host that the client asks for")
    return edit(deployment, LEAF, san=(identifier(host),), subject=common_name(host))


@ISSUER.fault("issuer", "ip-not-in-san")
def host_name_only(deployment: Deployment, host: Host = "localhost") -> Deployment:
    """The URL is an IP address; the certificate names only a host."""
    if not is_ip(deployment.client.host):
        raise Refused("the client asks for a host name, not for an IP address; give the baseline host: 127.0.0.1")
    return edit(deployment, LEAF, san=(f"DNS:{host}",), subject=common_name(host))


@ISSUER.fault("issuer", "ip-not-in-san", "ip-in-dns-name")
def ip_as_dns_name(deployment: Deployment) -> Deployment:
    """The IP address stands in subjectAltName, but written as a DNS name."""
    if not is_ip(deployment.client.host):
        raise Refused("the client asks for a host name, not for an IP address; give the baseline host: 127.0.0.1")
    return edit(deployment, LEAF, san=(f"DNS:{deployment.client.host}",))


@ISSUER.fault("issuer", "name-mismatch", "wildcard-scope")
def wildcard(
    deployment: Deployment, reach: Literal["too-deep", "apex", "top-level", "partial"] = "too-deep"
) -> Deployment:
    """The certificate has a wildcard that does not cover the host: one label too few, the bare domain, a whole
    top-level domain, or a star within a label."""
    labels = deployment.client.host.split(".")
    if is_ip(deployment.client.host) or len(labels) < (3 if reach == "too-deep" else 2):
        raise Refused(f"{deployment.client.host} has too few labels for this wildcard")
    pattern = {
        "too-deep": "*." + ".".join(labels[2:]),
        "apex": "*." + ".".join(labels),
        "top-level": "*." + labels[-1],
        "partial": ".".join([labels[0][0] + "*", *labels[1:]]),
    }[reach]
    if reach == "top-level" and len(labels) != 2:
        raise Refused("a wildcard on a top-level domain matters for a host right below it")
    return edit(deployment, LEAF, san=(f"DNS:{pattern}",), subject=common_name(pattern))


@ISSUER.fault("issuer", "name-mismatch", "malformed-san")
def malformed_san(deployment: Deployment, style: Literal["port", "url", "trailing-dot"] = "port") -> Deployment:
    """subjectAltName holds the host with something that does not belong there: a port, a scheme, a final dot."""
    host = deployment.client.host
    if is_ip(host):
        raise Refused("this is about host names, and the client asks for an IP address")
    text = {"port": f"{host}:8443", "url": f"https://{host}", "trailing-dot": f"{host}."}[style]
    return edit(deployment, LEAF, san=(f"DNS:{text}",))


# --- time


@ISSUER.fault("issuer", "expired")
def expired(deployment: Deployment, days: Days = 1) -> Deployment:
    """The certificate ended some days ago."""
    return edit(deployment, LEAF, not_before=-(days + 90) * DAY, not_after=-days * DAY)


@ISSUER.fault("issuer", "not-yet-valid")
def not_yet_valid(deployment: Deployment, days: Days = 2) -> Deployment:
    """The certificate begins in some days."""
    return edit(deployment, LEAF, not_before=days * DAY, not_after=(days + 90) * DAY)


@ISSUER.fault("issuer", "expired-issuer")
def expired_intermediate(deployment: Deployment, days: Days = 1) -> Deployment:
    """The intermediate ended some days ago, the end entity has not."""
    return edit(deployment, _intermediate(deployment), not_after=-days * DAY, not_before=-(days + 1000) * DAY)


@ISSUER.fault("issuer", "issuer-not-yet-valid")
def intermediate_not_yet_valid(deployment: Deployment, days: Days = 2) -> Deployment:
    """The intermediate begins in some days."""
    return edit(deployment, _intermediate(deployment), not_before=days * DAY)


@ISSUER.fault("issuer", "expired-anchor")
def expired_root(deployment: Deployment, days: Days = 1) -> Deployment:
    """The root that clients hold ended some days ago."""
    return edit(deployment, _anchor(deployment), not_after=-days * DAY, not_before=-(days + 2000) * DAY)


@ISSUER.fault("issuer", "anchor-not-yet-valid")
def root_not_yet_valid(deployment: Deployment, days: Days = 2) -> Deployment:
    """The root that clients hold begins in some days."""
    return edit(deployment, _anchor(deployment), not_before=days * DAY)


@ISSUER.fault("issuer", "not-yet-valid", "expired", "inverted-validity")
def inverted_validity(deployment: Deployment) -> Deployment:
    """The certificate ends before it begins: no day is right for it."""
    return edit(deployment, LEAF, not_before=2 * DAY, not_after=-DAY)


@ISSUER.fault("issuer", "validity-too-long")
def valid_too_long(deployment: Deployment, days: Days = 830) -> Deployment:
    """The certificate is valid for longer than the 398 days that browsers allow a public CA."""
    if days <= 398:
        raise Refused("398 days are still allowed; take more")
    return edit(deployment, LEAF, not_before=-DAY, not_after=(days - 1) * DAY)


# --- the CA


@ISSUER.fault("issuer", "issuer-not-ca")
def issuer_not_ca(deployment: Deployment) -> Deployment:
    """The certificate that signed is no CA: basicConstraints says so."""
    return edit(deployment, _intermediate(deployment), ca=False, key_usage=("digital_signature",))


@ISSUER.fault("issuer", "path-length-exceeded")
def path_length_exceeded(deployment: Deployment) -> Deployment:
    """A CA allows no further CA below it (pathlen:0), and there is one."""
    last = _intermediate(deployment)
    above = INTERMEDIATE if last != INTERMEDIATE else _anchor(deployment)
    return edit(deployment, above, path_length=0)


@ISSUER.fault("issuer", "issuer-cannot-sign")
def ca_cannot_sign(deployment: Deployment) -> Deployment:
    """The intermediate's keyUsage does not let it sign certificates."""
    return edit(deployment, _intermediate(deployment), key_usage=("crl_sign",))


@ISSUER.fault("issuer", "ca-not-critical")
def ca_not_critical(deployment: Deployment) -> Deployment:
    """The root's basicConstraints is not marked critical."""
    return edit(deployment, _anchor(deployment), ca_critical=False)


@ISSUER.fault("issuer", "ca-missing-key-usage")
def ca_missing_key_usage(deployment: Deployment) -> Deployment:
    """The root has no keyUsage, as `openssl req -x509` leaves it."""
    return edit(deployment, _anchor(deployment), key_usage=None)


@ISSUER.fault("issuer", "missing-ski")
def missing_ski(deployment: Deployment) -> Deployment:
    """The root has no subjectKeyIdentifier."""
    return edit(deployment, _anchor(deployment), subject_key_identifier="absent")


@ISSUER.fault("issuer", "missing-aki")
def missing_aki(deployment: Deployment) -> Deployment:
    """The certificate has no authorityKeyIdentifier."""
    issuing_ca(deployment)
    return edit(deployment, LEAF, authority_key_identifier="absent")


@ISSUER.fault("issuer", "aki-mismatch")
def aki_mismatch(deployment: Deployment) -> Deployment:
    """The certificate's authorityKeyIdentifier points at a key that is not its issuer's."""
    issuing_ca(deployment)
    return edit(deployment, LEAF, authority_key_identifier="other")


@ISSUER.fault("issuer", "v1-ca")
def v1_root(deployment: Deployment) -> Deployment:
    """The root is an X.509 version 1 certificate: it has no extensions at all."""
    return edit(deployment, _anchor(deployment), version=1)


@ISSUER.fault("issuer", "empty-subject-san-not-critical")
def empty_subject(deployment: Deployment) -> Deployment:
    """The subject is empty, and subjectAltName is not marked critical."""
    return edit(deployment, LEAF, subject=())


@ISSUER.fault("issuer", "ca-false-with-ca-usage")
def ca_usage_without_ca(deployment: Deployment) -> Deployment:
    """The end entity says that it is no CA, and that it may sign certificates."""
    return edit(deployment, LEAF, key_usage=("digital_signature", "key_cert_sign"))


@ISSUER.fault("issuer", "wrong-purpose")
def client_certificate_as_server(deployment: Deployment) -> Deployment:
    """extendedKeyUsage allows client authentication only."""
    return edit(deployment, LEAF, extended_key_usage=("client_auth",))


@ISSUER.fault("issuer", "name-constraint-violated")
def name_constraint(
    deployment: Deployment, kind: Literal["permitted-elsewhere", "excluded"] = "permitted-elsewhere"
) -> Deployment:
    """The CA may sign for example.test only, or is forbidden this very name."""
    host = deployment.client.host
    if is_ip(host):
        raise Refused("these constraints are about host names, and the client asks for an IP address")
    constraints = (
        NameConstraints(permitted=("DNS:example.test",))
        if kind == "permitted-elsewhere"
        else NameConstraints(excluded=(f"DNS:{host}",))
    )
    return edit(deployment, issuing_ca(deployment), name_constraints=constraints)


@ISSUER.fault("issuer", "unknown-critical-extension")
def unknown_critical_extension(deployment: Deployment) -> Deployment:
    """The certificate has an extension that no client knows, marked critical."""
    return edit(deployment, LEAF, unknown_critical_extension=True)


@ISSUER.fault("issuer", "serial-not-positive")
def serial_not_positive(deployment: Deployment) -> Deployment:
    """The serial number is negative, which RFC 5280 forbids."""
    return edit(deployment, LEAF, serial=-7)


# --- keys and signatures


@ISSUER.fault("issuer", "weak-key")
def weak_key(deployment: Deployment) -> Deployment:
    """The certificate's key is RSA with 1024 bits."""
    return edit(deployment, LEAF, key=Key(name=LEAF, kind="rsa-1024"))


@ISSUER.fault("issuer", "weak-signature")
def weak_signature(deployment: Deployment, digest: Literal["sha1", "md5"] = "sha1") -> Deployment:
    """The certificate is signed with a digest that can be collided."""
    issuing_ca(deployment)
    kind = deployment.spec(issuing_ca(deployment)).key.kind
    if kind == "ed25519" or kind.startswith("rsa-pss"):
        raise Refused(f"a CA with a key of the kind {kind} signs with good digests only")
    if digest == "md5" and not kind.startswith("rsa-"):
        raise Refused("MD5 was used with RSA keys alone; give the baseline key: rsa-2048")
    return edit(deployment, LEAF, signature_hash=digest)


@ISSUER.fault("issuer", "browser-unsupported-key")
def ed25519_key(deployment: Deployment) -> Deployment:
    """The certificate's key is Ed25519, which Python takes and browsers do not."""
    return edit(deployment, LEAF, key=Key(name=LEAF, kind="ed25519"))


# --- revocation


@ISSUER.fault("issuer", "revoked")
def revoked(deployment: Deployment) -> Deployment:
    """The CA has revoked the certificate: it stands on its revocation list."""
    ca = issuing_ca(deployment)
    return replace(deployment, revocation_lists=(RevocationList(issuer=ca, revoked=(LEAF,)),))


@ISSUER.fault("issuer", "crl-expired")
def crl_expired(deployment: Deployment, days: Days = 1) -> Deployment:
    """The CA's revocation list is out of date."""
    ca = issuing_ca(deployment)
    return replace(
        deployment,
        revocation_lists=(RevocationList(issuer=ca, this_update=-(days + 7) * DAY, next_update=-days * DAY),),
    )


# --- better than the baseline


@ISSUER.improvement("issuer", "A small CA that may sign for this host only")
def limit_ca_to_host(deployment: Deployment) -> Deployment:
    """The CA carries name constraints: it may sign for this host and for nothing else, IP addresses included."""
    host = deployment.client.host
    everything = ("IP:0.0.0.0/0", "IP:::/0")
    constraints = (
        # OpenSSL ignores an excluded "."; a name that nobody can have (RFC 6761 §6.4) closes the others everywhere.
        NameConstraints(permitted=("DNS:invalid", f"IP:{host}/{128 if ':' in host else 32}"))
        if is_ip(host)
        else NameConstraints(permitted=(f"DNS:{host}",), excluded=everything)
    )
    return edit(deployment, ROOT, name_constraints=constraints)
