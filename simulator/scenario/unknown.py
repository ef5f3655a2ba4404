"""A scenario that is not there. Law: the answer names the nearest ids and what to type."""

from __future__ import annotations

from simulator.errors import UsageError


class UnknownScenarioError(UsageError):
    """No scenario has this id. `nearest` holds ids that may have been meant, the likeliest first."""

    def __init__(self, id: str, nearest: tuple[str, ...]) -> None:
        """The error for what was typed."""
        shown = "".join(c if c.isprintable() else "·" for c in id[:60])
        meant = f"did you mean {' or '.join(nearest)}? " if nearest else ""
        super().__init__(f"there is no scenario {shown}", f"{meant}simulate list names them all")
        self.id = id
        self.nearest = nearest

    def __reduce__(self) -> tuple[type[UnknownScenarioError], tuple[str, tuple[str, ...]]]:
        """So that it survives the way back from a worker process."""
        return type(self), (self.id, self.nearest)
