"""Errors that a person reads: one clear line and the next step. Law: each carries the exit code it ends in."""

from __future__ import annotations


class SimulatorError(Exception):
    """Something that one line can explain. `hint` is the next step to type or try; `exit_code` as in the CLI's docs."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SimulatorError):
    """Wrong usage, or a file that cannot be read as what it should be: exit 2."""

    exit_code = 2


class MachineError(SimulatorError):
    """This machine could not do it: a port in use, a missing program, an unwritable folder. Exit 3."""

    exit_code = 3
