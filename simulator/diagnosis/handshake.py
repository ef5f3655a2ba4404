"""What went wrong before any certificate was judged, or in spite of it: TCP, TLS, client certificates, a server that
could not start.

Law: visits are read before words. An error text decides only where no visit saw what happened, and where it names one
cause alone. A connection that never reached TLS is no judgement of a certificate.
"""

from __future__ import annotations

from simulator.diagnosis import server
from simulator.diagnosis.certificate import parse
from simulator.diagnosis.der import Malformed
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.plain import clean
from simulator.model.evidence import Attempt, Evidence, Visit

_OLD_VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")
_OLD_REASONS = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "TLSV1_PROTOCOL_VERSION", "WRONG_SSL_VERSION")
_NO_TLS_REASONS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG")
_ENDS = {
    "refused": "nothing-listening", "unresolved": "name-not-resolved", "eof": "connection-closed",
    "reset": "connection-closed", "timeout": "handshake-timeout",
}  # fmt: skip
"""Ends of a connection that have nothing to do with TLS."""
_NO_CIPHER_ALERTS = ("handshake_failure", "insufficient_security")
_NO_CIPHER_REASONS = (
    "SSLV3_ALERT_HANDSHAKE_FAILURE", "NO_SHARED_CIPHER", "NO_CIPHERS_AVAILABLE", "INSUFFICIENT_SECURITY",
)  # fmt: skip
_CLIENT_CERTIFICATE_ALERTS = (
    "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired", "certificate_unknown",
    "unknown_ca", "access_denied", "decrypt_error", "certificate_required", "handshake_failure",
)  # fmt: skip
_LEAST_GROUP = {0: 0, 1: 1024, 2: 2048, 3: 3072, 4: 7680, 5: 15360}
"""Bits of a finite-field Diffie-Hellman group that OpenSSL's security levels ask for."""
_BY_WORDS = (
    ("unsafe_legacy_renegotiation_disabled", "no-secure-renegotiation"),
    ("unsafe legacy renegotiation disabled", "no-secure-renegotiation"),
    ("your proxy appears to only use http", "proxy-speaks-plaintext"),
    ("ssl module is not available", "ssl-module-missing"),
    ("no module named '_ssl'", "ssl-module-missing"),
    ("cannot create a client socket with a protocol_tls_server context", "wrong-context-purpose"),
    ("dh_key_too_small", "weak-key-exchange"),
    ("dh key too small", "weak-key-exchange"),
    ("wrong_version_number", "plaintext-on-tls-port"),
    ("tlsv1_alert_protocol_version", "old-protocol"),
    ("unsupported_protocol", "old-protocol"),
    ("unrecognized_name", "unrecognized-name"),
    ("tlsv1 unrecognized name", "unrecognized-name"),
    ("certificate_required", "client-certificate-required"),
    ("certificate required", "client-certificate-required"),
    ("name or service not known", "name-not-resolved"),
    ("nodename nor servname", "name-not-resolved"),
    ("name resolution", "name-not-resolved"),
    ("failed to resolve", "name-not-resolved"),
    ("connection refused", "nothing-listening"),
    ("unexpected_eof_while_reading", "connection-closed"),
    ("handshake operation timed out", "handshake-timeout"),
)
"""Words (in small letters) that name one cause, where no visit tells more."""
_SAYS = {
    "no-secure-renegotiation": ("renegotiation_info", "secure renegotiation (RFC 5746)", "none"),
    "proxy-speaks-plaintext": ("proxy", "a proxy that speaks TLS, as https:// asks", "plain HTTP"),
    "ssl-module-missing": ("ssl", "a Python with its ssl module", "none"),
    "wrong-context-purpose": ("SSLContext", "a context for clients", "a context for servers"),
    "weak-key-exchange": ("dh_p", "a group of at least 2,048 bits", "a smaller one"),
    "plaintext-on-tls-port": ("record layer", "TLS", "something else"),
    "old-protocol": ("supported_versions", "TLS 1.2 or 1.3", "older versions only"),
    "no-shared-cipher": ("cipher_suites", "a cipher suite in common", "none"),
    "unrecognized-name": ("server_name", "a server that knows the name", "the alert unrecognized_name"),
    "client-certificate-required": ("CertificateRequest", "a client certificate", "none was sent"),
    "name-not-resolved": ("host", "a name that DNS knows", "no address"),
    "nothing-listening": ("port", "a server that listens", "connection refused"),
    "connection-closed": ("ServerHello", "an answer to ClientHello", "the server hung up"),
    "handshake-timeout": ("ServerHello", "an answer to ClientHello", "silence"),
}


