"""From an error text to its likely causes. Law: ranks, never decides; answers every text and raises for none.

Text is the weakest evidence there is: OpenSSL's code 20 has eight causes. So a cause gets a certainty, its rivals stand
beside it, and `tell_apart` is the one command that would decide. `text` makes plain text, `clauses` finds the clause
that decides, `surroundings` reads what stands around it, `rank` weighs. Where nobody's words are known, `numbers` says
numbers in words, and `topics` what a text speaks of. What clients say is data: `wordings.json`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.diagnosis.wordings.candidate import DECIDES, candidate, unknown
from simulator.diagnosis.wordings.clauses import DECISIVE, VAGUE, Clause, clauses, decided, wraps
from simulator.diagnosis.wordings.numbers import in_words
from simulator.diagnosis.wordings.rank import weigh
from simulator.diagnosis.wordings.scale import MOST, Weights, bare
from simulator.diagnosis.wordings.surroundings import Surroundings, surroundings
from simulator.diagnosis.wordings.text import LIMIT, Reading, squashed
from simulator.diagnosis.wordings.topics import topics
from simulator.model.wording import Candidate, Wording

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


_DATA = os.path.join(os.path.dirname(__file__), "wordings.json")  # noqa: PTH118, PTH120 - pathlib costs 4 ms
_MOST_CANDIDATES = 5
_ENOUGH = 3
"""Candidates that are shown at least where no clause decides."""
_loaded: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What an error text may mean."""

    candidates: tuple[Candidate, ...]
    """The likeliest first; never empty: `cannot-tell` is an answer."""
    excerpt: str
    """The line of the text that decided, or ""."""
    url: str | None
    """What was asked for, where the text tells."""
    client: str
    """Who speaks, where that can be recognised, or ""."""


def load_wordings() -> tuple[Wording, ...]:
    """What clients are known to say."""
    return tuple(
        Wording(
            text=entry["text"],
            findings=tuple(entry["findings"]),
            client=entry.get("client", ""),
            certainty=entry["certainty"],
            regex=entry.get("regex", False),
            source=entry["source"],
        )
        for entry in _data()["wordings"]
    )


def explain(text: str, wordings: Iterable[Wording] = ()) -> Explanation:
    """Rank the likely causes of an error text or of a whole log."""
    if len(text) > LIMIT:
        from simulator.diagnosis.wordings.stream import gist

        text = gist(text.splitlines())
    return _explain(text, wordings)


def explain_lines(lines: Iterable[str], wordings: Iterable[Wording] = ()) -> Explanation:
    """The same for a log that is too long to hold: read once, kept in part."""
    from simulator.diagnosis.wordings.stream import gist

    return _explain(gist(lines), wordings)


