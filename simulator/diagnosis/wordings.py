"""From an error text to its likely causes. Law: ranks, never decides; answers every text and raises for none.

Text is the weakest evidence there is: OpenSSL's code 20 has eight causes. So a cause gets a certainty, its rivals stand
beside it, and `tell_apart` is the one command that would decide. Four steps, one module each: `wordings_text` makes
plain text, `wordings_clauses` finds the clause that decides, `wordings_surroundings` reads what stands around it,
`wordings_rank` weighs. What clients say is data: `wordings.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.diagnosis.wordings_clauses import TRANSPORT, Clause, clauses
from simulator.diagnosis.wordings_rank import Reasons, Weights, weigh
from simulator.diagnosis.wordings_surroundings import Surroundings, surroundings
from simulator.diagnosis.wordings_text import LIMIT, Reading
from simulator.model.wording import Candidate, Wording

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


_DATA = __file__.rpartition(".")[0] + ".json"
_MOST_CANDIDATES = 5
_DECIDES = 0.8
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
        from simulator.diagnosis.wordings_stream import gist

        text = gist(text.splitlines())
    return _explain(Reading(text), wordings)


def explain_lines(lines: Iterable[str], wordings: Iterable[Wording] = ()) -> Explanation:
    """The same for a log that is too long to hold: read once, kept in part."""
    from simulator.diagnosis.wordings_stream import gist

    return _explain(Reading(gist(lines)), wordings)


def _data() -> dict[str, Any]:
    if not _loaded:
        with open(_DATA, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs four milliseconds at each start
            _loaded.update(json.load(file))
        _loaded["public"] = frozenset(_loaded["public"])
    return _loaded


def _explain(reading: Reading, wordings: Iterable[Wording]) -> Explanation:
    data = _data()
    # What `load_wordings` gave is in the file already.
    known = clauses(reading, data["wordings"], [wording for wording in wordings if wording.findings])
    at = known[0].start if known else len(reading.low)
    around = surroundings(reading, at, data)
    if not known:
        return Explanation(
            candidates=_unknown(reading.low, around),
            excerpt="",
            url=around.url,
            client=around.client,
        )
    weights, reasons = weigh(known[0].wording, around)
    _add_others(weights, known)
    _add_rivals(weights, data["rivals"])
    excerpt = reading.line_at(at)
    ranked = sorted(weights.items(), key=lambda item: -item[1])[:_MOST_CANDIDATES]
    client = around.client or known[0].wording.get("client", "")
    said = " ".join(reading.text[at : known[0].end].split())[:160]
    candidates = tuple(
        _candidate(finding, certainty, client=client, said=said, reasons=reasons, around=around)
        for finding, certainty in ranked
    )
    return Explanation(candidates=candidates, excerpt=excerpt, url=around.url, client=client)


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
            elif finding not in weights and lead.rank == 3 and clause.rank == 3 and position == 0:
                weights[finding] = min(0.12, certain * 0.5, max(room * 0.4, 0.03))
    for finding, count in extras.items():
        # A scenario whose client said just this: possible, and no more.
        weights.setdefault(finding, min(0.02 + 0.01 * count, certain * 0.5))


def _add_rivals(weights: Weights, rivals: Mapping[str, list[str]]) -> None:
    """Where the text does not decide, what else the likeliest cause is commonly mistaken for."""
    first = max(weights, key=weights.__getitem__)
    if weights[first] >= _DECIDES:
        return
    least = min(0.02, min(weights.values()) * 0.9)
    for rival in rivals.get(first, ()):
        if len(weights) >= _ENOUGH:
            break
        weights.setdefault(rival, least)


def _candidate(
    finding: str, certainty: float, *, client: str, said: str, reasons: Reasons, around: Surroundings
) -> Candidate:
    why = f"the text says “{said}”"
    if finding in reasons:
        why += f"; {reasons[finding]}"
    elif certainty < _DECIDES:
        why += ", which has several causes"
    if finding == "cannot-tell":
        return _cannot_tell(around, f"“{said}” is no TLS problem in itself", certainty)
    return Candidate(
        finding=finding,
        certainty=round(certainty, 2),
        client=client,
        why=why,
        tell_apart=_tell_apart(finding, around),
    )


def _unknown(low: str, around: Surroundings) -> tuple[Candidate, ...]:
    """No clause is known: what such talk is commonly about, far below "cannot tell"."""
    common: tuple[str, ...] = ()
    if "cert" in low or "x509" in low:
        common = ("untrusted-issuer", "name-mismatch")
    elif "ssl" in low or "tls" in low or "https" in low or "handshake" in low:
        common = ("connection-closed", "no-shared-cipher")
    guesses = (
        Candidate(
            finding=finding,
            certainty=certainty,
            client=around.client,
            why="the commonest cause of such an error, no more",
            tell_apart=_tell_apart(finding, around),
        )
        for finding, certainty in zip(common, (0.1, 0.05), strict=False)
    )
    return (_cannot_tell(around, "no known TLS error stands in it", 0.6), *guesses)


def _cannot_tell(around: Surroundings, why: str, certainty: float) -> Candidate:
    if around.url is not None and around.url.startswith("https"):
        tell = f"simulate diagnose {around.url}"
    else:
        tell = "paste the whole error, from the command to the last line, or run: simulate diagnose https://HOST/"
    return Candidate(
        finding="cannot-tell", certainty=round(certainty, 2), client=around.client, why=why, tell_apart=tell
    )


_BY_HAND: Mapping[str, str] = {
    "name-not-resolved": "getent hosts {host}  (no answer: DNS, not TLS)",
    "nothing-listening": "curl -v {url}  (refused before any TLS: is the server running, on this port?)",
    "server-refused-to-start": "read the server's own log: it says which file it could not load",
    "key-mismatch": "simulate diagnose --chain CHAIN.pem --key KEY.pem",
    "leaf-not-first": "simulate diagnose --chain CHAIN.pem --key KEY.pem",
    "ssl-module-missing": 'python -c "import ssl; print(ssl.OPENSSL_VERSION)"',
    "bundle-unreadable": "openssl x509 -noout -subject -in {bundle}  (an error: no certificate in PEM there)",
    "no-trust-anchors": "python -m certifi  (the bundle that requests reads: is the file there, and not empty?)",
    "bundle-was-reset": "pip show -f certifi; python -m certifi  (is your CA still at the end of that file?)",
    "bundle-replaces-defaults": "simulate diagnose {url}  (it says which variable named which bundle)",
    "environment-ignored": "simulate diagnose {url}  (it says which variables this client looks at)",
    "environment-overrides-session": "simulate diagnose {url}  (it says which setting won)",
    "clock-suspected": "date -u  (compare it with a clock that you trust)",
    "proxy-speaks-plaintext": "env | grep -i _proxy  (an https:// proxy URL that should be http://?)",
    "verification-disabled": "search for verify=False, CERT_NONE, --insecure and NODE_TLS_REJECT_UNAUTHORIZED",
    "wrong-context-purpose": "search the program for PROTOCOL_TLS_SERVER or Purpose.CLIENT_AUTH on the client's side",
    "key-readable-by-others": "ls -l KEY.pem  (0600 is what it should be)",
}


def _tell_apart(finding: str, around: Surroundings) -> str:
    """One command; the URL and the bundle are those of the text."""
    url = around.url if around.url is not None and not around.url.startswith("http://") else None
    if url is None:
        url = f"https://{around.host}/" if around.host else "https://HOST:PORT/"
    by_hand = _BY_HAND.get(finding)
    if by_hand is not None:
        return by_hand.format(host=around.host or "HOST", url=url, bundle=around.bundle or "CA.pem")
    trust = f" --trust {around.bundle}" if around.bundle and finding not in TRANSPORT else ""
    return f"simulate diagnose {url}{trust}"
