"""What a server's operator gets wrong. Law: these faults write the server's part, and add certificates that only the
server holds."""

from __future__ import annotations

from dataclasses import replace

from simulator.changes.baselines import authority, end_entity
from simulator.changes.change import Refused, Registry
from simulator.model.deployment import LEAF, PUBLIC_ROOT, ROOT, Deployment, common_name

SERVER = Registry()


def _serve(deployment: Deployment, **fields: object) -> Deployment:
    return replace(deployment, server=replace(deployment.server, **fields))  # type: ignore[arg-type]  # fields of ServerSpec


def _intermediates(deployment: Deployment) -> tuple[str, ...]:
    if len(deployment.server.chain) < 2:
        raise Refused("the server has no intermediate to send; take the baseline three-tier")
    return deployment.server.chain[1:]


# --- the chain


@SERVER.fault("server", "incomplete-chain")
def incomplete_chain(deployment: Deployment) -> Deployment:
    """The server sends its own certificate and forgets the intermediate."""
    _intermediates(deployment)
    return _serve(deployment, chain=deployment.server.chain[:1])


@SERVER.fault("server", "incomplete-chain", "unrelated-certificate")
def unrelated_intermediate(deployment: Deployment) -> Deployment:
    """The server sends an intermediate, but another CA's."""
    _intermediates(deployment)
    deployment = deployment.with_certificate(authority("unrelated-root", common_name("Unrelated Root CA")))
    deployment = deployment.with_certificate(
        authority("unrelated", common_name("Unrelated Intermediate CA"), signer="unrelated-root")
    )
    return _serve(deployment, chain=(deployment.server.chain[0], "unrelated"))


@SERVER.fault("server", "chain-out-of-order")
def reversed_chain(deployment: Deployment) -> Deployment:
    """The server sends its intermediates in the wrong order."""
    rest = _intermediates(deployment)
    if len(rest) < 2:
        raise Refused("one intermediate has no order; give the baseline depth: 2")
    return _serve(deployment, chain=(deployment.server.chain[0], *reversed(rest)))


@SERVER.fault("server", "server-refused-to-start", "leaf-not-first")
def leaf_not_first(deployment: Deployment) -> Deployment:
    """The server's chain file begins with the intermediate instead of its own certificate."""
    rest = _intermediates(deployment)
    return _serve(deployment, chain=(*rest, deployment.server.chain[0]))


@SERVER.fault("server", "root-in-served-chain")
def root_sent_along(deployment: Deployment) -> Deployment:
    """The server sends its root along, which makes nobody trust it."""
    roles = [certificate.role for certificate in deployment.certificates]
    root = next((role for role in ("old-root", ROOT) if role in roles), None)
    if root is None and deployment.spec(LEAF).signer == LEAF:
        raise Refused("the certificate that signed itself is sent already")
    return _serve(deployment, chain=(*deployment.server.chain, root or PUBLIC_ROOT))


@SERVER.fault("server", "server-refused-to-start", "key-mismatch")
def key_mismatch(deployment: Deployment) -> Deployment:
    """The server was given the private key of its previous certificate."""
    previous = end_entity("previous-leaf", deployment.client.host, signer="previous-leaf")
    return _serve(deployment.with_certificate(previous), private_key="previous-leaf")


@SERVER.fault("server", "name-mismatch", "default-virtual-host")
def virtual_host_missing(deployment: Deployment) -> Deployment:
    """Nobody configured this name: the server answers with its default site's certificate."""
    hosts = deployment.server.virtual_hosts
    if not any(site.host == deployment.client.host for site in hosts):
        raise Refused("this server has one site; take the baseline virtual-hosts")
    return _serve(deployment, virtual_hosts=tuple(site for site in hosts if site.host != deployment.client.host))


# --- the protocol


@SERVER.fault("server", "plaintext-on-tls-port")
def speaks_plain_http(deployment: Deployment) -> Deployment:
    """The port that is asked for https speaks plain HTTP."""
    return _serve(deployment, behaviour="plain-http")


@SERVER.fault("server", "old-protocol")
def old_tls(deployment: Deployment) -> Deployment:
    """The server speaks TLS 1.0 and nothing newer."""
    return _serve(deployment, minimum_version="TLSv1", maximum_version="TLSv1")


@SERVER.fault("server", "no-shared-cipher")
def no_shared_cipher(deployment: Deployment) -> Deployment:
    """The server insists on cipher suites without authentication, which no client offers."""
    return _serve(deployment, maximum_version="TLSv1.2", ciphers="ADH-AES256-GCM-SHA384")


@SERVER.fault("server", "weak-key-exchange")
def weak_dh(deployment: Deployment) -> Deployment:
    """The server agrees on keys with a Diffie-Hellman group of 1024 bits."""
    if not deployment.spec(LEAF).key.kind.startswith("rsa-"):
        raise Refused("this key exchange goes with an RSA certificate; give the baseline key: rsa-2048")
    return _serve(deployment, maximum_version="TLSv1.2", ciphers="DHE-RSA-AES256-GCM-SHA384", dh_bits=1024)


@SERVER.fault("server", "unrecognized-name")
def refuses_name(deployment: Deployment) -> Deployment:
    """The server does not know the name that it is asked for, and says so with an alert."""
    return _serve(deployment, behaviour="unrecognized-name")


@SERVER.fault("server", "connection-closed")
def hangs_up(deployment: Deployment) -> Deployment:
    """The server closes the connection when it has read ClientHello."""
    return _serve(deployment, behaviour="closes")


@SERVER.fault("server", "handshake-timeout")
def never_answers(deployment: Deployment) -> Deployment:
    """The server accepts the connection and never says a word."""
    return _serve(deployment, behaviour="hangs")


@SERVER.fault("server", "nothing-listening")
def not_listening(deployment: Deployment) -> Deployment:
    """Nobody listens on the port."""
    return _serve(deployment, behaviour="absent")


@SERVER.shortcut("The server stops asking for client certificates", "server")
def no_client_certificates(deployment: Deployment) -> Deployment:
    """The server no longer asks who its client is."""
    return _serve(deployment, client_certificate_authorities=())
