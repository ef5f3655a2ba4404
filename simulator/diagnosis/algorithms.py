"""Which key and signature algorithms there are, by the content bytes of their object identifiers.

Law: tables, nothing else. What is missing here OpenSSL 3.0 does not know either, or no certificate of today uses it.
"""

from __future__ import annotations

_RSA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01"
_EC_SIGN = b"\x2a\x86\x48\xce\x3d\x04"
_NIST_SIGN = b"\x60\x86\x48\x01\x65\x03\x04\x03"
KINDS = {
    _RSA + b"\x01": "RSA",
    _RSA + b"\x0a": "RSA-PSS",
    b"\x2a\x86\x48\xce\x3d\x02\x01": "EC",
    b"\x2a\x86\x48\xce\x38\x04\x01": "DSA",
    b"\x2b\x65\x70": "Ed25519",
    b"\x2b\x65\x71": "Ed448",
}
CURVES = {
    b"\x2a\x86\x48\xce\x3d\x03\x01\x01": ("P-192", 192),
    b"\x2b\x81\x04\x00\x21": ("P-224", 224),
    b"\x2a\x86\x48\xce\x3d\x03\x01\x07": ("P-256", 256),
    b"\x2b\x81\x04\x00\x22": ("P-384", 384),
    b"\x2b\x81\x04\x00\x23": ("P-521", 521),
    b"\x2b\x81\x04\x00\x0a": ("secp256k1", 256),
    b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07": ("brainpoolP256r1", 256),
    b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b": ("brainpoolP384r1", 384),
    b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d": ("brainpoolP512r1", 512),
}
SCHEMES = {
    _RSA + b"\x04": ("RSA", "md5"),
    _RSA + b"\x05": ("RSA", "sha1"),
    b"\x2b\x0e\x03\x02\x1d": ("RSA", "sha1"),
    _RSA + b"\x0e": ("RSA", "sha224"),
    _RSA + b"\x0b": ("RSA", "sha256"),
    _RSA + b"\x0c": ("RSA", "sha384"),
    _RSA + b"\x0d": ("RSA", "sha512"),
    _RSA + b"\x0a": ("RSA-PSS", ""),
    _EC_SIGN + b"\x01": ("EC", "sha1"),
    _EC_SIGN + b"\x03\x01": ("EC", "sha224"),
    _EC_SIGN + b"\x03\x02": ("EC", "sha256"),
    _EC_SIGN + b"\x03\x03": ("EC", "sha384"),
    _EC_SIGN + b"\x03\x04": ("EC", "sha512"),
    b"\x2a\x86\x48\xce\x38\x04\x03": ("DSA", "sha1"),
    _NIST_SIGN + b"\x01": ("DSA", "sha224"),
    _NIST_SIGN + b"\x02": ("DSA", "sha256"),
    _NIST_SIGN + b"\x03": ("DSA", "sha384"),
    _NIST_SIGN + b"\x04": ("DSA", "sha512"),
    _NIST_SIGN + b"\x0a": ("EC", "sha3-256"),
    _NIST_SIGN + b"\x0b": ("EC", "sha3-384"),
    _NIST_SIGN + b"\x0c": ("EC", "sha3-512"),
    _NIST_SIGN + b"\x0e": ("RSA", "sha3-256"),
    _NIST_SIGN + b"\x0f": ("RSA", "sha3-384"),
    _NIST_SIGN + b"\x10": ("RSA", "sha3-512"),
    b"\x2b\x65\x70": ("Ed25519", "Ed25519"),
    b"\x2b\x65\x71": ("Ed448", "Ed448"),
}
DIGESTS = {
    b"\x2b\x0e\x03\x02\x1a": "sha1",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x04": "sha224",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x01": "sha256",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x02": "sha384",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x03": "sha512",
}
DIGEST_SECURITY = {
    "md5": 39, "sha1": 63, "sha224": 112, "sha256": 128, "sha384": 192, "sha512": 256,
    "sha3-256": 128, "sha3-384": 192, "sha3-512": 256, "Ed25519": 128, "Ed448": 224,
}  # fmt: skip
