"""What goes wrong at the client, and what people do there instead of mending the cause. Law: these changes write the
client's part and the machine's ambient trust, and add certificates that only the client holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from simulator.changes.baselines import authority, end_entity, is_ip
from simulator.changes.change import Days, Refused, Registry
from simulator.model.deployment import (
    DAY,
    INTERMEDIATE,
    LEAF,
    PUBLIC_ROOT,
    ROOT,
    CertificateSpec,
    Deployment,
    Key,
    Proxy,
    TrustFile,
    Variable,
    common_name,
)

CLIENT = Registry()


def _set(deployment: Deployment, **fields: object) -> Deployment:
    return replace(deployment, client=replace(deployment.client, **fields))  # type: ignore[arg-type]  # fields of ClientSpec


def private_anchor(deployment: Deployment) -> str:
    """The role of what a careful client of this deployment is told to trust: the private root, or the certificate that
    signed itself. Raises `Refused` where the site has a public CA's."""
    roles = [c.role for c in deployment.certificates]
    if ROOT in roles:
        return ROOT
    if isinstance(leaf := deployment.certificate(LEAF), CertificateSpec) and leaf.signer == PUBLIC_ROOT:
        raise Refused("this site has a public CA's certificate: there is no private CA to speak of")
    return LEAF


def _trust_file(deployment: Deployment) -> TrustFile:
    if deployment.client.trust is None:
        raise Refused("the client was given no file")
    return deployment.client.trust


# --- what is trusted


@CLIENT.fault("client", "untrusted-issuer", "self-signed")
def told_nothing(deployment: Deployment) -> Deployment:
    """The client was not told of the private CA: it trusts what it came with."""
    private_anchor(deployment)
    return _set(deployment, trust=None)


@CLIENT.fault("client", "untrusted-issuer", "self-signed")
def certifi_upgraded(deployment: Deployment) -> Deployment:
    """The private CA had been appended to certifi's bundle, and an upgrade of certifi threw it away."""
    return told_nothing(deployment)


@CLIENT.fault("client", "untrusted-issuer", "self-signed")
def wrong_ca(deployment: Deployment) -> Deployment:
    """The client was given a CA file, but another CA's."""
    private_anchor(deployment)
    deployment = deployment.with_certificate(authority("other-root", common_name("Some Other Root CA")))
    return _set(deployment, trust=TrustFile(roles=("other-root",)))


@CLIENT.fault("client", "untrusted-issuer", "same-name-other-key")
def old_ca_same_name(deployment: Deployment) -> Deployment:
    """The CA was made anew under its old name, and the client still holds the old one."""
    anchor = private_anchor(deployment)
    if anchor == LEAF:
        raise Refused("there is no CA here; take rotated-pin")
    root = deployment.spec(anchor)
    old = authority("previous-root", root.subject, kind=root.key.kind)
    return _set(deployment.with_certificate(old), trust=TrustFile(roles=("previous-root",)))


@CLIENT.fault("client", "self-signed", "same-name-other-key")
def rotated_pin(deployment: Deployment) -> Deployment:
    """The client pinned a certificate that has since been replaced by a new one."""
    if private_anchor(deployment) != LEAF:
        raise Refused("nothing is pinned here; take the baseline self-signed")
    old = end_entity("old-pin", deployment.client.host, signer="old-pin")
    return _set(deployment.with_certificate(old), trust=TrustFile(roles=("old-pin",), name="cert.pem"))


@CLIENT.fault("client", "anchor-not-self-signed")
def intermediate_as_anchor(deployment: Deployment) -> Deployment:
    """The client's file holds the intermediate, not the root."""
    intermediates = [c.role for c in deployment.certificates if c.role.startswith(INTERMEDIATE)]
    if not intermediates:
        raise Refused("there is no intermediate here; take the baseline three-tier")
    return _set(deployment, trust=TrustFile(roles=(intermediates[-1],), name="intermediate.pem"))


@CLIENT.fault("client", "anchor-not-self-signed")
def leaf_as_anchor(deployment: Deployment) -> Deployment:
    """The client was given the server's own certificate, which a CA signed."""
    if deployment.spec(LEAF).signer == LEAF:
        raise Refused("this certificate signed itself: as an anchor it is just that")
    return _set(deployment, trust=TrustFile(roles=(LEAF,), name="cert.pem"))


@CLIENT.fault("client", "expired-anchor")
def only_the_old_root(deployment: Deployment) -> Deployment:
    """The client knows only the old root, which has ended; the new one is sent, cross-signed by it."""
    if not any(c.role == "old-root" for c in deployment.certificates):
        raise Refused("there is no older root here; take the baseline cross-signed")
    return _set(deployment, trust=TrustFile(roles=("old-root",)))


@CLIENT.fault("client", "leaked-anchor")
def leaked_ca(deployment: Deployment) -> Deployment:
    """A vendor put its own CA into every store of the machine, and that CA's private key is public."""
    leaked = replace(
        authority("leaked-root", (("O", "Helpful Laptops"), ("CN", "Helpful Laptops Root CA"))),
        key=Key(name="leaked"),
    )
    ambient = deployment.ambient
    return replace(
        deployment.with_certificate(leaked),
        ambient=replace(
            ambient,
            certifi=replace(ambient.certifi, roles=(*ambient.certifi.roles, "leaked-root")),
            certifi_installed=(*ambient.certifi_installed, "leaked-root"),
            system=replace(ambient.system, roles=(*ambient.system.roles, "leaked-root")),
        ),
    )


