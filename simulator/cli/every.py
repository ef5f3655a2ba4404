"""`simulate all`: every scenario for real, and whether each did what its file says.

Law: one that cannot be run never stops the others; progress is shown on a terminal and nowhere else.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.main import interrupted
from simulator.cli.options import FOLDERS, OUTPUT, Option, parse, usage
from simulator.cli.scenario import AS_OF, CLIENT, FORMATS, SEED, as_of, check_output, clients, code, find, seed
from simulator.errors import SimulatorError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.model.report import Report
    from simulator.report.sheet import Sheet, Span
    from simulator.scenario.loader import ScenarioEntry

Failure = tuple[str, str, str, int]
"""A scenario that could not be run: its id, its family, why, and the exit code that this ends in."""

OPTIONS = (
    CLIENT,
    Option("--format", "FORMAT", "how to write it", choices=FORMATS),
    OUTPUT,
    SEED,
    AS_OF,
    FOLDERS,
)


def run(arguments: Sequence[str]) -> int:
    """Runs all, or those named. Ends in 1 where one did not behave, in 3 where one could not be run."""
    given = parse("simulate all", OPTIONS, arguments)
    if given.has("help"):
        about = "Runs every scenario, or those named, and says of each whether it did what its file says."
        screen.write(
            usage("simulate all [SCENARIO…] [options]", about, OPTIONS, ["simulate all --format junit -o all.xml"])
        )
        return 0
    folders, asked, day = given.all("scenarios"), clients(given), as_of(given.get("as-of"))
    from simulator.cli.catalogue import in_order
    from simulator.scenario import loader

    entries = in_order(loader.ids(folders))
    if given.rest:
        entries = [find(id, folders)[0] for id in dict.fromkeys(given.rest)]
    check_output(given)
    format = given.get("format", "terminal")
    live = format == "terminal" and not given.has("output")
    reports: list[Report] = []
    failures: list[Failure] = []
    from simulator.lab.observe import Lab
    from simulator.simulate import simulate

    gc.enable()  # this may be long work
    with Lab(seed=seed(given), as_of=day, clients=asked) as lab, screen.Steps(len(entries)) as steps:
        for number, entry in enumerate(entries, 1):
            steps.begin(number, entry.id)
            try:
                scenario = loader.load_file(entry.path, family=entry.family)
                reports.append(simulate(scenario, client=asked[0], clients=asked[1:], lab=lab))
            except Exception as error:
                if interrupted():
                    raise
                failures.append(_failure(entry, error))
            if live:
                here = [f for f in failures if f[0] == entry.id]
                steps.write(_failed(here) if here else _table(reports[-1:]))
    screen.save(given.get("output", "-"), _written(reports, failures, format, shown=live))
    if not live:
        for id, _, message, _ in failures:
            screen.warn(f"simulate: {id}: {message}")
    codes = [code(report) for report in reports] + [failure[3] for failure in failures]
    return next((wanted for wanted in (1, 2, 3) if wanted in codes), 0)


def _failure(entry: ScenarioEntry, error: Exception) -> Failure:
    if isinstance(error, SimulatorError):
        return entry.id, entry.family, error.message, error.exit_code
    if os.environ.get("SIMULATE_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    return entry.id, entry.family, f"unexpected, please report: {type(error).__name__}: {error}", 3


def _written(reports: Sequence[Report], failures: Sequence[Failure], format: str, *, shown: bool) -> str:
    told = [failure[:3] for failure in failures]
    if format == "json":
        from simulator.report import json_report

        return json_report.render_all(reports, failures=told)
    if format == "junit":
        from simulator.report import junit

        return junit.render(reports, failures=told)
    if format == "markdown":
        from simulator.report import markdown

        return markdown.render_all(reports, failures=told)
    if format == "html":
        from simulator.report import page

        return page.render_all(reports, failures=told)
    table = "" if shown else _table(reports) + _failed(failures)
    return table + "\n" + _summary(reports, failures)


def _failed(failures: Sequence[Failure]) -> str:
    from simulator.report.inert import inert

    sheet = _sheet()
    for id, _, message, _ in failures:
        sheet.pair(
            f"✗ {inert(id)}", [("", "could not be run: " + inert(" ".join(message.split())))], indent=1, column=34
        )
    return sheet.text()


def _sheet() -> Sheet:
    from simulator.report.sheet import Sheet

    return Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())


def _table(reports: Sequence[Report]) -> str:
    from simulator.report import words
    from simulator.report.inert import inert

    sheet = _sheet()
    for report in reports:
        attempt = words.asked(report)
        good = code(report) == 0
        verdict = attempt.verdict if attempt else "not run"
        grades = [words.GRADES[trial.grade] for trial in report.trials]
        counted = ", ".join(f"{grades.count(g)} {g}" for g in dict.fromkeys(grades))
        mark: Span = ("good", "✓ ") if good else ("bad", "✗ ")
        told = f"{verdict}; {', '.join(f.id for f in report.findings) or 'nothing found'}"
        spans: list[Span] = [("", told), ("dim", f"; {counted}" if counted else "")]
        sheet.pair(f"{'✓' if good else '✗'} {inert(report.scenario.id)}", spans, indent=1, column=34)
        if not good:
            for problem in report.problems:
                sheet.paragraph([mark, ("", inert(problem))], indent=5, hang=2)
    return sheet.text()


def _summary(reports: Sequence[Report], failures: Sequence[Failure]) -> str:
    sheet = _sheet()
    wrong = [*(report.scenario.id for report in reports if code(report)), *(failure[0] for failure in failures)]
    total = len(reports) + len(failures)
    sheet.row([("bad" if wrong else "good", f"{total - len(wrong)} of {total} behaved as their files say")])
    if wrong:
        sheet.pair("Look at", [("code", f"simulate {wrong[0]}")], indent=1, column=10)
    return sheet.text()
