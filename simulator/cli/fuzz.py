"""`simulate fuzz`: random faults before several judges; whatever they disagree about is shrunk and written down.

Law: what was found is told once, with the file that runs it; progress is shown on a terminal and nowhere else. Ends in
0 where all agree, in 1 where something was found.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack

from simulator.cli import screen
from simulator.cli.options import FOLDERS, Arguments, Option, parse, usage
from simulator.errors import MachineError, SimulatorError, UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from typing import Any

    from simulator.testing.campaign import Settings, Summary
    from simulator.work import Journal

EXAMPLES = 2000
"""How many examples, where neither a number nor a time is given."""
FOLDER = "fuzz-finds"
OPTIONS = (
    Option("--examples", "N", f"how many to try: {EXAMPLES} unless told"),
    Option("--minutes", "N", "how long to try, in place of a number or beside it"),
    Option("--seed", "N", "the same number draws the same examples"),
    Option("--journal", "FILE", "keep what was done in a file, and go on from it"),
    Option("--workers", "N", "processes on this computer: 1 unless told"),
    Option("--cluster", "ADDRESS", "workers of a Dask scheduler, as tcp://scheduler:8786"),
    Option("--sockets", "", "draw from all faults, and judge each with requests on real sockets"),
    Option("--mutate", "", "change bytes of certificates instead: nothing may crash or hang"),
    Option("-o --output", "DIR", f"where finds are written: {FOLDER} unless told"),
    FOLDERS,
)


def run(arguments: Sequence[str]) -> int:
    """Fuzzes until the examples or the minutes are used up."""
    given = parse("simulate fuzz", OPTIONS, arguments)
    if given.has("help"):
        screen.write(
            usage(
                "simulate fuzz [SCENARIO] [options]",
                "Puts random faults into healthy deployments and asks several judges: our diagnosis, two OpenSSLs, "
                "cryptography's verifier, requests. Where they disagree for no known reason, the smallest example "
                "becomes a scenario. With SCENARIO, its faults stay and their parameters vary.",
                OPTIONS,
                ["simulate fuzz --minutes 10 --journal fuzz.db --workers 2", "simulate fuzz wildcard-too-deep"],
            )
        )
        return 0
    try:
        import hypothesis  # noqa: F401  # it is an extra
    except ImportError:
        raise MachineError("fuzzing needs Hypothesis", "pip install 'tls-clinic[fuzz]'") from None
    gc.enable()  # this is long work
    from simulator import work
    from simulator.testing import campaign

    settings, name = _settings(given), given.get("journal")
    with ExitStack() as stack:
        journal = None
        if name:
            journal = stack.enter_context(work.Journal(name, campaign.about(settings.mode, settings.target)))
        settings = _seeded(settings, given, journal)
        where = work.executor(workers=_number(given, "workers", 1, 1), cluster=given.get("cluster") or None)
        stack.callback(where.close)
        summary = _watched(settings, where, journal)
    return _told(summary, settings, given)


def _settings(given: Arguments) -> Settings:
    from simulator.testing.campaign import Settings

    if len(given.rest) > 1:
        raise UsageError("one scenario at a time", f"simulate fuzz {given.rest[0]}")
    if given.has("mutate") and (given.rest or given.has("sockets")):
        raise UsageError("--mutate changes bytes: it goes with no scenario and no --sockets", "simulate fuzz --mutate")
    plan, target = None, "anything"
    if given.rest:
        plan, target = _plan(given.rest[0], given.all("scenarios")), given.rest[0]
    minutes, name = given.get("minutes"), given.get("journal")
    examples = _number(given, "examples", None if minutes else EXAMPLES, 1)
    return Settings(
        seed=0,
        mode="mutate" if given.has("mutate") else "sockets" if given.has("sockets") else "judge",
        plan=plan,
        target=target,
        examples=examples,
        deadline=time.monotonic() + 60 * _minutes(minutes) if minutes else None,
        database=f"{name}.examples" if name and not given.has("cluster") else None,
    )


def _plan(id: str, folders: Sequence[str]) -> dict[str, Any]:
    from simulator.cli.scenario import find
    from simulator.scenario import loader
    from simulator.testing.plan import Plan

    entry, _ = find(id, folders)
    scenario = loader.load_file(entry.path, family=entry.family)
    return Plan(baseline=scenario.baseline, faults=scenario.faults).json()


def _seeded(settings: Settings, given: Arguments, journal: Journal | None) -> Settings:
    """The seed that was given, else that of the journal, else a new one."""
    from dataclasses import replace
    from secrets import randbelow

    from simulator.testing.campaign import seed_of

    earlier = seed_of(journal) if journal is not None else None
    chosen = _number(given, "seed", earlier if earlier is not None else randbelow(1_000_000), 0)
    return replace(settings, seed=chosen or 0)


def _number(given: Arguments, key: str, default: int | None, least: int) -> Any:
    text = given.get(key)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text[:10]) < 10**9):
        raise UsageError(f"--{key} {text[:20]} is no such number", f"a whole number, {least} or more")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < 100_000:
        raise UsageError(f"--minutes {text[:20]} is no time", "a number above 0, such as 10 or 0.5")
    return minutes


def _watched(settings: Settings, where: Any, journal: Journal | None) -> Summary:
    from simulator.testing import campaign

    summary = campaign.Summary()
    begun, before = time.monotonic(), -1
    _say(f"seed {settings.seed}")
    for summary in campaign.run(settings, where, journal):
        if before < 0:  # what the journal had already was not done now
            before = summary.examples if journal is not None and summary.shards > 1 else 0
        rate = (summary.examples - before) / max(0.001, time.monotonic() - begun)
        screen.progress(
            f" {summary.examples} examples, {rate:.0f} a second, {summary.pairs} pairs of fault and verdict, "
            f"found {len(summary.finds)}"
        )
    screen.progress("")
    return summary


def _told(summary: Summary, settings: Settings, given: Arguments) -> int:
    from simulator.testing.known import KNOWN

    _say(f"{summary.examples} examples of {settings.target}; pairs of fault and verdict: {summary.pairs}")
    rows = [row for row in KNOWN if summary.known[row.id]]
    if rows:
        _say("Known differences that were met:")
    for row in rows:
        _say(f"{summary.known[row.id]} × {row.judge}: {row.reason}", indent=3)
    for why in summary.lost:
        _say(f"lost: {why}")
    for find in summary.finds.values():
        _tell(find, given.get("output", FOLDER))
    if not summary.finds:
        _say("No disagreement that is not known.")
    return 1 if summary.finds or summary.lost else 0


def _tell(find: dict[str, Any], folder: str) -> None:
    """One find: who says what, of which example, and the line that runs it."""
    from simulator.testing import finds
    from simulator.testing.plan import Plan

    screen.write("\n")
    _say(f"{find['judge']} {find['said']}; the diagnosis says that it {find['foretold']}.")
    for also in find["also"]:
        _say(f"also: {also}", indent=3)
    try:
        if "served" in find["example"]:
            _say(finds.write_bytes(find, folder), indent=3)
            return
        _say(str(Plan.from_json(find["example"])), indent=3)
        id = os.path.basename(finds.write(find, folder)).removesuffix(".yaml")  # noqa: PTH119  # pathlib costs 4 ms
        _say(f"simulate {id} --scenarios {folder}", indent=3)
    except SimulatorError as error:
        _say(error.message, indent=3)


def _say(text: str, indent: int = 1) -> None:
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.paragraph([("", inert(text))], indent=indent, hang=2)
    screen.write(sheet.text())
