"""TLS alerts by name. Law: RFC 8446 §6's words, whatever OpenSSL calls them."""

from __future__ import annotations

_ALERTS = frozenset(
    (
        "close_notify",
        "unexpected_message",
        "bad_record_mac",
        "record_overflow",
        "decompression_failure",
        "handshake_failure",
        "no_certificate",
        "bad_certificate",
        "unsupported_certificate",
        "certificate_revoked",
        "certificate_expired",
        "certificate_unknown",
        "illegal_parameter",
        "unknown_ca",
        "access_denied",
        "decode_error",
        "decrypt_error",
        "export_restriction",
        "protocol_version",
        "insufficient_security",
        "internal_error",
        "inappropriate_fallback",
        "user_cancelled",
        "no_renegotiation",
        "missing_extension",
        "unsupported_extension",
        "unrecognized_name",
        "bad_certificate_status_response",
        "unknown_psk_identity",
        "certificate_required",
        "no_application_protocol",
    )
)


def alert_of(reason: str | None) -> str | None:
    """The alert behind an OpenSSL reason such as TLSV1_ALERT_UNKNOWN_CA; None where the reason is no alert received."""
    if not reason:
        return None
    family, _, rest = reason.lower().partition("_")
    if family not in ("tlsv1", "tlsv13", "sslv3"):
        return None
    name = rest.removeprefix("alert_")
    return name if name in _ALERTS else None
