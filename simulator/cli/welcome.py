"""What somebody sees who types `simulate` alone, or asks for help. Law: every command that it names can be typed."""

from __future__ import annotations

from simulator.cli import screen
from simulator.cli.catalogue import FIRST

ABOUT = (
    "When a program opens an https:// address, the server shows a certificate: a signed note that says who it is. If "
    "something is wrong with that note, the program refuses, and the error is hard to read.",
    "Here you can watch each of these errors happen, between a real server and a real client, all on this computer. "
    "You read what it means, see why the tempting shortcuts let a thief in, and see it mended.",
    "Each takes a blink, and nothing on this computer is changed.",
)
CODES = (
    "Exit codes: 0 as it should be; 1 something that was checked is not; 2 wrong usage; 3 this machine could not do "
    "it; 130 and 143 interrupted."
)


def run() -> int:
    """The welcome."""
    from simulator.cli.titles import titles
    from simulator.report.sheet import Sheet
    from simulator.scenario import loader

    entries = {entry.id: entry for entry in loader.ids()}
    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.paragraph(
        [("title", "tls-clinic"), ("", " · certificate errors to see, to understand and to mend")], indent=1
    )
    for paragraph in ABOUT:
        sheet.blank()
        sheet.paragraph([("", paragraph)], indent=1)
    begin = [id for id in FIRST if id in entries] or list(entries)[:3]
    if begin:
        sheet.blank()
        sheet.row([("head", "Begin with one of these")])
        told = titles([entries[id] for id in begin])
        for id in begin:
            sheet.pair(f"simulate {id}", [("", told[id].title)], column=32)
    sheet.blank()
    sheet.row([("head", "Then")])
    then = (
        ("simulate tour", "a lesson of ten minutes, from the beginning"),
        ("simulate list", f"all {len(entries)} scenarios"),
        ("simulate --help", "all commands"),
    )
    for command, about in then:
        sheet.pair(command, [("", about)], column=32)
    screen.write(sheet.text())
    return 0


def usage() -> int:
    """`simulate --help`."""
    from simulator.cli import options
    from simulator.cli.main import COMMANDS

    commands = [
        ("simulate", "a short welcome: where to begin"),
        ("simulate SCENARIO", "run a scenario for real, and explain it"),
        *((f"simulate {name}", about) for name, (_, about) in COMMANDS.items()),
    ]
    about = (
        "See certificate errors happen, why the shortcuts lose, and the fix proven. Each command has its own --help."
    )
    synopsis = "simulate SCENARIO | COMMAND [options]"
    examples = ["simulate missing-san", "simulate missing-san --help"]
    screen.write(options.usage(synopsis, about, (options.VERSION,), examples, commands=commands, end=CODES))
    return 0
