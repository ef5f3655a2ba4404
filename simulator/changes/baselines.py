"""Healthy deployments, from which every scenario starts. Law: certificates as a careful CA of today issues them, and
nothing here is ever wrong: each is accepted by every client in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from simulator.changes.change import Refused
from simulator.model.deployment import (
    DAY,
    INTERMEDIATE,
    LEAF,
    PUBLIC_ROOT,
    ROOT,
    YEAR,
    Ambient,
    CertificateSpec,
    ClientSpec,
    Deployment,
    Key,
    Name,
    Proxy,
    RevocationList,
    ServerSpec,
    TrustFile,
    VirtualHost,
    common_name,
)

KEY_KINDS = (
    "p-256",
    "p-384",
    "p-521",
    "ed25519",
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "rsa-pss-2048",
)
CA_ISSUERS = "http://ca.test/{role}.der"
"""No port, so that a certificate's bytes follow from the seed alone; the lab serves it."""


def is_ip(host: str) -> bool:
    """Whether a URL's host is an IP address literal (RFC 3986 §3.2.2) rather than a name."""
    return ":" in host or (host.count(".") == 3 and host.replace(".", "").isdigit())


def identifier(host: str) -> str:
    """The presented identifier of a certificate for this host (RFC 9525 §6.1): "IP:127.0.0.1", "DNS:localhost"."""
    return f"IP:{host}" if is_ip(host) else f"DNS:{host}"


def authority(role: str, subject: Name, *, signer: str | None = None, kind: str = "p-256") -> CertificateSpec:
    """A certification authority: began five years ago, ends in ten; it may sign certificates and CRLs."""
    return CertificateSpec(
        role=role,
        subject=subject,
        signer=signer or role,
        key=Key(name=role, kind=kind),
        ca=True,
        key_usage=("crl_sign", "key_cert_sign"),
        not_before=-5 * YEAR,
        not_after=10 * YEAR,
    )


def end_entity(role: str, host: str, *, signer: str, kind: str = "p-256") -> CertificateSpec:
    """A server's certificate for one host, at most 90 days."""
    return CertificateSpec(
        role=role,
        subject=common_name(host if len(host) <= 64 else "server"),  # RFC 5280's upper bound of a commonName is 64
        signer=signer,
        key=Key(name=role, kind=kind),
        san=(identifier(host),),
        extended_key_usage=("server_auth",),
    )


def public_root() -> CertificateSpec:
    """The stand-in public CA that every machine of the lab trusts by default."""
    return authority(PUBLIC_ROOT, (("O", "Simulator Public Trust"), ("CN", "Simulator Public Root CA")))


def two_tier(host: str = "localhost", key: str = "p-256") -> Deployment:
    """A root and an end entity; the client is given the root."""
    root = authority(ROOT, common_name("Simulator Root CA"), kind=key)
    return Deployment(
        certificates=(root, end_entity(LEAF, host, signer=ROOT, kind=key), public_root()),
        server=ServerSpec(chain=(LEAF,), private_key=LEAF),
        client=ClientSpec(host=host, trust=TrustFile(roles=(ROOT,))),
        baseline="two-tier",
    )


def three_tier(host: str = "localhost", key: str = "p-256", depth: int = 1) -> Deployment:
    """A root, `depth` intermediates (1 or 2) and an end entity; what an intermediate signed says where to fetch its
    issuer, as public certificates do."""
    deployment = two_tier(host, key)
    roles = [ROOT, INTERMEDIATE, *(f"{INTERMEDIATE}-{n}" for n in range(2, depth + 1))]
    for signer, role in pairwise(roles):
        number = "" if role == INTERMEDIATE else f" {role[-1]}"
        ca = authority(role, common_name(f"Simulator Intermediate CA{number}"), signer=signer, kind=key)
        deployment = deployment.with_certificate(
            replace(ca, not_before=-4 * YEAR, not_after=9 * YEAR, ca_issuers=_ca_issuers(signer))
        )
    last = roles[-1]
    leaf = replace(deployment.spec(LEAF), signer=last, ca_issuers=_ca_issuers(last))
    return replace(
        deployment.with_certificate(leaf),
        server=ServerSpec(chain=(LEAF, *reversed(roles[1:])), private_key=LEAF),
        baseline="three-tier",
    )


def _ca_issuers(signer: str) -> str | None:
    return None if signer in (ROOT, PUBLIC_ROOT) else CA_ISSUERS.format(role=signer)


def self_signed(host: str = "localhost", key: str = "p-256") -> Deployment:
    """One certificate that signed itself, is no CA, and that the client was given."""
    leaf = end_entity(LEAF, host, signer=LEAF, kind=key)
    return Deployment(
        certificates=(leaf, public_root()),
        server=ServerSpec(chain=(LEAF,), private_key=LEAF),
        client=ClientSpec(host=host, trust=TrustFile(roles=(LEAF,), name="cert.pem")),
        baseline="self-signed",
    )


