"""What OpenSSL 3.0 and requests say: decisive words for each refusal.

Law: a table and its lookup. Words are the clients' own, as measured.
"""

from __future__ import annotations

from simulator.diagnosis.fault import Fault
from simulator.diagnosis.identity import reference
from simulator.diagnosis.plain import clean
from simulator.diagnosis.settings import NO_CERTIFICATES, WORDS
from simulator.model.evidence import Evidence

_X509 = {
    1: "unspecified certificate verification error",
    2: "unable to get issuer certificate",
    3: "unable to get certificate CRL",
    7: "certificate signature failure",
    8: "CRL signature failure",
    9: "certificate is not yet valid",
    10: "certificate has expired",
    11: "CRL is not yet valid",
    12: "CRL has expired",
    13: "format error in certificate's notBefore field",
    14: "format error in certificate's notAfter field",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    22: "certificate chain too long",
    23: "certificate revoked",
    25: "path length constraint exceeded",
    26: "unsuitable certificate purpose",
    34: "unhandled critical extension",
    35: "key usage does not include CRL signing",
    36: "unhandled critical CRL extension",
    40: "proxy certificates not allowed, please set the appropriate flag",
    47: "permitted subtree violation",
    48: "excluded subtree violation",
    49: "name constraints minimum and maximum not supported",
    51: "unsupported name constraint type",
    53: "unsupported or invalid name syntax",
    66: "EE certificate key too weak",
    67: "CA certificate key too weak",
    68: "CA signature digest algorithm too weak",
    78: "Subject signature algorithm and issuer public key algorithm mismatch",
    79: "invalid CA certificate",
    80: "Path length invalid for non-CA cert",
    81: "Path length given without key usage keyCertSign",
    82: "Key usage keyCertSign invalid for non-CA cert",
    83: "Issuer name empty",
    84: "Subject name empty",
    85: "Missing Authority Key Identifier",
    86: "Missing Subject Key Identifier",
    87: "Empty Subject Alternative Name extension",
    88: "Subject empty and Subject Alt Name extension not critical",
    89: "Basic Constraints of CA cert not marked critical",
    92: "CA cert does not include key usage extension",
    93: "Using cert extension requires at least X509v3",
    94: "Certificate public key has explicit ECC parameters",
}
_BEFORE = {
    "plaintext-on-tls-port": "WRONG_VERSION_NUMBER",
    "plaintext-to-tls-port": "Connection reset by peer",
    "old-protocol": "tlsv1 alert protocol version",
    "no-shared-cipher": "sslv3 alert handshake failure",
    "weak-key-exchange": "dh key too small",
    "unrecognized-name": "tlsv1 unrecognized name",
    "no-secure-renegotiation": "unsafe legacy renegotiation disabled",
    "client-certificate-required": "",
    "client-certificate-rejected": "",
    "connection-closed": "EOF occurred in violation of protocol",
    "handshake-timeout": "timed out",
    "nothing-listening": "Connection refused",
    "server-refused-to-start": "Connection refused",
    "name-not-resolved": "Name or service not known",
    "proxy-speaks-plaintext": "Your proxy appears to only use HTTP and not HTTPS",
    "ssl-module-missing": "the SSL module is not available",
    "wrong-context-purpose": "Cannot create a client socket with a PROTOCOL_TLS_SERVER context",
}
"""Refusals that verification has no part in: turning it off does not help."""


def before_verifying(fault: Fault) -> bool:
    """Whether a client that verifies nothing fails all the same."""
    return fault.id in _BEFORE or fault.id in ("key-mismatch", "leaf-not-first")


def of(fault: Fault, evidence: Evidence, standard_library: bool) -> str:
    """The client's decisive words for this refusal; "" where they are not always the same."""
    if fault.code in (62, 64):
        host = clean(reference(evidence.reference, True).text)
        what = "Hostname" if fault.code == 62 else "IP address"
        return f"{what} mismatch, certificate is not valid for '{host}'."
    if fault.code:
        return _X509.get(fault.code, "")
    if fault.id in ("bundle-unreadable", "no-trust-anchors"):
        kind = next((b.readability for b in evidence.bundles if b.in_force and b.readability != "readable"), "")
        if standard_library and kind == "missing":
            return "No such file or directory"
        return WORDS.get(kind, NO_CERTIFICATES)
    if evidence.settings.proxy and fault.id in ("nothing-listening", "server-refused-to-start"):
        return "Tunnel connection failed"
    return _BEFORE.get(fault.id, "")


def undecided(evidence: Evidence) -> list[Fault]:
    """`cannot-tell`, where a client refused and nothing in the evidence says why."""
    refused = next((a for a in evidence.attempts if a.verdict == "rejected"), None)
    if refused is None:
        return []
    said = f"{refused.client} refused: {clean(refused.error) or 'without a word'}"
    return [Fault("cannot-tell", 0, -1, "error", "evidence that explains the refusal", said, refuses=False)]
