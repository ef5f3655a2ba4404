"""The tables of masks, of what emerges from two faults, and of look-alikes are what the lab shows."""

from __future__ import annotations

from tests.derive import look_alikes, masks_and_emergent
from tests.masks import EMERGENT, LOOK_ALIKES, MASKS


def test_masks_and_emergent_findings_are_those_of_the_tables():
    masks, emergent = masks_and_emergent()
    assert masks == {id: set(hidden) for id, hidden in MASKS.items()}
    assert emergent == {pair: set(shown) for pair, shown in EMERGENT.items()}


def test_look_alikes_are_those_of_the_table():
    assert look_alikes() == set(LOOK_ALIKES)
