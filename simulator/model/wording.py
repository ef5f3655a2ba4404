"""What clients say, and what it may mean. Law: values only; no text decides alone unless its entry says so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One thing that some client says (from a scenario's `expect` line or from the file of wordings)."""

    text: str
    """A decisive clause as plain text, or a regular expression where `regex` is true. Compared without case."""
    findings: tuple[str, ...]
    """What it may mean, the likeliest first."""
    client: str = ""
    """Who says it: requests, curl, …; "" where several do."""
    certainty: float = 0.5
    """Of the first finding, by this text alone: 0 to 1; 0.8 and more only where the text alone decides."""
    regex: bool = False
    source: str = ""
    """Where it was measured or which source code it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One likely cause of an error text."""

    finding: str
    certainty: float
    client: str
    why: str
    """Which words of the text speak for it."""
    tell_apart: str
    """The one command or question that would decide between it and the others."""
