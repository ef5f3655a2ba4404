"""What each certificate of a path must be (RFC 5280 §4.2 and §6.1.4), in the order in which OpenSSL 3.0 asks.

Law: per certificate from the end entity up: critical extensions, CA or not, the strict rules (X509_V_FLAG_X509_STRICT,
codes 78 to 93, never for a path of one), purpose, path length. Where the client is not strict, a strict rule that is
broken is reported as one that it does not refuse for.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.diagnosis import keys, oids
from simulator.diagnosis.certificate import Certificate
from simulator.diagnosis.der import dotted
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.plain import clean, listed

_MINIMUM = (0, 80, 112, 128, 192, 256)
"""Bits of security that OpenSSL's security levels 0 to 5 ask for."""


def faults(chain: tuple[Certificate, ...], length: int, strict: bool) -> list[Fault]:
    """Faults of the extensions. `length` is the path's true length: one more than the chain where its issuer is
    missing."""
    found: list[Fault] = []
    below = 0  # CAs between this certificate and the end entity that are not self-issued (RFC 5280 §6.1.4 (l))
    for at, certificate in enumerate(chain):
        if certificate.x.unhandled or certificate.x.proxy:
            found += _critical(certificate, at)
        kind = certificate.ca_kind
        if (kind != 1) if at else kind > 1:
            found += _authority(certificate, at, at + 1 < length, strict)
        if length > 1:
            found += _explicit_curve(certificate, at)
            found += _strict(certificate, at, at + 1 < length, strict)
        found += _purpose(certificate, at)
        constraints = certificate.x.constraints
        if (
            at > 1
            and constraints is not None
            and constraints.path_length is not None
            and below > constraints.path_length
        ):
            found.append(
                Fault(
                    "path-length-exceeded", 25, at, "pathLenConstraint",
                    f"at most {constraints.path_length} CAs below {certificate.label}", f"{below}",
                )
            )  # fmt: skip
        if at and not certificate.self_issued:
            below += 1
    return found


def weak_leaf_key(leaf: Certificate, level: int) -> Fault | None:
    """The end entity's key, which OpenSSL weighs before all else."""
    return _weak_key(leaf, 0, 66, level)


def strength(chain: tuple[Certificate, ...], length: int, level: int) -> list[Fault]:
    """Keys of the issuers and digests of all signatures but the anchor's own, against OpenSSL's security level."""
    found: list[Fault] = []
    minimum = _MINIMUM[min(max(level, 0), 5)]
    for at, certificate in enumerate(chain if minimum else ()):
        weak = _weak_key(certificate, at, 67, level) if at else None
        if weak:
            found.append(weak)
        scheme = keys.scheme(certificate.outer_algorithm)
        if at + 1 < length and (scheme is None or scheme.security < minimum):
            seen = "an algorithm that OpenSSL does not know" if scheme is None else f"{scheme.digest.upper()}"
            found.append(
                Fault(
                    "weak-signature",
                    68,
                    at,
                    "signatureAlgorithm",
                    f"a digest of at least {minimum} bits, as SHA-256",
                    seen,
                )
            )
    return found


def _weak_key(certificate: Certificate, at: int, code: int, level: int) -> Fault | None:
    minimum = _MINIMUM[min(max(level, 0), 5)]
    key = certificate.key
    if not minimum or (key is not None and key.security >= minimum):
        return None
    least = {80: "RSA of 1,024", 112: "RSA of 2,048", 128: "RSA of 3,072", 192: "RSA of 7,680"}.get(
        minimum, "RSA of 15,360"
    )
    return Fault(
        "weak-key", code, at, "subjectPublicKeyInfo", f"at least {minimum} bits of security ({least} bits)",
        key.text if key else "a key that cannot be read",
    )  # fmt: skip


def _critical(certificate: Certificate, at: int) -> list[Fault]:
    found = []
    unhandled = certificate.x.unhandled
    if unhandled:
        names = [oids.NAMES.get(oid) or clean(dotted(oid), 60) for oid in unhandled]
        found.append(
            Fault(
                "unknown-critical-extension",
                34,
                at,
                "extensions",
                "no critical extension that clients do not know",
                listed(names),
            )
        )
    if certificate.x.proxy:
        found.append(
            Fault("unknown-critical-extension", 40, at, "proxyCertInfo", "no proxy certificate", "a proxy certificate")
        )
    return found


def _authority(certificate: Certificate, at: int, more_above: bool, strict: bool) -> list[Fault]:
    """A certificate that signs without being a full CA; or an end entity that OpenSSL half takes for a CA."""
    x, kind = certificate.x, certificate.ca_kind
    if x.broken:
        return []  # said already, where the path could not be built
    refuses = strict or (at > 0 and (kind == 0 or more_above))
    if certificate.version < 3:
        return [
            Fault(
                "v1-ca",
                79,
                at,
                "version",
                "X.509 version 3, with basicConstraints CA:TRUE",
                f"version {certificate.version}",
                refuses,
            )
        ]
    if kind == 0 and x.constraints is not None and x.constraints.ca:
        return [Fault("issuer-cannot-sign", 79, at, "keyUsage", "keyCertSign", usage(x.key_usage), refuses)]
    if at == 0:
        seen = f"{usage(x.key_usage)} without basicConstraints" if kind == 4 else "a CA by netscapeCertType alone"
        return [
            Fault("ca-false-with-ca-usage", 79, at, "basicConstraints", "CA:TRUE, or no keyCertSign", seen, refuses)
        ]
    seen = "no basicConstraints" if x.constraints is None else "CA:FALSE"
    return [Fault("issuer-not-ca", 79, at, "basicConstraints", "CA:TRUE", seen, refuses)]


