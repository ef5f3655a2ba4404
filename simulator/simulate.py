"""The whole one-way flow: scenario → deployment → inject → observe → evidence → diagnose → findings → report.

Law: nothing flows back. Only `inject` (the lab's `begin`) is entered again, for fixes and attacks. Read this first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.lab.observe import Lab
from simulator.remedy import Candidate, Proving
from simulator.scenario.scenario import Scenario

if TYPE_CHECKING:
    from simulator.model.evidence import Attempt
    from simulator.model.finding import Finding
    from simulator.model.report import FixTrial, Report

USUAL: tuple[str, frozenset[str]] = ("requests", frozenset())
"""The client, and its traits, whose order of findings a scenario's file lists."""


def simulate(
    scenario: Scenario,
    *,
    client: str = "requests",
    clients: Sequence[str] = (),
    seed: str | None = None,
    as_of: float | None = None,
    lab: Lab | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Report:
    """Runs a scenario for real and reports.

    `client` is the one that is diagnosed and graded; `clients` make an attempt as well. `seed` and `as_of` (seconds
    since 1970 UTC) fix the certificates' bytes; both are the lab's where one is given. `meanwhile` is called once while
    the clients are at work: for imports. Raises `MachineError` where this machine cannot run it.
    """
    with nullcontext(lab) if lab else Lab(seed=seed, as_of=as_of, clients=(client, *clients)) as open_lab:
        proving = Proving(open_lab, client)
        broken, healthy = scenario.broken(), scenario.healthy()
        run = proving.look(broken)
        others = [open_lab.begin(broken, other, visits=False) for other in clients if other != client]
        begun = [
            proving.begin(
                Candidate(
                    title=fix.title,
                    broken=broken,
                    changed=scenario.fixed(fix),
                    healthy=scenario.fresh(fix),
                    aim=fix.aim,
                )
            )
            for fix in scenario.fixes
        ]
        control = proving.look(healthy)
        # Everything is under way; only now is anything imported that no client waits for, or waited for ourselves.
        from simulator.diagnosis.diagnose import diagnose, path_nodes
        from simulator.model.report import Report

        if meanwhile is not None:
            meanwhile()
        evidence = run.evidence
        findings = diagnose(evidence)
        traits = frozenset(evidence.settings.traits)
        trials = tuple(
            replace(proving.judge(one), shortcut=fix.shortcut, claim=scenario.claim(fix, client, traits))
            for one, fix in zip(begun, scenario.fixes, strict=True)
        )
        attempts = (*evidence.attempts, *(other.evidence.attempts[0] for other in others))
        problems = tuple(_problems(scenario, attempts, findings, trials, control.evidence.attempts[0]))
        return Report(
            scenario=scenario.text(),
            evidence=replace(evidence, attempts=attempts),
            findings=findings,
            trials=trials,
            path=path_nodes(evidence, findings),
            behaved=not problems,
            problems=problems,
        )


def _problems(
    scenario: Scenario,
    attempts: Sequence[Attempt],
    findings: Sequence[Finding],
    trials: Sequence[FixTrial],
    control: Attempt,
) -> list[str]:
    """Where a scenario did not do what its file says, one sentence each."""
    problems: list[str] = []
    for attempt in attempts:
        expected = scenario.expectation(attempt.client, frozenset(attempt.traits))
        if expected is None:
            problems.append(f"the file has no expect line for {attempt.client}")
        elif attempt.verdict != expected.verdict:
            problems.append(f"{attempt.client} was {attempt.verdict}, and the file expects {expected.verdict}")
        elif expected.message and expected.message not in attempt.error:
            problems.append(f"{attempt.client} did not say “{expected.message}” but: {attempt.error}")
    seen = [finding.id for finding in findings]
    if _usual(attempts[0]):
        same = seen == list(scenario.surfaces)
    else:
        # Another client meets the same findings in another order, where it is in the same situation at all.
        usual, own = (
            scenario.expectation(*who) for who in (USUAL, (attempts[0].client, frozenset(attempts[0].traits)))
        )
        same = usual is None or own is None or usual.verdict != own.verdict or sorted(seen) == sorted(scenario.surfaces)
    if not same:
        problems.append(f"found {_listed(seen)}, and the file says {_listed(scenario.surfaces)}")
    for trial in trials:
        if trial.grade is None:
            problems.append(f"“{trial.title}” has no grade: an attack on it did not end cleanly")
        elif trial.claim is not None and trial.grade != trial.claim:
            problems.append(f"“{trial.title}” is {trial.grade}, and the file claims {trial.claim}")
    if control.verdict != "accepted":
        problems.append(f"the healthy baseline was {control.verdict}: {control.error}")
    return problems


def _usual(attempt: Attempt) -> bool:
    return attempt.client.startswith("requests") and "x509-strict" not in attempt.traits


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids) or "nothing"
