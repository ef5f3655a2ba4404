"""A client's files on disk: trust files, the ambient bundle, CRLs, its own certificate. Law: files of equal content,
form and name are one, and what the lab wrote is read once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lab import bundles, trust
from simulator.lab.pem import armour

if TYPE_CHECKING:
    from simulator.lab.files import Folder
    from simulator.lab.mint import Mint
    from simulator.model.deployment import Deployment, TrustFile


class Disk:
    """Writes what deployments name, with the certificates of their own world, and reads what lies at a path."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._files: dict[tuple[object, ...], str] = {}
        self._contents: dict[str, bundles.Contents] = {}
        self._recorded: dict[str, bool | None] = {}

    def trust_file(self, mint: Mint, deployment: Deployment, wanted: TrustFile) -> str:
        """The path of a trust file; files of equal content, form and name are one."""
        issued = [mint.issue(deployment, role) for role in wanted.roles]
        key = (wanted.form, wanted.name, *((i.role, i.der) for i in issued))
        if key not in self._files:
            self._files[key] = trust.write(wanted, issued, self._folder)
        return self._files[key]

    def certifi(self, mint: Mint, deployment: Deployment) -> str:
        """The path of the bundle that requests reads by default, in a site-packages of its own with the RECORD of the
        wheel that it came from."""
        ambient = deployment.ambient
        wanted = ambient.certifi
        issued = [mint.issue(deployment, role) for role in wanted.roles]
        installed = b"".join(mint.issue(deployment, role).pem for role in ambient.certifi_installed)
        key = ("certifi", wanted.form, wanted.name, installed, *((i.role, i.der) for i in issued))
        if key not in self._files:
            self._files[key] = trust.write_with_record(wanted, issued, installed, self._folder)
        return self._files[key]

    def contents(self, path: str) -> bundles.Contents:
        """What lies at `path`. The lab's own files never change, so each is read once."""
        if path not in self._contents:
            found = bundles.read(path)
            if not self._folder.holds(path):
                return found
            self._contents[path] = found
        return self._contents[path]

    def shown(self, path: str) -> str:
        """The name under which people are shown this path."""
        return self._folder.hide(path)

    def as_recorded(self, path: str) -> bool | None:
        """Whether the bundle at `path` is what its wheel's RECORD says; read once, as above."""
        if path not in self._recorded:
            self._recorded[path] = bundles.matches_record(path)
        return self._recorded[path]

    def crl_file(self, mint: Mint, deployment: Deployment) -> tuple[str | None, tuple[bytes, ...]]:
        """The CRLs that the client was given, DER, and the path of them in one PEM file; no path where it does not
        check them, or was given none."""
        client = deployment.client
        if not (deployment.revocation_lists and client.has_crls):
            return None, ()
        ders = tuple(mint.crl(deployment, crl) for crl in deployment.revocation_lists)
        if not client.check_crls:
            return None, ders
        key = ("crl", *ders)
        if key not in self._files:
            data = b"".join(armour(der, "X509 CRL") for der in ders)
            self._files[key] = self._folder.write("crl.pem", data)
        return self._files[key], ders

    def client_certificate(self, mint: Mint, deployment: Deployment) -> tuple[list[str] | None, tuple[bytes, ...]]:
        """Paths of the client's own chain and key, and the chain's DER; None where it has none."""
        roles = deployment.client.certificate
        if not roles:
            return None, ()
        issued = [mint.issue(deployment, role) for role in roles]
        key = mint.private_key(deployment, roles[0])
        known = ("client", key, *(i.der for i in issued))
        if known not in self._files:
            self._files[known] = self._folder.write("client.pem", b"".join(i.pem for i in issued))
            self._files["key", *known] = self._folder.write("client-key.pem", key.pem, secret=True)
        return [self._files[known], self._files["key", *known]], tuple(i.der for i in issued)
