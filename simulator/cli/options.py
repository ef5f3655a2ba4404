"""Options of a command: one table from which they are read and from which its help is written.

Law: every wrong option is a `UsageError` that names the nearest right one. (`argparse` would cost 10 ms.)
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import UsageError


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


class Arguments:
    """What was given: options by key, and the rest."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.rest: list[str] = []
        self._given: dict[str, list[str]] = {}

    def add(self, option: Option, value: str) -> None:
        """Adds a value; without `many` the last one counts."""
        if option.choices and value not in option.choices:
            raise UsageError(
                f"{option.names[-1]} {value} is not one that there is", f"{option.names[-1]} {'|'.join(option.choices)}"
            )
        values = self._given.setdefault(option.key, [])
        if not option.many:
            values.clear()
        values.append(value)

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


def parse(command: str, options: Sequence[Option], arguments: Sequence[str]) -> Arguments:
    """Reads the arguments of a command. Raises `UsageError` for an option that it does not have."""
    known = {name: option for option in (*options, HELP) for name in option.names}
    found = Arguments()
    left = list(arguments)
    while left:
        word = left.pop(0)
        if word == "--":
            found.rest += left
            break
        if not word.startswith("-") or word == "-":
            found.rest.append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in known and not word.startswith("--") and word[:2] in known and known[word[:2]].value:
            name, equals, value = word[:2], "=", word[2:]
        option = known.get(name)
        if option is None:
            raise UsageError(f"{name} is no option of {command}", _meant(name, known) or f"{command} --help")
        if not option.value:
            if equals:
                raise UsageError(f"{name} takes no value", f"{name} alone")
            found.add(option, "yes")
            continue
        if not equals:
            if not left or (left[0].startswith("-") and left[0] != "-"):
                raise UsageError(f"{name} needs a value", f"{name} {option.value}")
            value = left.pop(0)
        found.add(option, value)
        while option.several and left and not left[0].startswith("-"):
            found.add(option, left.pop(0))
    return found


def _meant(name: str, known: dict[str, Option]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1, 0.5)
    return f"did you mean {near[0]}?" if near else ""


def usage(synopsis: str, about: str, options: Sequence[Option], examples: Sequence[str] = ()) -> str:
    """A command's help."""
    from simulator.cli import screen
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.paragraph([("title", synopsis)], indent=1, hang=4)
    sheet.blank()
    sheet.paragraph([("", about)], indent=1)
    sheet.blank()
    for option in (*options, HELP):
        value = "|".join(option.choices) if option.choices else option.value
        label = ", ".join(option.names) + (f" {value}" if value and len(value) < 14 else "")
        told = option.about + (f" ({value})" if len(value) >= 14 else "") + ("; may be repeated" if option.many else "")
        sheet.pair(label, [("", told)], indent=1, column=26)
    if examples:
        sheet.blank()
        for example in examples:
            sheet.command(example, indent=1)
    return sheet.text()
