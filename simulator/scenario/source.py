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
_UNWANTED = re.compile(
    "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_ENOUGH = 20
"""Lines with unwanted characters; more of them, and the file is something else."""
_LINE = re.compile("\r\n|\n|\r")


def read(path: str, problems: Problems) -> str | None:
    """The text of the file at `path`, without a byte-order mark; None where it cannot be used (then a problem says
    why). Never raises for what a file system can hold."""
    try:
        status = os.stat(path)  # noqa: PTH116  # pathlib costs 4 ms at start-up
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no ordinary file"
            return _none(problems.add, 1, 1, f"this is {kind}", "name a .yaml file")
        with open(path, "rb") as file:  # noqa: PTH123  # as above
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        return _none(problems.add, 1, 1, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return check(data, max(status.st_size, len(data)), problems)


def check(data: bytes, size: int, problems: Problems) -> str | None:
    """The bytes as text, without a byte-order mark and with blanks for characters that no scenario needs, which are told;
    None where they are too many (`size` is the file's) or nothing that follows could be trusted."""
    if len(data) > LARGEST:
        return _none(problems.add, 1, 1, f"{size:,} bytes are too many", f"a scenario file has at most {LARGEST:,}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        encoding = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        hint = f"it looks like {encoding}: save the file as UTF-8" if encoding else "save the file as UTF-8"
        return _none(problems.add, *_position(before, len(before)), f"byte 0x{data[error.start]:02x} is not UTF-8", hint)
    text = text.removeprefix("\ufeff")
    found = list(_UNWANTED.finditer(text))
    if not found:
        return text
    told: dict[int, int] = {}
    for match in found:
        line, column = _position(text, match.start())
        if line not in told:
            told[line] = column
            problems.add(line, column, *_told(match.group()))
        if len(told) > _ENOUGH:
            return None
    if any(not text[text.rfind("\n", 0, m.start()) + 1 : m.start()].strip() for m in found):
        return None  # an indent is not what it seems, so all that follows would be guesses
    return _UNWANTED.sub(" ", text)


def unwanted(text: str) -> str:
    """The first character of a value that no value may hold (an escape can write it), or ""."""
    match = _UNWANTED.search(text)
    return match.group() if match else ""


def _told(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab", "write spaces"
    return f"the character U+{ord(character):04X} does not belong into a text file", "delete it"


def _position(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character, with the line ends that YAML knows: LF, CRLF and CR."""
    line, start = 1, 0
    for match in _LINE.finditer(text, 0, index):
        line, start = line + 1, match.end()
    return line, index - start + 1
