"""What people hand over: PEM, DER, PKCS#12, PKCS#7, in any mixture and with rubbish between.

Law: bytes in, values out; what can still be used is used, what was passed over is said, and nothing is raised. A
private key is turned into its public half here and never leaves.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from simulator.lab.der import SEQUENCE, element, elements, encode
from simulator.lab.shapes import SIGNED_DATA, described, shape

LIMIT = 10_000_000
"""Bytes of a file that are read at most."""
_MOST = 1_000
"""Certificates of a file that are looked at: a TLS handshake carries a few hundred at most."""
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)(?:(-----END \1-----)|(?=-----BEGIN )|\Z)", re.DOTALL)
_CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Key(NamedTuple):
    """A private key that was found. `spki` is its public half (SubjectPublicKeyInfo, DER), empty where `problem` says
    why it cannot be told."""

    spki: bytes
    problem: str = ""


class Held(NamedTuple):
    """What one file holds, in its order."""

    certificates: tuple[bytes, ...] = ()
    keys: tuple[Key, ...] = ()
    crls: tuple[bytes, ...] = ()
    what: str = ""
    """What the file is, for somebody who expected something else: "a private key in PEM", "a web page"."""
    remarks: tuple[str, ...] = ()
    """What was passed over, one clause each."""


class _Pile:
    """What is found while a file is read."""

    def __init__(self, password: bytes | None) -> None:
        self.password = password
        self.certificates: list[bytes] = []
        self.keys: list[Key] = []
        self.crls: list[bytes] = []
        self.remarks: list[str] = []
        self.kinds: list[str] = []

    def held(self, what: str) -> Held:
        if len(self.certificates) > _MOST:
            self.remarks.append(f"only the first {_MOST:,} of {len(self.certificates):,} certificates are looked at")
        return Held(
            tuple(self.certificates[:_MOST]),
            tuple(self.keys),
            tuple(self.crls),
            what,
            tuple(dict.fromkeys(self.remarks)),
        )


def read(data: bytes, password: bytes | None = None) -> Held:
    """What these bytes of a file hold. `password` opens PKCS#12 and encrypted keys; None and b"" are both tried."""
    pile = _Pile(password)
    if data[:2] in _UTF16:
        data = data.decode("utf-16", "ignore").encode("ascii", "ignore")
        pile.remarks.append("the file is UTF-16, which OpenSSL cannot read: save it as plain text")
    if b"-----BEGIN " in data:
        _pem(data, pile)
        kinds = list(dict.fromkeys(pile.kinds))
        return pile.held(f"{' and '.join(kinds[:3])} in PEM" if kinds else described(data))
    kind = _der(data, pile)
    return pile.held(f"{kind} in DER" if kind and kind[:4] != "a PK" else kind or described(data))


def _pem(data: bytes, pile: _Pile) -> None:
    for block in _BLOCK.finditer(data):
        label, name = block[1], block[1].decode("ascii").lower()
        name = f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"
        if block[3] is None:
            pile.remarks.append(f"{name} that is cut off: its END line is missing")
            pile.kinds.append(f"{name} that is cut off")
            continue
        if label.endswith(b"PRIVATE KEY"):
            pile.kinds.append(name)
            pile.keys.append(_private(block[0], pile.password))
            continue
        try:
            der = binascii.a2b_base64(b"".join(block[2].split()), strict_mode=True)
        except binascii.Error:
            pile.remarks.append(f"{name} whose base64 is broken")
            pile.kinds.append(f"{name} whose base64 is broken")
            continue
        pile.kinds.append(name)
        if label in _CERTIFICATES:
            pile.certificates.append(_first(der) if label.startswith(b"TRUSTED") else der)
        elif label == b"X509 CRL":
            pile.crls.append(der)
        elif label in (b"PKCS7", b"CMS"):
            _pkcs7(der, pile)
        else:
            pile.remarks.append(f"{name} is passed over")


def _der(data: bytes, pile: _Pile) -> str:
    """Sorts binary data by its shape; certificates may follow each other. Returns what it is, or ""."""
    kind = shape(data)
    if kind == "a certificate":
        rest = data
        while rest and shape(rest) == kind and len(pile.certificates) <= _MOST:
            pile.certificates.append(_first(rest))
            rest = rest[len(pile.certificates[-1]) :]
        if rest:
            pile.remarks.append(f"{len(rest):,} bytes behind the certificate are passed over")
    elif kind == "a CRL":
        pile.crls.append(data)
    elif kind == "a PKCS#7 bundle":
        _pkcs7(data, pile)
    elif kind == "a PKCS#12 file":
        _pkcs12(data, pile)
    elif kind.endswith("private key"):
        pile.keys.append(_private(data, pile.password))
    return kind


def _first(der: bytes) -> bytes:
    """The first element, without what follows it; everything where it is none."""
    try:
        return der[: element(der, 0)[2]]
    except IndexError:
        return der


def _pkcs7(der: bytes, pile: _Pile) -> None:
    """The certificates and CRLs of a signedData (RFC 2315 §9.1), as they stand there: by hand, because no strict parser
    would hand over a broken one."""
    try:
        content = elements(element(der, 0)[1])
        signed = elements(element(content[1][1], 0)[1]) if content[0][1] == SIGNED_DATA else []
        for tag, body in signed:
            members = elements(body) if tag in (0xA0, 0xA1) else []
            found = [encode(SEQUENCE, one) for inner, one in members if inner == SEQUENCE]
            (pile.certificates if tag == 0xA0 else pile.crls).extend(found)
    except IndexError:
        pile.remarks.append("a PKCS#7 bundle that is no DER: openssl pkcs7 -inform der -print_certs may read it")


def _pkcs12(der: bytes, pile: _Pile) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    store = None
    for password in dict.fromkeys((pile.password, None, b"")):
        try:
            store = pkcs12.load_pkcs12(der, password)
            break
        except Exception:  # noqa: S112  # a wrong password and broken bytes look alike; the next one is tried
            continue
    if store is None:
        tried = "the password is wrong" if pile.password else "it wants a password (--password-file)"
        pile.remarks.append(f"a PKCS#12 file that cannot be opened: {tried}, or it is damaged")
        return
    if store.key is not None:
        pile.keys.append(_public(store.key))
    for one in (store.cert, *store.additional_certs):
        if one is not None:
            pile.certificates.append(one.certificate.public_bytes(Encoding.DER))


def _private(data: bytes, password: bytes | None) -> Key:
    from cryptography.hazmat.primitives.serialization import (
        load_der_private_key,
        load_pem_private_key,
        load_ssh_private_key,
    )

    load = load_pem_private_key if data.startswith(b"-----") else load_der_private_key
    if b"OPENSSH PRIVATE KEY" in data[:64]:
        load = load_ssh_private_key
    try:
        try:
            return _public(load(data, password))
        except TypeError:  # a password for a key that has none, or none for one that has
            if password is None:
                return Key(b"", "it is encrypted: --password-file opens it")
            return _public(load(data, None))
    except Exception:  # as above: a damaged key and a wrong password are told alike
        return Key(b"", "the password is wrong, or it is damaged" if password else "it is damaged")


def _public(private: object) -> Key:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        public = private.public_key()  # type: ignore[attr-defined]  # every kind of private key has one
        return Key(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    except Exception:
        return Key(b"", "its public half cannot be computed")
