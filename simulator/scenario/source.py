"""From a path to text: size, encoding, characters. Law: at most 64 kB are ever read, and a file that is not plain UTF-8
text is told so at the first place where it is not.
"""

from __future__ import annotations

import os
import re
import stat

from simulator.scenario.problem import Problems

LARGEST = 64_000
"""Bytes. The longest scenario we ship has about 4,000."""

# NUL and other control characters, tabs, what YAML 1.1 takes for a line break and editors do not, surrogates and
# non-characters, and the invisible ones that make a reader see another order than a parser.
_UNWANTED = "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
_ENOUGH = 20
"""Lines with unwanted characters; more of them, and the file is something else."""
_LINE = "\r\n|\n|\r"


def read(path: str, problems: Problems) -> str | None:
    """The text of the file at `path`; None where there is none to go on with. Never raises for what a file system can
    hold: a problem says what is wrong."""
    try:
        status = os.stat(path)  # noqa: PTH116  # pathlib costs 4 ms at start-up
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no ordinary file"
            problems.add(1, 1, f"this is {kind}", "name a .yaml file")
            return None
        with open(path, "rb") as file:  # noqa: PTH123  # as above
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        problems.add(1, 1, f"cannot be read: {getattr(error, 'strerror', None) or error}")
        return None
    return check(data, max(status.st_size, len(data)), problems)


def check(data: bytes, size: int, problems: Problems) -> str | None:
    """The bytes as text, without a byte-order mark; `size` is the file's. What does not belong there is told and
    becomes a blank, so that the rest can be read; None where the rest would be guesses."""
    if len(data) > LARGEST:
        problems.add(1, 1, f"{size:,} bytes are too many", f"a scenario file has at most {LARGEST:,}")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = re.split(_LINE, data[: error.start].decode("utf-8").removeprefix("\ufeff"))
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        hint = "it looks like UTF-16: save the file as UTF-8" if utf16 else "save the file as UTF-8"
        problems.add(len(before), len(before[-1]) + 1, f"byte 0x{data[error.start]:02x} is not UTF-8", hint)
        if utf16:
            return None
        text = data.decode("utf-8", "replace")
    text = text.removeprefix("\ufeff")
    if not unwanted(text):
        return text
    return re.sub(_UNWANTED, " ", text) if _tell(text, problems) else None


def _tell(text: str, problems: Problems) -> bool:
    """Tells the first unwanted character of each line. Whether the rest of the file can be trusted."""
    trusted, told = True, 0
    for number, line in enumerate(re.split(_LINE, text), start=1):
        match = re.search(_UNWANTED, line)
        if match is None:
            continue
        what = f"the character U+{ord(match.group()):04X} does not belong into a text file", "delete it"
        problems.add(number, match.start() + 1, *(("a tab", "write spaces") if match.group() == "\t" else what))
        trusted = trusted and bool(line[: match.start()].strip())  # else the indent is not what it seems
        told += 1
        if told > _ENOUGH:
            return False
    return trusted


def unwanted(text: str) -> str:
    """The first character of a value that no value may hold (an escape can write it), or ""."""
    if text.replace("\n", "").isprintable():
        return ""  # nearly always, and then no pattern was ever compiled
    match = re.search(_UNWANTED, text)
    return match.group() if match else ""
