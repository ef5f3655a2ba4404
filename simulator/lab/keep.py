"""A deployment's files for people to keep. Law: telling names, keys of mode 0600, nothing overwritten or installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simulator.errors import MachineError
from simulator.lab import files, trust
from simulator.lab.pem import armour
from simulator.model.deployment import PUBLIC_ROOT, Deployment, GivenCertificate, TrustFile

if TYPE_CHECKING:
    from simulator.lab.keys import KeyPair
    from simulator.lab.mint import Mint


def keep(deployment: Deployment, mint: Mint, folder: str) -> list[str]:
    """Writes into `folder`, which must be new or empty, and returns the paths of the files.

    cert.pem (the server's certificate), chain.pem (all that it sends, in order), key.pem (its key), ca.pem or what the
    trust file is called (with trusted- before it where the server has another file of that name), client.pem and
    client-key.pem, crl.pem, and each authority's certificate and key. Raises `UsageError` for a folder that is not
    empty and `MachineError` for one that cannot be written.
    """
    files.make_empty(folder)
    keeper = _Keeper(deployment, mint, folder)
    try:
        keeper.server()
        keeper.trust()
        keeper.client()
        keeper.authorities()
    except OSError as error:
        raise MachineError(
            f"a file in {folder} cannot be written: {error.strerror}", "name a folder that you can write to"
        ) from error
    return keeper.written


class _Keeper:
    def __init__(self, deployment: Deployment, mint: Mint, folder: str) -> None:
        self.written: list[str] = []
        self._deployment = deployment
        self._mint = mint
        self._folder = folder
        self._names: set[str] = set()
        self._contents: dict[str, bytes] = {}

    def _put(self, name: str, data: bytes, *, secret: bool = False) -> None:
        name = os.path.basename(name)  # noqa: PTH119  # pathlib costs 11 ms; a trust file's name may hold folders
        if self._contents.get(name, data) != data:
            name = f"trusted-{name}"  # a pin called cert.pem that is no longer the server's cert.pem
        if name in self._names:
            return
        self._names.add(name)
        self._contents[name] = data
        path = os.path.join(self._folder, name)  # noqa: PTH118  # as above
        files.put(path, data, secret=secret)
        self.written.append(path)

    def _key(self, name: str, key: KeyPair) -> None:
        self._put(name, key.pem, secret=True)

    def server(self) -> None:
        server = self._deployment.server
        issued = [self._mint.issue(self._deployment, role) for role in server.chain]
        if issued:
            self._put("cert.pem", issued[0].pem)
            self._put("chain.pem", b"".join(one.pem for one in issued))
            self._key("key.pem", self._mint.private_key(self._deployment, server.private_key))
        for host in server.virtual_hosts:
            chain = [self._mint.issue(self._deployment, role) for role in host.chain]
            self._put(f"{host.host}-chain.pem", b"".join(one.pem for one in chain))
            self._key(f"{host.host}-key.pem", self._mint.private_key(self._deployment, host.private_key))

    def trust(self) -> None:
        client, ambient = self._deployment.client, self._deployment.ambient
        wanted: list[object] = [client.trust, client.session_trust, ambient.certifi]
        wanted += [v.value for v in (*client.environment, *ambient.environment)]
        for file in wanted:
            if not isinstance(file, TrustFile) or file.form == "missing":
                continue
            issued = [self._mint.issue(self._deployment, role) for role in file.roles]
            if file.form in ("directory", "hashed-directory"):
                path = os.path.join(self._folder, os.path.basename(file.name))  # noqa: PTH118, PTH119  # as above
                if file.name not in self._names:
                    self._names.add(file.name)
                    os.mkdir(path)  # noqa: PTH102  # as above
                    trust.fill(path, file, issued)
                    self.written.append(path)
            else:
                self._put(file.name, trust.content(file, issued), secret=file.form == "key")

    def client(self) -> None:
        client = self._deployment.client
        if client.certificate:
            chain = [self._mint.issue(self._deployment, role) for role in client.certificate]
            self._put("client.pem", b"".join(one.pem for one in chain))
            self._key("client-key.pem", self._mint.private_key(self._deployment, client.certificate[0]))
        lists = [self._mint.crl(self._deployment, crl) for crl in self._deployment.revocation_lists]
        if lists:
            self._put("crl.pem", b"".join(armour(der, "X509 CRL") for der in lists))

    def authorities(self) -> None:
        used = {*self._deployment.server.chain, *self._deployment.client.certificate}
        for certificate in self._deployment.certificates:
            if certificate.role in used or isinstance(certificate, GivenCertificate):
                continue
            issued = self._mint.issue(self._deployment, certificate.role)
            self._put(f"{certificate.role}.pem", issued.pem)
            if issued.key is not None and certificate.role != PUBLIC_ROOT:  # nobody steals a public CA's key here
                self._key(f"{certificate.role}-key.pem", issued.key)
