"""Whether a certificate belongs to a challenge, and which hint comes next. Law: a courtesy, not a lock: whoever wants
the answer gets it with --spoil, and docs/challenge.md says so.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from simulator.challenge.individual import MARK

_GENERAL = (
    "Read every certificate that the server sends, field by field, as if it were the only one.",
    "Compare what the client asked for, what it trusts and what day it is with what the certificates say.",
    "For each thing that you find, ask who can mend it: who issues, who runs the server, or who runs the client.",
)


def is_challenge(certificates: Sequence[bytes]) -> bool:
    """Whether one of these certificates (DER) carries the mark of a challenge in a name."""
    return any(MARK.encode() in der for der in certificates)


def courtesy(certificates: Sequence[bytes], places: Sequence[str] = (".",)) -> str | None:
    """What `simulate diagnose` says in place of the answer; None where nothing here is a challenge.

    `places`: files and folders near which the bundle may lie: the hint is its patient's next one, and is written down.
    """
    if not is_challenge(certificates):
        return None
    found = _bundle(certificates, places)
    head = "This certificate belongs to a challenge, so here is a hint and not the answer."
    if found is None:
        lines = [head, "", *(f"  {line}" for line in _GENERAL)]
    else:
        number, total, hint = found
        lines = [head, "", f"  Hint {number} of {total}: {hint}"]
    return (
        "\n".join([*lines, "", "The same command again gives the next one; with --spoil it tells everything."]) + "\n"
    )


def _bundle(certificates: Sequence[bytes], places: Sequence[str]) -> tuple[int, int, str] | None:
    from simulator.challenge.opened import Opened
    from simulator.errors import SimulatorError
    from simulator.lab.pem import armour

    for place in dict.fromkeys(up for one in places for up in _upwards(one)):
        try:
            opened = Opened(place)
            for number in opened.patients:
                sent = b"".join(
                    data for name, data in opened.files.items() if name.startswith(f"patient-{number}/server/")
                )
                if any(armour(der) in sent for der in certificates):
                    return opened.next_hint(number)
        except SimulatorError:
            continue
    return None


def _upwards(path: str) -> list[str]:
    """The folders around a path, from the innermost, that may be an unpacked bundle."""
    from simulator.challenge.bundle import SHEET

    at, found = os.path.abspath(path), []  # noqa: PTH100  # pathlib costs 11 ms
    for _ in range(5):
        if os.path.isfile(os.path.join(at, SHEET)):  # noqa: PTH113, PTH118  # as above
            found.append(at)
        at = os.path.dirname(at)  # noqa: PTH120  # as above
    return found
