"""`simulate challenge`: "diagnose this", for one learner or a class. Law: what one does with a challenge is a word
each; each answer ends with the next command.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import FOLDERS, HELP, Option, parse, usage
from simulator.errors import UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.challenge.plan import Plan
    from simulator.challenge.roster import Learner
    from simulator.cli.options import Arguments

COMMANDS = (
    ("simulate challenge new --scenario ID[,ID]", "for instructors: make a bundle for each learner"),
    ("simulate challenge check-bundle FILE", "for instructors: search bundles for what they must not say"),
    ("simulate challenge play BUNDLE", "for learners: the patient's server, until Ctrl-C; --hint"),
    ("simulate challenge words [PART]", "for learners: the words of the answer sheet"),
    ("simulate challenge answer FOLDER", "for learners: check the sheet's form, and pack it"),
    ("simulate challenge mark FOLDER --key FOLDER", "for instructors: run every repair, and give marks"),
)
NEW = (
    Option("--scenario", "ID,…", "one patient for each; without it one is drawn from all that fit", many=True),
    Option("--level", "1|2|3|4", "draw from scenarios of this level"),
    Option("--faults", "1|2", "how many things are wrong in each patient; 1 unless told"),
    Option("--learners", "CSV", "the roster: one learner a line, or as Moodle and Canvas export it"),
    Option("--count", "N", "without a roster: so many learners; 1 unless told"),
    Option("--from", "DAY", "the first day, as 2026-01-31; today unless told"),
    Option("--until", "DAY", "the last day on which everything still holds; 30 days later unless told"),
    Option("--seed", "WORD", "derive everything from a word; without it 128 random bits are drawn"),
    Option("--self-check", "", "let learners mark themselves: their bundle holds their answers, wrapped up"),
    Option("--workers", "N", "processes; as many as this machine has processors unless told"),
    Option("-o --output", "DIR", "the folder for bundles/ and instructor/; challenge unless told"),
    FOLDERS,
)
CHECK = (
    Option("--key", "DIR", "the instructor's folder: search for what these learners really have"),
    FOLDERS,
)


def run(arguments: Sequence[str]) -> int:
    """Finds the word, and runs what it stands for."""
    first, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if first in ("", *HELP.names):
        about = "Gives each learner a service that does not work, and marks what the repair does."
        screen.write(usage("simulate challenge COMMAND …", about, (), commands=COMMANDS))
        return 0
    if first == "new":
        return _new(rest)
    if first == "check-bundle":
        return _check(rest)
    if first == "words":
        return _words(rest)
    if first in ("play", "answer"):
        from simulator.cli import challenge_play

        return challenge_play.play(rest) if first == "play" else challenge_play.answer(rest)
    if first == "mark":
        from simulator.cli import challenge_mark

        return challenge_mark.run(rest)
    from simulator.scenario.loader import nearest

    near = nearest(first, [line.split()[2] for line, _ in COMMANDS])
    raise UsageError(
        f"challenge has no command {first[:40]}", f"simulate challenge {near[0]}" if near else "simulate challenge"
    )


def whole(given: Arguments, name: str, default: int, low: int, high: int) -> int:
    """A number that was given with an option. Raises `UsageError`."""
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
        raise UsageError(f"--{name} {text[:40]} is out of range", f"a number from {low} to {high}")
    return int(text)


def _new(arguments: Sequence[str]) -> int:
    given = parse("simulate challenge new", NEW, arguments)
    if given.has("help"):
        about = "Makes a bundle for each learner: the same disease, another patient. The key to it is for you alone."
        examples = (
            "simulate challenge new --scenario missing-san,expired --learners roster.csv -o out",
            "simulate challenge new --count 40 --faults 2",
            "simulate challenge new --scenario wrong-host --self-check",
        )
        screen.write(usage("simulate challenge new [options]", about, NEW, examples))
        return 0
    if given.rest:
        raise UsageError("new takes options only", f"simulate challenge new --scenario {given.rest[0]}")
    plan = _plan(given)
    folder = given.get("output", "challenge")
    workers = whole(given, "workers", os.cpu_count() or 1, 1, 256)
    from simulator.challenge import making

    total = len(plan.learners)
    key, names = making.make(plan, folder, workers=workers, on_done=lambda n: screen.progress(f" {n} of {total}"))
    screen.progress("")
    screen.write(_made(plan, folder, key, names))
    return 0


def _plan(given: Arguments) -> Plan:
    from simulator.challenge import making, plan, roster, seeds

    today = time.strftime("%Y-%m-%d", time.gmtime())
    start, days = plan.window(given.get("from"), given.get("until"), today)
    if given.has("learners") and given.has("count"):
        raise UsageError("--learners and --count are two ways to say the same", "leave one of them out")
    learners: tuple[Learner, ...]
    if given.has("learners"):
        learners = roster.read(given.get("learners"))
    else:
        learners = roster.count(whole(given, "count", 1, 1, roster.MOST))
    folders = tuple(os.path.abspath(one) for one in given.all("scenarios"))  # noqa: PTH100  # pathlib costs 11 ms
    ids = [id.strip() for one in given.all("scenario") for id in one.split(",") if id.strip()]
    level = whole(given, "level", 1, 1, 4) if given.has("level") else None
    slots = making.slots(
        tuple(dict.fromkeys(ids)), level=level, faults=whole(given, "faults", 1, 1, 9), folders=folders
    )
    if given.has("seed"):
        screen.warn(
            "simulate: a word is only as good as it is hard to guess, and the code that makes bundles is public; "
            "without --seed, 128 random bits are drawn."
        )
    return plan.Plan(
        secret=seeds.stretch(given.get("seed")) if given.has("seed") else seeds.draw(),
        start=start,
        days=days,
        slots=slots,
        learners=learners,
        folders=folders,
        self_check=given.has("self-check"),
    )


def _made(plan: Plan, folder: str, key: str, names: Sequence[str]) -> str:
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    patients = len(plan.slots)
    sheet.row([("title", f"{len(names):,} bundle{'s' * (len(names) != 1)}")])
    each = f"{patients} patients each" if patients > 1 else "one patient each"
    sheet.pair("Hand out", [("", f"{inert(folder)}/bundles/, {each}")], indent=1, column=11)
    sheet.pair("Keep", [("", f"{inert(key)}/: whoever has it can compute every answer")], indent=1, column=11)
    sheet.pair("Holds", [("", f"from {plan.start} to {plan.until}")], indent=1, column=11)
    if plan.self_check:
        sheet.pair(
            "Mind", [("warn", "learners can unwrap their answers: --self-check is no exam")], indent=1, column=11
        )
    sheet.blank()
    sheet.row([("dim", "Next")])
    sheet.command(f"simulate challenge play {_quoted(f'{folder}/bundles/{names[0]}')}", indent=3)
    sheet.command(f"simulate challenge mark SUBMISSIONS --key {_quoted(key)} -o grades.csv", indent=3)
    return sheet.text()


def _quoted(text: str) -> str:
    import shlex

    from simulator.report.inert import inert

    return shlex.quote(inert(text))


def _check(arguments: Sequence[str]) -> int:
    given = parse("simulate challenge check-bundle", CHECK, arguments)
    if given.has("help") or not given.rest:
        about = "Searches bundles for ids, titles and faults of scenarios, for times, comments and the like."
        screen.write(usage("simulate challenge check-bundle FILE… [options]", about, CHECK))
        return 0 if given.has("help") else 2
    from simulator.challenge import archive, disease, leaks, marking
    from simulator.challenge import plan as plans
    from simulator.report.inert import inert

    if given.has("key"):
        plan = plans.load(given.get("key"))
        ids = dict.fromkeys(one for slot in plan.slots for one in slot)
        words = tuple(dict.fromkeys(word for one in ids for word in disease.case(one, plan.folders).told))
        words += (plan.secret,)
    else:
        words = leaks.telling(given.all("scenarios"))
    bad = 0
    for path in given.rest:
        try:
            found = leaks.search(marking.read_regular(path, archive.Limits().archive), words)
        except archive.Rejected as rejected:
            raise UsageError(f"{path}: {rejected.message}", "name a bundle") from None
        for leak in found:
            screen.write(f"✗ {inert(path)}: {inert(leak.where)} says {leak.what!r}\n")
        bad += bool(found)
    if not bad:
        count = len(given.rest)
        screen.write(f"{count:,} bundle{'s' * (count != 1)}, searched for {len(words):,} words: nothing is said.\n")
    return 1 if bad else 0


def _words(arguments: Sequence[str]) -> int:
    given = parse("simulate challenge words", (), arguments)
    if given.has("help"):
        screen.write(usage("simulate challenge words [PART]", "The words of the answer sheet.", ()))
        return 0
    from simulator.challenge import words
    from simulator.report.sheet import Sheet

    part = given.rest[0] if given.rest else ""
    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    found = words.findings(part)
    if not found:
        raise UsageError(f"no finding has {part[:40]!r} in its name", "simulate challenge words")
    for title, pairs, column in (
        ("finding", found, 34),
        *((("the rest of a finding", words.rest(), 34), ("repair", words.settings(), 34)) if not part else ()),
    ):
        sheet.blank()
        sheet.row([("head", title)])
        for word, meaning in pairs:
            sheet.pair(word, [("", meaning)], indent=1, column=column)
    screen.write(sheet.text())
    return 0
