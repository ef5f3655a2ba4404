# ruff: noqa: PTH105, PTH118, PTH123  # pathlib costs 11 ms
"""A small CA for one's own hosts, on disk. Law: it may sign for these hosts and for nothing else (RFC 5280 §4.2.1.10);
keys have mode 0600 from their first moment; nothing is installed anywhere, and nothing is overwritten unasked.

The keys are drawn, not derived from a seed that anybody knows: `Mint(None, …)` takes 128 bits from the system.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from simulator.errors import MachineError, UsageError
from simulator.lab import files
from simulator.lab.mint import Issued, Mint
from simulator.model.deployment import (
    DAY,
    LEAF,
    ROOT,
    YEAR,
    Certificate,
    CertificateSpec,
    ClientSpec,
    Deployment,
    GivenCertificate,
    Key,
    NameConstraints,
    ServerSpec,
    common_name,
)

CA, CA_KEY, CERT, KEY = "ca.pem", "ca-key.pem", "cert.pem", "key.pem"
YEARS = 5
DAYS = 89
"""Of the server's certificate: less than the 90 days that public CAs give."""
_GRACE = 3600  # clocks differ


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCa:
    """What lies in the folder now. Times are seconds since 1970 UTC."""

    folder: str
    name: str
    """The CA's common name, which is its nickname in a browser."""
    hosts: tuple[str, ...]
    ca_ends: float
    cert_ends: float


def make(folder: str, hosts: Sequence[str]) -> OwnCa:
    """Makes a CA and a certificate for `hosts` (normalized names and addresses) in a folder that is new or empty."""
    files.make_empty(folder)
    mint = Mint(None, time.time())
    name = f"Small CA for {hosts[0] if len(hosts[0]) < 30 else 'one server'} ({mint.seed[:6]})"
    root = CertificateSpec(
        role=ROOT,
        subject=common_name(name),
        signer=ROOT,
        key=Key(name=ROOT),
        ca=True,
        path_length=0,
        key_usage=("crl_sign", "key_cert_sign"),
        not_before=-_GRACE,
        not_after=YEARS * YEAR,
        name_constraints=limits(hosts),
    )
    deployment = _deployment(root, _leaf(hosts, DAYS * DAY), hosts)
    issued = mint.issue(deployment, ROOT)
    _put(folder, CA, issued.pem)
    _put(folder, CA_KEY, _private(issued), secret=True)
    _certificate(folder, mint.issue(deployment, LEAF), fresh=True)
    ends = mint.as_of + YEARS * YEAR
    return OwnCa(folder=folder, name=name, hosts=tuple(hosts), ca_ends=ends, cert_ends=mint.as_of + DAYS * DAY)


def renew(folder: str, hosts: Sequence[str] = ()) -> OwnCa:
    """A new certificate and a new key from the CA that is there, in the place of the old ones. `hosts`: none means
    those of the old certificate. Raises `UsageError` where the CA is not there, has ended, or may not sign for a host.
    """
    root, name, ends, constraints = _existing(folder)
    wanted = tuple(hosts) or _hosts(_read(folder, CERT))
    outside = [host for host in wanted if not _permitted(host, constraints)]
    if outside:
        raise UsageError(
            f"the CA in {folder} may not sign for {outside[0]}: it is limited to the hosts that it was made for",
            f"simulate new-ca ANOTHER-FOLDER --host {outside[0]}",
        )
    mint = Mint(None, time.time())
    left = int(ends - mint.as_of)
    if left <= 0:
        raise UsageError(f"the CA in {folder} has ended", "simulate new-ca ANOTHER-FOLDER --host NAME makes a new one")
    leaf = _leaf(wanted, min(DAYS * DAY, left))
    _certificate(folder, mint.issue(_deployment(root, leaf, wanted), LEAF), fresh=False)
    return OwnCa(folder=folder, name=name, hosts=wanted, ca_ends=ends, cert_ends=mint.as_of + leaf.not_after)


