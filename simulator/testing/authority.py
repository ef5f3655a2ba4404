"""A healthy CA for tests, in sentences: `tls_ca.issue("localhost")`, `tls_ca.configure_trust(context)`.

Law: what it issues is what a careful CA of today issues, so that strict clients (Python 3.13) accept it; keys lie in
files of mode 0600, and all of them are gone when it closes.
"""

from __future__ import annotations

import ssl
import time
from typing import Any

from simulator.changes.baselines import KEY_KINDS, authority, end_entity, identifier
from simulator.errors import UsageError
from simulator.lab.files import Folder, remove
from simulator.lab.keys import KeyPair
from simulator.lab.mint import Issued, Mint
from simulator.model.deployment import ROOT, ClientSpec, Deployment, ServerSpec, common_name


class Leaf:
    """A certificate with its key. Texts are PEM."""

    def __init__(self, issued: Issued, key: KeyPair, folder: Folder) -> None:
        self.cert_pem = issued.pem.decode("ascii")
        self.key_pem = key.pem.decode("ascii")
        self._issued, self._key, self._folder = issued, key, folder
        self._files: tuple[str, str] | None = None

    @property
    def files(self) -> tuple[str, str]:
        """Paths of the certificate and of its key, for servers that want files; written on first use."""
        if self._files is None:
            self._files = (
                self._folder.write("cert.pem", self._issued.pem),
                self._folder.write("key.pem", self._key.pem, secret=True),
            )
        return self._files

    def configure_cert(self, context: Any) -> None:
        """Makes a server's context (`ssl.SSLContext`, or pyOpenSSL's) present this certificate."""
        if isinstance(context, ssl.SSLContext):
            path = self._folder.scratch(self._issued.pem + self._key.pem)
            try:
                context.load_cert_chain(path)
            finally:
                remove(path)
            return
        from cryptography import x509

        context.use_certificate(x509.load_der_x509_certificate(self._issued.der))
        context.use_privatekey(self._key.private)


class Authority:
    """A CA of one's own. `seed` fixes its keys (None: new ones)."""

    def __init__(self, seed: str | None = None) -> None:
        now = time.time()
        self._mint = Mint(seed, now - now % 86_400)
        self._root = authority(ROOT, common_name("Test CA"))
        self._folder = Folder()
        root = self._mint.issue(self._deployment(), ROOT)
        self.trust_pem = root.pem.decode("ascii")
        """The CA's certificate, PEM."""
        self.trust_file = self._folder.write("ca.pem", root.pem)
        """The same in a file."""
        self._der = root.der

    def _deployment(self, *more: Any) -> Deployment:
        return Deployment(
            certificates=(self._root, *more),
            server=ServerSpec(chain=(ROOT,), private_key=ROOT),
            client=ClientSpec(host="localhost"),
        )

    def issue(self, *hosts: str, key: str = "p-256") -> Leaf:
        """A certificate for these host names and IP addresses. `key`: p-256, rsa-2048, ed25519 and others. Raises
        `UsageError` for a kind of key that there is not, or for no host at all."""
        if not hosts:
            raise UsageError("a certificate is for at least one host", 'tls_ca.issue("localhost")')
        if key not in KEY_KINDS:
            raise UsageError(f"there is no key of the kind {key}", ", ".join(KEY_KINDS))
        from dataclasses import replace

        spec = end_entity("-".join((*hosts, key)), hosts[0], signer=ROOT, kind=key)
        spec = replace(spec, san=tuple(identifier(host) for host in hosts))
        issued = self._mint.issue(self._deployment(spec), spec.role)
        return Leaf(issued, self._mint.key(spec.key), self._folder)

    def configure_trust(self, context: Any) -> None:
        """Makes a client's context (`ssl.SSLContext`, or pyOpenSSL's) trust this CA."""
        if isinstance(context, ssl.SSLContext):
            context.load_verify_locations(cadata=self._der)
            return
        from OpenSSL import crypto

        context.get_cert_store().add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, self._der))

    def close(self) -> None:
        """Removes its files."""
        self._folder.close()

    def __enter__(self) -> Authority:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
