# ruff: noqa: PTH102, PTH103, PTH106, PTH108, PTH112, PTH114, PTH118, PTH120, PTH208  # pathlib costs 11 ms
"""Files of a lab on disk. Law: one folder of mode 0700, keys of mode 0600, and all of it gone when the lab closes.

A file's path is folder, number, and the name that people are shown: so temporary paths never reach a report.
"""

from __future__ import annotations

import contextlib
import os
import re

from simulator.errors import MachineError, UsageError


class Folder:
    """The lab's own folder. `base`: where to make it; None: where the system keeps temporary files."""

    def __init__(self, base: str | None = None) -> None:
        base = base or os.environ.get("TMPDIR") or "/tmp"  # noqa: S108  # the folder below it is random and 0700
        self.path = os.path.join(base, f"tls-clinic-{os.urandom(8).hex()}")
        try:
            os.mkdir(self.path, 0o700)
        except OSError as error:
            raise MachineError(
                f"no folder can be made in {base}: {error.strerror}", "set TMPDIR to a folder that you can write to"
            ) from error
        self._number = 0
        self._ours = re.compile(re.escape(self.path) + r"/\d+/")

    def place(self, name: str) -> str:
        """A path for a file that people know as `name` (it may hold folders), in a numbered folder of its own."""
        self._number += 1
        path = os.path.join(self.path, str(self._number), name)
        os.makedirs(os.path.dirname(path), 0o700)
        return path

    def write(self, name: str, data: bytes, *, secret: bool = False) -> str:
        """Writes a new file and returns its path."""
        path = self.place(name)
        put(path, data, secret=secret)
        return path

    def scratch(self, data: bytes) -> str:
        """A nameless file of mode 0600, for the caller to remove as soon as it is read."""
        self._number += 1
        path = f"{self.path}/{self._number}.scratch"
        put(path, data, secret=True)
        return path

    def empty(self, name: str) -> str:
        """A new empty folder."""
        path = self.place(name)
        os.mkdir(path, 0o700)
        return path

    def holds(self, path: str) -> bool:
        """Whether this path is inside the folder."""
        return path.startswith(self.path + "/")

    def hide(self, text: str) -> str:
        """`text`, a path or words around paths, with the names that people are shown in the place of our paths."""
        return self._ours.sub("", text).replace(self.path, "…") if self.path in text else text

    def close(self) -> None:
        """Removes the folder and all that is in it."""
        remove(self.path)


def put(path: str, data: bytes, *, secret: bool = False) -> None:
    """Writes a file that must not exist yet; `secret` ones have mode 0600 from the first moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def remove(path: str) -> None:
    """Removes a file or a whole folder; what is not there is fine."""
    with contextlib.suppress(FileNotFoundError):
        if os.path.isdir(path) and not os.path.islink(path):
            for name in os.listdir(path):
                remove(os.path.join(path, name))
            os.rmdir(path)
        else:
            os.unlink(path)


def make_empty(path: str) -> None:
    """Makes the folder `path`, or takes it where it is empty. Raises `UsageError` or `MachineError` otherwise."""
    try:
        os.makedirs(path, exist_ok=True)
        full = bool(os.listdir(path))
    except NotADirectoryError as error:
        raise UsageError(f"{path} is no folder", "name a folder that is new or empty") from error
    except FileExistsError as error:
        raise UsageError(f"{path} is no folder", "name a folder that is new or empty") from error
    except OSError as error:
        raise MachineError(f"{path} cannot be made: {error.strerror}", "name a folder that you can write to") from error
    if full:
        raise UsageError(f"{path} is not empty, and nothing in it is overwritten", "name a folder that is new or empty")
    if not os.access(path, os.W_OK | os.X_OK):
        raise MachineError(f"{path} cannot be written to", "name a folder that you can write to")
