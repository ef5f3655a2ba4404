"""Deployments with one thing wrong, made by hand: the lab's tests need no catalogue of changes."""

from __future__ import annotations

from dataclasses import replace

from simulator.changes.baselines import build
from simulator.model.deployment import (
    DAY,
    YEAR,
    Ambient,
    Deployment,
    Key,
    Name,
    NameConstraints,
    RevocationList,
    TrustFile,
    common_name,
)

__all__ = ["CODES", "baseline", "certificate", "client", "server"]


def baseline(id: str = "two-tier", **parameters: str) -> Deployment:
    return build(id, **parameters)


def server(deployment: Deployment, **fields: object) -> Deployment:
    return replace(deployment, server=replace(deployment.server, **fields))


def client(deployment: Deployment, **fields: object) -> Deployment:
    return replace(deployment, client=replace(deployment.client, **fields))


def certificate(deployment: Deployment, role: str, **fields: object) -> Deployment:
    return deployment.with_certificate(replace(deployment.spec(role), **fields))


def _leaf(deployment: Deployment, **fields: object) -> Deployment:
    return certificate(deployment, "leaf", **fields)


_TWO = baseline()
_THREE = baseline("three-tier")
_RSA = baseline(key="rsa-2048")
_EMPTY: Name = ()
_CONSTRAINED = NameConstraints(permitted=("DNS:example.test",))
_EXCLUDED = NameConstraints(excluded=("DNS:localhost",))

CODES: dict[str, tuple[Deployment, int, int]] = {
    # What was measured for requests on Python 3.12 or older, and on 3.13. 0: accepted.
    "aki-mismatch": (_leaf(_TWO, authority_key_identifier="other"), 20, 20),
    "bad-signature": (_leaf(_TWO, signature="flipped"), 7, 7),
    "bundle-directory-unhashed": (client(_TWO, trust=TrustFile(roles=("root",), form="directory", name="ca")), 20, 20),
    "ca-cannot-sign": (certificate(_THREE, "intermediate", key_usage=("crl_sign",)), 79, 79),
    "ca-missing-key-usage": (certificate(_TWO, "root", key_usage=None), 0, 92),
    "ca-not-critical": (certificate(_TWO, "root", ca_critical=False), 0, 89),
    "client-certificate-as-server": (_leaf(_TWO, extended_key_usage=("client_auth",)), 26, 26),
    "crl-expired": (
        replace(
            baseline("crl-checked"),
            revocation_lists=(RevocationList(issuer="root", this_update=-9 * DAY, next_update=-DAY),),
        ),
        12,
        12,
    ),
    "crl-missing": (client(baseline("crl-checked"), has_crls=False), 3, 3),
    "empty-subject": (_leaf(_TWO, subject=_EMPTY), 0, 88),
    "expired": (_leaf(_TWO, not_before=-90 * DAY, not_after=-DAY), 10, 10),
    "expired-root": (certificate(_TWO, "root", not_after=-DAY), 10, 10),
    "forged-issuer": (_leaf(_TWO, signer="leaf", issuer=common_name("Simulator Root CA")), 20, 20),
    "incomplete-chain": (server(_THREE, chain=("leaf",)), 20, 20),
    "inverted-validity": (_leaf(_TWO, not_before=2 * DAY, not_after=-3 * DAY), 9, 9),
    "issuer-not-ca": (certificate(_THREE, "intermediate", ca=False), 79, 79),
    "missing-aki": (_leaf(_TWO, authority_key_identifier="absent"), 0, 85),
    "missing-san": (_leaf(_TWO, san=None), 62, 62),
    "missing-ski": (certificate(_TWO, "root", subject_key_identifier="absent"), 0, 86),
    "name-constraint-excluded": (certificate(_TWO, "root", name_constraints=_EXCLUDED), 48, 48),
    "name-constraint-violated": (certificate(_TWO, "root", name_constraints=_CONSTRAINED), 47, 47),
    "not-yet-valid": (_leaf(_TWO, not_before=2 * DAY), 9, 9),
    "path-length-exceeded": (certificate(baseline("three-tier", depth=2), "intermediate", path_length=0), 25, 25),
    "revoked": (
        replace(baseline("crl-checked"), revocation_lists=(RevocationList(issuer="root", revoked=("leaf",)),)),
        23,
        23,
    ),
    "reversed-chain": (
        server(baseline("three-tier", depth=2), chain=("leaf", "intermediate", "intermediate-2")),
        0,
        0,
    ),
    "self-signed": (client(baseline("self-signed"), trust=None), 18, 18),
    "san-trailing-dot": (_leaf(_TWO, san=("DNS:localhost.",)), 62, 62),
    "unknown-ca": (client(_TWO, trust=None), 20, 20),
    "unknown-critical-extension": (_leaf(_TWO, unknown_critical_extension=True), 34, 34),
    "untrusted-root": (client(server(_TWO, chain=("leaf", "root")), trust=None), 19, 19),
    "v1-root": (certificate(_TWO, "root", version=1), 0, 79),
    "valid-too-long": (_leaf(_TWO, not_after=830 * DAY), 0, 0),
    "weak-key": (_leaf(_RSA, key=Key(name="leaf", kind="rsa-1024")), 66, 66),
    "weak-signature": (_leaf(_RSA, signature_hash="sha1"), 68, 68),
    "weak-signature-md5": (_leaf(_RSA, signature_hash="md5"), 68, 68),
    "wrong-ip": (_leaf(baseline(host="127.0.0.1"), san=("DNS:127.0.0.1",)), 64, 64),
    "wrong-host": (_leaf(_TWO, san=("DNS:other.test",)), 62, 62),
    "clock-ahead": (client(_TWO, clock_skew=YEAR), 10, 10),
    "clock-behind": (client(_TWO, clock_skew=-YEAR), 9, 9),
    "appended-to-certifi": (
        replace(
            client(_TWO, trust=None),
            ambient=Ambient(certifi=TrustFile(roles=("public-root", "root"), name="certifi/cacert.pem")),
        ),
        0,
        0,
    ),
}
