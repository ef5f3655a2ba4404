# ruff: noqa: PTH112, PTH113, PTH118, PTH119, PTH120, PTH123, PTH208  # pathlib costs 11 ms
"""Reads files and folders of trust anchors as clients do. Law: whatever lies at a path, the answer is a value that says
what it is; nothing is raised and nothing is guessed.

CRLF, a byte-order mark and text around PEM blocks are harmless to OpenSSL, and so here. The label TRUSTED CERTIFICATE
(OpenSSL's own) has settings behind the certificate, which are cut off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from functools import lru_cache
from typing import NamedTuple

from simulator.model.evidence import Readability

LIMIT = 10_000_000
"""Bytes of a file that are read at most: certifi's bundle has 300,000."""
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)(?:-----END \1-----|(?=-----BEGIN )|\Z)", re.DOTALL)
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+\Z")
_LABELS = (b"CERTIFICATE", b"TRUSTED CERTIFICATE", b"X509 CERTIFICATE")


class Contents(NamedTuple):
    """What lies at a path: whether it is usable, and the certificates that could be found, DER."""

    readability: Readability
    certificates: tuple[bytes, ...] = ()


def read(path: str) -> Contents:
    """What lies at `path`, a file or a folder as OpenSSL reads them."""
    if os.path.isdir(path):
        return _read_folder(path)
    try:
        with open(path, "rb") as file:
            data = file.read(LIMIT + 1)
    except PermissionError:
        return Contents("denied")
    except OSError:
        return Contents("missing")
    if len(data) > LIMIT:
        return Contents("no-certificates")
    return _parse(data)


@lru_cache(maxsize=256)
def _parse(data: bytes) -> Contents:
    return parse(data)


def parse(data: bytes) -> Contents:
    """What these bytes of a file are."""
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        return Contents("empty")
    if b"-----BEGIN " not in data:
        whole = _one_der(data)
        return Contents("der", (whole,)) if whole is not None else Contents("no-certificates")
    found: list[bytes] = []
    broken = keys = False
    for block in _BLOCK.finditer(data):
        label, body = block[1], block[2]
        keys = keys or label.endswith(b"PRIVATE KEY")
        if label not in _LABELS:
            continue
        if not block[0].endswith(b"-----END " + label + b"-----"):
            broken = True
            continue
        try:
            der = base64.b64decode(b"".join(body.split()), validate=True)
        except binascii.Error:
            broken = True
            continue
        one = _one_der(der, exact=label != b"TRUSTED CERTIFICATE")
        if one is None:
            broken = True
        else:
            found.append(one)
    if broken:
        return Contents("truncated", tuple(found))
    if found:
        return Contents("readable", tuple(found))
    return Contents("private-key" if keys else "no-certificates")


def _one_der(data: bytes, *, exact: bool = True) -> bytes | None:
    """`data` up to the end of its outer SEQUENCE; None where it is none, or with `exact` where more follows."""
    if len(data) < 4 or data[0] != 0x30:
        return None
    length, start = data[1], 2
    if length & 0x80:
        size = length & 0x7F
        if size > 4:
            return None
        length, start = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    end = start + length
    if end > len(data) or (exact and end != len(data)):
        return None
    return data[:end]


def _read_folder(path: str) -> Contents:
    """OpenSSL looks a subject up by its hash (`hash.0`); files with other names are never opened."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return Contents("denied")
    hashed: list[bytes] = []
    others: list[bytes] = []
    for name in names:
        contents = read(os.path.join(path, name)) if os.path.isfile(os.path.join(path, name)) else Contents("missing")
        if _HASHED.match(name):
            hashed += [der for der in contents.certificates if _belongs(name, der)]
        else:
            others += contents.certificates
    if hashed:
        return Contents("readable", tuple(dict.fromkeys(hashed)))
    return Contents("unhashed-directory", tuple(dict.fromkeys(others))) if others else Contents("empty")


def _belongs(name: str, der: bytes) -> bool:
    from simulator.lab.subject_hash import subject_hash

    try:
        return name.startswith(subject_hash(der))
    except ValueError:
        return False


def matches_record(path: str) -> bool | None:
    """Whether a wheel's file is what its RECORD says (PyPA, "Recording installed projects"); None: no record is
    known."""
    package = os.path.basename(os.path.dirname(path))
    site = os.path.dirname(os.path.dirname(path))
    entry = f"{package}/{os.path.basename(path)},sha256="
    try:
        folders = [f for f in os.listdir(site) if f.startswith(f"{package}-") and f.endswith(".dist-info")]
        for folder in folders:
            with open(os.path.join(site, folder, "RECORD"), encoding="utf-8") as record:
                for line in record:
                    if line.startswith(entry):
                        return line[len(entry) :].split(",")[0] == record_hash(path)
    except OSError:
        return None
    return None


def record_hash(path: str) -> str:
    """The hash of a file as RECORD writes it; empty where the file is not there."""
    try:
        with open(path, "rb") as file:
            return digest(file.read(LIMIT))
    except OSError:
        return ""


def digest(data: bytes) -> str:
    """SHA-256 of `data` as RECORD writes it: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode("ascii").rstrip("=")
