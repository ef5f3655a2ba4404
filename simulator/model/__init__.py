"""Frozen values that every other room speaks in. Law: standard library only, no I/O."""
