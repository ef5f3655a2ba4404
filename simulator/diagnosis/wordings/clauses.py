"""Finds the clause that decides. Law: the innermost TLS cause that stands first wins; transport and phrases come after.

A traceback says the same refusal three times, each time vaguer ("unable to get local issuer certificate",
"CERTIFICATE_VERIFY_FAILED", "SSLError"); a log may hold a dozen. A clause that names a cause beats one that names only
the network, and that one beats "something failed".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from simulator.diagnosis.wordings.text import Reading, squashed
from simulator.model.wording import Wording

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


TRANSPORT = frozenset(
    {"name-not-resolved", "nothing-listening", "handshake-timeout", "connection-closed", "cannot-tell"}
)
_ASIDE = frozenset({"verification-disabled"})
DECISIVE = 3
"""The rank of a clause that names a cause."""
VAGUE = 1
"""The rank of a clause that says something failed, not what; 0 is one that says it of the network."""
_VAGUE = 0.35
"""A wording below this certainty says that something failed, not what."""
_CLEAR = 0.7
"""From this certainty on a wording says what is the matter, wherever it stands among others that say less."""
_WRAPPERS = frozenset({"bundle-unreadable", "server-refused-to-start"})
_LAG = 250
"""Who could not load a file says so first, and then why: "failed to load the certificate: key too small"."""
_FAR = 20_000
"""An alert says that the other side refused; a local refusal in the same log says why."""
_SHORT = 14
_HALF_SAID = 0.5
_SHORTEST, _LONGEST = 8, 60
"""Letters that a wording needs at the end of a text that was cut off, and letters that are looked at."""


class Clause:
    """One known wording, and where it stands in the text. No dataclass: each costs a millisecond at the start."""

    __slots__ = ("end", "extra", "rank", "start", "wording")

    def __init__(self, *, start: int, end: int, rank: int, wording: Mapping[str, Any], extra: bool = False) -> None:
        self.start = start
        self.end = end
        self.rank = rank
        self.wording = wording
        self.extra = extra
        """It comes from a scenario, not from the file."""


def clauses(reading: Reading, entries: Iterable[Mapping[str, Any]], extra: Iterable[Wording]) -> list[Clause]:
    """Every known clause of the text, the one that decides first; parts of a longer clause are left out."""
    found: list[Clause] = []
    vague: list[Mapping[str, Any]] = []
    for entry in entries:
        if entry.get("regex") and entry["certainty"] < _VAGUE:
            vague.append(entry)
        else:
            _look(reading, entry, found)
    if not decided(found):
        # What such texts say in general counts only where nothing says what is the matter.
        for entry in vague:
            _look(reading, entry, found)
    for wording in extra:
        entry = {
            "text": wording.text,
            "findings": list(wording.findings),
            "client": wording.client,
            "certainty": wording.certainty,
            "regex": wording.regex,
        }
        _look(reading, entry, found, extra=True)
    if not found:
        found.extend(_cut_off(reading, entries))
    # The longer of two that overlap says more: "certificate has expired or is not yet valid: ... is after ..." is one.
    found.sort(key=lambda clause: (clause.extra, clause.rank < 2, clause.start - clause.end, clause.start))
    kept: list[Clause] = []
    for clause in found:
        if clause.extra or not any(clause.start < other.end and other.start < clause.end for other in kept):
            kept.append(clause)
    # Vague ones by what they know, the others by their place.
    kept.sort(
        key=lambda clause: (
            clause.extra,
            _aside(reading, clause),
            -clause.rank,
            -_knows(clause),
            _where(clause),
            clause.start - clause.end,
        )
    )
    return kept


def decided(found: Iterable[Clause]) -> bool:
    """Whether one of them names a cause."""
    return any(clause.rank == DECISIVE and not clause.extra for clause in found)


def wraps(clause: Clause) -> bool:
    """Whether it says that a file could not be loaded, and the reason is still to come."""
    return clause.wording["findings"][0] in _WRAPPERS


def _aside(reading: Reading, clause: Clause) -> bool:
    """A warning, in the log of a server that then says why it does not start."""
    line = reading.low[reading.low.rfind("\n", 0, clause.start) + 1 : clause.start]
    return "[warn]" in line and "[emerg]" in reading.low


def _knows(clause: Clause) -> float:
    certainty: float = clause.wording["certainty"]
    return certainty if clause.rank < 2 else float(certainty >= _CLEAR)


def _where(clause: Clause) -> int:
    """Where it stands, for the order of causes: what only reports or wraps another cause counts as later."""
    findings = clause.wording["findings"]
    if findings[0] == "not-yet-valid":
        return clause.start - _FAR  # a clock that is behind makes a client doubt everything else too
    if findings[0] == "client-certificate-rejected" and "untrusted-issuer" in findings:
        return clause.start + _FAR
    return clause.start + (_LAG if findings[0] in _WRAPPERS else 0)


def _cut_off(reading: Reading, entries: Iterable[Mapping[str, Any]]) -> list[Clause]:
    """The wording in which the text breaks off, behind a quote or a colon: "... 'ssl3_get_record', 'wrong ver"."""
    if not reading.low[-1:].isalnum():
        return []
    tail = reading.squash[-_LONGEST:]
    best: tuple[int, Mapping[str, Any]] | None = None
    for entry in entries:
        if entry.get("regex"):
            continue
        needle = _needle(entry["text"])
        least = max(_SHORTEST, len(needle) * 2 // 5, best[0] + 1 if best else 0)
        for length in range(min(len(needle) - 1, len(tail)), least - 1, -1):
            if tail.endswith(needle[:length]) and _inside_a_word(entry["text"], length):
                best = length, entry
                break
    if best is None:
        return []
    start = reading.place(len(reading.squash) - best[0])
    if reading.low[:start].rstrip(" ")[-1:] not in {"'", '"', ":"}:
        return []
    entry = {**best[1], "certainty": min(best[1]["certainty"], _HALF_SAID)}
    return [Clause(start=start, end=len(reading.low), rank=_rank(best[1]), wording=entry)]


def _inside_a_word(text: str, letters: int) -> bool:
    """Whether the text's first so many letters and digits end in the middle of a word."""
    seen = 0
    for index, character in enumerate(text):
        seen += character.isalnum()
        if seen == letters:
            return text[index + 1 : index + 2].isalnum()
    return False


