"""From a declared repair to a deployment that can be run. Law: files under `patient-N/` are what was handed out, computed
anew, whatever the submission holds under these names; files under `repair/` are the learner's; nothing else is read.

A certificate that was handed out keeps its role. One of the learner's takes the role of what it replaces: the server's
own, a CA with the same name and key, the top of a new chain. So attacks are made with the CA that the repair trusts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.challenge import moved, pems
from simulator.challenge.archive import Rejected
from simulator.challenge.patient import Patient
from simulator.challenge.sheet import PatientAnswer, Setting
from simulator.changes import baselines
from simulator.model.deployment import (
    INTERMEDIATE,
    LEAF,
    PUBLIC_ROOT,
    ROOT,
    Ambient,
    Certificate,
    CertificateSpec,
    Deployment,
    GivenCertificate,
    RevocationList,
    ServerSpec,
    TrustFile,
    Variable,
    VirtualHost,
)

FORMER = "former-"
_DEEPEST = 8


class Repair:
    """One declared repair, read and turned into deployments. `notes` are sentences for the feedback.

    `now` and `submitted` in seconds since 1970 UTC: what has expired between the two is judged as it was then."""

    def __init__(
        self, patient: Patient, answer: PatientAnswer, files: Mapping[str, bytes], *, now: float, submitted: float
    ) -> None:
        self.notes: list[str] = []
        self.patient = patient
        self.answer = answer
        self._files = files
        self._handed = {f"patient-{answer.number}/{name}": data for name, data in patient.files()}
        broken, mint = patient.broken, patient.mint
        self._roles = {mint.issue(broken, one.role).der: one.role for one in broken.certificates}
        self._parsed: dict[bytes, Any] = {}
        self._keys = {key.spki: key for key in self._all_keys()}
        self._given: dict[bytes, str] = {}
        self.shift = self._shift(now, submitted)

    def _all_keys(self) -> list[pems.PrivateKey]:
        """Every private key that is there: ours and the learner's."""
        found = []
        for name, data in {**self._handed, **self._files}.items():
            if b"PRIVATE KEY" in data and (name in self._handed or name.startswith("repair/")):
                found += pems.keys(data, name)
        return found

    def _content(self, name: str) -> bytes:
        if name in self._handed:
            return self._handed[name]
        if not name.startswith("repair/"):
            raise Rejected(f"{name} was not in the bundle: files of your own go into repair/")
        if name not in self._files:
            raise Rejected(f"{name} is named in the sheet, and was not handed in")
        return self._files[name]

    def _read(self, name: str) -> list[bytes]:
        ders = pems.certificates(self._content(name), name)
        for der in ders:
            if der not in self._roles and der not in self._parsed:
                self._parsed[der] = pems.checked(der, name)
        return ders

    def _shift(self, now: float, submitted: float) -> int:
        """By how many seconds the whole world is moved: 0, unless something has ended since it was handed in."""
        for name in self.answer.named:
            self._read(name) if b"CERTIFICATE" in self._content(name) else None
        ended = [der for der in self._parsed if submitted <= moved.ends(der) < now]
        late = now > self.patient.closes
        if not ended and not late:
            return 0
        when = "It was judged as of the moment at which it was handed in"
        self.notes.append(
            f"{when}: certificates have ended since, so every date was moved and the certificates signed anew."
            if ended
            else f"{when}: the time for which this challenge was made is over."
        )
        return int(now - submitted)

    # --- the deployment

    def deployment(self) -> Deployment:
        """The broken deployment with the repair in it; its present is the plan's first day. Raises `Rejected`."""
        deployment = self._served(self.patient.broken)
        for key, value in self.answer.server.items():
            deployment = replace(deployment, server=self._server(deployment, key, value))
        for key, value in self.answer.client.items():
            deployment = self._client(deployment, key, value)
        return self._settled(deployment)

    def fresh(self, repaired: Deployment) -> Deployment:
        """The healthy deployment that this repair aims at: the baseline, or with a CA where there was none."""
        healthy = self.patient.healthy
        own_ca = healthy.baseline == "self-signed" and any(one.role == ROOT for one in repaired.certificates)
        if not own_ca:
            return healthy
        # A CA of one's own in the place of a certificate that signed itself: two-tier is what that is called.
        plain = baselines.build("two-tier", host=healthy.client.host)
        return plain

    def _adopt(self, deployment: Deployment, der: bytes) -> tuple[Deployment, str]:
        """The role of this certificate in the deployment, which learns of it."""
        role = self._roles.get(der) or self._given.get(der)
        if role is not None:
            return deployment, role
        certificate = self._parsed[der]
        key = self._keys.get(pems.spki(certificate))
        role = self._given[der] = f"given-{len(self._given) + 1}"
        given = GivenCertificate(role=role, der=der, private_key=key.pkcs8 if key else None)
        return deployment.with_certificate(given), role

    def _served(self, deployment: Deployment) -> Deployment:
        """What the server sends, and with which key."""
        server = self.answer.server
        chain, key = server.get("chain"), server.get("key")
        if not isinstance(chain, str) and not isinstance(key, str):
            return deployment
        site = next((v for v in deployment.server.virtual_hosts if v.host == deployment.client.host), None)
        roles = list(site.chain if site else deployment.server.chain)
        key_role = site.private_key if site else deployment.server.private_key
        if isinstance(chain, str):
            ders = self._read(chain)
            if not ders:
                raise Rejected(f"{chain} holds no certificate")
            roles = []
            for der in ders:
                deployment, role = self._adopt(deployment, der)
                roles.append(role)
        first = self._der(deployment, roles[0])
        if isinstance(key, str):
            given = pems.keys(self._content(key), key)
            if not given:
                raise Rejected(f"{key} holds no private key")
            private = given[0]
        else:
            old = self.patient.mint.private_key(self.patient.broken, key_role)
            private = self._keys[old.spki]
            own = self._keys.get(pems.spki(self._certificate(deployment, roles[0])))
            private = own if own is not None and isinstance(chain, str) and roles[0] not in self._roles.values() else private
        if roles[0] == LEAF and deployment.server.private_key == LEAF and not site:
            return replace(deployment, server=replace(deployment.server, chain=tuple(roles)))
        if not any(one.role == LEAF for one in self.patient.healthy.certificates) or roles[0] in (ROOT, PUBLIC_ROOT):
            raise Rejected("the server's first certificate is a CA's")
        deployment = self._vacate(deployment, LEAF) if roles[0] != LEAF else deployment
        deployment = deployment.with_certificate(GivenCertificate(role=LEAF, der=first, private_key=private.pkcs8))
        self._given = {der: LEAF if role == roles[0] else role for der, role in self._given.items()}
        return self._serving(deployment, (LEAF, *roles[1:]))

    def _serving(self, deployment: Deployment, roles: tuple[str, ...]) -> Deployment:
        server = deployment.server
        if not server.virtual_hosts and not self.patient.healthy.server.virtual_hosts:
            return replace(deployment, server=replace(server, chain=roles, private_key=LEAF))
        host = deployment.client.host
        mine = VirtualHost(host=host, chain=roles, private_key=LEAF)
        others = tuple(one for one in server.virtual_hosts if one.host != host)
        return replace(deployment, server=replace(server, virtual_hosts=(mine, *others)))

    def _vacate(self, deployment: Deployment, role: str) -> Deployment:
        """Makes room for what takes this role: whatever spoke of the old one goes on speaking of the old one."""
        if not any(one.role == role for one in deployment.certificates):
            return deployment
        old, former = self._der(deployment, role), FORMER + role
        key = self._keys.get(pems.spki(self._certificate(deployment, role)))
        given = GivenCertificate(role=former, der=old, private_key=key.pkcs8 if key else None)
        self._roles = {der: former if known == role else known for der, known in self._roles.items()}

        def file(one: TrustFile) -> TrustFile:
            return replace(one, roles=tuple(former if r == role else r for r in one.roles))

        def value(one: Variable) -> Variable:
            return replace(one, value=file(one.value)) if isinstance(one.value, TrustFile) else one

        client, ambient, server = deployment.client, deployment.ambient, deployment.server
        session = client.session_trust
        kept = tuple(one for one in deployment.certificates if one.role != role)
        return replace(
            deployment,
            certificates=(*(self._resigned(one, role, former) for one in kept), given),
            server=replace(
                server,
                chain=tuple(former if r == role else r for r in server.chain),
                private_key=former if server.private_key == role else server.private_key,
            ),
            client=replace(
                client,
                trust=file(client.trust) if client.trust else None,
                session_trust=file(session) if isinstance(session, TrustFile) else session,
                environment=tuple(map(value, client.environment)),
            ),
            ambient=replace(
                ambient,
                certifi=file(ambient.certifi),
                system=file(ambient.system),
                environment=tuple(map(value, ambient.environment)),
            ),
            revocation_lists=tuple(
                RevocationList(
                    issuer=former if one.issuer == role else one.issuer,
                    revoked=tuple(former if r == role else r for r in one.revoked),
                    this_update=one.this_update,
                    next_update=one.next_update,
                )
                for one in deployment.revocation_lists
            ),
        )

    @staticmethod
    def _resigned(one: Certificate, role: str, former: str) -> Certificate:
        return replace(one, signer=former) if isinstance(one, CertificateSpec) and one.signer == role else one

    def _der(self, deployment: Deployment, role: str) -> bytes:
        return self.patient.mint.issue(deployment, role).der

    def _certificate(self, deployment: Deployment, role: str) -> Any:
        der = self._der(deployment, role)
        if der not in self._parsed:
            self._parsed[der] = pems.checked(der, role)
        return self._parsed[der]

    # --- settings

    def _server(self, deployment: Deployment, key: str, value: Setting) -> ServerSpec:
        server = deployment.server
        match key:
            case "minimum-version":
                return replace(server, minimum_version=str(value))
            case "maximum-version":
                return replace(server, maximum_version=str(value))
            case "ciphers":
                return replace(server, ciphers=None, dh_bits=None)
            case "speaks":
                return replace(server, behaviour="tls" if value == "tls" else "plain-http")
            case "clients-ca":
                roles = () if value == "nobody" else self._file(deployment, str(value))[1].roles
                return replace(server, client_certificate_authorities=roles)
            case _:  # chain and key, which `_served` has seen to
                return server

    def _file(self, deployment: Deployment, name: str) -> tuple[Deployment, TrustFile]:
        """A file of anchors. One without certificates is what it is: empty."""
        roles = []
        for der in self._read(name):
            deployment, role = self._adopt(deployment, der)
            roles.append(role)
        short = name.rpartition("/")[2]
        return deployment, TrustFile(roles=tuple(dict.fromkeys(roles)), name=short, form="pem" if roles else "empty")

    def _client(self, deployment: Deployment, key: str, value: Setting) -> Deployment:
        client = deployment.client
        if isinstance(value, dict):
            return self._environment(deployment, value)
        yes = value.lower() in ("yes", "true")
        file: TrustFile | None = None
        if "/" in value:
            deployment, file = self._file(deployment, value)
        match key:
            case "trust":
                client = replace(client, trust=file)
            case "session-trust":
                client = replace(client, session_trust="off" if value == "off" else file)
            case "certifi":
                certifi = Ambient().certifi
                if file is not None:
                    certifi = replace(certifi, roles=tuple(dict.fromkeys((*certifi.roles, *file.roles))))
                return replace(deployment, ambient=replace(deployment.ambient, certifi=certifi))
            case "verify":
                client = replace(client, verify=yes)
            case "check-hostname":
                client = replace(client, check_hostname=yes)
            case "certificate":
                client = replace(client, certificate=file.roles if file else ())
            case "security-level":
                client = replace(client, security_level=None if value == "default" else int(value))
            case "check-crls":
                client = replace(client, check_crls=yes)
            case "crls":
                client = replace(client, has_crls=value != "none")
                if value == "renewed":
                    healthy = RevocationList(issuer=ROOT).next_update + self.patient.days * 86_400
                    lists = tuple(replace(one, next_update=healthy) for one in deployment.revocation_lists)
                    deployment = replace(deployment, revocation_lists=lists)
            case "url-scheme":
                client = replace(client, scheme="http" if value == "http" else "https")
            case "url-host":
                client = replace(client, host=value)
        return replace(deployment, client=client)

    def _environment(self, deployment: Deployment, value: dict[str, str]) -> Deployment:
        """Variables of the shell: unset everywhere, or set for every program that is started from it."""
        for name, told in value.items():
            kept = tuple(one for one in deployment.client.environment if one.name != name)
            shell = tuple(one for one in deployment.ambient.environment if one.name != name)
            if told != "unset":
                deployment, file = self._file(deployment, told)
                shell = (*shell, Variable(name=name, value=file))
            deployment = replace(
                deployment,
                client=replace(deployment.client, environment=kept),
                ambient=replace(deployment.ambient, environment=shell),
            )
        return deployment

    # --- roles

    def _settled(self, deployment: Deployment) -> Deployment:
        """Gives a learner's CAs the roles of those that they replace, and moves the world where it must be moved."""
        for der, role in list(self._given.items()):
            for known in (ROOT, INTERMEDIATE, f"{INTERMEDIATE}-2", PUBLIC_ROOT):
                if role != LEAF and self._replaces(deployment, der, known):
                    deployment = self._promote(deployment, role, known)
                    break
        top = self._top(deployment)
        if top is not None and top not in (ROOT, PUBLIC_ROOT):
            deployment = self._promote(deployment, top, ROOT)
        root = next((one for one in deployment.certificates if one.role == ROOT), None)
        if isinstance(root, GivenCertificate) and root.private_key is None:
            raise Rejected(
                "the repair has a CA of its own, and its key is not in repair/: without it nobody can try what its thief "
                "could do"
            )
        return deployment

    def _replaces(self, deployment: Deployment, der: bytes, known: str) -> bool:
        """Whether this is the same CA again: the same name and the same key."""
        if not any(one.role == known for one in deployment.certificates):
            return False
        new, old = self._parsed[der], self._certificate(deployment, known)
        return bool(new.subject == old.subject and pems.spki(new) == pems.spki(old))

    def _top(self, deployment: Deployment) -> str | None:
        """The learner's self-signed CA above the server's certificate; None where there is none."""
        candidates = {role: self._parsed[der] for der, role in self._given.items() if role != LEAF}
        at = self._certificate(deployment, self._first(deployment))
        for _ in range(_DEEPEST):
            for role, certificate in candidates.items():
                if certificate.subject == at.issuer and _signed(at, certificate):
                    if certificate.subject == certificate.issuer:
                        return role
                    at = certificate
                    break
            else:
                return None
        return None

    def _first(self, deployment: Deployment) -> str:
        site = next((v for v in deployment.server.virtual_hosts if v.host == deployment.client.host), None)
        return (site.chain if site else deployment.server.chain)[0]

    def _promote(self, deployment: Deployment, role: str, known: str) -> Deployment:
        """`role` becomes `known`, everywhere; the old one goes on under another name."""
        deployment = self._vacate(deployment, known)
        given = deployment.certificate(role)
        assert isinstance(given, GivenCertificate)  # noqa: S101  # `_given` holds no others
        self._given = {der: known if name == role else name for der, name in self._given.items()}
        swapped = _renamed(deployment, role, known)
        # The former one is still sent or trusted only where something says so.
        return swapped


def _signed(certificate: Any, issuer: Any) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm: all say no
        return False
    return True


def _renamed(deployment: Deployment, old: str, new: str) -> Deployment:
    """The deployment in which the certificate `old` is called `new`."""

    def roles(some: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(new if one == old else one for one in some))

    def file(one: TrustFile) -> TrustFile:
        return replace(one, roles=roles(one.roles))

    def value(one: Variable) -> Variable:
        return replace(one, value=file(one.value)) if isinstance(one.value, TrustFile) else one

    client, server, ambient = deployment.client, deployment.server, deployment.ambient
    session = client.session_trust
    return replace(
        deployment,
        certificates=tuple(replace(one, role=new) if one.role == old else one for one in deployment.certificates),
        server=replace(
            server,
            chain=roles(server.chain),
            virtual_hosts=tuple(replace(one, chain=roles(one.chain)) for one in server.virtual_hosts),
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
    )
