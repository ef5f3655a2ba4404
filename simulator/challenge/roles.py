"""Certificates change places in a deployment. Law: pure functions; whatever spoke of a role goes on speaking of the
same certificate, under the name that it has now.
"""

from __future__ import annotations

from dataclasses import replace

from simulator.model.deployment import (
    Certificate,
    Deployment,
    GivenCertificate,
    RevocationList,
    TrustFile,
    Variable,
)


def renamed(deployment: Deployment, old: str, new: str) -> Deployment:
    """The deployment in which the certificate `old` is called `new`. There is none of that name yet."""

    def role(one: str) -> str:
        return new if one == old else one

    def roles(some: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(role, some)))

    def file(one: TrustFile) -> TrustFile:
        return replace(one, roles=roles(one.roles))

    def value(one: Variable) -> Variable:
        return replace(one, value=file(one.value)) if isinstance(one.value, TrustFile) else one

    def certificate(one: Certificate) -> Certificate:
        if isinstance(one, GivenCertificate):
            return replace(one, role=role(one.role))
        return replace(one, role=role(one.role), signer=role(one.signer))

    def crl(one: RevocationList) -> RevocationList:
        return replace(one, issuer=role(one.issuer), revoked=tuple(map(role, one.revoked)))

    client, server, ambient = deployment.client, deployment.server, deployment.ambient
    session = client.session_trust
    return replace(
        deployment,
        certificates=tuple(map(certificate, deployment.certificates)),
        server=replace(
            server,
            chain=roles(server.chain),
            private_key=role(server.private_key),
            virtual_hosts=tuple(
                replace(one, chain=roles(one.chain), private_key=role(one.private_key)) for one in server.virtual_hosts
            ),
            client_certificate_authorities=roles(server.client_certificate_authorities),
        ),
        client=replace(
            client,
            trust=file(client.trust) if client.trust else None,
            session_trust=file(session) if isinstance(session, TrustFile) else session,
            environment=tuple(map(value, client.environment)),
            certificate=roles(client.certificate),
        ),
        ambient=replace(
            ambient,
            certifi=file(ambient.certifi),
            system=file(ambient.system),
            environment=tuple(map(value, ambient.environment)),
        ),
        revocation_lists=tuple(map(crl, deployment.revocation_lists)),
    )
