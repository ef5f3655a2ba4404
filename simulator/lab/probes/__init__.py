"""Probes: what runs inside child interpreters. Law: they import nothing of ours, so any Python can run them."""
