"""`simulate show ID`: a scenario or a finding explained. Law: nothing is run; `finding:ID` is the page alone."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import FOLDERS, parse, usage
from simulator.errors import SimulatorError, UsageError

OPTIONS = (FOLDERS,)


def run(arguments: Sequence[str]) -> int:
    """Shows one scenario (and the page of the finding that has its id), or one finding."""
    given = parse("simulate show", OPTIONS, arguments)
    if given.has("help"):
        about = (
            "Explains a scenario or a finding without running anything. finding:ID asks for the finding's page alone."
        )
        examples = ["simulate show missing-san", "simulate show finding:missing-san"]
        screen.write(usage("simulate show ID [options]", about, OPTIONS, examples))
        return 0
    if len(given.rest) != 1:
        raise UsageError("show needs one id", "simulate show missing-san")
    id = given.rest[0]
    folders = given.all("scenarios")
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    if id.startswith("finding:"):
        _finding(id.removeprefix("finding:"), sheet, folders)
    else:
        _scenario(id, sheet, folders)
    screen.write(sheet.text())
    return 0


def _scenario(id: str, sheet: object, folders: Sequence[str]) -> None:
    from simulator.cli.scenario import find
    from simulator.model.finding import FINDINGS
    from simulator.report import reading
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet
    from simulator.scenario import loader

    assert isinstance(sheet, Sheet)  # noqa: S101  # the late import's type
    try:
        entry, _ = find(id, folders)
    except UsageError:
        if id in FINDINGS:
            _finding(id, sheet, folders)
            return
        raise
    scenario = loader.load_file(entry.path, family=entry.family)
    from simulator.changes.catalogue import CHANGES

    wrong = [CHANGES[fault.change_id].doc for fault in scenario.faults]
    reading.scenario(scenario.text(), sheet, wrong=wrong, findings=scenario.surfaces)
    if scenario.fixes:
        sheet.blank()
        sheet.row([("head", "What is tried")])
        for fix in scenario.fixes:
            grades = list(dict.fromkeys(claim.grade for claim in fix.claims))
            sheet.row([("", inert(fix.title))], [("dim", " or ".join(g.replace("-", " ") for g in grades))], indent=3)
    if id in FINDINGS:
        _finding(id, sheet, folders)
    sheet.blank()
    sheet.pair("Run it", [("code", f"simulate {inert(id)}")], indent=1, column=10)


def _finding(id: str, sheet: object, folders: Sequence[str]) -> None:
    from simulator.model.finding import FINDINGS
    from simulator.report import pages, reading
    from simulator.report.sheet import Sheet

    assert isinstance(sheet, Sheet)  # noqa: S101  # as above
    if id not in FINDINGS:
        from simulator.scenario import loader

        near = loader.nearest(id, FINDINGS)
        hint = f"simulate show finding:{near[0]}" if near else "simulate list --format json names the findings"
        raise UsageError(f"there is no finding {id[:80]}", hint)
    if pages.text(id) is None:
        raise UsageError(f"the finding {id} has no page yet", "simulate list shows the scenarios")
    reading.finding(id, sheet, saw=_saw(id, folders))


def _saw(id: str, folders: Sequence[str]) -> list[str]:
    """What clients say of this finding, by the scenarios that show it: a line for each saying, with who says it."""
    from simulator.scenario import loader

    sayings: dict[str, dict[str, None]] = {}
    for entry in loader.ids(folders):
        try:
            scenario = loader.load_file(entry.path, family=entry.family)
        except SimulatorError:
            continue
        for line in scenario.expect:
            if scenario.finding(line) != id:
                continue
            said = line.message or ("accepted: nothing failed" if line.verdict == "accepted" else "rejected")
            who = line.client
            if line.when:
                who = f"{'every client' if who == 'any' else who} ({', '.join(line.when)})"
            sayings.setdefault(said, {})[who] = None
    named = [f"{', '.join(who)}: {said}" for said, who in sayings.items() if "any" not in who]
    # Who says the same as everybody else need not be named.
    rest = "every other client" if named else "every client"
    return named + [f"{rest}: {said}" for said, who in sayings.items() if "any" in who]
