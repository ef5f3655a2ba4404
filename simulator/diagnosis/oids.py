"""Object identifiers of extensions and purposes, as the content bytes that certificates carry; the bits of keyUsage.

Law: a table, nothing else. Bits of keyUsage are laid out as OpenSSL does: the first byte, then the second from bit 8.
"""

from __future__ import annotations

_CE = b"\x55\x1d"
_PE = b"\x2b\x06\x01\x05\x05\x07\x01"
_NETSCAPE = b"\x60\x86\x48\x01\x86\xf8\x42"
_PURPOSE = b"\x2b\x06\x01\x05\x05\x07\x03"

SUBJECT_KEY_IDENTIFIER = _CE + b"\x0e"
KEY_USAGE = _CE + b"\x0f"
SUBJECT_ALT_NAME = _CE + b"\x11"
ISSUER_ALT_NAME = _CE + b"\x12"
BASIC_CONSTRAINTS = _CE + b"\x13"
NAME_CONSTRAINTS = _CE + b"\x1e"
CRL_DISTRIBUTION_POINTS = _CE + b"\x1f"
CERTIFICATE_POLICIES = _CE + b"\x20"
AUTHORITY_KEY_IDENTIFIER = _CE + b"\x23"
EXTENDED_KEY_USAGE = _CE + b"\x25"
AUTHORITY_INFORMATION = _PE + b"\x01"
IP_RESOURCES = _PE + b"\x07"
AS_RESOURCES = _PE + b"\x08"
PROXY_CERTIFICATE = _PE + b"\x0e"
NETSCAPE_TYPE = _NETSCAPE + b"\x01\x01"
TRANSPARENCY = b"\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02"
CA_ISSUERS = b"\x2b\x06\x01\x05\x05\x07\x30\x02"

NAMES = {
    SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
    KEY_USAGE: "keyUsage",
    SUBJECT_ALT_NAME: "subjectAltName",
    ISSUER_ALT_NAME: "issuerAltName",
    BASIC_CONSTRAINTS: "basicConstraints",
    NAME_CONSTRAINTS: "nameConstraints",
    CRL_DISTRIBUTION_POINTS: "cRLDistributionPoints",
    CERTIFICATE_POLICIES: "certificatePolicies",
    AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
    EXTENDED_KEY_USAGE: "extendedKeyUsage",
    AUTHORITY_INFORMATION: "authorityInfoAccess",
    IP_RESOURCES: "ipAddrBlocks",
    AS_RESOURCES: "autonomousSysIds",
    PROXY_CERTIFICATE: "proxyCertInfo",
    NETSCAPE_TYPE: "netscapeCertType",
}
HANDLED_WHEN_CRITICAL = frozenset(
    {
        NETSCAPE_TYPE, KEY_USAGE, SUBJECT_ALT_NAME, BASIC_CONSTRAINTS, CERTIFICATE_POLICIES, CRL_DISTRIBUTION_POINTS,
        EXTENDED_KEY_USAGE, IP_RESOURCES, AS_RESOURCES, PROXY_CERTIFICATE, NAME_CONSTRAINTS,
        b"\x2b\x06\x01\x05\x05\x07\x30\x01\x05",  # id-pkix-ocsp-nocheck
        _CE + b"\x24",  # policyConstraints
        _CE + b"\x21",  # policyMappings
        _CE + b"\x36",  # inhibitAnyPolicy
    }
)  # fmt: skip
"""What OpenSSL 3.0 takes to be handled. Key identifiers and authorityInfoAccess are not among them: RFC 5280 wants them
not critical."""

SERVER_AUTH = _PURPOSE + b"\x01"
SERVER_PURPOSES = frozenset({SERVER_AUTH, b"\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x03", _NETSCAPE + b"\x04\x01"})
"""serverAuth, and the two old "server gated cryptography" purposes that OpenSSL takes for it. anyExtendedKeyUsage is
not enough for OpenSSL."""
PURPOSE_NAMES = {
    SERVER_AUTH: "serverAuth",
    _PURPOSE + b"\x02": "clientAuth",
    _PURPOSE + b"\x03": "codeSigning",
    _PURPOSE + b"\x04": "emailProtection",
    _PURPOSE + b"\x08": "timeStamping",
    _PURPOSE + b"\x09": "OCSPSigning",
    _CE + b"\x25\x00": "anyExtendedKeyUsage",
}

DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_AGREEMENT, KEY_CERT_SIGN, CRL_SIGN = 0x80, 0x20, 0x08, 0x04, 0x02
SERVER_USAGE = DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | KEY_AGREEMENT
USAGE_NAMES = {
    0x80: "digitalSignature",
    0x40: "nonRepudiation",
    0x20: "keyEncipherment",
    0x10: "dataEncipherment",
    0x08: "keyAgreement",
    0x04: "keyCertSign",
    0x02: "cRLSign",
    0x01: "encipherOnly",
    0x8000: "decipherOnly",
}
NETSCAPE_SERVER, NETSCAPE_SSL_CA, NETSCAPE_ANY_CA = 0x40, 0x04, 0x07
