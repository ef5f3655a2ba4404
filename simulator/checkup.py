"""A target → a diagnosis: the lab looks, the diagnosis judges, and both become one report.

Law: no decision is made here but which of the two looks; a finding comes from evidence alone.
"""

from __future__ import annotations

import os
import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, replace

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.lab.target_files import Found
    from simulator.lab.traits import Measured
    from simulator.model.diagnosis import DiagnosisReport, Foretold
    from simulator.model.evidence import Bundle, Evidence, Verdict
    from simulator.model.finding import Finding

PYTHONS = (
    ("3.12 and older", frozenset[str]()),
    ("3.13 and newer", frozenset(("x509-strict", "partial-chain"))),
)
"""Traits of requests with urllib3 2 under these Pythons, as measured (docs/diagnose.md)."""

_OF_ONE_KIND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files to be diagnosed. `paths`: as they were named, in no order where there are several; `chains`: as a server
    would be given them."""

    paths: Sequence[str] = ()
    chains: Sequence[str] = ()
    key: str | None = None
    host: str = ""
    password: bytes | None = None


def server(
    url: str, *, trust: Sequence[str], crls: Sequence[str], client: str, proxy: str, within: float
) -> DiagnosisReport:
    """Visits a server. Raises UsageError, MachineError."""
    from simulator.lab.target import Look

    look = Look(url, client=client, within=within)  # its client imports while we do
    try:
        from simulator.lab import target_files, target_trust

        lists = target_files.crls(crls)
        evidence = look.evidence(
            trust=target_trust.given(trust), proxy=proxy, crls=lists, crl_file=crls[0] if crls else None
        )
    finally:
        look.close()
    placed = next((path for path in trust if path not in ("certifi", "system")), "")
    return report(evidence.url, evidence, look.notes, file=placed)


def files(
    asked: Files, *, trust: Sequence[str], crls: Sequence[str], time: float | None, client: str
) -> DiagnosisReport:
    """Judges files as if a server had them. `time` in seconds since 1970 UTC. Raises UsageError, MachineError."""
    from simulator.lab import target_files, target_trust
    from simulator.lab.traits import measure

    paths = asked.paths
    if len(paths) > 1 or (paths and os.path.isdir(paths[0])):  # noqa: PTH112  # pathlib costs 11 ms
        found = target_files.heap([*paths, *asked.chains], asked.host, asked.password)
    else:
        found = target_files.chain([*asked.chains, *paths], asked.password)
    if asked.key is not None:
        target_files.give_key(found, asked.key, asked.password)
    target_files.settle(found)
    measured = measure(client)
    given = target_trust.given(trust)
    bundles = target_trust.from_files(given, found.anchors, paths, measured.kind)
    lists = target_files.crls(crls)
    notes = list(found.notes)
    if given or not found.anchors:
        notes += target_trust.notes(bundles, measured.kind)
    else:
        notes.append("no --trust was given: the roots among the files stand for what clients trust")
    if not asked.host:
        notes.append("no --host was given: names are not compared")
    evidence = _evidence(found, asked.host, measured, bundles, lists, clock.time() if time is None else time)
    target = ", ".join([*asked.chains, *paths])
    return report(target, evidence, notes, file=(*asked.chains, *paths)[0], open_keys=found.open_keys)


def _evidence(  # noqa: PLR0917  # each is one source of the evidence
    found: Found, host: str, measured: Measured, bundles: tuple[Bundle, ...], lists: tuple[bytes, ...], now: float
) -> Evidence:
    from simulator.lab.target_files import KEY_VALUES_MISMATCH
    from simulator.model.evidence import ClientSettings, Evidence, StartRefusal, Visit

    refusal = None
    if found.refused:
        refusal = StartRefusal(message=KEY_VALUES_MISMATCH, chain_file=found.chain_file, public_key=found.key)
    return Evidence(
        url=f"https://[{host}]/" if ":" in host else f"https://{host}/" if host else "",
        reference=host,
        settings=ClientSettings(
            client=measured.kind,
            traits=measured.traits,
            security_level=measured.security_level,
            checks_crls=bool(lists),
        ),
        visits=(Visit(purpose="sni", host=host, server_name=host or None, chain=found.chain, end="handshake"),),
        refusal=refusal,
        bundles=bundles,
        crls=lists + found.crls,
        client_time=now,
    )


def report(
    target: str, evidence: Evidence, notes: Sequence[str], *, file: str = "", open_keys: Sequence[str] = ()
) -> DiagnosisReport:
    """The diagnosis of this evidence. `open_keys`: key files that others may read. Raises nothing."""
    from simulator.diagnosis import diagnose as engine
    from simulator.diagnosis import shown
    from simulator.model.diagnosis import DiagnosisReport

    findings = list(engine.diagnose(evidence))
    findings += _open_keys(open_keys)
    attempt = evidence.attempts[0] if evidence.attempts else None
    verdict: Verdict
    if attempt is None:
        verdict = engine.predict(evidence, frozenset(evidence.settings.traits)).verdict
    else:
        verdict = attempt.verdict
        if verdict == "accepted" and any(finding.severity == "error" for finding in findings):
            findings = [replace(f, severity="warning") if f.severity == "error" else f for f in findings]
            notes = (*notes, f"{attempt.client} accepted all the same: it may have met another server than the visits")
        elif verdict == "rejected" and all(finding.severity != "error" for finding in findings):
            findings = [_unexplained(attempt.error), *(f for f in findings if f.id != "cannot-tell")]
    told, more = _bounded(findings)
    return DiagnosisReport(
        target=target,
        live=attempt is not None,
        verdict=verdict,
        evidence=evidence,
        findings=told,
        served=shown.served(evidence),
        path=engine.path_nodes(evidence, told),
        foretold=_foretold(evidence),
        notes=tuple(dict.fromkeys((*notes, *more))),
        file=file,
    )


def _bounded(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], list[str]]:
    """At most so many findings of one kind as somebody will read, and what was left out."""
    counts: dict[str, int] = {}
    kept = []
    for finding in findings:
        counts[finding.id] = counts.get(finding.id, 0) + 1
        if counts[finding.id] <= _OF_ONE_KIND:
            kept.append(finding)
    more = [f"and {n - _OF_ONE_KIND:,} more of {id}" for id, n in counts.items() if n > _OF_ONE_KIND]
    return tuple(kept), more


def _foretold(evidence: Evidence) -> tuple[Foretold, ...]:
    """What this client would say under either kind of Python, whichever runs."""
    from simulator.diagnosis import diagnose as engine
    from simulator.model.diagnosis import Foretold

    client = evidence.settings.client
    more = frozenset(("common-name-fallback",)) if client == "stdlib" else frozenset[str]()
    found = []
    for python, traits in PYTHONS:
        said = engine.predict(evidence, traits | more)
        found.append(
            Foretold(client=client, python=python, verdict=said.verdict, verify_code=said.verify_code, words=said.words)
        )
    return tuple(found)


def _open_keys(files: Sequence[str]) -> list[Finding]:
    from simulator.model.finding import Finding

    return [
        Finding(
            id="key-readable-by-others", severity="warning", party="server", field="file mode", expected="0600",
            seen=path,
        )
        for path in files
    ]  # fmt: skip


def _unexplained(error: str) -> Finding:
    """The client refused, and nothing that was seen says why: its words are all there is."""
    from simulator.diagnosis import wordings
    from simulator.model.finding import Finding

    candidates = [c.finding for c in wordings.explain(error).candidates if c.finding != "cannot-tell"]
    return Finding(
        id="cannot-tell",
        severity="error",
        party="client",
        field="error",
        expected="evidence that explains the refusal",
        seen=" ".join(error.split())[:200] or "nothing was said",
        rivals=tuple(candidates[:3]),
    )
