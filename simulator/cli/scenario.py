"""`simulate SCENARIO`: runs it for real and explains.

Law: the id is looked up before anything is started, and clients start before the file is read: they take longest.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import FOLDERS, OUTPUT, Arguments, Option, parse, usage
from simulator.errors import UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.model.report import Report
    from simulator.scenario.loader import ScenarioEntry

FORMATS = ("terminal", "json", "html", "markdown", "junit")
CLIENT = Option(
    "--client",
    "NAME",
    "who connects: requests (the default), stdlib, or requests@/path/to/python; the first is graded",
    many=True,
)
SEED = Option("--seed", "TEXT", "the same text and date make the same certificates, byte for byte")
AS_OF = Option("--as-of", "DATE", "the day on which certificates are made, as 2026-11-24; today unless told")
OPTIONS = (
    CLIENT,
    Option("--format", "FORMAT", "how to write it", choices=FORMATS),
    OUTPUT,
    Option("--keep", "DIR", "keep the certificates and keys in a folder, with the lines to use them"),
    Option("--serve", "", "keep the server up, to try other clients against it; Ctrl-C ends it"),
    Option("--port", "PORT", "where --serve listens: 1443 unless told"),
    SEED,
    AS_OF,
    FOLDERS,
)


def run(arguments: Sequence[str]) -> int:
    """Runs one scenario. Ends in 1 where it did not behave as its file says, in 3 where something could not be run."""
    given = parse("simulate SCENARIO", OPTIONS, arguments)
    if given.has("help"):
        about = "Runs a scenario for real, on this computer alone, and explains what happened."
        screen.write(usage("simulate SCENARIO [options]", about, OPTIONS, ["simulate missing-san --serve"]))
        return 0
    if len(given.rest) != 1:
        more = " ".join(given.rest[:2])
        raise UsageError(
            f"one scenario at a time, not {more}…" if given.rest else "which scenario?",
            "simulate list shows them all; simulate all runs them all",
        )
    entry, following = find(given.rest[0], given.all("scenarios"))
    if given.has("serve"):
        from simulator.cli import serve

        return serve.run(entry, given)
    if given.has("port"):
        raise UsageError("--port goes with --serve", f"simulate {entry.id} --serve --port {given.get('port')}")
    check_output(given)
    return _run(entry, given, following)


def find(id: str, folders: Sequence[str]) -> tuple[ScenarioEntry, str | None]:
    """The scenario with this id, and the id of the one to do next. Raises `UsageError` with the nearest ids."""
    from simulator.scenario import loader

    entries = loader.ids(folders)
    place = next((n for n, entry in enumerate(entries) if entry.id == id), None)
    if place is None:
        raise _unknown(id, [entry.id for entry in entries])
    return entries[place], _following(entries[place], entries)


def _following(entry: ScenarioEntry, entries: Sequence[ScenarioEntry]) -> str | None:
    """The next one of the first steps, else the next of its family, else the first of the next family."""
    from simulator.cli.catalogue import FIRST, in_order

    ids = {e.id for e in entries}
    if entry.id in FIRST[:-1]:
        after = [id for id in FIRST[FIRST.index(entry.id) + 1 :] if id in ids]
        if after:
            return after[0]
    order = in_order(entries)
    after = [e.id for e in order[order.index(entry) + 1 :] if e.family != "healthy" and e.id not in FIRST]
    return after[0] if after else None


def _unknown(id: str, ids: Sequence[str]) -> UsageError:
    from simulator.cli.main import COMMANDS
    from simulator.scenario import loader

    near = loader.nearest(id, [*ids, *COMMANDS])
    message = f"there is no scenario or command {id[:80]}"
    if near:
        return UsageError(f"{message}. Did you mean {' or '.join(near)}?", f"simulate {near[0]}")
    return UsageError(message, "simulate list shows all scenarios, simulate --help all commands")


def as_of(text: str) -> float | None:
    """Seconds since 1970 of a DATE at midnight UTC, None for no text. Raises `UsageError`."""
    if not text:
        return None
    import datetime

    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text} is no date", "write it as 2026-11-24") from None
    if not 1975 <= day.year <= 2200:
        raise UsageError(f"--as-of {text} is too far away for certificates", "a year from 1975 to 2200")
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp()


def seed(given: Arguments) -> str | None:
    """The seed, None where none was given."""
    return given.get("seed") if given.has("seed") else None


def clients(given: Arguments) -> tuple[str, ...]:
    """The clients asked for, each once; the first is diagnosed and graded."""
    return tuple(dict.fromkeys(given.all("client"))) or ("requests",)


def check_output(given: Arguments) -> None:
    """Raises `MachineError` for an output that cannot be written, before any work is done."""
    import os

    from simulator.errors import MachineError

    path = given.get("output", "-")
    if path == "-" and given.get("format") == "html" and screen.is_terminal():
        raise UsageError("an HTML page is for a browser, not for a terminal", "--format html -o report.html")
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120  # pathlib costs 4 ms
    if path == "-":
        return
    if os.path.isdir(path):  # noqa: PTH112  # as above
        raise MachineError(f"cannot write {path}: it is a folder", "name a file after -o")
    if not os.path.isdir(folder):  # noqa: PTH112  # as above
        raise MachineError(f"cannot write {path}: there is no folder {folder}", "make it, or name another file")


def _run(entry: ScenarioEntry, given: Arguments, following: str | None) -> int:
    day = as_of(given.get("as-of"))
    asked = clients(given)
    from simulator.lab.observe import Lab

    with Lab(seed=seed(given), as_of=day, clients=asked) as lab:
        from simulator.scenario import loader

        scenario = loader.load_file(entry.path, family=entry.family)
        from simulator.simulate import simulate

        kept = ""
        if given.has("keep"):
            from simulator.cli import keep

            kept = keep.keep(lab, scenario, given.get("keep"))
        format = given.get("format", "terminal")
        report = simulate(scenario, client=asked[0], clients=asked[1:], lab=lab, meanwhile=lambda: prepare(format))
        # People read while the lab is cleared away.
        screen.save(given.get("output", "-"), written(report, format, following))
        if kept and (format != "terminal" or given.has("output")):
            screen.warn(f"simulate: the files are in {given.get('keep')}")
        elif kept:
            screen.write(kept)
    return code(report)


def prepare(format: str) -> None:
    """Imports what will write the report, while the clients are still at work."""
    from importlib import import_module

    import_module("simulator.report." + {"json": "json_report", "html": "page"}.get(format, format))
    if format == "terminal":
        from simulator.report.sheet import Sheet

        Sheet(80)  # the first one brings `rich`


def written(report: Report, format: str, following: str | None = None) -> str:
    """The report in one of `FORMATS`."""
    if format == "json":
        from simulator.report import json_report

        return json_report.render(report)
    if format == "junit":
        from simulator.report import junit

        return junit.render([report])
    if format == "markdown":
        from simulator.report import markdown

        return markdown.render(report, following=following)
    if format == "html":
        from simulator.report import page

        return page.render(report, following=following)
    from simulator.report import terminal

    return terminal.render(
        report, width=screen.width(), colour=screen.colour(), plain=screen.plain(), following=following
    )


def code(report: Report) -> int:
    """The exit code of one report."""
    ungraded = any(trial.grade is None for trial in report.trials)
    not_run = bool(report.evidence.attempts) and report.evidence.attempts[0].verdict == "not-run"
    if ungraded or not_run:
        return 3
    return 0 if report.behaved else 1
