"""A mint for tests of the diagnosis: any certificate at all, right or wrong, from a few lines of DER.

Nothing of the package is used here, so that a misunderstanding in the room cannot hide in its tests.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

DAY = 86_400
NOW = int(time.time()) // DAY * DAY
"""Today at midnight, UTC: real clients judge these certificates by the real clock."""

CN, ORG, EMAIL_ATTRIBUTE = "2.5.4.3", "2.5.4.10", "1.2.840.113549.1.9.1"
SKI, KU, SAN, BC, NC, CRLDP, POLICIES, AKI, EKU = (
    "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32", "2.5.29.35",
    "2.5.29.37",
)  # fmt: skip
AIA, PROXY, NS_TYPE = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.14", "2.16.840.1.113730.1.1"
SERVER, CLIENT, ANY, SGC = (
    "1.3.6.1.5.5.7.3.1",
    "1.3.6.1.5.5.7.3.2",
    "2.5.29.37.0",
    "1.3.6.1.4.1.311.10.3.3",
)


def tlv(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes((tag, 128 | size)) + len(body).to_bytes(size, "big") + body


def seq(*content: bytes) -> bytes:
    return tlv(0x30, *content)


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(x) for x in dotted.split("."))
    out = b""
    for arc in (40 * first + second, *rest):
        part = bytes([arc & 127])
        while arc := arc >> 7:
            part = bytes([arc & 127 | 128]) + part
        out += part
    return tlv(6, out)


def num(value: int, tag: int = 2) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def bit_string(data: bytes, unused: int = 0) -> bytes:
    return tlv(3, bytes([unused]), data)


def octets(data: bytes) -> bytes:
    return tlv(4, data)


def name(*attributes: tuple[str, str], tag: int = 0x0C) -> bytes:
    return seq(
        *(
            tlv(0x31, seq(oid(kind), tlv(0x16 if kind == EMAIL_ATTRIBUTE else tag, text.encode())))
            for kind, text in attributes
        )
    )


def cn(text: str) -> bytes:
    return name((CN, text))


def when(seconds: float) -> bytes:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(seconds, UTC)
    if moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def ext(kind: str, value: bytes, critical: bool = False) -> bytes:
    return seq(oid(kind), *([tlv(1, b"\xff")] if critical else []), octets(value))


def general(text: str | bytes) -> bytes:
    """A GeneralName: "DNS:x", "IP:x", "email:x", "URI:x", "dir:CN"; bytes stand for themselves."""
    if isinstance(text, bytes):
        return text
    kind, _, value = text.partition(":")
    if kind == "IP":
        return tlv(0x87, ip_address(value).packed)
    if kind == "dir":
        return tlv(0xA4, name((ORG, value)))
    return tlv({"DNS": 0x82, "email": 0x81, "URI": 0x86}[kind], value.encode("utf-8"))


def san(*names: str | bytes, critical: bool = False) -> bytes:
    return ext(SAN, seq(*(general(x) for x in names)), critical)


def bc(ca: bool, pathlen: int | None = None, critical: bool = True) -> bytes:
    return ext(BC, seq(*([tlv(1, b"\xff")] if ca else []), *([num(pathlen)] if pathlen is not None else [])), critical)


BITS = {"digitalSignature": 0, "keyEncipherment": 2, "keyAgreement": 4, "keyCertSign": 5, "cRLSign": 6}


def ku(*usages: str, critical: bool = True) -> bytes:
    value = sum(0x80 >> BITS[usage] for usage in usages)
    return ext(KU, bit_string(bytes([value]) if value else b""), critical)


def eku(*purposes: str, critical: bool = False) -> bytes:
    return ext(EKU, seq(*(oid(x) for x in purposes)), critical)


def subtree(base: str | bytes) -> bytes:
    if isinstance(base, bytes):
        return seq(base)
    kind, _, value = base.partition(":")
    if kind == "IP":
        net, _, mask = value.partition("/")
        return seq(tlv(0x87, ip_address(net).packed + ip_address(mask).packed))
    return seq(general(base))


def nc(permitted: tuple[str | bytes, ...] = (), excluded: tuple[str | bytes, ...] = (), critical: bool = True) -> bytes:
    parts = []
    if permitted:
        parts.append(tlv(0xA0, *(subtree(x) for x in permitted)))
    if excluded:
        parts.append(tlv(0xA1, *(subtree(x) for x in excluded)))
    return ext(NC, seq(*parts), critical)


def aia(url: str = "http://ca.test/ca.der") -> bytes:
    return ext(AIA, seq(seq(oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, url.encode()))))


@cache
def key(kind: str = "p256", number: int = 0) -> Any:
    """The same key each time for the same arguments (RSA: one a test run)."""
    curves: dict[str, ec.EllipticCurve] = {
        "p192": ec.SECP192R1(), "p224": ec.SECP224R1(), "p256": ec.SECP256R1(), "p384": ec.SECP384R1(),
        "p521": ec.SECP521R1(),
    }  # fmt: skip
    seed = hashlib.sha256(f"{kind} {number}".encode()).digest()
    if kind in curves:
        return ec.derive_private_key(int.from_bytes(seed[:23], "big"), curves[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    if kind == "ed448":
        return ed448.Ed448PrivateKey.from_private_bytes((seed * 2)[:57])
    if kind == "dsa":
        return dsa.generate_private_key(2048)
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def public(private: Any, pss: bool = False) -> bytes:
    data = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if pss:
        return data.replace(seq(oid("1.2.840.113549.1.1.1"), tlv(5)), seq(oid("1.2.840.113549.1.1.10")), 1).replace(
            data[:4], b"\x30\x82" + (len(data) - 6).to_bytes(2, "big"), 1
        )
    return bytes(data)


def key_id(private: Any) -> bytes:
    return hashlib.sha1(public(private), usedforsecurity=False).digest()


def ski(private: Any) -> bytes:
    return ext(SKI, octets(key_id(private)))


def aki(private: Any) -> bytes:
    return ext(AKI, seq(tlv(0x80, key_id(private))))


RSA_OIDS = {"md5": 4, "sha1": 5, "sha224": 14, "sha256": 11, "sha384": 12, "sha512": 13}
ECDSA_OIDS = {"sha1": "1", "sha224": "3.1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
PSS = seq(
    oid("1.2.840.113549.1.1.10"),
    seq(
        tlv(0xA0, seq(oid("2.16.840.1.101.3.4.2.1"), tlv(5))),
        tlv(0xA1, seq(oid("1.2.840.113549.1.1.8"), seq(oid("2.16.840.1.101.3.4.2.1"), tlv(5)))),
        tlv(0xA2, num(32)),
    ),
)


def algorithm(private: Any, digest: str) -> bytes:
    if isinstance(private, rsa.RSAPrivateKey):
        if digest == "pss":
            return PSS
        return seq(oid(f"1.2.840.113549.1.1.{RSA_OIDS[digest]}"), tlv(5))
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return seq(oid(f"1.2.840.10045.4.{ECDSA_OIDS[digest]}"))
    if isinstance(private, dsa.DSAPrivateKey):
        return seq(oid("2.16.840.1.101.3.4.3.2"))
    return seq(oid("1.3.101.112" if isinstance(private, ed25519.Ed25519PrivateKey) else "1.3.101.113"))


def sign(private: Any, digest: str, data: bytes) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return bytes(private.sign(data))
    how = hashes.SHA256() if digest == "pss" else getattr(hashes, digest.upper())()
    if isinstance(private, rsa.RSAPrivateKey):
        pad = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if digest == "pss" else padding.PKCS1v15()
        return bytes(private.sign(data, pad, how))
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return bytes(private.sign(data, ec.ECDSA(how, deterministic_signing=True)))
    return bytes(private.sign(data, how))


@dataclass(kw_only=True)
class Spec:
    """A certificate to be made. `extensions` None: none at all."""

    subject: bytes
    key: Any
    issuer: bytes
    signer: Any
    extensions: list[bytes] | None = field(default_factory=list)
    begins: float = NOW - 10 * DAY
    ends: float = NOW + 60 * DAY
    serial: int = 4711
    version: int = 3
    digest: str = "sha256"
    flipped: bool = False
    pss_key: bool = False
    outer: bytes | None = None

    def der(self) -> bytes:
        how = algorithm(self.signer, self.digest)
        body = seq(
            *([tlv(0xA0, num(self.version - 1))] if self.version != 1 else []),
            num(self.serial),
            how,
            self.issuer,
            seq(when(self.begins), when(self.ends)),
            self.subject,
            public(self.key, self.pss_key),
            *([tlv(0xA3, seq(*self.extensions))] if self.extensions is not None else []),
        )
        signature = sign(self.signer, self.digest, body)
        if self.flipped:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        return seq(body, self.outer or how, bit_string(signature))


def ca_extensions(own: Any, signer: Any | None, pathlen: int | None = None) -> list[bytes]:
    """What a careful CA of today puts into a CA certificate."""
    return [bc(True, pathlen), ku("keyCertSign", "cRLSign"), ski(own), *([aki(signer)] if signer else [])]


def leaf_extensions(own: Any, signer: Any | None, *names: str | bytes) -> list[bytes]:
    """What a careful CA of today puts into a server's certificate."""
    return [
        bc(False), ku("digitalSignature"), eku(SERVER), san(*(names or ("DNS:localhost",))), ski(own),
        *([aki(signer)] if signer else []),
    ]  # fmt: skip