def faults(evidence: Evidence) -> tuple[list[Fault], list[Fault]]:
    """(What happens before the server's certificate is judged, what happens after it), each in order."""
    if evidence.refusal is not None:
        told = server.refusal(evidence.refusal)
        if evidence.served and evidence.settings.proxy is not None:
            # A proxy that re-signs every site answers in its place: what that shows is what the client judges.
            return [], [fault._replace(refuses=False) for fault in told]
        return told, []
    if evidence.url.lower().startswith("http://"):
        return _plain_url(evidence), []
    before, after = [], []
    visit = next((v for v in evidence.visits if v.purpose == "sni"), None)
    proxy = _proxy(evidence)
    if proxy:
        before.append(proxy)
    elif visit is not None and not (_judged(evidence) and not visit.chain):
        early = _early(visit, evidence)
        if early:
            before.append(early)
    # Versions are settled first: what a server of another version asks for was never asked of this client.
    asked = None if before and before[-1].id == "old-protocol" else _client_certificate(evidence)
    if asked:
        if before and before[-1].id in ("no-shared-cipher", "connection-closed"):
            before.pop()  # the alert or the hanging up was about the client's certificate
        after.append(asked)
    weak = _weak_group(evidence)
    if weak:
        after.append(weak)
    if not before and not after:
        before = _by_words(evidence)
    return before, after


def _say(id: str, seen: str = "") -> Fault:
    field, expected, usual = _SAYS[id]
    return Fault(id, 0, -1, field, expected, seen or usual)


def _early(visit: Visit, evidence: Evidence) -> Fault | None:
    """What keeps the observer's own visit from seeing a certificate; or an old protocol that it put up with."""
    id = _first_of(visit, {attempt.alert for attempt in evidence.attempts})
    seen = ""
    if id == "plaintext-on-tls-port":
        seen = _first_words(visit.first_bytes)
    elif id == "nothing-listening" and visit.reason == "PROXY_REFUSED":
        seen = "a proxy that could not reach it"
    elif id == "name-not-resolved":
        seen = f"{clean(visit.host)}: no address"
    elif id == "old-protocol":
        seen = f"{visit.version} at best" if visit.version in _OLD_VERSIONS else _versions(evidence)
    elif id == "unrecognized-name":
        seen = f"the alert unrecognized_name for {clean(visit.server_name or visit.host)}"
    return _say(id, seen) if id else None


def _first_of(visit: Visit, told: set[str | None]) -> str:
    """The first finding whose sign the visit shows, or an alert that the client was told; "" where there is none."""
    reason, alert, end, nothing = visit.reason or "", visit.alert or "", visit.end, not visit.chain
    signs = (
        ("plaintext-on-tls-port", end == "bytes" or (reason in _NO_TLS_REASONS and end not in ("handshake", "alert"))),
        ("nothing-listening", nothing and (end == "refused" or reason == "PROXY_REFUSED")),
        ("name-not-resolved", end == "unresolved" and nothing),
        ("handshake-timeout", end == "timeout" and nothing),
        ("old-protocol", visit.version in _OLD_VERSIONS or reason in _OLD_REASONS),
        ("old-protocol", "protocol_version" in (alert, *told)),
        ("unrecognized-name", "unrecognized_name" in (alert, *told) or "UNRECOGNIZED_NAME" in reason),
        ("no-secure-renegotiation", "UNSAFE_LEGACY_RENEGOTIATION" in reason),
        ("no-shared-cipher", nothing and (alert in _NO_CIPHER_ALERTS or reason in _NO_CIPHER_REASONS)),
        ("connection-closed", nothing and end in ("eof", "reset")),
    )
    return next((id for id, shown in signs if shown), "")


def _first_words(first: bytes) -> str:
    if first[:5] in (b"HTTP/", b"<html", b"<!DOC", b"<!doc"):
        return f"plain HTTP: {clean(first.splitlines()[0], 60)}"
    return f"bytes that are not TLS: {clean(first[:40], 60)}" if first else ""


def _versions(evidence: Evidence) -> str:
    best = [v.version for v in evidence.visits if v.purpose == "version" and v.end == "handshake" and v.version]
    return f"{', '.join(dict.fromkeys(best))} only" if best else ""


