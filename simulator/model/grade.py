"""The words for how good a fix is and how an attack ended. Law: words only; importing them costs nothing."""

from __future__ import annotations

from typing import Literal

Grade = Literal["no-effect", "dangerous", "workaround", "cure"]
Outcome = Literal["admitted", "kept-out", "not-run"]

GRADES: tuple[Grade, ...] = ("no-effect", "dangerous", "workaround", "cure")
"""In the order of the design."""
