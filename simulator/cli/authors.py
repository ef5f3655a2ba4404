"""`simulate check FILE…`: for authors. Every problem of the files at once; then each is run, to see that it does as it
says.

Law: the form of all files is read before anything is run; 2 (form) counts before 1 (behaviour).
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import Option, parse, usage
from simulator.cli.scenario import CLIENT, clients, code
from simulator.errors import SimulatorError, UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.model.report import Report
    from simulator.scenario.scenario import Scenario

OPTIONS = (CLIENT, Option("--form", "", "read the files only, and run nothing"))


def run(arguments: Sequence[str]) -> int:
    """Checks files and folders of scenarios."""
    given = parse("simulate check", OPTIONS, arguments)
    if given.has("help"):
        about = (
            "For authors: every problem of scenario files, with line and column, and whether each behaves as it says."
        )
        screen.write(usage("simulate check FILE… [options]", about, OPTIONS, ["simulate check my/scenario.yaml"]))
        return 0
    if not given.rest:
        raise UsageError("check needs files", "simulate check my/scenario.yaml")
    scenarios, broken = _read(given.rest)
    if not given.has("form") and scenarios:
        wrong, unrun = _behave(scenarios, clients(given))
    else:
        wrong, unrun = 0, 0
    good = len(scenarios) - wrong - unrun
    screen.write(f"{good} of {len(scenarios) + broken} files are as they should be\n")
    return 2 if broken else 1 if wrong else 3 if unrun else 0


def _read(paths: Sequence[str]) -> tuple[list[Scenario], int]:
    from simulator.scenario import loader

    scenarios: list[Scenario] = []
    broken = 0
    for path in _files(paths):
        try:
            scenarios.append(loader.load_file(path))
        except SimulatorError as error:
            broken += 1
            screen.write(error.message + "\n")
            continue
        for problem in _hints(scenarios[-1], path):
            screen.write(problem + "\n")
            broken += 1
    return scenarios, broken


def _files(paths: Sequence[str]) -> list[str]:
    from simulator.scenario import loader

    found: list[str] = []
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112  # pathlib costs 4 ms
            found.append(path)
            continue
        for stray in loader.strays(path):
            screen.warn(f"{stray}: no list finds this file: scenarios are DIR/ID.yaml or DIR/FAMILY/ID.yaml")
        found += [entry.path for entry in loader.ids([path]) if _inside(entry.path, path)]
    return list(dict.fromkeys(found))


def _inside(path: str, folder: str) -> bool:
    whole = os.path.realpath(folder)
    return os.path.commonpath([whole, os.path.realpath(path)]) == whole


def _hints(scenario: Scenario, path: str) -> list[str]:
    from simulator.scenario import giveaway

    told = [(n, giveaway.told(hint, scenario.surfaces)) for n, hint in enumerate(scenario.hints, 1)]
    return [f"{path}: hint {n} gives the answer away: {why}" for n, why in told if why]


def _behave(scenarios: Sequence[Scenario], asked: Sequence[str]) -> tuple[int, int]:
    from simulator.lab.observe import Lab
    from simulator.simulate import simulate

    wrong, unrun = 0, 0
    with Lab(clients=asked) as lab, screen.Steps(len(scenarios)) as steps:
        for number, scenario in enumerate(scenarios, 1):
            steps.begin(number, scenario.id)
            report = simulate(scenario, client=asked[0], clients=asked[1:], lab=lab)
            problems = [*report.problems, *_shipped_broken(scenario, report)]
            for problem in problems:
                steps.write(f"{scenario.path}: {problem}\n")
            if code(report) == 3:
                unrun += 1
            elif problems:
                wrong += 1
    return wrong, unrun


def _shipped_broken(scenario: Scenario, report: Report) -> list[str]:
    """A scenario with faults must have something to show."""
    rejected = any(attempt.verdict == "rejected" for attempt in report.evidence.attempts)
    if scenario.id.startswith("fuzz-"):  # written by `simulate fuzz`: that nobody notices may be what it found
        return []
    if scenario.faults and not rejected and not report.findings:
        return ["nothing is wrong in it: every client accepted, and nothing was found"]
    return []
