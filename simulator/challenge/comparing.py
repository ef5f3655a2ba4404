"""What a learner said beside what is there. Law: a set difference. A wrong finding costs what a right one earns, so
that naming everything does not pay; a rival of a finding counts as that finding, and each counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.challenge.sheet import Claim, Place
from simulator.model.finding import Finding

_ALIASES = {
    "san": "subjectaltname",
    "subjectalternativename": "subjectaltname",
    "aki": "authoritykeyidentifier",
    "ski": "subjectkeyidentifier",
    "eku": "extendedkeyusage",
    "ku": "keyusage",
    "pathlen": "pathlenconstraint",
    "pathlength": "pathlenconstraint",
    "publickey": "subjectpublickeyinfo",
    "signature": "signaturevalue",
    "validto": "notafter",
    "validfrom": "notbefore",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One patient's findings, counted. The four `right` numbers are of the `wanted` findings."""

    wanted: tuple[str, ...]
    """What had to be found."""
    found: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    """What was named and is not there."""
    certificates: int = 0
    fields: int = 0
    parties: int = 0
    evidence: tuple[tuple[str, str, str, str], ...] = ()
    """For each wanted finding: its id, where it is seen, its field, who can mend it."""


def places(finding: Finding) -> tuple[Place, ...]:
    """Where a learner may say that this finding is seen. An anchor that issued the server's certificate is both."""
    kind, _, number = finding.certificate.partition("[")
    if kind == "served" and number == "0]":
        return ("server",)
    if kind == "anchor":
        return ("anchor", "issuer")
    return ("issuer", "anchor") if kind in ("served", "built") else ("none",)


def compare(there: Sequence[Finding], claims: Sequence[Claim]) -> Compared:
    """The claims beside the findings. Notes are not asked for beside an error or a warning, and cost nothing."""
    serious = [one for one in there if one.severity != "note"]
    wanted = list({one.id: one for one in serious or there}.values())
    beside = {name for one in there for name in (one.id, *one.rivals)}
    left = {claim.finding: claim for claim in claims}  # a finding that is named twice counts once
    matched: list[tuple[Finding, Claim | None]] = []
    for finding in wanted:  # what is named outright first, so that a rival takes nobody's place
        matched.append((finding, left.pop(finding.id, None)))
    for at, (finding, claim) in enumerate(matched):
        if claim is None:
            rival = next((name for name in finding.rivals if name in left), None)
            matched[at] = finding, left.pop(rival) if rival else None
    found = [(finding, claim) for finding, claim in matched if claim is not None]
    return Compared(
        wanted=tuple(one.id for one in wanted),
        found=tuple(finding.id for finding, _ in found),
        missed=tuple(finding.id for finding, claim in matched if claim is None),
        wrong=tuple(name for name in left if name not in beside or _spent(name, there)),
        certificates=sum(claim.certificate in places(finding) for finding, claim in found),
        fields=sum(_same(claim.field, finding.field) for finding, claim in found),
        parties=sum(claim.who == finding.party for finding, claim in found),
        evidence=tuple((one.id, places(one)[0], one.field, one.party) for one in wanted),
    )


def _spent(name: str, there: Sequence[Finding]) -> bool:
    """Whether this rival was named beside the finding itself: it is one of two explanations, and not there as well."""
    return all(one.id != name for one in there)


def _same(said: str | None, field: str) -> bool:
    def plain(text: str) -> str:
        letters = "".join(c for c in text.lower() if c.isalnum())
        return _ALIASES.get(letters, letters)

    return said is not None and plain(said) == plain(field)
