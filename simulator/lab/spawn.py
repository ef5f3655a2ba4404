"""Starts child interpreters, and nothing else. Law: importing this costs nothing (`os` and `sys` are there already), so
that a program can start its clients first of all and let them import while it does.
"""

from __future__ import annotations

import os
import sys

RESULTS = 3
"""The child's descriptor for answers."""
PROBES = {"requests": "requests_probe", "stdlib": "stdlib_probe"}
"""Clients, and the module in `probes` that speaks for each."""
_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probes")  # noqa: PTH100, PTH118, PTH120  # pathlib costs 11 ms
_ENTRY = "import sys;sys.path+={path!r};import probe_frame;probe_frame.main({probe!r},{descriptor})"
# As little as an interpreter needs; a job brings the environment that its client sees.
_BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}
_early: dict[str, tuple[int, int, int]] = {}


def early(client: str) -> None:
    """Starts a client ("requests", "requests@/path/to/python") now, for the `Lab` that will ask for it. What fails is
    told there. A client that nobody asks for ends with this process."""
    if client not in _early and client.partition("@")[0] in PROBES:
        try:
            _early[client] = _spawn(client)
        except OSError:
            return


def child(client: str) -> tuple[int, int, int]:
    """The process of a client, started early or now: its id, the descriptor of its input and that of its answers.

    Raises `OSError` where the interpreter cannot be started.
    """
    return _early.pop(client, None) or _spawn(client)


def _spawn(client: str) -> tuple[int, int, int]:
    kind, _, interpreter = client.partition("@")
    path = [] if interpreter else [entry for entry in sys.path if entry]
    code = _ENTRY.format(path=[*path, _FOLDER], probe=PROBES[kind], descriptor=RESULTS)
    program = interpreter or sys.executable
    # Our own interpreter needs no `site`: it gets our path, and is ready 20 ms earlier.
    arguments = [program, "-I", *([] if interpreter else ["-S"]), "-c", code]
    child_input, ours = os.pipe()
    answers, child_output = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    try:
        os.set_blocking(ours, False)
        os.set_blocking(answers, False)
        actions = [
            (os.POSIX_SPAWN_DUP2, child_input, 0),
            (os.POSIX_SPAWN_DUP2, child_output, RESULTS),
            (os.POSIX_SPAWN_DUP2, null, 1),
            (os.POSIX_SPAWN_DUP2, null, 2),
        ]
        # A process group of its own: Ctrl-C reaches us, and we end it.
        return os.posix_spawn(program, arguments, _BARE, file_actions=actions, setpgroup=0), ours, answers
    except BaseException:
        os.close(ours)
        os.close(answers)
        raise
    finally:
        for descriptor in (child_input, child_output, null):
            os.close(descriptor)
