"""Several trust files as the one that a client's call can name. Law: one file is named as it is; more are joined in a
temporary folder of mode 0700, which is gone afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from simulator.lab.bundles import read
from simulator.lab.pem import armour


@contextmanager
def joined(paths: Sequence[str]) -> Iterator[tuple[str | None, dict[str, str]]]:
    """The path to give to the client (None for none), and what temporary paths are called in texts."""
    if len(paths) < 2:
        yield (paths[0] if paths else None), {}
        return
    from simulator.lab.files import Folder

    folder = Folder()
    try:
        ders = dict.fromkeys(der for path in paths for der in read(path).certificates)
        path = folder.write("trust.pem", b"".join(armour(der) for der in ders))
        yield path, {path: " + ".join(paths)}
    finally:
        folder.close()
