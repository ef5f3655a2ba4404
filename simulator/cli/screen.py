"""The only writer: to standard output, to standard error, to a file that is whole or not there.

Law: colour and width are the terminal's and the user's decision: NO_COLOR, TERM=dumb, COLUMNS, a pipe.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from typing import TextIO

    from rich.progress import Progress

WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal is."""


def version() -> str:
    """The installed version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("tls-clinic")
    except PackageNotFoundError:
        return "0 (not installed)"


def is_terminal(stream: TextIO | None = None) -> bool:
    """Whether somebody watches the stream (standard output unless told)."""
    stream = sys.stdout if stream is None else stream
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def width() -> int:
    """The width of lines: COLUMNS, else the terminal's, else 80; never more than is easy to read."""
    told = os.environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and 0 < int(told) < 100_000:
        return max(20, min(int(told), WIDEST))
    try:
        found = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        found = 0
    return max(20, min(found or 80, WIDEST))


def colour() -> bool:
    """Whether to use colour: on a terminal that can, where NO_COLOR (not empty) does not forbid it; FORCE_COLOR asks
    for it in a pipe too."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal() and os.environ.get("TERM") not in ("dumb", "") and _understands_colour()


def _understands_colour() -> bool:
    return os.name != "nt" or any(name in os.environ for name in ("WT_SESSION", "ANSICON", "TERM_PROGRAM", "TERM"))


def plain() -> bool:
    """Whether standard output cannot take the drawn characters."""
    try:
        "└─✗→▔·".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def write(text: str) -> None:
    """Writes to standard output, at once."""
    _put(sys.stdout, text)


def warn(line: str) -> None:
    """Writes a line to standard error. Control characters are shown, not sent."""
    from simulator.report.inert import inert

    try:
        _put(sys.stderr, "".join(inert(part) + "\n" for part in line.split("\n")))
    except OSError:  # nobody to tell
        return


def progress(text: str) -> None:
    """Shows how far long work has come, on a terminal only; an empty text clears it."""
    if is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb":
        room = max(10, width() - 1)
        _put(sys.stderr, "\r" + text[:room].ljust(room) + ("" if text else "\r"))


class Steps:
    """How far long work of many steps has come: a bar on a terminal, nothing at all in a pipe."""

    def __init__(self, total: int) -> None:
        """`total`: how many steps there are."""
        self._bar: Progress | None = None
        if is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb":
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = (MofNCompleteColumn(), BarColumn(20), TextColumn("{task.description}", markup=False))
            # No thread of its own that draws: each step does, and what is written between two steps is never torn.
            self._bar = Progress(
                *columns,
                console=Console(stderr=True, highlight=False),
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Steps:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, number: int, text: str) -> None:
        """Shows that step `number`, counted from 1, has begun; `text` says which."""
        if self._bar is not None:
            from simulator.report.inert import inert

            self._bar.update(self._task, completed=number - 1, description=inert(text), refresh=True)

    def write(self, text: str) -> None:
        """Writes to standard output; the bar goes out of its way."""
        if self._bar is not None:
            self._bar.stop()
        write(text)
        if self._bar is not None:
            self._bar.start()


def _put(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def save(path: str, text: str) -> None:
    """Writes a file that is whole or as it was before. "-" is standard output. Raises `MachineError`."""
    if path == "-":
        write(text)
        return
    from simulator.errors import MachineError

    data = text.encode("utf-8", "backslashreplace")
    special = os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)  # noqa: PTH110, PTH112, PTH113  # pathlib costs 4 ms
    target = os.path.realpath(path)
    part = target if special else f"{target}.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:  # noqa: PTH123  # as above
            file.write(data)
        if not special:
            os.replace(part, target)  # noqa: PTH105  # as above
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror or error}", "name another file after -o") from None
    finally:
        if not special and os.path.exists(part):  # noqa: PTH110  # as above
            os.unlink(part)  # noqa: PTH108  # as above