def _data() -> dict[str, Any]:
    if not _loaded:
        with open(_DATA, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs four milliseconds at each start
            _loaded.update(json.load(file))
        _loaded["public"] = frozenset(_loaded["public"])
    return _loaded


def _explain(text: str, wordings: Iterable[Wording]) -> Explanation:
    data = _data()
    # What `load_wordings` gave is in the file already.
    extra = [wording for wording in wordings if wording.findings]
    reading, known = _read(text, data["wordings"], extra)
    if not decided(known) or wraps(known[0]):
        lines = in_words(reading.low, data["numbers"])
        if lines:
            reading, known = _read("\n".join([text, *lines]), data["wordings"], extra)
    at = known[0].start if known else len(reading.low)
    around = surroundings(reading, at, data)
    if not known:
        return Explanation(
            candidates=unknown(reading.low, _spoken_of(reading, around, data), around),
            excerpt="",
            url=around.url,
            client=around.client,
        )
    said = " ".join(reading.text[at : known[0].end].split())
    weights, reasons = weigh(known[0].wording, said.lower(), around)
    _add_others(weights, known)
    _disputed(weights, known)
    _add_rivals(weights, data["rivals"])
    if known[0].rank <= VAGUE and not bare(known[0].wording) and "cannot-tell" not in weights:
        _add_doubt(weights)
        reasons["cannot-tell"] = "it says that something failed, and not what"
    excerpt = reading.line_at(at)
    ranked = sorted(weights.items(), key=lambda item: -item[1])[:_MOST_CANDIDATES]
    client = around.client or known[0].wording.get("client", "")
    candidates = tuple(
        candidate(finding, certainty, client=client, said=said[:160], reasons=reasons, around=around)
        for finding, certainty in ranked
    )
    return Explanation(candidates=candidates, excerpt=excerpt, url=around.url, client=client)


def _spoken_of(reading: Reading, around: Surroundings, data: Mapping[str, Any]) -> list[str]:
    found = topics(reading.low, data["topics"])
    if found[:1] == ["bundle-unreadable"] and "server-side" in around.facts:
        return ["server-refused-to-start", *found]
    return found


def _read(text: str, entries: Iterable[Mapping[str, Any]], extra: Iterable[Wording]) -> tuple[Reading, list[Clause]]:
    """A line of exactly 80 may have been cut in a word or wrapped after one: that reading counts which says more."""
    reading = Reading(text)
    known = clauses(reading, entries, extra)
    if reading.glued:
        wrapped = Reading(text, glue=False)
        others = clauses(wrapped, entries, extra)
        if others and (not known or _says(wrapped, others[0]) > _says(reading, known[0])):
            return wrapped, others
    return reading, known


def _says(reading: Reading, clause: Clause) -> tuple[bool, int, int]:
    return not clause.extra, clause.rank, len(squashed(reading.low[clause.start : clause.end]))


def _add_others(weights: Weights, known: list[Clause]) -> None:
    """Other clauses of the same text: rivals, below what the deciding clause leaves."""
    lead = known[0]
    certain = max(weights.values())
    room = max(1 - sum(weights.values()), 0.0)
    extras: dict[str, int] = {}
    for clause in known[1:]:
        for position, finding in enumerate(clause.wording["findings"][:3]):
            if clause.extra:
                near = clause.start < lead.end and lead.start < clause.end
                if near or lead.extra:
                    extras[finding] = extras.get(finding, 0) + 1
            elif finding not in weights and lead.rank < DECISIVE and clause.rank == 1 and position == 0:
                weights[finding] = min(0.05, certain * 0.5)  # the network failed, and a certificate is spoken of too
            elif finding not in weights and lead.rank == clause.rank == DECISIVE and position == 0:
                weights[finding] = min(0.12, certain * 0.5, max(room * 0.4, 0.03))
                if clause.start < lead.start:
                    # It was passed over because it says less, and is true beside the lead: before the lead's rivals.
                    for rival in weights.keys() - {finding, lead.wording["findings"][0]}:
                        weights[rival] *= 0.7
                    weights[finding] = min(0.12, certain * 0.5)
    for finding, count in extras.items():
        # A scenario whose client said just this: possible, and no more.
        weights.setdefault(finding, min(0.02 + 0.01 * count, certain * 0.5))


def _disputed(weights: Weights, known: list[Clause]) -> None:
    """A text that clearly names another cause too decides nothing."""
    first = max(weights, key=weights.__getitem__)
    others = (clause for clause in known[1:] if clause.rank == DECISIVE and not clause.extra)
    if any(first not in clause.wording["findings"] for clause in others):
        weights[first] = min(weights[first], MOST)


def _add_doubt(weights: Weights) -> None:
    """Where the lead is vague, "cannot tell" is an answer: the third, behind the two that are likeliest."""
    ranked = sorted(weights.values(), reverse=True)
    if len(ranked) > _ENOUGH - 1:
        weights["cannot-tell"] = (ranked[_ENOUGH - 2] + ranked[_ENOUGH - 1]) / 2
        total = max(sum(weights.values()), 1.0)
        for finding in weights:
            weights[finding] /= total


def _add_rivals(weights: Weights, rivals: Mapping[str, list[str]]) -> None:
    """Where the text does not decide, what else the likeliest cause is commonly mistaken for."""
    first = max(weights, key=weights.__getitem__)
    if weights[first] >= DECIDES:
        return
    least = min(0.02, min(weights.values()) * 0.9)
    for rival in rivals.get(first, ()):
        if len(weights) >= _ENOUGH:
            break
        weights.setdefault(rival, least)
