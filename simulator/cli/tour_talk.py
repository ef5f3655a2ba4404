"""What a person types on the tour, and what it means. Law: whatever they type is answered; nothing they type is run but
a `requests.get(…)`, and that by the lab's own client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simulator.cli import screen, tour_show
from simulator.report.inert import inert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.cli.tour_lesson import Option, Part
    from simulator.cli.tour_stage import Stage

Move = Literal["on", "back", "skip", "stop", "again"]
MOVES: dict[str, Move] = {
    "": "on",
    "next": "on",
    "n": "on",
    "ok": "on",
    "continue": "on",
    "back": "back",
    "skip": "skip",
    "again": "again",
    "repeat": "again",
    "stop": "stop",
    "quit": "stop",
    "exit": "stop",
    "q": "stop",
    "bye": "stop",
    "exit()": "stop",
    "quit()": "stop",
}
PROGRAMS = (
    "curl",
    "python",
    "python3",
    "openssl",
    "simulate",
    "wget",
    "node",
    "cat",
    "ls",
    "cd",
    "chromium",
    "firefox",
)
HELP = (
    "Type the letter of your guess, or Enter to see without guessing. Also: back, skip (to the next step), again (this "
    "step), stop (you can come back). You may type a call too, such as requests.get(url, verify=False): it is run for "
    "real, against this step's server."
)


class Talk:
    """Reads lines and answers them. `read` gives the next line, or raises `EOFError`."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self.guessed = 0
        self.right = 0

    def ask(self, part: Part, stage: Stage | None) -> Move:
        """A question: until it is answered, passed over, or left."""
        screen.write(tour_show.question(part))
        while True:
            typed = self._line("Your guess")
            move = MOVES.get(typed.lower().strip())
            if move == "on":
                right = next(option for option in part.options if option.right)
                screen.write("\n" + tour_show.prose(tour_show.answer(right)))
                return "on"
            if move is not None:
                return move
            chosen = choose(part.options, typed)
            if chosen is not None:
                self.guessed += 1
                self.right += chosen.right
                screen.write("\n" + tour_show.prose(reply(part.options, chosen)))
                return "on"
            self._otherwise(typed, stage, part.options)

    def wait(self, stage: Stage | None) -> Move:
        """The end of a step: Enter goes on."""
        while True:
            typed = self._line("Enter goes on")
            move = MOVES.get(typed.lower().strip())
            if move is not None:
                return move
            self._otherwise(typed, stage, ())

    def _line(self, prompt: str) -> str:
        try:
            return self._read(f" {prompt} (? for help) {'>' if screen.plain() else '›'} ")
        except EOFError:
            screen.write("\n")
            return "stop"

    def _otherwise(self, typed: str, stage: Stage | None, options: Sequence[Option]) -> None:
        """Answers what is neither a move nor a guess."""
        text = typed.strip()
        first = text.split()[0].lower() if text.split() else ""
        if text.lower() in ("?", "help", "h", "hint"):
            screen.write(tour_show.prose(HELP))
            return
        if first in PROGRAMS or first.startswith("$"):
            screen.write(tour_show.prose(f"`{first}` belongs in a second terminal: the server is up there for it."))
            return
        from simulator.cli import tour_typed

        seen = tour_typed.run(text, stage) if stage else None
        if seen is not None:
            screen.write(tour_show.call(seen) + tour_show.said(seen, marked=True))
            return
        if "requests" in first:
            told = 'I can run requests.get(url), with verify=False, verify="cert.pem" or verify="ca.pem", as it stands.'
            screen.write(tour_show.prose(told))
            return
        letters = tour_show.LETTERS[: len(options)]
        choices = f"{', '.join(letters[:-1])} or {letters[-1]}, or Enter to see" if options else "Enter to go on"
        screen.write(
            tour_show.prose(f"“{inert(text[:60])}” is nothing that I know. Type {choices}; ? shows what else.")
        )


def choose(options: Sequence[Option], typed: str) -> Option | None:
    """The option that somebody meant, by its letter or by words of theirs; None where that is not clear."""
    text = typed.lower().strip().strip(".!)(")
    if len(text) == 1 and text in tour_show.LETTERS[: len(options)]:
        return options[tour_show.LETTERS.index(text)]
    said = set(text.replace(",", " ").split())
    scores = [len(said & option.words) + 3 * (text == option.text.lower()) for option in options]
    best = max(scores, default=0)
    return options[scores.index(best)] if best and scores.count(best) == 1 else None


def reply(options: Sequence[Option], chosen: Option) -> str:
    """What is said to a guess: where it was wrong, what is right too."""
    if chosen.right:
        return f"✓ {chosen.reply}"
    right = next(option for option in options if option.right)
    return f"Not quite. {chosen.reply} The answer: {right.text}."
