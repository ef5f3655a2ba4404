"""Which fault hides which finding of another. Derived from the lab by tests/test_masks.py; the reasons are ours."""

MASKS: dict[str, frozenset[str]] = {}