def _look(reading: Reading, entry: Mapping[str, Any], found: list[Clause], *, extra: bool = False) -> None:
    span = _by_pattern(reading, entry, extra) if entry.get("regex") else _by_words(reading, entry)
    if span is not None:
        found.append(Clause(start=span[0], end=span[1], rank=_rank(entry), wording=entry, extra=extra))


def _rank(entry: Mapping[str, Any]) -> int:
    first = entry["findings"][0] if entry["findings"] else "cannot-tell"
    if entry["certainty"] < _VAGUE or first in _ASIDE:
        return 0 if first in TRANSPORT else VAGUE
    return 2 if first in TRANSPORT else DECISIVE


def _by_pattern(reading: Reading, entry: Mapping[str, Any], extra: bool) -> tuple[int, int] | None:
    # Compiling costs a hundred times what looking for a word costs: one of these words is in every match.
    needs: list[str] = entry.get("needs") or []
    if needs and not any(need in reading.low for need in needs):
        return None
    try:
        # A pattern's blank stands for any white space: a line may have been wrapped there.
        pattern = re.compile(
            entry["text"].replace(" ?", r"\s*").replace(" ", r"\s+"),
            re.IGNORECASE | re.MULTILINE if extra else re.MULTILINE,
        )
    except re.error:  # a scenario's author wrote it; the text is still to be explained
        return None
    match = pattern.search(reading.low)
    return (match.start(), match.end()) if match is not None else None


_needle = lru_cache(maxsize=8192)(squashed)


def _by_words(reading: Reading, entry: Mapping[str, Any]) -> tuple[int, int] | None:
    needle = _needle(entry["text"])
    if not needle:
        return None
    at = reading.squash.find(needle)
    for _ in range(5):
        if at < 0:
            return None
        start = reading.place(at)
        end = reading.place(at + len(needle) - 1) + 1
        # "INVALID_CA" is not in "invalid cache"; a long needle may be cut and glued as it likes.
        whole = not reading.low[start - 1 : start].isalnum() and not reading.low[end : end + 1].isalnum()
        if whole or len(needle) >= _SHORT:
            return start, end
        at = reading.squash.find(needle, at + 1)
    return None
