"""`simulate challenge mark`: runs every repair, and says who is done. Law: a submission that cannot be marked is a row
with a reason, and no reason ends the batch or changes the exit code.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import Option, parse, usage
from simulator.errors import MachineError, UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.challenge.batch import Row
    from simulator.challenge.points import Weights

MARK = (
    Option("--key", "DIR", "the instructor's folder, which new made"),
    Option("-o --output", "FILE", "the grades; grades.csv unless told, - for standard output"),
    Option("--format", "FORMAT", "for whom", choices=("csv", "moodle", "canvas", "gradescope")),
    Option("--title", "TEXT", "what Moodle and Canvas call it; Canvas's own are called Title (1234)"),
    Option("--weights", "FILE", "what each part is worth, in YAML"),
    Option("--feedback", "DIR", "feedback for each learner, in Markdown"),
    Option("--workers", "N", "processes; as many as this machine has processors unless told"),
    Option("--seconds", "N", "how long one submission may take; 30 unless told"),
    Option("--as", "CLIENT", "whose eyes: requests unless told, or requests@/path/to/python"),
)


def run(arguments: Sequence[str]) -> int:
    """Marks a folder of submissions."""
    given = parse("simulate challenge mark", MARK, arguments)
    if given.has("help"):
        about = "Runs every repair for real, with a fresh client and every attack that applies. It can be stopped, and "
        about += "goes on where it was."
        examples = ("simulate challenge mark submissions --key out/instructor -o grades.csv --feedback feedback",)
        screen.write(usage("simulate challenge mark FOLDER --key FOLDER [options]", about, MARK, examples))
        return 0
    if len(given.rest) != 1 or not given.has("key"):
        raise UsageError(
            "mark needs the submissions and the key", "simulate challenge mark FOLDER --key out/instructor"
        )
    from simulator.challenge import batch, grades, points
    from simulator.challenge import plan as plans
    from simulator.cli.challenge import whole

    key = given.get("key")
    plan = plans.load(key)
    weights = points.load(given.get("weights")) if given.has("weights") else points.Weights()
    seconds = float(whole(given, "seconds", 30, 1, 3600))
    workers = whole(given, "workers", os.cpu_count() or 1, 1, 256)
    submissions = batch.collect(given.rest[0])
    done = [0]

    def on_done(name: str) -> None:
        done[0] += 1
        screen.progress(f" {done[0]} of {len(submissions)}  {name}")

    marks = batch.run(
        submissions, key=key, workers=workers, seconds=seconds, client=given.get("as", "requests"), on_done=on_done
    )
    screen.progress("")
    rows = batch.rows(plan, submissions, marks)
    output = given.get("output", "grades.csv")
    screen.save(output, grades.written(rows, weights, given.get("format", "csv"), given.get("title", grades.TITLE)))
    if given.has("feedback"):
        _feedback(rows, weights, given.get("feedback"))
    if output != "-":
        screen.write(_overview(rows, weights, output))
    return 0


def _feedback(rows: Sequence[Row], weights: Weights, folder: str) -> None:
    from simulator.challenge import feedback

    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103  # pathlib costs 11 ms
    except OSError as error:
        raise MachineError(f"{folder} cannot be made: {error.strerror}", "name a folder of your own") from None
    for row in rows:
        if row.learner is not None and row.submission:
            path = os.path.join(folder, f"{row.learner.slug}.md")  # noqa: PTH118  # as above
            screen.save(path, feedback.markdown(row, weights))


def _overview(rows: Sequence[Row], weights: Weights, output: str) -> str:
    from simulator.challenge.overview import overview
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    told = overview(rows, weights)
    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.row([("title", f"{told.marked} of {told.learners} learners are marked")])
    if told.marked:
        points = f"{told.mean:.1f} of {told.total:g} on average, {told.median:.1f} in the middle"
        sheet.pair("Points", [("", points)], indent=1, column=22)
    if told.nothing:
        sheet.pair("Nothing handed in", [("", f"{told.nothing}")], indent=1, column=22)
    for label, counted in (
        ("Missed most", told.missed),
        ("Named, and not there", told.wrong),
        ("Repairs", told.grades),
        ("What repairs let in", told.let_in),
    ):
        if counted:
            words = ", ".join(f"{name} {count}" for name, count in counted)
            sheet.pair(label, [("", words)], indent=1, column=22)
    for title, pairs in (("Not marked", told.refused), ("Look at", told.remarks)):
        if pairs:
            sheet.blank()
            sheet.row([("head", title)])
        for who, what in pairs[:20]:
            sheet.pair(inert(who), [("", inert(what))], indent=1, column=22)
        if len(pairs) > 20:
            sheet.row([("dim", f"and {len(pairs) - 20} more, in {inert(output)}")])
    sheet.blank()
    sheet.pair("Grades", [("code", inert(output))], indent=1, column=22)
    return sheet.text()
