"""What the client says to a patient, in its own words, without running it. Law: the same text on every machine and
Python, because it goes into bundles; what requests on Python 3.11 and OpenSSL 3.0 was seen to say.
"""

from __future__ import annotations

from functools import cache

from simulator.challenge import seeds
from simulator.diagnosis.diagnose import predict
from simulator.lab.mint import Mint
from simulator.model.deployment import CertificateSpec, Deployment, TrustFile
from simulator.model.evidence import Bundle, ClientSettings, Evidence, Visit

_AS_OF = 1_795_478_400  # any day does: dates are relative to it
PORT = 1443
ACCEPTED = "<Response [200]>"
_TRUST = {
    "empty": "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found",
    "der": "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found",
    "key": "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found",
    "truncated": "[X509] PEM lib",
}


@cache
def _mint() -> Mint:
    return Mint(seeds.WORLD, _AS_OF)


def evidence(deployment: Deployment) -> Evidence:
    """What an observer would collect of a deployment whose server starts and speaks TLS."""
    mint, client = _mint(), deployment.client
    source, named_by = _source(deployment)
    der = {role: mint.issue(deployment, role).der for role in (*source.roles, *deployment.server.chain)}
    site = next((one for one in deployment.server.virtual_hosts if one.host == client.host), None)
    chain = site.chain if site else deployment.server.chain
    return Evidence(
        url=f"https://{client.host}:{PORT}/",
        reference=client.host,
        settings=ClientSettings(
            verify=client.verify, check_hostname=client.check_hostname, checks_crls=client.check_crls
        ),
        visits=(
            Visit(
                purpose="sni",
                host=client.host,
                chain=tuple(mint.issue(deployment, role).der for role in chain),
                end="handshake",
                version="TLSv1.3",
            ),
        ),
        bundles=(
            Bundle(
                path=source.name,
                named_by=named_by,
                certificates=tuple(der[role] for role in source.roles),
                readability="unhashed-directory" if source.form == "directory" else "readable",
            ),
        ),
        crls=tuple(mint.crl(deployment, one) for one in deployment.revocation_lists) if client.has_crls else (),
        client_time=float(_AS_OF + client.clock_skew),
    )


def _source(deployment: Deployment) -> tuple[TrustFile, str]:
    """Where requests reads its anchors, by its own precedence."""
    client = deployment.client
    if client.trust is not None:
        return client.trust, "call"
    for variable in (*client.environment, *deployment.ambient.environment):
        if variable.name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") and isinstance(variable.value, TrustFile):
            return variable.value, variable.name
    if isinstance(client.session_trust, TrustFile):
        return client.session_trust, "session"
    return deployment.ambient.certifi, "default"


def said(deployment: Deployment) -> str:  # noqa: PLR0911  # one return for each way to fail
    """The last line that the client prints."""
    client = deployment.client
    pool = f"HTTPSConnectionPool(host='{client.host}', port={PORT}): Max retries exceeded with url: / (Caused by "
    file = _source(deployment)[0]
    if client.scheme == "http":
        return "requests.exceptions.ConnectionError: ('Connection aborted.', ConnectionResetError(104, …))"
    if file.form == "missing":
        return f"OSError: Could not find a suitable TLS CA certificate bundle, invalid path: {file.name}"
    if file.form in _TRUST and client.verify:
        return f"requests.exceptions.SSLError: {pool}SSLError(524297, '{_TRUST[file.form]}'))"
    if not _starts(deployment):
        return f"requests.exceptions.ConnectionError: {pool}NewConnectionError('[Errno 111] Connection refused'))"
    if reason := _refused_before(deployment):
        return f"requests.exceptions.SSLError: {pool}SSLError(SSLError(1, '{reason}')))"
    if deployment.server.client_certificate_authorities and not _known(deployment):
        return "requests.exceptions.ConnectionError: ('Connection aborted.', the server closed the connection)"
    words = predict(evidence(deployment), frozenset()).words
    if not words:
        return ACCEPTED
    return (
        f"requests.exceptions.SSLError: {pool}SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
        f"certificate verify failed: {words}')))"
    )


def _starts(deployment: Deployment) -> bool:
    """Whether the server's key belongs to the first certificate of its chain."""
    first, key = (deployment.certificate(r) for r in (deployment.server.chain[0], deployment.server.private_key))
    return not isinstance(first, CertificateSpec) or not isinstance(key, CertificateSpec) or first.key == key.key


def _refused_before(deployment: Deployment) -> str:
    """OpenSSL's reason where a handshake ends before any certificate is looked at."""
    server = deployment.server
    if server.behaviour == "plain-http":
        return "[SSL: WRONG_VERSION_NUMBER] wrong version number"
    if server.maximum_version in ("TLSv1", "TLSv1.1"):
        return "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version"
    if server.dh_bits is not None:
        return "[SSL: DH_KEY_TOO_SMALL] dh key too small"
    if server.ciphers is not None:
        return "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure"
    return ""


def _known(deployment: Deployment) -> bool:
    """Whether the server knows the CA of the client's certificate."""
    if not deployment.client.certificate:
        return False
    own = deployment.certificate(deployment.client.certificate[0])
    return isinstance(own, CertificateSpec) and own.signer in deployment.server.client_certificate_authorities
