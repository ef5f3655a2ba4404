"""The way in and the way out: arguments to a command, its answer to an exit code.

Law: whatever happens, a person reads one clear line, never a traceback (but for SIMULATE_DEBUG=1); nothing is imported
before the command that needs it; leaving is quick, with everything written first.

Exit codes: 0 as it should be; 1 something that was checked is not; 2 wrong usage; 3 this machine could not do it;
130 Ctrl-C; 143 SIGTERM. A reader that closes the pipe is no error: quiet, and 0.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence

COMMANDS = {
    "tour": ("tour", "the ten-minute lesson: guess, see it happen, learn why"),
    "list": ("catalogue", "the scenarios, by family and level"),
    "show": ("show", "one scenario or finding explained, without running it"),
    "diagnose": ("diagnose", "a server or files of your own: everything that is wrong, each with its fix"),
    "explain": ("explain", "an error text, or a log on standard input: the likely causes, ranked"),
    "all": ("every", "every scenario, one after the other, and whether it did as its file says"),
    "new-ca": ("new_ca", "a small CA of your own, that can sign for your hosts and for no other"),
    "challenge": ("challenge", "diagnose this: for one learner or a class, and marks by what a repair does"),
    "fuzz": ("fuzz", "random faults before several judges: what do they disagree about?"),
    "check": ("authors", "for authors: every problem of scenario files, and whether they behave"),
    "schema": ("schema", "for authors: the JSON schema of scenario files"),
    "completion": ("completion", "what makes your shell complete commands and scenarios"),
}
"""Commands: the module that has `run(arguments)`, and what it is for. What is not here is a scenario's id."""

_NO_CLIENT_YET = ("--client", "--serve", "--help", "-h")
"""Options with which a scenario's usual client is not wanted, or not at once."""
IMPATIENT = 2
"""Signals after which a run ends at once, in whatever state it is."""
_HEARD: list[int] = []
"""Signals that asked this process to stop."""
Run = Callable[[Sequence[str]], int]


def entry() -> None:
    """The console script. Never returns."""
    sys.setswitchinterval(0.0001)  # servers answer in threads while we import: 5 of 260 ms
    gc.disable()  # a run is short, and what it makes is needed until its end: 5 ms of 150
    code = guarded(sys.argv[1:])
    _leave(code)


def guarded(arguments: Sequence[str]) -> int:
    """Runs a command line and gives its exit code, whatever happens on the way."""
    from simulator.errors import SimulatorError

    try:
        _terminate_cleanly()
        code = dispatch(arguments)
        sys.stdout.flush()
    except SimulatorError as error:
        return _told(error.message, error.hint, error.exit_code)
    except BrokenPipeError:
        _close_quietly()
        return 0
    except KeyboardInterrupt as interrupt:
        return 143 if isinstance(interrupt, Terminated) else 130
    except MemoryError:
        return _told("there is not enough memory", "close something, and try again", 3)
    except Exception as error:
        # An interruption may come out of the depths as another exception (Python 3.11: out of a class's making).
        return 128 + _HEARD[0] if _HEARD else _unexpected(error)
    return 128 + _HEARD[0] if _HEARD else code


def interrupted() -> bool:
    """Whether somebody asked this process to stop, in whatever form that came out of the depths."""
    return bool(_HEARD)


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a run in the same orderly way as Ctrl-C does."""


def dispatch(arguments: Sequence[str]) -> int:
    """Finds the command for these arguments and runs it."""
    if not arguments:
        from simulator.cli import welcome

        return welcome.run()
    first, rest = arguments[0], arguments[1:]
    if first in ("-h", "--help", "help"):
        from simulator.cli import welcome

        return welcome.usage()
    if first in ("-V", "--version", "version"):
        from simulator.cli import screen

        screen.write(f"tls-clinic {screen.version()}\n")
        return 0
    if first in COMMANDS:
        return _runner(COMMANDS[first][0])(rest)
    if not first.startswith("-") and not any(a.startswith(_NO_CLIENT_YET) for a in rest):
        from simulator.lab.spawn import early

        early("requests")  # it imports while we read our own arguments; nobody asks for it: it ends with us
    return _runner("scenario")(arguments)


def _runner(module: str) -> Run:
    from importlib import import_module

    run: Run = import_module(f"simulator.cli.{module}").run
    return run


def _terminate_cleanly() -> None:
    """The first signal ends the run in order; what comes while it clears up is not heard, but for the third."""
    import _signal  # type: ignore[import-not-found]  # `signal` itself brings enum: 4 ms that --help need not pay

    _HEARD.clear()

    def stop(number: int, _frame: object) -> None:
        _HEARD.append(number)
        if len(_HEARD) == 1:
            raise Terminated if number == _signal.SIGTERM else KeyboardInterrupt
        if len(_HEARD) > IMPATIENT:
            os._exit(128 + number)

    for number in (_signal.SIGINT, _signal.SIGTERM):
        if _signal.getsignal(number) != _signal.SIG_IGN:  # under nohup, or in the background of a script
            _signal.signal(number, stop)


def _told(message: str, hint: str, code: int) -> int:
    from simulator.cli import screen

    lines = message.split("\n")
    if len(lines) > 1:
        screen.warn(message)
        screen.warn(f"simulate: {hint}" if hint else f"simulate: {len(lines)} problems")
    else:
        end = "" if message.endswith((".", "?", "!")) else "."
        step = f" {hint}" if hint.endswith("?") else f" Next: {hint}" if hint else ""
        screen.warn(f"simulate: {message}{end}{step}")
    return code


def _unexpected(error: Exception) -> int:
    from simulator.cli import screen

    if os.environ.get("SIMULATE_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    about = " ".join(f"{type(error).__name__}: {error}".split())
    screen.warn(
        f"simulate: something unexpected happened: {about[:300]}. Please report this; "
        "SIMULATE_DEBUG=1 in front of the command shows where."
    )
    return 3


def _close_quietly() -> None:
    """Points standard output at nothing, so that the interpreter's last flush has somewhere to go."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        pass


def _leave(code: int) -> None:
    """Ends the process at once. Nothing is waited for: rooms that start children end them before they return."""
    try:
        import _signal

        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        if code in (130, 143):  # an interruption may have come between a thing's making and its `with`
            import atexit

            atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BrokenPipeError:
        pass
    except OSError:
        code = code or 3
    os._exit(code)
