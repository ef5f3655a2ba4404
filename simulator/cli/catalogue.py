"""`simulate list`: every scenario, by family and level. Law: what it prints can be typed behind `simulate`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.cli import screen
from simulator.cli.options import FOLDERS, OUTPUT, Option, parse, usage

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.cli.titles import Told
    from simulator.scenario.loader import ScenarioEntry

FIRST = ("missing-san", "self-signed", "expired", "wrong-ca", "verification-disabled")
"""Scenarios to begin with, in this order, as far as they are there."""
OPTIONS = (
    Option("--format", "FORMAT", "how to write it", choices=("terminal", "json")),
    OUTPUT,
    FOLDERS,
)
FAMILIES = ("names", "trust", "chain", "time", "ca", "crypto", "protocol", "client", "revocation", "pairs", "healthy")
"""The order of families: what a beginner meets first comes first; an instructor's own come last."""


def run(arguments: Sequence[str]) -> int:
    """Lists. Ends in 2 where a file has problems, which are told behind the list."""
    given = parse("simulate list", OPTIONS, arguments)
    if given.has("help"):
        screen.write(usage("simulate list [options]", "The scenarios, by family and level.", OPTIONS))
        return 0
    if given.rest:
        from simulator.errors import UsageError

        raise UsageError("simulate list takes no names", f"simulate show {given.rest[0]}")
    from simulator.cli.titles import titles
    from simulator.scenario import loader

    told = ordered(titles(loader.ids(given.all("scenarios"))).values())
    text = _json(told) if given.get("format") == "json" else _terminal(told)
    screen.save(given.get("output", "-"), text)
    problems = [one.problem for one in told if one.problem]
    for problem in problems:
        screen.warn(problem)
    return 2 if problems else 0


def in_order(entries: Iterable[ScenarioEntry]) -> list[ScenarioEntry]:
    """Scenarios by family in the order of learning, then by id."""
    rank = {family: number for number, family in enumerate(FAMILIES)}
    return sorted(entries, key=lambda e: (rank.get(e.family, len(rank)), e.family, e.id))


def ordered(told: Iterable[Told]) -> list[Told]:
    """By family in the order of learning, then level, then id."""
    rank = {family: number for number, family in enumerate(FAMILIES)}
    return sorted(told, key=lambda t: (rank.get(t.family, len(rank)), t.family, t.level, t.id))


def _json(told: Sequence[Told]) -> str:
    from simulator.report.json_report import dumps

    scenarios = [
        {"id": t.id, "family": t.family, "level": t.level, "title": t.title, "findings": list(t.findings)}
        for t in told
        if not t.problem
    ]
    return dumps({"format": 1, "scenarios": scenarios})


def _terminal(told: Sequence[Told]) -> str:
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    column = min(32, max((len(t.id) for t in told), default=10) + 5)
    family = ""
    for one in told:
        if one.family != family:
            family = one.family
            sheet.blank()
            sheet.row([("head", inert(family))])
        sheet.pair(f"{one.level or '?'}  {inert(one.id)}", [("", inert(one.title))], column=column)
    sheet.blank()
    example = next((t.id for t in told if t.id in FIRST), told[0].id if told else "missing-san")
    sheet.paragraph([("dim", f"{len(told)} scenarios; the number is the level, 1 to 3.")], indent=1)
    sheet.pair("Run one", [("code", f"simulate {inert(example)}")], indent=1, column=12)
    return sheet.text()
