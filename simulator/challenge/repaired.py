"""From a declared repair to a deployment that can be run. Law: files under `patient-N/` are what was handed out,
computed anew, whatever the submission holds under these names; files under `repair/` are the learner's; nothing else is
read.

A certificate that was handed out keeps its role. One of the learner's takes the role of what it replaces: the server's
own, a CA with the same name and key, the top of a new chain. So attacks are made with the CA that the repair trusts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.challenge import moved, pems, settings
from simulator.challenge.archive import Rejected
from simulator.challenge.individual import individual, rebased
from simulator.challenge.patient import Patient
from simulator.challenge.roles import renamed
from simulator.challenge.sheet import PatientAnswer
from simulator.changes import baselines
from simulator.errors import UsageError
from simulator.model.deployment import (
    INTERMEDIATE,
    LEAF,
    PUBLIC_ROOT,
    ROOT,
    Certificate,
    CertificateSpec,
    Deployment,
    GivenCertificate,
    TrustFile,
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
            if b"CERTIFICATE" in self._content(name):
                self._read(name)
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
            deployment = settings.server(deployment, key, value, self._file)
        for key, value in self.answer.client.items():
            deployment = settings.client(deployment, key, value, self._file, days=self.patient.days)
        return self._settled(deployment)

    def fresh(self, repaired: Deployment) -> Deployment:
        """The healthy deployment that this repair aims at: the baseline, or with a CA where there was none."""
        healthy = self.patient.healthy
        if healthy.baseline != "self-signed" or all(one.role != ROOT for one in repaired.certificates):
            return healthy
        # A CA of one's own in the place of a certificate that signed itself: two-tier is what that is called.
        plain = baselines.build("two-tier", host=self.patient.case.healthy.client.host)
        return individual(plain, self.patient.seed, days=self.patient.days)

    def placed(self, deployment: Deployment, as_of: int) -> Deployment:
        """The deployment told from `as_of`, in the world in which it is judged."""
        told = rebased(deployment, self.patient.opens - as_of + self.shift)
        if not self.shift:
            return told
        return replace(told, certificates=tuple(self._moved(one) for one in told.certificates))

    def _moved(self, one: Certificate) -> Certificate:
        if isinstance(one, CertificateSpec):
            return one
        certificate = self._parsed.get(one.der) or pems.checked(one.der, one.role)
        issuers = [certificate, *self._parsed.values()]
        issuers += [pems.checked(der, role) for der, role in self._roles.items()]
        for issuer in issuers:
            key = self._keys.get(pems.spki(issuer))
            if key is not None and issuer.subject == certificate.issuer and _signed(certificate, issuer):
                try:
                    return replace(one, der=moved.moved(one.der, self.shift, key.pkcs8))
                except UsageError as error:
                    self.notes.append(f"One certificate could not be moved: {error}.")
                    return one
        self.notes.append("One certificate could not be moved: whoever signed it left no key.")
        return one

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
        chain, key = (self.answer.server.get(name) for name in ("chain", "key"))
        if not isinstance(chain, str) and not isinstance(key, str):
            return deployment
        site = self._site(deployment)
        roles = list(site.chain if site else deployment.server.chain)
        if isinstance(chain, str):
            ders = self._read(chain)
            if not ders:
                raise Rejected(f"{chain} holds no certificate")
            roles = []
            for der in ders:
                deployment, role = self._adopt(deployment, der)
                roles.append(role)
        first, mine = self._der(deployment, roles[0]), roles[0] in self._given.values()
        private = self._server_key(deployment, roles[0], key if isinstance(key, str) else None, site)
        if not mine and private.spki == pems.spki(self._certificate(deployment, roles[0])):
            return self._serving(deployment, tuple(roles), roles[0])
        deployment = self._vacate(deployment, LEAF)
        self._given = {der: LEAF if role == roles[0] else role for der, role in self._given.items()}
        deployment = replace(
            deployment, certificates=tuple(one for one in deployment.certificates if one.role != roles[0])
        ).with_certificate(GivenCertificate(role=LEAF, der=first, private_key=private.pkcs8))
        rest = (FORMER + LEAF if role == LEAF else role for role in roles[1:])
        return self._serving(deployment, (LEAF, *rest), LEAF)

    def _server_key(
        self, deployment: Deployment, first: str, named: str | None, site: VirtualHost | None
    ) -> pems.PrivateKey:
        """The key that the server is given: the one that is named, one that fits, else the one that it has."""
        if named is not None:
            given = pems.keys(self._content(named), named)
            if not given:
                raise Rejected(f"{named} holds no private key")
            return given[0]
        fitting = self._keys.get(pems.spki(self._certificate(deployment, first)))
        if fitting is not None and first in self._given.values():
            return fitting
        role = site.private_key if site else self.patient.broken.server.private_key
        return self._keys[self.patient.mint.private_key(self.patient.broken, role).spki]

    def _site(self, deployment: Deployment) -> VirtualHost | None:
        host = deployment.client.host
        return next((one for one in deployment.server.virtual_hosts if one.host == host), None)

    def _serving(self, deployment: Deployment, roles: tuple[str, ...], key: str) -> Deployment:
        server = deployment.server
        if not server.virtual_hosts and not self.patient.healthy.server.virtual_hosts:
            return replace(deployment, server=replace(server, chain=roles, private_key=key))
        host = deployment.client.host
        mine = VirtualHost(host=host, chain=roles, private_key=key)
        others = tuple(one for one in server.virtual_hosts if one.host != host)
        return replace(deployment, server=replace(server, virtual_hosts=(mine, *others)))

    def _vacate(self, deployment: Deployment, role: str) -> Deployment:
        """Makes room for what takes this role. The old one keeps its bytes, so it is given from here on."""
        if not any(one.role == role for one in deployment.certificates):
            return deployment
        key = self._keys.get(pems.spki(self._certificate(deployment, role)))
        der, former = self._der(deployment, role), FORMER + role
        given = GivenCertificate(role=role, der=der, private_key=key.pkcs8 if key else None)
        self._roles = {known: former if name == role else name for known, name in self._roles.items()}
        return renamed(deployment.with_certificate(given), role, former)

    def _der(self, deployment: Deployment, role: str) -> bytes:
        return self.patient.mint.issue(deployment, role).der

    def _certificate(self, deployment: Deployment, role: str) -> Any:
        der = self._der(deployment, role)
        if der not in self._parsed:
            self._parsed[der] = pems.checked(der, role)
        return self._parsed[der]

    def _file(self, deployment: Deployment, name: str) -> tuple[Deployment, TrustFile]:
        """A file of anchors. One without certificates is what it is: empty."""
        roles = []
        for der in self._read(name):
            deployment, role = self._adopt(deployment, der)
            roles.append(role)
        short = name.rpartition("/")[2]
        return deployment, TrustFile(roles=tuple(dict.fromkeys(roles)), name=short, form="pem" if roles else "empty")

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
                "the repair has a CA of its own, and its key is not in repair/: without it nobody can try what its "
                "thief could do"
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
        site = self._site(deployment)
        return (site.chain if site else deployment.server.chain)[0]

    def _promote(self, deployment: Deployment, role: str, known: str) -> Deployment:
        """`role` becomes `known`, everywhere; the old one goes on under another name."""
        deployment = self._vacate(deployment, known)
        self._given = {der: known if name == role else name for der, name in self._given.items()}
        return renamed(deployment, role, known)


def _signed(certificate: Any, issuer: Any) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm: all say no
        return False
    return True
