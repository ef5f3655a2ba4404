"""A bundle as a learner has it: the zip file, or the folder into which it was unpacked. Law: it is read like anything
from outside; nothing in it is executed; and playing needs no more than what is in it.
"""

from __future__ import annotations

import base64
import json
import os
import re
from typing import Any

from simulator.challenge import archive, pems
from simulator.challenge.archive import Rejected
from simulator.challenge.bundle import SHEET
from simulator.challenge.marking import HINTS, read_regular
from simulator.errors import MachineError, UsageError
from simulator.model.deployment import LEAF, ClientSpec, Deployment, GivenCertificate, ServerSpec, VirtualHost

_HINT = "simulate challenge play BUNDLE.zip, or the folder into which you unpacked it"
_SITE = re.compile(r"[a-z0-9.-]{1,253}")


class Opened:
    """A bundle that was opened. `files` by name."""

    def __init__(self, path: str) -> None:
        """Raises `UsageError` where there is no bundle at `path`."""
        self.path = path
        self.folder = os.path.isdir(path)  # noqa: PTH112  # pathlib costs 11 ms
        try:
            self.files = _folder(path) if self.folder else archive.read(read_regular(path, archive.Limits().archive))
        except Rejected as rejected:
            raise UsageError(f"{path} is no bundle: {rejected.message}", _HINT) from None
        if SHEET not in self.files or not self.patients:
            raise UsageError(f"{path} holds no challenge", _HINT)

    @property
    def patients(self) -> list[int]:
        """The numbers of its patients."""
        names = (re.fullmatch(r"patient-(\d{1,2})/setup\.json", name) for name in self.files)
        return sorted(int(name[1]) for name in names if name)

    def setup(self, number: int) -> dict[str, Any]:
        """The settings of a patient. Raises `UsageError`."""
        if number not in self.patients:
            raise UsageError(f"there is no patient {number} in {self.path}", f"--patient {self.patients[0]}")
        try:
            told = json.loads(self.files[f"patient-{number}/setup.json"])
        except ValueError:
            told = None
        if not isinstance(told, dict) or not isinstance(told.get("host"), str):
            raise UsageError(f"patient-{number}/setup.json is damaged", "unpack the bundle anew")
        return told

    def deployment(self, number: int) -> Deployment:
        """The patient as it was handed out, ready to be served. Raises `UsageError`."""
        told = self.setup(number)
        sites = [str(one) for one in told.get("sites") or () if _SITE.fullmatch(str(one))]
        certificates: list[GivenCertificate] = []
        chain = self._served(certificates, f"patient-{number}/server", LEAF)
        hosts = []
        for n, host in enumerate(sites):
            roles = self._served(certificates, f"patient-{number}/server/{host}", f"site-{n}")
            hosts.append(VirtualHost(host=host, chain=roles, private_key=roles[0]))
        asked: list[str] = []
        if told.get("asks_clients"):
            name = f"patient-{number}/server/clients-ca.pem"
            for n, der in enumerate(self._certificates(name)):
                asked.append(f"clients-ca-{n}")
                certificates.append(GivenCertificate(role=asked[-1], der=der))
        bits = told.get("dh_bits")
        return Deployment(
            certificates=tuple(certificates),
            server=ServerSpec(
                chain=chain,
                private_key=chain[0],
                minimum_version=str(told.get("minimum_version", "TLSv1.2")),
                maximum_version=str(told.get("maximum_version", "TLSv1.3")),
                ciphers=str(told["ciphers"]) if told.get("ciphers") else None,
                dh_bits=int(bits) if isinstance(bits, int) else None,
                virtual_hosts=tuple(hosts),
                client_certificate_authorities=tuple(asked),
                behaviour="tls" if told.get("tls", True) else "plain-http",
            ),
            client=ClientSpec(host=told["host"], scheme="http" if told.get("scheme") == "http" else "https"),
        )

    def _served(self, into: list[GivenCertificate], folder: str, role: str) -> tuple[str, ...]:
        ders = self._certificates(f"{folder}/chain.pem")
        keys = self._read(pems.keys, f"{folder}/key.pem")
        if not ders or not keys:
            raise UsageError(f"{folder} lacks a certificate or a key", "unpack the bundle anew")
        roles = tuple(role if n == 0 else f"{role}-{n}" for n in range(len(ders)))
        for n, der in enumerate(ders):
            into.append(GivenCertificate(role=roles[n], der=der, private_key=keys[0].pkcs8 if n == 0 else None))
        return roles

    def _certificates(self, name: str) -> list[bytes]:
        found: list[bytes] = self._read(pems.certificates, name)
        return found

    def _read(self, reader: Any, name: str) -> Any:
        try:
            return reader(self.files.get(name, b""), name)
        except Rejected as rejected:
            raise UsageError(rejected.message, "unpack the bundle anew") from None

    # --- hints

    def hints(self, number: int) -> list[str]:
        """All hints of a patient."""
        found = []
        for one in self.setup(number).get("hints") or ():
            try:
                found.append(base64.b64decode(str(one)).decode())
            except ValueError:
                continue
        return found

    def next_hint(self, number: int) -> tuple[int, int, str]:
        """The next hint of a patient, which is written down as taken: its number, how many there are, its text; the
        last one again where all were taken. Raises `UsageError` where there is none, `MachineError`."""
        hints = self.hints(number)
        if not hints:
            raise UsageError(f"there are no hints for patient {number}", _HINT)
        taken = self._taken()
        mine = sum(line.startswith(f"patient {number} ") for line in taken)
        at = min(mine, len(hints) - 1)
        if mine < len(hints):
            self._record([*taken, f"patient {number} hint {at + 1}"])
        return at + 1, len(hints), hints[at]

    @property
    def record(self) -> str:
        """Where hints are written down: in the folder, or beside the zip file."""
        return os.path.join(self.path, HINTS) if self.folder else f"{self.path}.{HINTS}"  # noqa: PTH118  # as above

    def _taken(self) -> list[str]:
        try:
            return read_regular(self.record, 10_000).decode("utf-8", "replace").splitlines()
        except Rejected:
            return []

    def _record(self, lines: list[str]) -> None:
        try:
            with open(self.record, "w", encoding="utf-8") as file:  # noqa: PTH123  # as above
                file.write("\n".join(lines) + "\n")
        except OSError as error:
            raise MachineError(f"{self.record} cannot be written: {error.strerror}", "unpack the bundle") from None


def _folder(path: str) -> dict[str, bytes]:
    """The ordinary files of an unpacked bundle, within the limits of an archive."""
    limits = archive.Limits()
    found: dict[str, bytes] = {}
    left = limits.total
    for place, folders, names in os.walk(path):
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__")))
        for name in sorted(names):
            whole = os.path.join(place, name)  # noqa: PTH118  # as above
            short = os.path.relpath(whole, path).replace(os.sep, "/")
            if len(found) >= limits.files or short.count("/") > 4:
                continue
            try:
                data = read_regular(whole, limits.file)
            except Rejected:
                continue  # a learner's own large files and links are nobody's business
            left -= len(data)
            if left < 0:
                raise Rejected(f"it holds more than {limits.total:,} bytes")
            found[short] = data
    return found
