# ruff: noqa: PTH112, PTH113, PTH116, PTH118, PTH119, PTH123, PTH208  # pathlib costs 11 ms
"""Files in place of a server: what would be served, with which key. Law: what lies at a path is read as it is and in
its own order; one clear line where a file is not what it should be.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.errors import UsageError
from simulator.lab import containers, sorting
from simulator.lab.containers import Held, Key

_MOST_FILES = 500
_DEEPEST = 3
KEY_VALUES_MISMATCH = "[X509: KEY_VALUES_MISMATCH] key values mismatch"
"""What OpenSSL tells the operator of a server whose key is not that of the first certificate (measured, 3.0)."""


@dataclass(kw_only=True)
class Found:
    """What files tell about a server."""

    chain: tuple[bytes, ...] = ()
    """As the server would send it, DER: the server's own certificate first."""
    chain_file: tuple[bytes, ...] = ()
    """As it stands in the file that the server would be given."""
    key: bytes | None = None
    """The public half of the server's key."""
    anchors: tuple[bytes, ...] | None = None
    """Roots that were found beside it; None: nobody looked for any."""
    crls: tuple[bytes, ...] = ()
    open_keys: list[str] = field(default_factory=list)
    """Files with a private key that others may read."""
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether a server that is given these files does not start."""
        return bool(self.chain_file) and self.key is not None and _spki(self.chain_file[0]) not in (None, self.key)


def _spki(der: bytes) -> bytes | None:
    found = sorting.card(der)
    return None if found is None else found.spki


def load(path: str, wanted: str, password: bytes | None = None) -> Held:
    """What a file holds. `wanted` says what it should be. Raises UsageError where it cannot be read at all."""
    try:
        with open(path, "rb") as file:
            data = file.read(containers.LIMIT + 1)
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder, not {wanted}", f"simulate diagnose {path}") from None
    except OSError as error:
        why = {"No such file or directory": "there is no such file"}.get(error.strerror or "", error.strerror)
        raise UsageError(f"cannot read {path}: {why}", f"name {wanted}") from None
    if len(data) > containers.LIMIT:
        raise UsageError(f"{path} has more than {containers.LIMIT:,} bytes: it is not {wanted}", f"name {wanted}")
    return containers.read(data, password)


def chain(paths: Sequence[str], password: bytes | None) -> Found:
    """The chain in these files, one after the other. Raises UsageError where there is no certificate in one."""
    found = Found()
    ders: list[bytes] = []
    for path in paths:
        held = load(path, "a certificate chain", password)
        if not held.certificates:
            raise UsageError(f"{path} holds no certificate: it is {_instead(held)}", "name a file with certificates")
        ders += held.certificates
        found.crls += held.crls
        _remark(found, path, held)
        if held.keys and found.key is None:
            _take_key(found, path, held.keys[0])
    found.chain_file = tuple(ders)
    return found


def give_key(found: Found, path: str, password: bytes | None) -> None:
    """Adds the server's private key. Raises UsageError where the file holds none that can be read."""
    held = load(path, "a private key", password)
    if not held.keys:
        raise UsageError(f"{path} holds no private key: it is {_instead(held)}", "name the server's private key")
    if held.keys[0].problem:
        raise UsageError(f"the private key in {path} cannot be read: {held.keys[0].problem}", "name another file")
    found.key = None
    _take_key(found, path, held.keys[0])


def settle(found: Found) -> None:
    """Decides what would be served: the file's order, unless the server's own certificate is plainly not the first."""
    file = found.chain_file
    place = 0
    if found.key is not None:
        fits = [at for at, der in enumerate(file) if _spki(der) == found.key]
        place = fits[0] if fits else 0
    elif (place := sorting.misplaced(file)) and (mine := sorting.card(file[place])) is not None:
        found.key = mine.spki
        found.notes.append(
            f"certificate {place + 1} of the file, {mine.label}, is the server's: taken as if its key were given"
        )
    found.chain = (file[place], *file[:place], *file[place + 1 :]) if file else ()


def crls(paths: Sequence[str]) -> tuple[bytes, ...]:
    """The revocation lists in these files. Raises UsageError where there is none in one."""
    ders: tuple[bytes, ...] = ()
    for path in paths:
        held = load(path, "a revocation list (CRL)")
        if not held.crls:
            raise UsageError(f"{path} holds no revocation list: it is {_instead(held)}", "name a CRL")
        ders += held.crls
    return ders