def public(host: str = "shop.test", key: str = "p-256") -> Deployment:
    """An end entity of the stand-in public CA; the client was told nothing and trusts what its machine trusts."""
    return Deployment(
        certificates=(end_entity(LEAF, host, signer=PUBLIC_ROOT, kind=key), public_root()),
        server=ServerSpec(chain=(LEAF,), private_key=LEAF),
        client=ClientSpec(host=host),
        baseline="public",
    )


def virtual_hosts(host: str = "app.test", key: str = "p-256") -> Deployment:
    """Three sites behind one address, told apart by SNI."""
    deployment = two_tier(host, key)
    default = "www.test" if host != "www.test" else "intranet.test"
    other = "shop.test" if host != "shop.test" else "intranet.test"
    sites = ((LEAF, host), ("leaf-default", default), ("leaf-other", other))
    for role, name in sites[1:]:
        deployment = deployment.with_certificate(end_entity(role, name, signer=ROOT, kind=key))
    return replace(
        deployment,
        server=ServerSpec(
            chain=("leaf-default",),
            private_key="leaf-default",
            virtual_hosts=tuple(VirtualHost(host=name, chain=(role,), private_key=role) for role, name in sites),
        ),
        baseline="virtual-hosts",
    )


def mutual_tls(host: str = "localhost", key: str = "p-256") -> Deployment:
    """The server asks for a client certificate of its own CA, and the client has one."""
    deployment = two_tier(host, key)
    person = replace(
        end_entity("client", "client", signer="client-root", kind=key),
        subject=(("O", "Simulator Users"), ("CN", "alice")),
        san=("email:alice@users.test",),
        extended_key_usage=("client_auth",),
    )
    deployment = deployment.with_certificate(authority("client-root", common_name("Simulator Users CA"), kind=key))
    deployment = deployment.with_certificate(person)
    return replace(
        deployment,
        server=replace(deployment.server, client_certificate_authorities=("client-root",)),
        client=replace(deployment.client, certificate=("client",)),
        baseline="mutual-tls",
    )


def crl_checked(host: str = "localhost", key: str = "p-256") -> Deployment:
    """The client checks the root's revocation list, on which the certificate is not."""
    deployment = two_tier(host, key)
    return replace(
        deployment,
        client=replace(deployment.client, check_crls=True),
        revocation_lists=(RevocationList(issuer=ROOT),),
        baseline="crl-checked",
    )


def behind_proxy(host: str = "app.test", key: str = "p-256") -> Deployment:
    """A public site, reached through an honest CONNECT proxy."""
    deployment = public(host, key)
    return replace(deployment, client=replace(deployment.client, proxy=Proxy()), baseline="behind-proxy")


def cross_signed(host: str = "localhost", key: str = "p-256") -> Deployment:
    """A root that is also signed by an older one, as new public CAs begin: the server sends that cross-sign along, the
    client knows the new root. The older root has ended since."""
    deployment = three_tier(host, key)
    old = authority("old-root", common_name("Simulator Old Root CA"), kind=key)
    root = deployment.spec(ROOT)
    cross = replace(root, role="cross-sign", signer="old-root", not_before=-4 * YEAR, not_after=2 * YEAR)
    deployment = deployment.with_certificate(replace(old, not_before=-20 * YEAR, not_after=-30 * DAY))
    deployment = deployment.with_certificate(cross)
    return replace(
        deployment,
        server=replace(deployment.server, chain=(*deployment.server.chain, "cross-sign")),
        baseline="cross-signed",
    )


BASELINES: dict[str, Callable[..., Deployment]] = {
    "two-tier": two_tier,
    "three-tier": three_tier,
    "self-signed": self_signed,
    "public": public,
    "virtual-hosts": virtual_hosts,
    "mutual-tls": mutual_tls,
    "crl-checked": crl_checked,
    "behind-proxy": behind_proxy,
    "cross-signed": cross_signed,
}


def build(id: str, *, host: str | None = None, key: str | None = None, depth: int | None = None) -> Deployment:
    """The baseline `id`. `depth` (1 or 2) is three-tier's alone. Raises `Refused` for what cannot be built."""
    parameters: dict[str, object] = {}
    if host is not None:
        parameters["host"] = host
    if key is not None:
        if key not in KEY_KINDS:
            raise Refused(f"there is no key type {key}; there are {', '.join(KEY_KINDS)}")
        parameters["key"] = key
    if depth is not None:
        if id != "three-tier" or depth not in (1, 2):
            raise Refused("depth is three-tier's alone, and 1 or 2")
        parameters["depth"] = depth
    if id not in BASELINES:
        raise Refused(f"there is no baseline {id}; there are {', '.join(BASELINES)}")
    return BASELINES[id](**parameters)


__all__ = [
    "BASELINES",
    "KEY_KINDS",
    "Ambient",
    "authority",
    "build",
    "end_entity",
    "identifier",
    "is_ip",
    "public_root",
]