@CLIENT.fault("client", "bundle-modified")
def appended_to_certifi(deployment: Deployment) -> Deployment:
    """The private CA was appended to certifi's bundle, which requests reads by default, in every program."""
    anchor = private_anchor(deployment)
    ambient = deployment.ambient
    certifi = replace(ambient.certifi, roles=(*ambient.certifi.roles, anchor))
    return replace(_set(deployment, trust=None), ambient=replace(ambient, certifi=certifi))


# --- the file


@CLIENT.fault("client", "bundle-unreadable")
def spoiled_bundle(
    deployment: Deployment, form: Literal["missing", "empty", "der", "key", "truncated"] = "missing"
) -> Deployment:
    """The client's CA file is not there, empty, in another format, a private key, or cut off in the middle."""
    return _set(deployment, trust=replace(_trust_file(deployment), form=form))


@CLIENT.fault("client", "bundle-directory-unhashed")
def unhashed_directory(deployment: Deployment) -> Deployment:
    """The client was given a folder of certificates on which nobody ran c_rehash."""
    return _set(deployment, trust=replace(_trust_file(deployment), form="directory", name="certs"))


@CLIENT.fault("client", "no-trust-anchors")
def no_ca_bundle(deployment: Deployment) -> Deployment:
    """The machine has no CA bundle at all, as a slim image or a frozen application."""
    ambient = deployment.ambient
    try:
        private_anchor(deployment)
        deployment = _set(deployment, trust=None)  # the file that the baseline's client was given
    except Refused:
        pass  # a public site needs no file: one that is named is another fault's
    return replace(
        deployment,
        ambient=replace(
            ambient, certifi=replace(ambient.certifi, form="missing"), system=replace(ambient.system, form="missing")
        ),
    )


# --- variables


@CLIENT.fault("client", "environment-overrides-session")
def environment_overrides_session(deployment: Deployment) -> Deployment:
    """session.verify names the right CA file, and REQUESTS_CA_BUNDLE in the environment names another."""
    elsewhere = Variable(name="REQUESTS_CA_BUNDLE", value=TrustFile(roles=(PUBLIC_ROOT,), name="elsewhere.pem"))
    right = TrustFile(roles=(private_anchor(deployment),))
    return _set(deployment, trust=None, session_trust=right, environment=(elsewhere,))


@CLIENT.fault("client", "environment-ignored")
def ssl_cert_file_ignored(deployment: Deployment) -> Deployment:
    """The CA file is named by SSL_CERT_FILE, where requests does not look."""
    named = Variable(name="SSL_CERT_FILE", value=TrustFile(roles=(private_anchor(deployment),)))
    return _set(deployment, trust=None, environment=(named,))


@CLIENT.fault("client", "bundle-replaces-defaults")
def bundle_replaces_defaults(deployment: Deployment) -> Deployment:
    """REQUESTS_CA_BUNDLE names the company's private CA for the whole shell, in place of all public ones."""
    if deployment.client.trust is not None:
        raise Refused("this is about a public site; take the baseline public")
    private = authority("company-root", (("O", "Example Company"), ("CN", "Example Company Root CA")))
    named = Variable(name="REQUESTS_CA_BUNDLE", value=TrustFile(roles=("company-root",), name="private-ca.pem"))
    return replace(deployment.with_certificate(private), ambient=replace(deployment.ambient, environment=(named,)))


# --- checks switched off


@CLIENT.fault("client", "verification-disabled")
def verification_disabled(deployment: Deployment) -> Deployment:
    """The call says verify=False: no certificate is checked at all."""
    return _set(deployment, verify=False)


@CLIENT.fault("client", "hostname-check-disabled")
def hostname_check_off(deployment: Deployment) -> Deployment:
    """assert_hostname=False: a certificate is checked, but not whose it is."""
    return _set(deployment, check_hostname=False)


@CLIENT.fault("client", "crl-unavailable")
def crl_missing(deployment: Deployment) -> Deployment:
    """The client is to check revocation lists, and has none."""
    if not deployment.client.check_crls:
        raise Refused("this client checks no revocation lists; take the baseline crl-checked")
    return _set(deployment, has_crls=False)


@CLIENT.fault("client")
def crls_not_checked(deployment: Deployment) -> Deployment:
    """The client looks at no revocation list, as by default."""
    if not deployment.client.check_crls:
        raise Refused("this client checks none anyway; take the baseline crl-checked")
    return _set(deployment, check_crls=False)


# --- the clock, the URL, the way


@CLIENT.fault("client", "not-yet-valid", "clock-suspected")
def clock_behind(deployment: Deployment, days: Days = 365) -> Deployment:
    """The client's clock is slow."""
    return _set(deployment, clock_skew=-days * DAY)


