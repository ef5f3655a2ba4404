"""Deployments looked at without sockets: their certificates, and OpenSSL's own verdict on them.

Law: for faults that lie in certificates, chain, names or trust only. `tests/test_inversion.py` checks that what is seen
here and what is seen on sockets agree.
"""

from __future__ import annotations

import ssl
import tempfile
import time
from functools import cache
from pathlib import Path

from simulator.lab.mint import Mint
from simulator.model.deployment import Deployment
from simulator.model.evidence import Bundle, ClientSettings, Evidence, Visit

NOW = int(time.time()) // 86_400 * 86_400
"""Today's midnight, UTC: dates are relative to it, as in the lab, so nothing rots."""

MINT = Mint("in-memory", NOW)

LAX = ("common-name-fallback",)
STRICT = ("common-name-fallback", "partial-chain", "x509-strict")


def der(deployment: Deployment, role: str) -> bytes:
    return MINT.issue(deployment, role).der


def evidence(deployment: Deployment, traits: tuple[str, ...] = (), client: str = "requests") -> Evidence:
    """What an observer would collect of a deployment whose server starts and whose client reads its files."""
    trust = deployment.client.trust or deployment.ambient.certifi
    named_by = "call" if deployment.client.trust else "default"
    anchors = tuple(der(deployment, role) for role in trust.roles)
    bundle = Bundle(path=trust.name, named_by=named_by, certificates=anchors)
    visit = Visit(
        purpose="sni",
        host=deployment.client.host,
        chain=tuple(der(deployment, role) for role in deployment.server.chain),
        end="handshake",
        version="TLSv1.3",
    )
    return Evidence(
        url=f"https://{deployment.client.host}/",
        reference=deployment.client.host,
        settings=ClientSettings(
            client=client,
            traits=traits,
            verify=deployment.client.verify,
            check_hostname=deployment.client.check_hostname,
        ),
        visits=(visit,),
        bundles=(bundle,),
        client_time=NOW,
    )


@cache
def _pem(roles_der: tuple[bytes, ...]) -> str:
    return "".join(ssl.DER_cert_to_PEM_cert(one) for one in roles_der)


def _context(deployment: Deployment, flags: int) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=_pem(evidence(deployment).anchors))
    context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST | flags
    context.hostname_checks_common_name = False  # as requests does
    context.check_hostname = deployment.client.check_hostname and deployment.client.verify
    if not deployment.client.verify:
        context.verify_mode = ssl.CERT_NONE
    return context


def openssl_verdict(deployment: Deployment, flags: int = 0) -> int | None:
    """X509_V_ERR of a handshake in memory with the standard library's OpenSSL; None: accepted."""
    client_in, client_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("DEFAULT@SECLEVEL=0")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.pem"
        leaf = MINT.issue(deployment, deployment.server.private_key)
        assert leaf.key is not None
        path.write_text(_pem(evidence(deployment).served) + leaf.key.pem.decode())
        server.load_cert_chain(path)
    # Crossed over: what one writes the other reads.
    client = _context(deployment, flags).wrap_bio(client_in, client_out, server_hostname=deployment.client.host)
    answering = server.wrap_bio(client_out, client_in, server_side=True)
    for _ in range(10):
        for side in (client, answering):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_code
    return None
