"""Words for people out of an attacker's data.

Law: nothing from a certificate or a server reaches a person unescaped or unbounded: control and bidirectional
characters become visible, long texts and long lists are cut and say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

LONGEST = 120
"""Characters of one text that are shown."""


def clean(text: str | bytes, longest: int = LONGEST) -> str:
    """The text with everything unprintable escaped (as `\\x1b`, `\\u202e`), cut after `longest` characters."""
    if isinstance(text, bytes):
        text = text[: 4 * longest].decode("utf-8", "backslashreplace")
    if text.isprintable() and len(text) <= longest:
        return text
    cut = text[:longest]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
    return shown + ("…" if len(text) > longest else "")


def listed(texts: Iterable[str], shown: int = 3) -> str:
    """ "a, b and 9,998 more": at most `shown` of them are spelled out."""
    every = list(texts)
    if len(every) <= shown:
        return ", ".join(every)
    return f"{', '.join(every[: shown - 1])} and {len(every) - shown + 1:,} more"


def day(seconds: float | None) -> str:
    """A moment (seconds since 1970 UTC) as "2026-11-24 05:36 UTC"; None: a date that cannot be read."""
    if seconds is None:
        return "a date that cannot be read"
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return "a date beyond all calendars"
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def span(seconds: float) -> str:
    """A stretch of time in the largest unit that fits: "3 days"."""
    seconds = abs(seconds)
    for size, unit in ((86400 * 365, "year"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count:,} {unit}{'s' if count > 1 else ''}"
    return f"{int(seconds)} seconds"


def hexed(value: bytes | None) -> str:
    """A key identifier as people see it elsewhere: "FB:98:B3:53…"."""
    if value is None:
        return "none"
    return value[:8].hex(":").upper() + ("…" if len(value) > 8 else "")
