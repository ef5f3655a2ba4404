"""Trust files as somebody left them on disk. Law: the file is really in the state that its form names; clients find out
for themselves.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simulator.errors import UsageError
from simulator.lab import files
from simulator.lab.bundles import digest
from simulator.lab.subject_hash import subject_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.lab.files import Folder
    from simulator.lab.mint import Issued
    from simulator.model.deployment import TrustFile


def write(trust: TrustFile, issued: Sequence[Issued], folder: Folder) -> str:
    """Writes `trust` with the certificates of its roles, and returns its path."""
    if trust.form == "missing":
        return folder.place(trust.name)
    if trust.form in ("directory", "hashed-directory"):
        path = folder.empty(trust.name)
        fill(path, trust, issued)
        return path
    return folder.write(trust.name, content(trust, issued), secret=trust.form == "key")


def content(trust: TrustFile, issued: Sequence[Issued]) -> bytes:
    """The bytes of a trust file. Raises `UsageError` for a form that is no file's or that needs a certificate."""
    pem = b"".join(one.pem for one in issued)
    if trust.form == "pem":
        return pem
    if trust.form == "empty":
        return b""
    if not issued:
        raise UsageError(f"a trust file of the form {trust.form} needs a certificate")
    if trust.form == "der":
        return issued[0].der
    if trust.form == "truncated":
        return pem[: len(pem) - len(issued[-1].pem) // 2]
    if trust.form == "key" and issued[0].key is not None:
        return issued[0].key.pem
    raise UsageError(f"there is no trust file of the form {trust.form}")


def fill(path: str, trust: TrustFile, issued: Sequence[Issued]) -> None:
    """Writes the certificates into the folder `path`, under hashed names too where c_rehash was run."""
    counts: dict[str, int] = {}
    for one in issued:
        files.put(f"{path}/{one.role}.pem", one.pem)
        if trust.form == "hashed-directory":
            name = subject_hash(one.der)
            files.put(f"{path}/{name}.{counts.get(name, 0)}", one.pem)
            counts[name] = counts.get(name, 0) + 1


def write_with_record(trust: TrustFile, issued: Sequence[Issued], installed: bytes, folder: Folder) -> str:
    """As `write`, in a folder that looks like site-packages: beside the file's package lies the RECORD of the wheel
    that came with `installed`, and pristine.pem, a copy of `installed`."""
    path = write(trust, issued, folder)
    package, _, name = trust.name.rpartition("/")
    site = path.removesuffix(f"/{trust.name}")
    record = f"{package}/{name},sha256={digest(installed)},{len(installed)}\n"
    os.mkdir(f"{site}/{package}-2026.10.18.dist-info", 0o700)  # noqa: PTH102  # pathlib costs 11 ms
    files.put(f"{site}/{package}-2026.10.18.dist-info/RECORD", record.encode())
    files.put(f"{site}/pristine.pem", installed)
    return path
