"""A class to test with: plans, filled-in sheets, repairs made as a learner would make them. Law: everything is made
here, with another library's hands where that is possible; nothing is taken from the marker.
"""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.challenge import bundle, seeds
from simulator.challenge.plan import Plan
from simulator.challenge.roster import Learner

SECRET = "5eed" * 8
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
TODAY = NOW.date().isoformat()
DAY = datetime.timedelta(days=1)
ADA, BOB = Learner(id="ada", name="Ada Lovelace"), Learner(id="bob", name="Bob")


def plan(
    *scenarios: str,
    learners: Sequence[Learner] = (ADA, BOB),
    start: str = TODAY,
    days: int = 30,
    self_check: bool = False,
) -> Plan:
    """One patient for each scenario; `a+b` is one patient with both."""
    slots = tuple((tuple(one.split("+")),) for one in scenarios)
    return Plan(secret=SECRET, start=start, days=days, slots=slots, learners=tuple(learners), self_check=self_check)


def files(of: Plan, learner: Learner = ADA) -> dict[str, bytes]:
    return dict(bundle.files(of, learner))


def host(bundle_files: Mapping[str, bytes], number: int = 1) -> str:
    found: str = json.loads(bundle_files[f"patient-{number}/setup.json"])["host"]
    return found


def claim(finding: str, certificate: str = "server", field: str = "", who: str = "issuer") -> dict[str, str]:
    return {"finding": finding, "certificate": certificate, "field": field, "who": who}


def sheet(of: Plan, *patients: Mapping[str, Any], learner: Learner = ADA) -> bytes:
    """A filled-in sheet. JSON is YAML: every scalar that is quoted is a text."""
    numbered = [{"patient": str(n), **one} for n, one in enumerate(patients, 1)]
    code = seeds.code(of.seed(learner.id))
    return json.dumps({"learner": learner.id, "bundle": code, "patients": numbered}).encode()


def packed(answer: bytes, repair: Mapping[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("answer.yaml", answer)
        for name, data in (repair or {}).items():
            archive.writestr(f"repair/{name}", data)
    return out.getvalue()


class Ca:
    """A CA as a learner makes one, or the one from a bundle."""

    def __init__(self, certificate: x509.Certificate, key: Any) -> None:
        self.certificate, self.key = certificate, key

    @classmethod
    def handed_out(cls, of: Mapping[str, bytes], number: int = 1) -> Ca:
        folder = f"patient-{number}/ca/ca"
        return cls(
            x509.load_pem_x509_certificate(of[f"{folder}.pem"]), load_pem_private_key(of[f"{folder}-key.pem"], None)
        )

    @classmethod
    def new(cls, permitted: str | None = None, signer: Ca | None = None, name: str = "My own CA") -> Ca:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, key.public_key(), signer, days=300, begins=-40)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        if permitted:
            constraints = x509.NameConstraints([x509.DNSName(permitted)], None)
            builder = builder.add_extension(constraints, critical=True)
        return cls(builder.sign(signer.key if signer else key, hashes.SHA256()), key)

    def issue(self, name: str, *, days: float = 60, begins: float = -1, san: bool = True) -> tuple[bytes, bytes]:
        """A server's certificate and its key, PEM. Dates in days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, key.public_key(), self, days=days, begins=begins)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        if san:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM), pem(key)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return pem(self.key)


def pem(key: Any) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not signs, False, False, False, False, signs, signs, False, False)


def _builder(name: str, public: Any, signer: Ca | None, *, days: float, begins: float = -1) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = signer.certificate.subject if signer else subject
    signing = signer.key.public_key() if signer else public
    return (
        x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number())
        .not_valid_before(NOW + begins * DAY)
        .not_valid_after(NOW + days * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing), critical=False)
    )
