"""Scenario files: the only reader and writer of YAML."""
