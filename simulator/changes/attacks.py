"""What an attacker does with a deployment. Law: an attack is a pure function from the deployment of the victim to the
one that the victim meets; it says who the attacker is, what they hold, and which refusals keep them out.

A refusal counts when the attack names it, or when the honest server is refused for the very same reason: then the wall
that stands in everybody's way stands in the attacker's too. Anything else is "not run": false safety comes easily.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from simulator.changes.baselines import authority, end_entity, identifier
from simulator.model.deployment import (
    DAY,
    LEAF,
    PUBLIC_ROOT,
    ROOT,
    Ambient,
    Certificate,
    CertificateSpec,
    ClientSpec,
    Deployment,
    Key,
    Proxy,
    ServerSpec,
    TrustFile,
    common_name,
)

MALLORY = "mallory.test"
"""The attacker's own site, for which they have honest certificates."""
BANK = "bank.test"
"""Another site, which the victim visits and the attacker answers."""

UNTRUSTED = (2, 18, 19, 20, 21)
"""X509_V_ERR codes of a path that ends nowhere."""
WRONG_NAME = (62, 64)
NOT_A_CA = (24, 25, 32, 79, 83, 85, 86, 89, 92)
"""The signer may not sign: no CA, path length, keyUsage, no name, and what strict mode asks of a CA."""
NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "wrong version number",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack. `victim` says whose refusal keeps it out: the client's own, another program's, or the server's."""

    id: str
    story: str
    """Who the attacker is and what they hold, in one sentence."""
    lost: str
    """What was lost where it gets in, in one clause."""
    victim: Literal["client", "other-program", "server"]
    needs: Callable[[Deployment], bool]
    apply: Callable[[Deployment], Deployment]
    codes: tuple[int, ...] = ()
    """Verify codes that keep it out."""
    texts: tuple[str, ...] = ()
    """Words of a refusal that keep it out, where it is not about a certificate."""


def _answering(deployment: Deployment, *certificates: Certificate, chain: tuple[str, ...]) -> Deployment:
    """The victim's client meets the attacker's server. The attacker sits behind whatever proxy there is."""
    for certificate in certificates:
        deployment = deployment.with_certificate(certificate)
    proxy = deployment.client.proxy
    return replace(
        deployment,
        server=ServerSpec(chain=chain, private_key=chain[0]),
        client=replace(deployment.client, proxy=Proxy(scheme=proxy.scheme) if proxy else None),
    )


def _impostor_self_signed(d: Deployment) -> Deployment:
    return _answering(d, end_entity("impostor", d.client.host, signer="impostor"), chain=("impostor",))


def _impostor_own_ca(d: Deployment) -> Deployment:
    ca = authority("impostor-ca", common_name("Impostor CA"))
    leaf = end_entity("impostor", d.client.host, signer="impostor-ca")
    return _answering(d, ca, leaf, chain=("impostor", "impostor-ca"))


def _intermediates(d: Deployment, signer: str) -> Iterator[str]:
    """The CAs between `signer` (itself included) and its root (left out)."""
    while isinstance(spec := d.certificate(signer), CertificateSpec) and spec.signer not in (signer, ""):
        yield signer
        signer = spec.signer


def _issuer(d: Deployment) -> str | None:
    """The private CA that issues this deployment's certificates; None where there is none."""
    roles = {c.role for c in d.certificates}
    leaf = d.certificate(LEAF)
    if isinstance(leaf, CertificateSpec) and leaf.issuer is None and leaf.signer not in (LEAF, PUBLIC_ROOT):
        return leaf.signer
    return ROOT if ROOT in roles else None


def _sent_along(d: Deployment, signer: str) -> tuple[str, ...]:
    """What the attacker sends behind their own certificate: its intermediates, and what the honest server sends."""
    honest = (role for role in d.server.chain if role not in (LEAF, d.server.private_key))
    return tuple(dict.fromkeys((*_intermediates(d, signer), *honest)))