def limits(hosts: Sequence[str]) -> NameConstraints:
    """These hosts and nothing else. A constraint on DNS names alone leaves every IP address open, and the other way
    round. Addresses can be excluded; of names OpenSSL knows no "all of them" (it ignores an excluded "."), so where no
    name is wanted, one that nobody can have is permitted (RFC 6761 §6.4)."""
    names = tuple(f"DNS:{host.removeprefix('*.')}" for host in hosts if not _is_ip(host))
    addresses = tuple(f"IP:{ipaddress.ip_network(host)}" for host in hosts if _is_ip(host))
    closed = () if addresses else ("IP:0.0.0.0/0", "IP:::/0")
    return NameConstraints(permitted=(names or ("DNS:invalid",)) + addresses, excluded=closed)


def _leaf(hosts: Sequence[str], lasts: int) -> CertificateSpec:
    named = next((h for h in hosts if not _is_ip(h) and "*" not in h and len(h) <= 64), "server")
    return CertificateSpec(
        role=LEAF,
        subject=common_name(named),
        signer=ROOT,
        key=Key(name=LEAF),
        san=tuple(f"{'IP' if _is_ip(host) else 'DNS'}:{host}" for host in hosts),
        extended_key_usage=("server_auth",),
        not_before=-_GRACE,
        not_after=lasts,
    )


def _deployment(root: Certificate, leaf: CertificateSpec, hosts: Sequence[str]) -> Deployment:
    server = ServerSpec(chain=(LEAF,), private_key=LEAF)
    return Deployment(certificates=(root, leaf), server=server, client=ClientSpec(host=hosts[0]))


def _certificate(folder: str, issued: Issued, *, fresh: bool) -> None:
    if fresh:
        _put(folder, CERT, issued.pem)
        _put(folder, KEY, _private(issued), secret=True)
        return
    for name, data in ((KEY, _private(issued)), (CERT, issued.pem)):
        part = f"{name}.{os.getpid()}.part"
        _put(folder, part, data, secret=name == KEY)
        try:
            os.replace(os.path.join(folder, part), os.path.join(folder, name))
        except OSError as error:
            files.remove(os.path.join(folder, part))
            raise MachineError(f"{name} in {folder} cannot be replaced: {error.strerror}") from error


def _private(issued: Issued) -> bytes:
    assert issued.key is not None  # noqa: S101  # the mint made it
    return issued.key.pem


def _put(folder: str, name: str, data: bytes, *, secret: bool = False) -> None:
    try:
        files.put(os.path.join(folder, name), data, secret=secret)
    except OSError as error:
        raise MachineError(
            f"{name} in {folder} cannot be written: {error.strerror}", "name a folder that you can write to"
        ) from error


def _read(folder: str, name: str) -> bytes:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(
            f"there is no CA of ours in {folder}: {name}: {error.strerror}", f"simulate new-ca {folder} --host NAME"
        ) from error


def _existing(folder: str) -> tuple[GivenCertificate, str, float, x509.NameConstraints]:
    """The CA in the folder: with its key, its name, its end and its limits."""
    try:
        certificate = x509.load_pem_x509_certificate(_read(folder, CA))
        key = load_pem_private_key(_read(folder, CA_KEY), None)
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        name = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    except (ValueError, TypeError, IndexError, x509.ExtensionNotFound) as error:
        raise UsageError(
            f"what lies in {folder} is no CA of ours: {error}", "simulate new-ca DIR --host NAME"
        ) from error
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*spki) != certificate.public_key().public_bytes(*spki):
        raise UsageError(f"{CA_KEY} in {folder} is not the key of {CA}", "look for the two files that belong together")
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    given = GivenCertificate(role=ROOT, der=certificate.public_bytes(Encoding.DER), private_key=secret)
    return given, name, certificate.not_valid_after_utc.timestamp(), constraints


def _hosts(pem: bytes) -> tuple[str, ...]:
    try:
        names = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound) as error:
        raise UsageError(f"{CERT} cannot be read: {error}", "name the hosts: --renew --host NAME") from error
    return tuple(str(one.value) for one in names.value)


def _permitted(host: str, constraints: x509.NameConstraints) -> bool:
    trees = constraints.permitted_subtrees or []
    if _is_ip(host):
        address = ipaddress.ip_address(host)
        return any(isinstance(t, x509.IPAddress) and address in t.value for t in trees)  # type: ignore[operator]  # a network
    name = host.removeprefix("*.")
    return any(isinstance(t, x509.DNSName) and (name == t.value or name.endswith("." + t.value)) for t in trees)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
