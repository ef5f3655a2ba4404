"""`simulate tour`: the ten-minute lesson, at one's own pace.

Law: everybody can leave at any moment and come back; without a person at the keyboard it is a text from start to end.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from simulator.cli import screen
from simulator.cli.options import OUTPUT, Arguments, Option, parse, usage
from simulator.errors import UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.cli.tour_lesson import Lesson, Step
    from simulator.cli.tour_stage import Classroom
    from simulator.cli.tour_talk import Move, Talk

FORMATS = ("terminal", "markdown", "notebook")
OPTIONS = (
    Option("--from", "STEP", "begin at this step: its number or its name"),
    Option("--again", "", "from the first step, wherever you stopped"),
    Option("--non-interactive", "", "the whole lesson as one text, without questions to answer"),
    Option("--format", "FORMAT", "a handout or a notebook of the same lesson", choices=FORMATS),
    OUTPUT,
    Option("--port", "PORT", "where the lesson's server listens: 1443 unless told"),
)


def run(arguments: Sequence[str]) -> int:
    """Plays the lesson, or writes it."""
    given = parse("simulate tour", OPTIONS, arguments)
    if given.has("help"):
        about = "A lesson of ten minutes: guess, see it happen for real, learn why. No knowledge is needed before it."
        examples = ["simulate tour", "simulate tour --format notebook -o lesson.ipynb"]
        screen.write(usage("simulate tour [options]", about, OPTIONS, examples))
        return 0
    if given.rest:
        raise UsageError("the tour takes no names", f"simulate tour --from {given.rest[0]}")
    from simulator.cli import tour_lesson
    from simulator.cli.scenario import check_output
    from simulator.cli.serve import port

    number = port(given)
    check_output(given)
    lesson = tour_lesson.load()
    first = _first(lesson, given)
    if given.get("format", "terminal") != "terminal" or given.has("non-interactive") or given.has("output"):
        screen.save(given.get("output", "-"), _written(lesson, given, number, first))
        return 0
    _Play(lesson, number).all(first, resumed=bool(first) and not given.has("from"))
    return 0


def _written(lesson: Lesson, given: Arguments, port: int, first: int) -> str:
    from simulator.cli import tour_export

    format = given.get("format", "terminal")
    if format == "notebook":
        return tour_export.notebook(lesson, port)
    from simulator.cli.tour_stage import Classroom

    with Classroom(port, seed="tour") as room:
        if format == "markdown":
            return tour_export.handout(lesson, room)
        return tour_export.text(lesson, room, first)


def _first(lesson: Lesson, given: Arguments) -> int:
    """The step to begin with, from 0."""
    if given.has("from"):
        wanted = given.get("from")
        ids = [step.id for step in lesson.steps]
        if wanted in ids:
            return ids.index(wanted)
        if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:4]) <= len(ids):
            return int(wanted) - 1
        raise UsageError(f"the tour has no step {wanted[:60]}", f"--from 1 to {len(ids)}, or {', '.join(ids)}")
    return 0 if given.has("again") or given.has("non-interactive") else _stopped(len(lesson.steps))


class _Play:
    """The lesson with a person at the keyboard."""

    def __init__(self, lesson: Lesson, port: int) -> None:
        self._lesson = lesson
        self._port = port
        self._heard: list[str] = []

    def all(self, first: int, *, resumed: bool) -> None:
        """The whole lesson from step `first`, counted from 0."""
        from simulator.cli import tour_show
        from simulator.cli.tour_stage import Classroom
        from simulator.cli.tour_talk import Talk

        steps = self._lesson.steps
        talk = Talk(_read)
        screen.write(tour_show.prose(f"**{self._lesson.title}**"))
        if resumed:
            screen.write(tour_show.prose(f"You stopped before step {first + 1}. simulate tour --again starts over."))
        elif not first:
            for part in self._lesson.opening:
                screen.write(tour_show.prose(part.text))
        place = first
        try:
            with Classroom(self._port, on_event=self._heard.append) as room:
                while 0 <= place < len(steps):
                    move = self._step(steps[place], place, room, talk)
                    if move == "stop":
                        break
                    place = max(0, place - 1) if move == "back" else place + (move != "again")
        finally:
            _remember(place if place < len(steps) else 0)
        if place < len(steps):
            screen.write(tour_show.prose(f"Stopped before step {place + 1}. simulate tour goes on from there."))
            return
        score = f" You guessed {talk.guessed} times, and {talk.right} were right." if talk.guessed else ""
        screen.write(tour_show.prose(f"That was the tour.{score} Next: simulate list shows all the other errors."))

    def _step(self, step: Step, place: int, room: Classroom, talk: Talk) -> Move:
        from simulator.cli import tour_show

        self._heard.clear()
        room.leave()
        stage = room.begin(step.stage) if step.stage else None
        screen.write(tour_show.heading(step, place + 1, len(self._lesson.steps)))
        for part in step.parts:
            if part.kind == "ask":
                move = talk.ask(part, stage)
                self._tell()
                if move != "on":
                    return move
            else:
                from simulator.cli import tour_export

                screen.write(tour_export.shown(part, stage, room))
        move = talk.wait(stage)
        self._tell()
        return move

    def _tell(self) -> None:
        """What a second terminal's client did meanwhile, as the server saw it."""
        from simulator.cli import tour_show

        heard = list(dict.fromkeys(self._heard))
        self._heard.clear()
        for line in heard[-4:]:
            screen.write(tour_show.prose(f"(The server saw a client of yours: {line})"))


def _read(prompt: str) -> str:
    """The next line that is typed. Raises `EOFError` where there is none."""
    import sys

    if sys.stdin is not None and screen.is_terminal(sys.stdin) and screen.is_terminal():
        with suppress(ImportError):
            import readline  # noqa: F401  # with it, `input` lets people edit what they type
        try:
            return input(prompt)
        except KeyboardInterrupt:
            screen.write("\n")
            raise
    screen.write(prompt)
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise EOFError
    screen.write("\n")
    return line.rstrip("\n")


def _note() -> str:
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111  # pathlib costs 4 ms
    return os.path.join(base, "tls-clinic", "tour")  # noqa: PTH118  # as above


def _stopped(total: int) -> int:
    """Where the learner stopped last time, else 0."""
    try:
        with open(_note(), encoding="ascii") as file:  # noqa: PTH123  # as above
            place = int(file.read(8))
    except (OSError, ValueError):
        return 0
    return place if 0 <= place < total else 0


def _remember(place: int) -> None:
    """Notes where the learner is; where that cannot be written, they begin again or say --from."""
    try:
        os.makedirs(os.path.dirname(_note()), 0o700, exist_ok=True)  # noqa: PTH103, PTH120  # as above
        with open(_note(), "w", encoding="ascii") as file:  # noqa: PTH123  # as above
            file.write(str(place))
    except OSError:
        return