def _other_name_same_ca(d: Deployment) -> Deployment:
    issuer = _issuer(d) or ROOT
    leaf = end_entity("mallory", MALLORY, signer=issuer)
    return _answering(d, leaf, chain=("mallory", *_sent_along(d, issuer)))


def _other_name_public_ca(d: Deployment) -> Deployment:
    return _answering(d, end_entity("mallory", MALLORY, signer=PUBLIC_ROOT), chain=("mallory",))


def _expired_leaked_key(d: Deployment) -> Deployment:
    leaf = d.certificate(LEAF)
    public = isinstance(leaf, CertificateSpec) and leaf.signer == PUBLIC_ROOT
    issuer = PUBLIC_ROOT if public else _issuer(d) or "leaked-leaf"
    old = replace(end_entity("leaked-leaf", d.client.host, signer=issuer), not_before=-100 * DAY, not_after=-10 * DAY)
    rest = () if issuer == "leaked-leaf" else _sent_along(d, issuer)
    return _answering(d, old, chain=("leaked-leaf", *rest))


def _stolen_server_key(d: Deployment) -> Deployment:
    forged = end_entity("forged", BANK, signer=LEAF)
    leaf = d.certificate(LEAF)
    signer = leaf.signer if isinstance(leaf, CertificateSpec) else LEAF
    rest = _sent_along(d, signer) if signer != LEAF else ()
    met = _answering(d, forged, chain=("forged", LEAF, *rest))
    return replace(met, client=replace(met.client, host=BANK))


def _ambient_files(ambient: Ambient) -> Iterator[TrustFile]:
    for variable in ambient.environment:
        if isinstance(variable.value, TrustFile):
            yield variable.value
    yield ambient.certifi
    yield ambient.system


def _private_authority(d: Deployment) -> str | None:
    """The key that is worth stealing: of a certificate that somebody put where every program looks, else the private
    root's. The stand-in public CA's is never taken."""
    for file in _ambient_files(d.ambient):
        for role in file.roles:
            if role != PUBLIC_ROOT:
                return role
    return ROOT if any(c.role == ROOT for c in d.certificates) else None


def _stolen_ca_key(d: Deployment) -> Deployment:
    ca = _private_authority(d) or ROOT
    met = _answering(d, end_entity("forged", BANK, signer=ca), chain=("forged", ca))
    return replace(met, client=ClientSpec(host=BANK))


def other_program(deployment: Deployment) -> str:
    """Which client stands for "another program": one that reads the slot that was changed, else certifi (requests)."""
    untouched = Ambient()
    ambient = deployment.ambient
    only_system = (
        ambient.system != untouched.system and ambient.certifi == untouched.certifi and not ambient.environment
    )
    return "stdlib" if only_system else "requests"


def _plain_text(d: Deployment) -> Deployment:
    met = _answering(d, chain=d.server.chain[:1])
    return replace(met, server=replace(met.server, private_key=LEAF, behaviour="plain-http"))


def _stranger(d: Deployment) -> Deployment:
    return replace(d, client=replace(d.client, certificate=()))


def _foreign_client(d: Deployment) -> Deployment:
    ca = authority("foreign-ca", common_name("Foreign CA"))
    person = replace(
        end_entity("foreigner", "client", signer="foreign-ca"),
        subject=(("O", "Elsewhere"), ("CN", "mallory")),
        san=("email:mallory@elsewhere.test",),
        extended_key_usage=("client_auth",),
    )
    d = d.with_certificate(ca).with_certificate(person)
    return replace(d, client=replace(d.client, certificate=("foreigner",)))


def _revoked_leaked_key(d: Deployment) -> Deployment:
    issuer = _issuer(d) or ROOT
    revoked = replace(end_entity("revoked-leaf", d.client.host, signer=issuer), key=Key(name="revoked-leaf"))
    met = _answering(d, revoked, chain=("revoked-leaf", *_sent_along(d, issuer)))
    return replace(
        met, revocation_lists=tuple(replace(crl, revoked=(*crl.revoked, "revoked-leaf")) for crl in d.revocation_lists)
    )


def _always(_: Deployment) -> bool:
    return True


