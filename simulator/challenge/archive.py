"""Zip files, written the same everywhere and read without trust.

Law of writing: stored, in the order given, one fixed time, no extra fields, no comments: same files, same bytes.
Law of reading: nothing is unpacked to disk; sizes are counted while bytes come, whatever the archive says of itself;
links, folders in disguise, absolute names and `..` are refused.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.errors import UsageError

TIME = (0x0000, 0x0021)
"""1980-01-01 00:00, the oldest moment that a zip file knows (APPNOTE 4.4.6)."""
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_UNIX, _VERSION = 3 << 8, 20
_REGULAR = 0o100000


class Rejected(UsageError):
    """An archive that is refused, and why: one clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an archive may hold. Bytes."""

    archive: int = 4_000_000
    files: int = 200
    file: int = 256_000
    total: int = 2_000_000


def write(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A stored zip file of these files, in this order. Names are ASCII; a name with `key` in it gets mode 0600."""
    body: list[bytes] = []
    directory: list[bytes] = []
    offset = count = 0
    for name, data in files:
        raw = name.encode("ascii")
        crc, size = zlib.crc32(data), len(data)
        head = _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, *TIME, crc, size, size, len(raw), 0)
        mode = _REGULAR | (0o600 if "key" in name else 0o644)
        directory += (
            _CENTRAL.pack(
                b"PK\1\2", _UNIX | _VERSION, _VERSION, 0, 0, *TIME, crc, size, size, len(raw), 0, 0, 0, 0, mode << 16,
                offset,
            ),
            raw,
        )  # fmt: skip
        body += (head, raw, data)
        offset += len(head) + len(raw) + size
        count += 1
    central = b"".join(directory)
    return b"".join((*body, central, _END.pack(b"PK\5\6", 0, 0, count, count, len(central), offset, 0)))


def read(data: bytes, limits: Limits | None = None) -> dict[str, bytes]:
    """The files of an archive by name. Raises `Rejected` for anything that no honest archive needs."""
    import zipfile

    limits = limits or Limits()
    if len(data) > limits.archive:
        raise Rejected(f"the archive has more than {limits.archive:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.files:
                raise Rejected(f"{len(entries):,} files are in it, and at most {limits.files} may be")
            found: dict[str, bytes] = {}
            left = limits.total
            for entry in entries:
                if entry.is_dir():
                    continue
                name = _checked(entry.filename, entry.external_attr >> 16, entry.flag_bits)
                if name in found:
                    raise Rejected(f"{name[:80]} is in it twice")
                if entry.file_size > limits.file:
                    raise Rejected(f"{name[:80]} has more than {limits.file:,} bytes")
                with archive.open(entry) as file:
                    content = file.read(limits.file + 1)  # what comes counts, not what the directory says
                if len(content) > limits.file:
                    raise Rejected(f"{name[:80]} has more than {limits.file:,} bytes")
                left -= len(content)
                if left < 0:
                    raise Rejected(f"all files together have more than {limits.total:,} bytes")
                found[name] = content
            return found
    except Rejected:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise Rejected(f"this is no zip file that can be read: {error}") from None


def _checked(name: str, mode: int, flags: int) -> str:
    shown = "".join(c if c.isprintable() else "·" for c in name[:80])
    kind = mode & 0o170000
    if kind not in (0, _REGULAR):
        raise Rejected(f"{shown} is {'a link' if kind == 0o120000 else 'no ordinary file'}")
    if flags & 1:
        raise Rejected(f"{shown} is encrypted")
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in parts or "." in parts or "" in parts:
        raise Rejected(f"the name {shown} leads out of the archive")
    if not name.isprintable() or len(name) > 200:
        raise Rejected(f"the name {shown} is none that a file should have")
    return name
