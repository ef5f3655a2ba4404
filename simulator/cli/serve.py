"""`simulate SCENARIO --serve`: the scenario's server, up until Ctrl-C, for whatever client one wants to try.

Law: it listens on loopback alone; every line that it proposes can be typed; what clients send is shown inert.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import Arguments
from simulator.errors import UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.lab.observe import Lab
    from simulator.model.deployment import Deployment
    from simulator.scenario.loader import ScenarioEntry
    from simulator.scenario.scenario import Scenario

PORT = 1443


def port(given: Arguments) -> int:
    """The port asked for. Raises `UsageError` for what is no port."""
    text = given.get("port", str(PORT))
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65_536):
        raise UsageError(f"--port {text} is no port", "a number from 1 to 65535; 1443 unless told")
    return int(text)


def run(entry: ScenarioEntry, given: Arguments) -> int:
    """Serves until it is interrupted, which is how it ends: 130 for Ctrl-C, 143 for SIGTERM."""
    number = port(given)
    from simulator.cli.scenario import as_of, seed
    from simulator.lab.observe import Lab
    from simulator.scenario import loader

    scenario = loader.load_file(entry.path, family=entry.family)
    with Lab(seed=seed(given), as_of=as_of(given.get("as-of")), clients=()) as lab:
        deployment = scenario.broken()
        site = lab.serve(deployment, number, _event)
        if site.refusal is not None:
            screen.write(_refused(scenario, site.refusal.message))
            return 0
        with _Files(lab, deployment, given.get("keep")) as files:
            screen.write(_opening(scenario, deployment, site.port, files))
            if site.note:
                screen.warn(f"simulate: {site.note}")
            while True:
                time.sleep(3600)


class _Files:
    """The scenario's files in the folder asked for, or in one that is gone afterwards."""

    def __init__(self, lab: Lab, deployment: Deployment, folder: str) -> None:
        self._temporary = not folder
        base = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108  # the folder's name is random, its mode the lab's 0700
        self._folder = folder or os.path.join(base, f"simulate-{os.urandom(6).hex()}")  # noqa: PTH118  # pathlib costs 4 ms
        self._lab, self._deployment = lab, deployment

    def __enter__(self) -> list[str]:
        return self._lab.keep(self._deployment, self._folder)

    def __exit__(self, *_: object) -> None:
        if self._temporary:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)


def _event(text: str) -> None:
    """Shows what the server saw. It is called from the server's own threads, which must not die of a closed pipe."""
    from simulator.report.inert import inert

    try:
        screen.write(f" {time.strftime('%H:%M:%S')}  {inert(text)}\n")
    except (OSError, ValueError):
        return


def _refused(scenario: Scenario, message: str) -> str:
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.row([("title", f"{inert(scenario.id)} · {inert(scenario.title)}")])
    sheet.paragraph([("bad", "This server does not start, and that is its lesson. What its operator reads:")], indent=1)
    for line in message.strip().splitlines():
        sheet.paragraph([("code", inert(line))])
    sheet.pair("Why", [("code", f"simulate {inert(scenario.id)}")], indent=1, column=10)
    return sheet.text()


def _opening(scenario: Scenario, deployment: Deployment, number: int, files: Sequence[str]) -> str:
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    where = url(deployment, number)
    sheet.row([("title", f"{inert(scenario.id)} · {inert(scenario.title)}")])
    sheet.blank()
    sheet.pair("Serving", [("code", where)], indent=1, column=12)
    sheet.pair("Files", [("", f"{where}test.txt")], indent=1, column=12)
    for title, lines in commands(deployment, number, trusted(deployment, files)):
        sheet.blank()
        sheet.row([("head", title)])
        for line in lines:
            sheet.command(line, indent=3)
    sheet.blank()
    sheet.row([("dim", "Ctrl-C ends it. What the server sees:")])
    return sheet.text()


def trusted(deployment: Deployment, files: Sequence[str]) -> str:
    """The file that the client is told to trust, where there is one."""
    name = deployment.client.trust.name if deployment.client.trust else ""
    found = [path for path in files if name and path.endswith(("/" + name, "/trusted-" + name))]
    return found[-1] if found else ""


def url(deployment: Deployment, number: int) -> str:
    """Where the site is, as the client names it."""
    host = deployment.client.host
    return f"{deployment.client.scheme}://{f'[{host}]' if ':' in host else host}:{number}/"


def commands(deployment: Deployment, number: int, trusted: str) -> list[tuple[str, list[str]]]:
    """Lines to copy, for each kind of client. A name that resolves nowhere is led to this computer by the client."""
    host = deployment.client.host
    known = host == "localhost" or ":" in host or host.replace(".", "").isdigit()
    address = f"[{host}]" if ":" in host else host if known else "127.0.0.1"
    target = f"{url(deployment, number)}test.txt"
    verify = f', verify="{trusted}"' if trusted else ""
    lead = f"--resolve {host}:{number}:127.0.0.1 " if not known else ""
    program = f'import requests; print(requests.get("{target}"{verify}).text)'
    if not known:
        program = (
            "import socket, requests; real = socket.getaddrinfo; "
            'socket.getaddrinfo = lambda host, *rest, **more: real("127.0.0.1", *rest, **more); '
            f'print(requests.get("{target}"{verify}).text)'
        )
    ca = f"--cacert {shlex.quote(trusted)} " if trusted else ""
    ca_file = f" -CAfile {shlex.quote(trusted)}" if trusted else ""
    name = "" if ":" in host or host.replace(".", "").isdigit() else f" -servername {host}"
    check = f" -verify_hostname {host}" if name else f" -verify_ip {host}"
    browser = target if known else f'chromium --host-resolver-rules="MAP {host} 127.0.0.1" {target}'
    return [
        ("requests", [f"python -c {shlex.quote(program)}"]),
        ("curl", [f"curl {lead}{ca}{target}"]),
        ("openssl", [f"openssl s_client -connect {address}:{number}{name}{ca_file}{check} </dev/null"]),
        ("browser", [browser]),
    ]