def _proxy(evidence: Evidence) -> Fault | None:
    """A proxy reached with https:// that speaks plain HTTP."""
    if not (evidence.settings.proxy or "").lower().startswith("https://"):
        return None
    if _judged(evidence):
        return None  # the standard library ignores the proxy's scheme
    if any(v.purpose == "proxy" and v.end == "bytes" for v in evidence.visits):
        return _say("proxy-speaks-plaintext")
    told = any("appears to only use http" in a.error.lower() for a in evidence.attempts)
    return _say("proxy-speaks-plaintext") if told else None


def _judged(evidence: Evidence) -> bool:
    """Whether the client came as far as judging a certificate: TCP and TLS were in order, whatever the observer saw."""
    return any(a.verdict == "accepted" or a.verify_code is not None for a in evidence.attempts)


def _plain_url(evidence: Evidence) -> list[Fault]:
    """http:// to a port that speaks TLS."""
    if any(a.verdict == "accepted" for a in evidence.attempts):
        return []
    speaks_tls = any(v.end in ("handshake", "alert") or v.chain for v in evidence.visits if v.purpose != "proxy")
    if speaks_tls:
        seen = "a port that speaks TLS"
        return [Fault("plaintext-to-tls-port", 0, -1, "URL", "https://", f"{clean(evidence.url)}, {seen}")]
    visit = next((v for v in evidence.visits if v.purpose == "sni"), None)
    id = _ENDS.get(visit.end) if visit is not None and evidence.attempts else None
    return [_say(id)] if id else []


def _refused_late(evidence: Evidence) -> list[Attempt]:
    """Attempts that failed after the server's certificate was fine: no verdict of the client's on it."""
    return [
        a
        for a in evidence.attempts
        if a.verdict == "rejected" and a.verify_code is None and a.stage in ("handshake", "answer", "")
    ]


def _client_certificate(evidence: Evidence) -> Fault | None:
    """A server that wants another client certificate than it got, if any (RFC 8446 §4.3.2). Under TLS 1.3 that shows
    late, as an alert, an end of file or a reset."""
    alerts = [v.alert for v in evidence.visits] + [a.alert for a in evidence.attempts]
    requested = any(v.certificate_requested for v in evidence.visits) or "certificate_required" in alerts
    if not requested or any(a.verdict == "accepted" for a in evidence.attempts):
        return None
    # The observer shows no certificate, so that its own failure tells nothing of a client that has one.
    own_story = not evidence.settings.certificate or not evidence.attempts
    visits_failed = own_story and any(
        v.certificate_requested and (v.end in ("alert", "eof", "reset") or v.alert in _CLIENT_CERTIFICATE_ALERTS)
        for v in evidence.visits
    )
    if not (visits_failed or "certificate_required" in alerts or _refused_late(evidence)):
        return None
    if not evidence.settings.certificate:
        return _say("client-certificate-required")
    alert = next((x for x in alerts if x in _CLIENT_CERTIFICATE_ALERTS), None)
    said = f", which the server refused ({alert})" if alert else ", which the server refused"
    return Fault(
        "client-certificate-rejected", 0, -1, "Certificate", "a client certificate of a CA that the server knows",
        _own_label(evidence.settings.certificate[0]) + said,
    )  # fmt: skip


def _own_label(der: bytes) -> str:
    try:
        own = parse(der)
    except Malformed:
        return "a certificate that cannot be read"
    return f"one of {own.issuer.text}"


def _weak_group(evidence: Evidence) -> Fault | None:
    least = _LEAST_GROUP.get(evidence.settings.security_level, 2048)
    for visit in evidence.visits:
        if visit.group_bits is not None and visit.group_bits < least:
            return _say("weak-key-exchange", f"one of {visit.group_bits:,} bits")
    told = [v.reason or "" for v in evidence.visits] + [a.error.upper() for a in evidence.attempts]
    return _say("weak-key-exchange") if any("DH_KEY_TOO_SMALL" in text for text in told) else None


def _by_words(evidence: Evidence) -> list[Fault]:
    for attempt in evidence.attempts:
        if attempt.verdict != "rejected" or attempt.verify_code is not None:
            continue
        if attempt.alert == "unrecognized_name":
            return [_say("unrecognized-name")]
        if attempt.alert == "protocol_version":
            return [_say("old-protocol")]
        text = attempt.error.lower()
        for words, id in _BY_WORDS:
            if words in text:
                return [_say(id)]
    return []
