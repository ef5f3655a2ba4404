"""The words that a scenario may use. Law: ids of changes, findings and baselines come from their own tables; only what
has no table elsewhere is listed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.changes.change import Change

CLIENTS = (
    "requests",
    "stdlib",
    "httpx",
    "aiohttp",
    "urllib",
    "curl",
    "openssl",
    "gnutls-cli",
    "wget",
    "node",
    "go",
    "java",
    "chromium",
    "firefox",
)
"""Programs that an `expect` line may name, beside `any`. A line for `requests` is for `requests@/path` too."""
ANY = "any"
TRAITS = ("common-name-fallback", "partial-chain", "x509-strict")
"""What is measured on a client's own context and may stand after `when:`, alone or after `not`."""
LEVELS = (1, 4)
"""1: one cause, and the error names it. 2: the error fits several causes. 3: clients disagree, or nothing fails.
4: several causes at once."""
COMMANDS = (
    "list",
    "show",
    "all",
    "tour",
    "diagnose",
    "explain",
    "doctor",
    "matrix",
    "audit",
    "range",
    "challenge",
    "fuzz",
    "check",
    "schema",
    "new-ca",
    "serve",
    "help",
)
"""Words that a first argument of `simulate` means already: no scenario may be called so."""


class Vocabulary(NamedTuple):
    """The changes that a scenario may name. Tests bring their own."""

    faults: Mapping[str, Change]
    shortcuts: Mapping[str, Change]
    """What, beside any fault, a fix may apply: shortcuts and improvements."""

    def change(self, id: str) -> Change | None:
        """What `apply:` means by this id: a shortcut, else a fault (setting the clock back is one)."""
        return self.shortcuts.get(id) or self.faults.get(id)


def shipped() -> Vocabulary:
    """The catalogue that the simulator ships."""
    from simulator.changes.catalogue import FAULTS, SHORTCUTS

    return Vocabulary(FAULTS, SHORTCUTS)
