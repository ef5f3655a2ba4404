"""Known differences between the judges and the diagnosis, each with its reason. Law: a row is as narrow as its reason;
what no row explains is a disagreement, and worth a look.

The diagnosis speaks of clients on OpenSSL 3.0; newer ones and verifiers of another school judge some things otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from simulator.testing.handshakes import Said


class Known(NamedTuple):
    """A difference: whose, what it says, what was foretold, and which findings are there. None: whatever."""

    id: str
    judge: str
    reason: str
    accepted: bool | None = None
    words: str = ""
    """Words that the judge's answer holds."""
    codes: tuple[int, ...] = ()
    """X509_V_ERR numbers of which one was foretold; empty: whatever was."""
    findings: tuple[str, ...] = ()
    """Findings of which one is there; empty: whatever is."""


KNOWN: tuple[Known, ...] = (
    Known(
        "requests-unseen-chain", "requests",
        "a TLS 1.2 server that wants a client certificate shows no chain to an observer without one: nobody can tell",
        accepted=False, findings=("cannot-tell",),
    ),
    Known(
        "requests-verify-false-own-context", "requests",
        "verify=False over a context of one's own is a ValueError of requests: check_hostname is on in it",
        accepted=False, words="ValueError", findings=("verification-disabled",),
    ),
    Known(
        "openssl-4-no-88-89", "newer-openssl-strict",
        "OpenSSL 4 no longer raises 88 (empty subject, SAN not critical) and 89 (a CA's basicConstraints not critical)",
        codes=(88, 89),
    ),
    Known(
        "verifier-ee-ca", "verifier", "the web's public CAs may not mark an end entity as a CA; OpenSSL lets it pass",
        accepted=False, words="cA must not be asserted in an EE", findings=("leaf-is-ca",),
    ),
    Known(
        "verifier-ee-cert-sign", "verifier", "an end entity's keyUsage may not say keyCertSign; OpenSSL asks in strict "
        "mode, and never of a certificate that signed itself",
        accepted=False, words="EE keyUsage must not assert keyCertSign",
    ),
    Known(
        "verifier-empty-subject", "verifier",
        "an empty subject asks for a critical SAN (§4.1.2.6); OpenSSL asks in strict mode",
        accepted=False, words="subjectAltName MUST be critical", findings=("empty-subject-san-not-critical",),
    ),
    Known(
        "verifier-empty-issuer", "verifier",
        "an issuer's name may not be empty (§4.1.2.4); OpenSSL asks in strict mode, and never of a "
        "certificate that signed itself",
        accepted=False, words="non-empty Issuer",
    ),
    Known(
        "verifier-negative-serial", "verifier", "a serial number is positive (§4.1.2.2); OpenSSL does not look",
        accepted=False, words="serial number", findings=("serial-not-positive",),
    ),
    Known(
        "verifier-ed25519", "verifier", "public CAs do not certify Ed25519 keys",
        accepted=False, words="Forbidden public key algorithm", findings=("browser-unsupported-key",),
    ),
    Known(
        "verifier-v1", "verifier", "a CA's certificate has version 3; OpenSSL asks in strict mode",
        accepted=False, words="must be an X509v3 certificate", findings=("v1-ca",),
    ),
    Known(
        "verifier-required-extension", "verifier",
        "keyUsage of a CA and authorityKeyIdentifier are required; OpenSSL asks in strict mode",
        accepted=False, words="missing required extension", findings=("missing-aki", "ca-missing-key-usage"),
    ),
    Known(
        "verifier-ca-critical", "verifier",
        "a CA's basicConstraints is critical (§4.2.1.9); OpenSSL asks in strict mode",
        accepted=False, words="incorrect criticality", findings=("ca-not-critical",),
    ),
    Known(
        "verifier-cross-sign", "verifier",
        "it refuses the root for what OpenSSL asks in strict mode alone, tries the cross-sign, and tells that end",
        accepted=False, words="candidates exhausted",
        findings=("ca-missing-key-usage", "ca-not-critical", "v1-ca", "missing-ski"),
    ),
    Known(
        "verifier-aki", "verifier", "it finds issuers by name and key alone, whatever authorityKeyIdentifier points at",
        accepted=True, codes=(20,), findings=("aki-mismatch",),
    ),
    Known(
        "verifier-any-anchor", "verifier",
        "every certificate in its store is an anchor, as in OpenSSL's partial-chain mode",
        accepted=True, codes=(2, 19, 20), findings=("anchor-not-self-signed",),
    ),
    Known(
        "verifier-wildcard-on-tld", "verifier", "a star right below a top-level domain counts; OpenSSL wants two dots",
        accepted=True, codes=(62,), findings=("wildcard-scope",),
    ),
    Known(
        "verifier-weak-key", "verifier", "it leaves the size of an end entity's RSA key to others",
        accepted=True, codes=(66,), findings=("weak-key",),
    ),
)  # fmt: skip


def known(judge: str, said: Said, foretold: Said, findings: Callable[[], frozenset[str]]) -> Known | None:
    """The row that explains a difference; None where nothing does. `findings` is asked only where a row asks."""
    for row in KNOWN:
        if (
            row.judge == judge
            and row.accepted in (None, said.accepted)
            and row.words in said.words
            and (not row.codes or foretold.code in row.codes)
            and (not row.findings or not findings().isdisjoint(row.findings))
        ):
            return row
    return None
