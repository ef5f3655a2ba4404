"""The part of a client's words that matters. Law: it finds where in the text it stands, and never changes a letter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.model.evidence import Attempt

_OPENINGS = ("certificate verify failed: ", "SSL certificate problem: ", "SSL: ")
_ENDINGS = re.compile(r" \(_ssl\.c|['\"]?\)+$|['\"]\)|\n")
_REASON = re.compile(
    r"\[(?:SSL|X509|SYS|PEM|ASN1)(?:: )?[A-Z0-9_]*\] (?P<words>.+?)(?= \(_ssl\.c|['\"]\)|$)", re.MULTILINE
)
_ERRNO = re.compile(r"\[Errno -?\d+\] [^\n'\")\]]+")


def decisive(error: str, exceptions: Sequence[str] = ()) -> tuple[int, int]:
    """Where in an error text the part stands that matters: a start and an end; (0, 0) for an empty text."""
    for opening in _OPENINGS:
        at = error.rfind(opening)
        if at >= 0 and (opening != "SSL: " or error[at - 1 : at] != "["):
            start = at + len(opening)
            end = _ENDINGS.search(error, start)
            return start, end.start() if end else len(error.rstrip())
    for pattern in (_REASON, _ERRNO):
        matches = list(pattern.finditer(error))
        if matches:
            group = "words" if pattern is _REASON else 0
            return matches[-1].start(group), matches[-1].end(group)
    return _innermost(error, exceptions)


def name(qualified: str) -> str:
    """The last part of a qualified name: SSLError."""
    return qualified.rpartition(".")[2]


def last_words(attempt: Attempt) -> str:
    """What the client said, headed by its outermost exception as a traceback's last line is."""
    outer = name(attempt.exceptions[0]) if attempt.exceptions else ""
    if not outer or attempt.error.startswith((outer, attempt.exceptions[0])):
        return attempt.error
    return f"{outer}: {attempt.error}"


def _innermost(error: str, exceptions: Sequence[str]) -> tuple[int, int]:
    for qualified in reversed(exceptions):
        for opening in (f"{name(qualified)}('", f'{name(qualified)}("', f"{name(qualified)}: "):
            at = error.rfind(opening)
            if at >= 0:
                start = at + len(opening)
                end = error.find(opening[-1] + ")", start) if opening[-1] in "'\"" else -1
                return start, end if end >= 0 else len(error.rstrip())
    return 0, len(error.split("\n", 1)[0].rstrip())