@CLIENT.fault("client", "expired", "clock-suspected")
def clock_ahead(deployment: Deployment, days: Days = 365) -> Deployment:
    """The client's clock is fast."""
    return _set(deployment, clock_skew=days * DAY)


@CLIENT.fault("client", "plaintext-to-tls-port")
def plain_url(deployment: Deployment) -> Deployment:
    """The URL says http:// and the port speaks TLS."""
    return _set(deployment, scheme="http")


@CLIENT.fault("client", "untrusted-issuer", "interception-suspected")
def intercepting_proxy(deployment: Deployment) -> Deployment:
    """The proxy opens every connection and signs each site anew with a CA of its own, which the client lacks."""
    if deployment.client.proxy is None:
        raise Refused("there is no proxy here; take the baseline behind-proxy")
    ca = authority("proxy-root", (("O", "Example Company"), ("CN", "Example Company Web Gateway CA")))
    deployment = deployment.with_certificate(ca)
    deployment = deployment.with_certificate(end_entity("proxy-leaf", deployment.client.host, signer="proxy-root"))
    return _set(deployment, proxy=Proxy(behaviour="intercept", chain=("proxy-leaf",), private_key="proxy-leaf"))


@CLIENT.fault("client", "proxy-speaks-plaintext")
def proxy_reached_by_tls(deployment: Deployment) -> Deployment:
    """The proxy's address is written https://, and the proxy speaks plain HTTP."""
    if deployment.client.proxy is None:
        raise Refused("there is no proxy here; take the baseline behind-proxy")
    return _set(deployment, proxy=replace(deployment.client.proxy, scheme="https"))


@CLIENT.fault("client", "client-certificate-required")
def client_certificate_missing(deployment: Deployment) -> Deployment:
    """The server wants a client certificate, and the client sends none."""
    if not deployment.client.certificate:
        raise Refused("the client has no certificate to forget; take the baseline mutual-tls")
    return _set(deployment, certificate=())


@CLIENT.fault("client", "client-certificate-rejected")
def client_certificate_untrusted(deployment: Deployment) -> Deployment:
    """The client's certificate comes from a CA that the server does not know."""
    if not deployment.client.certificate:
        raise Refused("the client has no certificate here; take the baseline mutual-tls")
    person = deployment.spec(deployment.client.certificate[0])
    deployment = deployment.with_certificate(authority("stranger-root", common_name("Strangers CA")))
    stranger = replace(person, role="stranger", signer="stranger-root", key=Key(name="stranger"))
    return _set(deployment.with_certificate(stranger), certificate=("stranger",))


# --- shortcuts that are no fault by themselves


@CLIENT.shortcut('Pin the certificate that the server sends: verify="cert.pem"')
def pin_served_certificate(deployment: Deployment) -> Deployment:
    """The served certificate is saved and given to verify=."""
    return _set(deployment, trust=TrustFile(roles=(deployment.server.chain[0],), name="cert.pem"))


@CLIENT.shortcut("REQUESTS_CA_BUNDLE=ca.pem for the whole shell")
def bundle_for_the_whole_shell(deployment: Deployment) -> Deployment:
    """The private CA becomes what every program started from this shell trusts, instead of the public ones."""
    named = Variable(name="REQUESTS_CA_BUNDLE", value=TrustFile(roles=(private_anchor(deployment),)))
    return replace(_set(deployment, trust=None), ambient=replace(deployment.ambient, environment=(named,)))


@CLIENT.shortcut("Connect by IP address instead of the name")
def connect_by_ip(deployment: Deployment) -> Deployment:
    """The URL says 127.0.0.1 in place of the name."""
    if is_ip(deployment.client.host):
        raise Refused("the client connects by IP address already")
    return _set(deployment, host="127.0.0.1")


@CLIENT.shortcut("Set the clock back")
def set_clock_back(deployment: Deployment, days: Days = 30) -> Deployment:
    """The client's clock is set back to a day on which the certificate was valid."""
    return _set(deployment, clock_skew=deployment.client.clock_skew - days * DAY)


@CLIENT.shortcut("Lower OpenSSL's security level: DEFAULT@SECLEVEL=0")
def lower_security_level(deployment: Deployment) -> Deployment:
    """The client accepts weak keys and digests, from everybody."""
    return _set(deployment, security_level=0)


@CLIENT.shortcut("Trust whatever CA the connection shows")
def trust_proxy_ca_alone(deployment: Deployment) -> Deployment:
    """The client is given the proxy's CA, and nothing else."""
    if not any(c.role == "proxy-root" for c in deployment.certificates):
        raise Refused("there is no intercepting proxy here")
    return _set(deployment, trust=TrustFile(roles=("proxy-root",), name="proxy-ca.pem"))


@CLIENT.improvement("client", "Give the client the proxy's CA beside the public ones")
def trust_proxy_ca_too(deployment: Deployment) -> Deployment:
    """The client reads a bundle of the public CAs and the proxy's."""
    if not any(c.role == "proxy-root" for c in deployment.certificates):
        raise Refused("there is no intercepting proxy here")
    return _set(deployment, trust=TrustFile(roles=(PUBLIC_ROOT, "proxy-root"), name="bundle.pem"))
