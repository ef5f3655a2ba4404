"""`--keep DIR`: the certificates and keys of a scenario as files, and the lines to use them.

Law: keys are readable by their owner alone; a file that is already there is never overwritten.
"""

from __future__ import annotations

import os
import shlex

from simulator.cli import screen

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.lab.observe import Lab
    from simulator.scenario.scenario import Scenario


def keep(lab: Lab, scenario: Scenario, folder: str) -> str:
    """Writes the files of the broken deployment and gives lines for people. Raises `MachineError` or `UsageError`."""
    from simulator.cli import serve
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    deployment = scenario.broken()
    paths = lab.keep(deployment, folder)
    names = {os.path.basename(path): path for path in paths}  # noqa: PTH119  # pathlib costs 4 ms
    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.row([("head", f"Kept in {inert(folder)}")])
    sheet.paragraph([("", ", ".join(inert(name) for name in sorted(names)))])
    lines = serve.commands(deployment, serve.PORT, serve.trusted(deployment, paths))
    if {"cert.pem", "key.pem", "chain.pem"} <= names.keys():
        cert, key, chain = (shlex.quote(names[name]) for name in ("cert.pem", "key.pem", "chain.pem"))
        server = f"openssl s_server -accept {serve.PORT} -www -cert {cert} -key {key} -cert_chain {chain}"
        lines = [("look at it", [f"openssl x509 -noout -text -in {cert}"]), ("serve it", [server]), *lines]
    for title, commands in lines:
        sheet.row([("dim", title)], indent=3)
        for command in commands:
            sheet.command(inert(command))
    return "\n" + sheet.text()
