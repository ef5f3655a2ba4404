"""Every change by its id. Law: a change is found here or does not exist; nothing registers itself from outside."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.changes.change import Change
from simulator.changes.client import CLIENT
from simulator.changes.issuer import ISSUER
from simulator.changes.server import SERVER

CHANGES: Mapping[str, Change] = {**ISSUER.changes, **SERVER.changes, **CLIENT.changes}
FAULTS: Mapping[str, Change] = {id: change for id, change in CHANGES.items() if change.kind == "fault"}
"""What a scenario's `faults:` may name."""
SHORTCUTS: Mapping[str, Change] = {id: change for id, change in CHANGES.items() if change.kind != "fault"}
"""What, beside any fault, a fix's `apply:` may name."""
