"""A find becomes a scenario: a YAML file that `simulate` runs and `simulate check` accepts. Law: nothing in it is
guessed; verdicts, findings and grades are what a run on this machine showed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.errors import MachineError, SimulatorError
from simulator.lab.observe import Lab
from simulator.lab.pem import armour
from simulator.model.report import Report
from simulator.scenario.loader import load_text
from simulator.scenario.scenario import Claim, Expectation, Fix, Scenario
from simulator.scenario.writer import dump
from simulator.simulate import simulate
from simulator.testing.handshakes import openssl
from simulator.testing.memory import World, readable
from simulator.testing.plan import Plan

STRICT = "x509-strict"


def name(find: Mapping[str, Any]) -> str:
    """The find's id: the same for the same shape."""
    return f"fuzz-{hashlib.sha256(find['shape'].encode()).hexdigest()[:8]}"


def write(find: Mapping[str, Any], folder: str) -> str:
    """Writes a find's scenario into `folder`, over an earlier one of the same shape, and returns its path. Raises
    `MachineError` where it cannot be run or written, so that there is no honest file to write."""
    plan = Plan.from_json(find["example"])
    path = Path(folder, f"{name(find)}.yaml")
    try:
        text = dump(scenario(plan, find, name(find)))
        load_text(text, str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except SimulatorError as error:
        raise MachineError(f"{plan}: no scenario can be made of it: {error.message}", error.hint) from None
    except OSError as error:
        raise MachineError(f"{path} cannot be written: {error.strerror}", "name another folder with -o") from None
    except Exception as error:  # what was found is that it cannot be run
        raise MachineError(f"{plan}: running it fails: {type(error).__name__}: {error}", "report it") from error
    return str(path)


def scenario(plan: Plan, find: Mapping[str, Any], id: str) -> Scenario:
    """The scenario of a plan, with what its run showed. Raises `SimulatorError` where it cannot be run."""
    first = _provisional(plan, find, id)
    with Lab() as lab:
        report = simulate(first, lab=lab)
    return replace(
        first,
        expect=_expectations(plan, report),
        surfaces=tuple(dict.fromkeys(finding.id for finding in report.findings)),
        fixes=tuple(
            replace(fix, claims=(Claim(grade=trial.grade or "no-effect"),))
            for fix, trial in zip(first.fixes, report.trials, strict=True)
        ),
    )


def _provisional(plan: Plan, find: Mapping[str, Any], id: str) -> Scenario:
    undo = Fix(title="Undo all of it", undo=plan.ids, claims=(Claim(grade="cure"),))
    return Scenario(
        id=id,
        family="own",
        title=f"Two judges disagree: {', '.join(plan.ids) or plan.baseline.id}"[:100],
        level=4,
        story=f"Fuzzing found it. {find['judge']} {find['said']}; the diagnosis says that it {find['foretold']}.",
        baseline=plan.baseline,
        faults=plan.faults,
        expect=(Expectation(client="any", verdict="rejected"),),
        hints=("Ask two clients, and put what they say side by side.",) if plan.faults else (),
        fixes=(undo,) if plan.faults else (),
    )


def _expectations(plan: Plan, report: Report) -> tuple[Expectation, ...]:
    """What requests did here, and, where the strict rules of Python 3.13 decide, what they would have it do."""
    here = report.evidence.attempts[0]
    if here.verdict == "not-run":
        raise MachineError(f"it could not be run: {here.error}")
    strict = STRICT in here.traits
    other = here.verdict
    if readable(plan):
        other = "accepted" if openssl(World().view(plan.deployment), strict=not strict).accepted else "rejected"
    verdicts = {strict: here.verdict, not strict: other}
    lax = Expectation(client="any", verdict=verdicts[False])
    if verdicts[True] == verdicts[False]:
        return (lax,)
    return (Expectation(client="any", when=(STRICT,), verdict=verdicts[True]), lax)


def write_bytes(find: Mapping[str, Any], folder: str) -> str:
    """Writes the certificates of a find that has no plan, and returns the line that looks at them again."""
    place = Path(folder, name(find))
    try:
        place.mkdir(parents=True, exist_ok=True)
        for file, key in (("chain.pem", "served"), ("ca.pem", "anchors")):
            place.joinpath(file).write_bytes(b"".join(armour(bytes.fromhex(der)) for der in find["example"][key]))
    except OSError as error:
        raise MachineError(f"{place} cannot be written: {error.strerror}", "name another folder with -o") from None
    host = find["example"]["host"]
    return f"simulate diagnose --chain {place}/chain.pem --trust {place}/ca.pem --host {host}"