def _explicit_curve(certificate: Certificate, at: int) -> list[Fault]:
    if certificate.key is None or not certificate.key.explicit_curve:
        return []
    return [Fault("weak-key", 94, at, "subjectPublicKeyInfo", "a named curve", certificate.key.text)]


def _strict(certificate: Certificate, at: int, more_above: bool, strict: bool) -> list[Fault]:
    x = certificate.x
    if x.broken:
        return []
    found: list[Fault] = []

    def broken(id: str, code: int, field: str, expected: str, seen: str) -> None:
        found.append(Fault(id, code, at, field, expected, seen, strict))

    ca = x.constraints is not None and x.constraints.ca
    usage_bits = x.key_usage or 0
    no_signer = at > 0 and certificate.ca_kind == 0  # reported as such, with what follows from it
    if x.constraints is not None and x.constraints.path_length is not None and not no_signer:
        if not ca:
            broken(
                "ca-false-with-ca-usage",
                80,
                "pathLenConstraint",
                "none beside CA:FALSE",
                f"pathlen:{x.constraints.path_length}",
            )
        elif not usage_bits & oids.KEY_CERT_SIGN:
            broken(
                "path-length-without-key-usage", 81, "keyUsage", "keyCertSign, where there is a path length",
                usage(x.key_usage),
            )  # fmt: skip
    if ca and x.constraints is not None and not x.constraints.critical:
        broken("ca-not-critical", 89, "basicConstraints", "critical", "not critical")
    if ca and x.key_usage is None:
        broken("ca-missing-key-usage", 92, "keyUsage", "keyCertSign", "no keyUsage")
    if not ca and usage_bits & oids.KEY_CERT_SIGN and not no_signer and certificate.ca_kind != 4:
        broken("ca-false-with-ca-usage", 82, "keyUsage", "no keyCertSign beside CA:FALSE", usage(x.key_usage))
    _strict_names(certificate, broken, ca or bool(usage_bits & oids.CRL_SIGN))
    if certificate.outer_algorithm != certificate.algorithm:
        broken("bad-signature", 78, "signatureAlgorithm", "the same algorithm in both places", "two that differ")
    if certificate.version < 3:
        if x.count and (at == 0 or certificate.ca_kind == 1):
            seen = f"version {certificate.version}"
            broken("v1-ca", 93, "version", "X.509 version 3, where there are extensions", seen)
        return found
    if more_above and (x.aki is None or x.aki.key_id is None):
        seen = "none" if x.aki is None else "one without a key identifier"
        broken("missing-aki", 85, "authorityKeyIdentifier", "the issuer's key identifier", seen)
    if ca and x.ski is None:
        broken("missing-ski", 86, "subjectKeyIdentifier", "an identifier of the CA's key", "none")
    return found


def _strict_names(certificate: Certificate, broken: Callable[[str, int, str, str, str], None], signs: bool) -> None:
    x = certificate.x
    id, nameless = "empty-subject-san-not-critical", not certificate.subject.attributes
    if not certificate.issuer.attributes:
        broken(id, 83, "issuer", "a name", "an empty name")
    if nameless and (signs or x.names is None):
        broken(id, 84, "subject", "a name", "an empty name")
    elif nameless and not x.present[oids.SUBJECT_ALT_NAME]:
        broken(id, 88, "subjectAltName", "critical, because the subject is empty", "not critical")
    if x.names is not None and not x.names:
        broken("malformed-san", 87, "subjectAltName", "at least one name", "an empty list")


def _purpose(certificate: Certificate, at: int) -> list[Fault]:
    x = certificate.x
    if x.broken:
        return []
    if x.purposes is not None and not x.purposes & oids.SERVER_PURPOSES:
        seen = (
            listed(sorted(oids.PURPOSE_NAMES.get(oid) or clean(dotted(oid), 60) for oid in x.purposes)) or "no purpose"
        )
        return [Fault("wrong-purpose", 26, at, "extendedKeyUsage", "serverAuth", seen)]
    old_style = x.netscape is not None and (at == 0 or certificate.ca_kind == 5)
    bit, name = (oids.NETSCAPE_SSL_CA, "sslCA") if at else (oids.NETSCAPE_SERVER, "server")
    if old_style and not (x.netscape or 0) & bit:
        return [Fault("wrong-purpose", 26, at, "netscapeCertType", name, "another purpose")]
    if at == 0 and x.key_usage is not None and not x.key_usage & oids.SERVER_USAGE:
        return [Fault("wrong-purpose", 26, at, "keyUsage", "digitalSignature", usage(x.key_usage))]
    return []


def usage(bits: int | None) -> str:
    """The bits of keyUsage in RFC 5280's words."""
    if bits is None:
        return "no keyUsage"
    return ", ".join(name for bit, name in oids.USAGE_NAMES.items() if bits & bit) or "nothing permitted"
