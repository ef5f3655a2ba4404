"""`simulate schema`: the JSON schema of scenario files, for editors. Law: it is the loader's own, never a copy."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import OUTPUT, parse, usage
from simulator.errors import UsageError

OPTIONS = (OUTPUT,)


def run(arguments: Sequence[str]) -> int:
    """Prints it, or writes it with -o."""
    given = parse("simulate schema", OPTIONS, arguments)
    if given.has("help"):
        about = "The JSON schema of scenario files. Editors with a YAML language server complete and check with it."
        screen.write(usage("simulate schema [options]", about, OPTIONS, ["simulate schema -o scenario.schema.json"]))
        return 0
    if given.rest:
        raise UsageError("simulate schema takes no names", "simulate schema -o scenario.schema.json")
    from simulator.report.json_report import dumps
    from simulator.scenario.export import json_schema

    screen.save(given.get("output", "-"), dumps(json_schema()))
    return 0
