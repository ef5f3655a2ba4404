"""The words of an answer sheet. Law: the same list for every challenge, so that it says nothing of any."""

from __future__ import annotations

from simulator.challenge.sheet import CLIENT, PARTIES, PLACES, SERVER, VARIABLES
from simulator.model.finding import FINDINGS
from simulator.scenario.giveaway import title

_DOCTORS = frozenset(("key-readable-by-others", "cannot-tell", "ssl-module-missing", "name-not-resolved"))


def findings(part: str = "") -> list[tuple[str, str]]:
    """Ids of findings and what they mean, in the catalogue's order; `part`: only those in which it stands."""
    told = [(id, title(id)) for id in FINDINGS if id not in _DOCTORS]
    return [pair for pair in told if part.lower() in f"{pair[0]} {pair[1]}".lower()]


def settings() -> list[tuple[str, str]]:
    """What a repair may say, each with what it may be."""
    told = []
    for part, known in (("server", SERVER), ("client", CLIENT)):
        for key, (kind, choices) in known.items():
            value = " | ".join([*([kind] if kind != "word" else []), *choices])
            told.append((f"{part}: {key}", value))
    told[-1] = (told[-1][0], f"{{{' | '.join(VARIABLES)}: file | unset}}")
    return told


def rest() -> list[tuple[str, str]]:
    """The other words of a finding."""
    return [("certificate", " | ".join(PLACES)), ("who", " | ".join(PARTIES)), ("field", "as the standard spells it")]
