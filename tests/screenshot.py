"""The picture in the README: a real run's report, drawn by rich. `make screenshots`."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from simulator.bundled import folder
from simulator.report.terminal import render
from simulator.scenario.loader import load
from simulator.simulate import simulate


def drawn(id: str) -> str:
    """The terminal report of a scenario as SVG that asks nothing of the network."""
    report = simulate(load(id, (folder("scenarios"),)), seed="screenshot")
    console = Console(record=True, width=82, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(render(report, width=80, colour=True)))
    svg = console.export_svg(title=f"simulate {id}", unique_id="report")
    return re.sub(r"@font-face\s*\{[^}]*\}", "", svg)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawn("missing-san"), encoding="utf-8")
