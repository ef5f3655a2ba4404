"""What a diagnosis tells: findings about one's own server or files, and what each kind of client would say to them.

Law: values only. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.model.evidence import Evidence, Verdict
from simulator.model.finding import Finding, PathNode
from simulator.model.report import FORMAT
from simulator.model.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What a client would say to this evidence, by the rules of OpenSSL 3.0: not a run."""

    client: str
    """requests or stdlib."""
    python: str
    """"3.12 and older", or "3.13 and newer"."""
    verdict: Verdict
    verify_code: int | None = None
    """X509_V_ERR number."""
    words: str = ""
    """The decisive words of its error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisReport:
    """Everything that one diagnosis showed."""

    target: str
    """The URL, or the files, as they were given."""
    live: bool
    """Whether a server was visited; else files were read."""
    verdict: Verdict
    """Of the client asked about: what it said, or for files what it would say."""
    evidence: Evidence
    findings: tuple[Finding, ...] = ()
    """In the order in which they would surface."""
    served: tuple[Shown, ...] = ()
    path: tuple[PathNode, ...] = ()
    foretold: tuple[Foretold, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know beside the findings: which setting won, what was passed over. One sentence each."""
    file: str = ""
    """The file that code scanning should place the findings in; "" where none was given."""
    format: int = FORMAT

    @property
    def ok(self) -> bool:
        """Whether the client accepts, and no finding is an error."""
        return self.verdict == "accepted" and all(finding.severity != "error" for finding in self.findings)


__all__ = ["DiagnosisReport", "Foretold", "Shown"]