def heap(paths: Sequence[str], host: str, password: bytes | None) -> Found:
    """Files and folders in no order, sorted out. Raises UsageError where no certificate is among them."""
    found = Found()
    held_by_path: dict[str, Held] = {}
    for path in _walk(paths, found):
        try:
            held_by_path[path] = load(path, "a certificate", password)
        except UsageError as error:
            found.notes.append(error.message)
    known = sorting.cards(der for held in held_by_path.values() for der in held.certificates)
    keys = {k.spki: path for path, held in held_by_path.items() for k in held.keys if k.spki}
    mine = sorting.server(known, list(keys), host)
    if mine is None:
        many = len(held_by_path)
        raise UsageError(
            f"no certificate in {', '.join(paths)} ({many} file{'' if many == 1 else 's'} read)",
            "name a folder with a server's certificate in it",
        )
    for path, held in held_by_path.items():
        found.crls += held.crls
        _remark(found, path, held)
        for key in held.keys:
            _look_at_mode(found, path)
            if key.problem:
                found.notes.append(f"{os.path.basename(path)}: a private key that cannot be read: {key.problem}")
    _assemble(found, mine, known, held_by_path)
    _fit_keys(found, mine, known, keys)
    return found


def _assemble(found: Found, mine: sorting.Card, known: list[sorting.Card], held_by_path: dict[str, Held]) -> None:
    """The chain file that is there, or one made of what is there; and the roots beside it."""
    in_file = {path: h.certificates for path, h in held_by_path.items() if mine.der in h.certificates}
    ready = max(
        ((path, ders) for path, ders in in_file.items() if ders[0] == mine.der), key=lambda x: len(x[1]), default=None
    )
    above = [c for c in sorting.upward(mine, known) if not c.self_issued]
    where = next(path for path, h in held_by_path.items() if mine.der in h.certificates)
    found.notes.append(f"the server's certificate is {mine.label}, in {os.path.basename(where)}")
    if ready is not None and (len(ready[1]) > 1 or not above):
        found.chain_file = ready[1]
    elif ready is None and len(next(iter(in_file.values()))) > 1:
        found.chain_file = next(iter(in_file.values()))  # it is not the first in its file: a server cannot load that
    else:
        found.chain_file = (mine.der, *(c.der for c in above))
        if above:
            found.notes.append("no file holds the whole chain: cat them together, the server's certificate first")
    roots = [c for c in known if c.self_issued and c.ca and c.der != mine.der]
    if mine.self_issued:
        roots = [mine, *roots]
    found.anchors = tuple(c.der for c in roots)
    if not roots:
        found.notes.append("no root certificate is among the files: --trust says which CA clients trust")


def _fit_keys(found: Found, mine: sorting.Card, known: list[sorting.Card], keys: dict[bytes, str]) -> None:
    owners = {c.spki: c.label for c in known}
    for spki, path in keys.items():
        whose = owners.get(spki)
        fits = f"fits {whose}" if whose else "fits no certificate here"
        found.notes.append(f"the key in {os.path.basename(path)} {fits}")
    strangers = [spki for spki in keys if spki not in owners]
    if mine.spki in keys:
        found.key = mine.spki
    elif len(strangers) == 1:
        found.key = strangers[0]
    else:
        found.notes.append("the server's private key is not among the files")


def _walk(paths: Sequence[str], found: Found) -> list[str]:
    files: list[str] = []
    waiting = [(path, 0) for path in paths]
    while waiting:
        path, depth = waiting.pop(0)
        if not os.path.isdir(path):
            files.append(path)
            continue
        try:
            names = sorted(os.listdir(path))
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}", "name a folder that you may read") from None
        inside = [os.path.join(path, name) for name in names if not name.startswith(".")]
        waiting += [(p, depth + 1) for p in inside if os.path.isfile(p) or (os.path.isdir(p) and depth < _DEEPEST)]
        if len(files) + len(waiting) > _MOST_FILES:
            found.notes.append(f"only the first {_MOST_FILES} files are looked at")
            waiting = waiting[: max(0, _MOST_FILES - len(files))]
    return files[:_MOST_FILES]


def _take_key(found: Found, path: str, key: Key) -> None:
    _look_at_mode(found, path)
    if key.problem:
        found.notes.append(f"the private key in {os.path.basename(path)} cannot be read: {key.problem}")
    else:
        found.key = key.spki


def _look_at_mode(found: Found, path: str) -> None:
    """Whether others than the owner may read it. Files that are no files (a pipe) have no mode worth reading."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRGRP | stat.S_IROTH):
        found.open_keys.append(f"{path}, mode {stat.S_IMODE(mode):04o}")


def _instead(held: Held) -> str:
    return held.remarks[0] if held.remarks and not (held.keys or held.crls) else held.what


def _remark(found: Found, path: str, held: Held) -> None:
    found.notes += [f"{os.path.basename(path)}: {remark}" for remark in held.remarks]