def _speaks_tls(d: Deployment) -> bool:
    """A client that is sent to http:// meets no certificate, an attacker's or anybody's."""
    return d.client.scheme == "https"


def _mutual(d: Deployment) -> bool:
    return d.baseline == "mutual-tls"


_ALL = (
    Attack(
        id="impostor-self-signed",
        story="Somebody on the way answers in the server's place, with a certificate that they signed themselves.",
        lost="an impostor received the token",
        victim="client",
        needs=_speaks_tls,
        apply=_impostor_self_signed,
        codes=UNTRUSTED,
    ),
    Attack(
        id="impostor-own-ca",
        story="Somebody on the way answers in the server's place, with a certificate of a CA that they made up.",
        lost="an impostor with a made-up CA received the token",
        victim="client",
        needs=_speaks_tls,
        apply=_impostor_own_ca,
        codes=UNTRUSTED,
    ),
    Attack(
        id="other-name-same-ca",
        story=f"The owner of {MALLORY}, holding a certificate of the same private CA, answers in the server's place.",
        lost=f"{MALLORY} answered in the server's name and received the token",
        victim="client",
        needs=lambda d: _speaks_tls(d) and _issuer(d) is not None,
        apply=_other_name_same_ca,
        codes=(*UNTRUSTED, *WRONG_NAME),
    ),
    Attack(
        id="other-name-public-ca",
        story=f"The owner of {MALLORY} has a valid certificate of a public CA, and answers in the server's place.",
        lost=f"{MALLORY} answered in the server's name and received the token",
        victim="client",
        needs=_speaks_tls,
        apply=_other_name_public_ca,
        codes=(*UNTRUSTED, *WRONG_NAME),
    ),
    Attack(
        id="expired-leaked-key",
        story="Somebody found an old key of the server on a discarded disk; its certificate has expired.",
        lost="whoever holds an old, leaked key received the token",
        victim="client",
        needs=_speaks_tls,
        apply=_expired_leaked_key,
        codes=(*UNTRUSTED, 10),
    ),
    Attack(
        id="stolen-server-key",
        story=f"Somebody stole the server's private key and signs a certificate for {BANK} with it.",
        lost=f"the thief answered as {BANK} and received the token",
        victim="client",
        needs=_speaks_tls,
        apply=_stolen_server_key,
        codes=(*UNTRUSTED, *NOT_A_CA, *WRONG_NAME),
    ),
    Attack(
        id="stolen-ca-key",
        story=f"Somebody stole the private CA's key, signs a certificate for {BANK}, and waits for other programs.",
        lost=f"another program on this machine took the thief for {BANK} and gave its token away",
        victim="other-program",
        needs=lambda d: _private_authority(d) is not None,
        apply=_stolen_ca_key,
        codes=(*UNTRUSTED, *NOT_A_CA, 47, 48),
    ),
    Attack(
        id="plain-text",
        story="Somebody on the way answers in the server's place, without any TLS.",
        lost="the token went over the wire in plain text",
        victim="client",
        needs=_always,
        apply=_plain_text,
        texts=NOT_TLS,
    ),
    Attack(
        id="stranger",
        story="Somebody without any client certificate knocks at the server.",
        lost="the server answered a stranger",
        victim="server",
        needs=_mutual,
        apply=_stranger,
    ),
    Attack(
        id="foreign-client",
        story="Somebody with a client certificate of another CA knocks at the server.",
        lost="the server answered a client of a CA that is not its own",
        victim="server",
        needs=_mutual,
        apply=_foreign_client,
    ),
    Attack(
        id="revoked-leaked-key",
        story="Somebody holds a key whose certificate the CA has revoked.",
        lost="whoever holds a revoked key received the token",
        victim="client",
        needs=lambda d: _speaks_tls(d) and d.baseline == "crl-checked",
        apply=_revoked_leaked_key,
        codes=(*UNTRUSTED, 23),
    ),
)

ATTACKS: Mapping[str, Attack] = {attack.id: attack for attack in _ALL}
"""Every attack, in the order in which reports name them."""

__all__ = ["ATTACKS", "Attack", "identifier", "other_program"]