def root(label: str = "Lab Root", private: Any = None, **change: Any) -> Spec:
    own = private or key("p256", 1)
    defaults: dict[str, Any] = {
        "subject": cn(label), "issuer": cn(label), "key": own, "signer": own, "begins": NOW - 1825 * DAY,
        "ends": NOW + 3650 * DAY, "extensions": ca_extensions(own, None),
    }  # fmt: skip
    return Spec(**(defaults | change))


def under(parent: Spec, label: str = "Lab Intermediate", private: Any = None, **change: Any) -> Spec:
    """A CA that `parent` signed."""
    own = private or key("p256", 2)
    defaults: dict[str, Any] = {
        "subject": cn(label), "issuer": parent.subject, "key": own, "signer": parent.key,
        "begins": NOW - 1825 * DAY, "ends": NOW + 3650 * DAY,
        "extensions": ca_extensions(own, parent.key, 0),
    }  # fmt: skip
    return Spec(**(defaults | change))


def leaf(parent: Spec | None, *names: str | bytes, private: Any = None, **change: Any) -> Spec:
    """A server's certificate that `parent` signed, or itself."""
    own = private or key("p256", 3)
    subject = change.get("subject", cn("localhost"))
    defaults: dict[str, Any] = {
        "subject": subject, "issuer": parent.subject if parent else subject, "key": own,
        "signer": parent.key if parent else own,
        "extensions": leaf_extensions(own, parent.key if parent else None, *names),
    }  # fmt: skip
    return Spec(**(defaults | change))


def without(spec: Spec, *kinds: str) -> Spec:
    """The same certificate without these extensions (changes the spec it is given)."""
    heads = tuple(oid(kind) for kind in kinds)
    assert spec.extensions is not None
    spec.extensions = [e for e in spec.extensions if not any(e[2:].startswith(h) or e[4:].startswith(h) for h in heads)]
    return spec


def but(spec: Spec, *extensions: bytes) -> Spec:
    """The same certificate with these extensions in the place of its own of their kind (changes the spec)."""
    for e in extensions:
        start = 2 if e[1] < 128 else 2 + (e[1] & 127)
        head = e[start : start + 2 + e[start + 1]]
        assert spec.extensions is not None
        spec.extensions = [x for x in spec.extensions if not x[2:].startswith(head) and not x[4:].startswith(head)]
        spec.extensions.append(e)
    return spec
