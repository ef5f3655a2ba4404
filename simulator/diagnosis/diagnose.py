"""From evidence to findings: what is wrong, all at once, in the order in which it would surface.

Law: a pure function of the evidence. No exception leaves it, whatever bytes a certificate is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.diagnosis import words
from simulator.diagnosis.examine import Examined, client, examine
from simulator.diagnosis.fault import Fault
from simulator.model.evidence import Evidence
from simulator.model.finding import FINDINGS, Finding, PathNode, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a client would say to the evidence."""

    verdict: Literal["accepted", "rejected"]
    verify_code: int | None
    """X509_V_ERR number of the refusal; None where there is none, or where it is not about a certificate."""
    words: str
    """The decisive words of OpenSSL or requests; "" where it accepts."""


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """All findings for the client that `evidence.settings` describes: what it refuses for, in its order, then what it
    accepts. Raises nothing. RFC 5280 §6, RFC 9525."""
    seen = examine(evidence, client(evidence.settings.traits))
    findings = [_finding(evidence, seen, fault) for fault in (*seen.faults, *seen.accepted)]
    if not evidence.settings.verify:
        off = Fault("verification-disabled", 0, -1, "verify", "True, or a path to a CA bundle", "False", refuses=False)
        findings.insert(0, _finding(evidence, seen, off))
    if not findings:
        findings = [_finding(evidence, seen, fault) for fault in words.undecided(evidence)]
    return tuple(dict.fromkeys(findings))


def predict(evidence: Evidence, traits: frozenset[str]) -> Prediction:
    """What a client with these traits would say: requests, or with "common-name-fallback" the standard library, on
    OpenSSL 3.0. Trust, checks and security level are those of `evidence.settings`. Raises nothing."""
    asked = client(traits)
    seen = examine(evidence, asked)
    for fault in seen.faults:
        if fault.refuses and (evidence.settings.verify or words.before_verifying(fault)):
            code = fault.code or None
            return Prediction(verdict="rejected", verify_code=code, words=words.of(fault, evidence, asked.fallback))
    return Prediction(verdict="accepted", verify_code=None, words="")


def path_nodes(evidence: Evidence, findings: tuple[Finding, ...]) -> tuple[PathNode, ...]:
    """The best path for drawing, anchor first; a node "missing" stands for an issuer that is nowhere. Empty where no
    certificate was served. Raises nothing."""
    seen = examine(evidence, client(evidence.settings.traits))
    if seen.path is None:
        return ()
    nodes = []
    for at, certificate in enumerate(seen.path.chain):
        place = _place(evidence, seen, at)
        marks = tuple(dict.fromkeys(f.id for f in findings if f.certificate == place))
        kind = "anchor" if at >= seen.path.trusted else "served"
        nodes.append(
            PathNode(subject=certificate.label, not_after=certificate.not_after or 0.0, place=kind, marks=marks)
        )
    if seen.missing and seen.path.chain[-1] not in seen.anchors:
        issuer = seen.path.chain[-1].issuer.text
        marks = tuple(f.id for f in findings if f.id in ("untrusted-issuer", "incomplete-chain"))
        nodes.append(PathNode(subject=issuer, not_after=0.0, place="missing", marks=marks))
    return tuple(reversed(nodes))


def _finding(evidence: Evidence, seen: Examined, fault: Fault) -> Finding:
    kind = FINDINGS[fault.id]
    severity: Severity
    if fault.refuses:
        severity = "error" if evidence.settings.verify or words.before_verifying(fault) else "warning"
    else:
        severity = fault.severity or (kind.severity if kind.severity != "error" else "note")
    return Finding(
        id=fault.id,
        severity=severity,
        party=fault.party or kind.party,
        certificate=fault.place or (_place(evidence, seen, fault.at) if fault.at >= 0 else ""),
        field=fault.field,
        expected=fault.expected,
        seen=fault.seen,
        rivals=fault.rivals,
    )


def _place(evidence: Evidence, seen: Examined, at: int) -> str:
    """Where a certificate of the path was found: served[i], anchor[i], or built[i] for one from elsewhere."""
    if seen.path is None or at >= len(seen.path.chain):
        return ""
    certificate = seen.path.chain[at]
    if at == 0 or at < seen.path.trusted:
        served = evidence.served
        return f"served[{served.index(certificate.der)}]" if certificate.der in served else f"built[{at}]"
    anchor = seen.anchors.places.get(certificate.der)
    return f"built[{at}]" if anchor is None else f"anchor[{anchor}]"
