"""Options of a command: one table from which they are read and from which its help is written.

Law: every wrong option is a `UsageError` that names the nearest right one. `argparse` reads and writes; it is imported
when a command is given, and what commands see of it is the table alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.errors import UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import Any


class Option:
    """One option: its names, what its value is called ("" for a switch), and what it is for."""

    def __init__(
        self,
        names: str,
        value: str,
        about: str,
        *,
        many: bool = False,
        choices: Sequence[str] = (),
        several: bool = False,
    ) -> None:
        """`names`: "-o --output", the last one gives the key; `many`: may be repeated; `several`: takes all that follow
        up to the next option."""
        self.names = tuple(names.split())
        self.key = self.names[-1].lstrip("-")
        self.value = value
        self.about = about
        self.many = many or several
        self.several = several
        self.choices = tuple(choices)

    def checked(self, value: str) -> str:
        """The value, if the option can have it; else raises `UsageError`."""
        if self.choices and value not in self.choices:
            name = self.names[-1]
            raise UsageError(f"{name} {value} is not one that there is", f"{name} {'|'.join(self.choices)}")
        return value


class Arguments:
    """What was given: options by key, and the rest."""

    def __init__(self, given: Mapping[str, Sequence[str]], rest: Sequence[str]) -> None:
        """Values by key; without `many` the last one counts, and is the only one."""
        self.rest = list(rest)
        self._given = given

    def get(self, key: str, default: str = "") -> str:
        """The value of an option that was given, else `default`."""
        values = self._given.get(key)
        return values[-1] if values else default

    def all(self, key: str) -> tuple[str, ...]:
        """All values of a repeatable option."""
        return tuple(self._given.get(key, ()))

    def has(self, key: str) -> bool:
        """Whether the option was given."""
        return key in self._given


FOLDERS = Option("--scenarios", "DIR", "also the scenarios of your own in this folder", many=True)
OUTPUT = Option("-o --output", "FILE", "write there instead of to the terminal")
HELP = Option("-h --help", "", "this text")


VERSION = Option("-V --version", "", "which version this is")


def parse(command: str, options: Sequence[Option], arguments: Sequence[str]) -> Arguments:
    """Reads the arguments of a command. Raises `UsageError` for an option that it does not have."""
    if not any(word.startswith("-") for word in arguments):
        return Arguments({}, list(arguments))  # most runs: no option is given, and argparse stays unread
    from argparse import ArgumentError

    # What stands behind "--" is no option, whatever it looks like; Pythons differ in where they look for it.
    before = list(arguments)
    behind: list[str] = []
    if "--" in before:
        place = before.index("--")
        before, behind = before[:place], before[place + 1 :]
    try:
        found, rest = _parser(command, "", options).parse_known_args(before)
    except ArgumentError as error:
        name = (error.argument_name or "").rpartition("/")[2]
        option = next(one for one in (*options, HELP) if name in one.names)
        if not option.value:
            raise UsageError(f"{name} takes no value", f"{name} alone") from None
        raise UsageError(f"{name} needs a value", f"{name} {option.value}") from None
    unknown = next((word for word in rest if word[:1] == "-" and word != "-" and " " not in word), None)
    if unknown is not None:
        name = unknown.partition("=")[0]
        raise UsageError(f"{name} is no option of {command}", _meant(name, options) or f"{command} --help")
    given = {
        key: ["yes"] if value is True else value if isinstance(value, list) else [value]
        for key, value in vars(found).items()
        if value is not None
    }
    return Arguments(given, rest + behind)


def _parser(
    synopsis: str,
    about: str,
    options: Sequence[Option],
    *,
    commands: Sequence[tuple[str, str]] = (),
    width: int = 80,
) -> ArgumentParser:
    from argparse import ArgumentParser, HelpFormatter
    from textwrap import fill

    parser = ArgumentParser(
        prog="simulate",
        usage=fill(synopsis.replace("%", "%%"), width - 7, subsequent_indent=" " * 7),
        description=about or None,
        formatter_class=lambda prog: HelpFormatter(prog, max_help_position=26, width=width),
        add_help=False,  # ours is one more row of the table
        allow_abbrev=False,  # an abbreviation in somebody's script breaks when an option is added
        exit_on_error=False,
    )
    if commands:
        listed = parser.add_argument_group("commands")
        for number, (line, told) in enumerate(commands):
            listed.add_argument(str(number), metavar=line, help=told.replace("%", "%%"))
    switches = parser.add_argument_group("options")
    for option in (*options, HELP):
        told = option.about + (f": {', '.join(option.choices)}" if option.choices else "")
        told += "; may be repeated" if option.many else ""
        more: dict[str, Any] = {"dest": option.key, "help": told.replace("%", "%%"), "default": None}
        if not option.value:
            switches.add_argument(*option.names, action="store_true", **more)
            continue
        more |= {"metavar": option.value, "type": option.checked}
        if option.several:
            switches.add_argument(*option.names, action="extend", nargs="+", **more)
        else:
            switches.add_argument(*option.names, action="append" if option.many else "store", **more)
    return parser


def _meant(name: str, options: Sequence[Option]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [known for option in (*options, HELP) for known in option.names], 1, 0.5)
    return f"Did you mean {near[0]}?" if near else ""


def usage(
    synopsis: str,
    about: str,
    options: Sequence[Option],
    examples: Sequence[str] = (),
    *,
    commands: Sequence[tuple[str, str]] = (),
    end: str = "",
) -> str:
    """A command's help. `commands`: lines that can be typed, each with what it is for."""
    from simulator.cli import screen
    from simulator.report.inert import ASCII

    parser = _parser(synopsis, about, options, commands=commands, width=screen.width() - 1)
    parser.epilog = end or None
    text = parser.format_help() + _examples(examples, screen.width() - 3)
    return text.translate(ASCII) if screen.plain() else text


def _examples(commands: Sequence[str], room: int) -> str:
    from simulator.report.wrapping import break_command

    text = "\nexamples:\n" if commands else ""
    for command in commands:
        for number, part in enumerate(break_command(command, room)):
            # What follows a break inside a word begins at the margin, or it would mean something else.
            text += f"  {part}\n" if part.startswith(" ") or not number else f"{part}\n"
    return text
