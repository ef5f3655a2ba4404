"""Faults, shortcuts, improvements and attacks: everything that can happen to a deployment, as functions."""
