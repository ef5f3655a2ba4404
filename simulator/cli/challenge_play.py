"""`simulate challenge play` and `answer`: what a learner does. Law: the server listens on loopback alone; every line
that is proposed can be typed; nothing from a bundle is executed here.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import Option, parse, usage
from simulator.errors import UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.challenge.answering import Packed
    from simulator.challenge.opened import Opened
    from simulator.lab.site import Site
    from simulator.model.deployment import Deployment

PORT = 1443

PLAY = (
    Option("--patient", "N", "which one; the first unless told"),
    Option("--hint", "", "one hint instead: the next time, the next one; it is written down"),
    Option("--port", "PORT", "where the server listens; 1443 unless told"),
)
ANSWER = (Option("-o --output", "FILE", "where to write what you hand in"),)


def play(arguments: Sequence[str]) -> int:
    """Serves a patient until it is interrupted, or gives a hint."""
    given = parse("simulate challenge play", PLAY, arguments)
    if given.has("help") or len(given.rest) != 1:
        about = "Runs the patient's server on this computer, for requests, curl, openssl and a browser."
        text = usage("simulate challenge play BUNDLE.zip|FOLDER [options]", about, PLAY)
        if given.has("help"):
            screen.write(text)
            return 0
        raise UsageError("play needs one bundle", "simulate challenge play BUNDLE.zip")
    from simulator.challenge.opened import Opened
    from simulator.cli.challenge import whole
    from simulator.cli.serve import port

    opened = Opened(given.rest[0])
    number = whole(given, "patient", opened.patients[0], 1, 99)
    if given.has("hint"):
        return _hint(opened, number)
    asked = port(given)
    deployment = opened.deployment(number)
    from simulator.lab.observe import Lab

    with Lab(clients=()) as lab:
        site = lab.serve(deployment, asked, _event)
        screen.write(_opening(opened, number, deployment, site))
        if site.note:
            screen.warn(f"simulate: {site.note}")
        while True:
            time.sleep(3600)


def _event(text: str) -> None:
    """Shows what the server saw. It is called from the server's own threads, which must not die of a closed pipe."""
    from simulator.report.inert import inert

    try:
        screen.write(f" {time.strftime('%H:%M:%S')}  {inert(text)}\n")
    except (OSError, ValueError):
        return


def _hint(opened: Opened, number: int) -> int:
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    at, total, text = opened.next_hint(number)
    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.row([("head", f"Hint {at} of {total}, patient {number}")])
    sheet.paragraph([("", inert(text))])
    if at < total:
        sheet.pair("Next", [("code", "the same command gives the next one")], indent=1, column=7)
    screen.write(sheet.text())
    return 0


def _opening(opened: Opened, number: int, deployment: Deployment, site: Site) -> str:
    from simulator.cli.serve import url
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    base = opened.path.rstrip("/") if opened.folder else "FOLDER"
    folder = f"patient-{number}" if base in (".", "") else f"{base}/patient-{number}"
    sheet.row([("title", f"Patient {number} of {len(opened.patients)}")])
    for line in opened.files.get(f"patient-{number}/story.txt", b"").decode("utf-8", "replace").split("\n\n"):
        sheet.paragraph([("", inert(" ".join(line.split())))], indent=1)
    sheet.blank()
    if site.refusal is not None:
        sheet.paragraph([("bad", "This server does not start. What its operator reads:")], indent=1)
        for line in site.refusal.message.strip().splitlines():
            sheet.paragraph([("code", inert(line))])
    sheet.pair("Serving", [("code", inert(url(deployment, site.port)))], indent=1, column=11)
    if not opened.folder:
        sheet.pair("Files", [("", "unpack the bundle into a folder: its lines begin with FOLDER")], indent=1, column=11)
    trusted = _trusted(opened, number)
    for title, line in _lines(deployment, site.port, folder, trusted):
        sheet.blank()
        sheet.row([("head", title)])
        sheet.command(inert(line), indent=3)
    sheet.blank()
    sheet.pair("Stuck?", [("code", f"simulate challenge play {inert(opened.path)} --hint")], indent=1, column=11)
    sheet.row([("dim", "Ctrl-C ends it. What the server sees:")])
    return sheet.text()


def _lines(deployment: Deployment, number: int, folder: str, trusted: str) -> list[tuple[str, str]]:
    """Lines to copy. Names that end in .localhost are this computer for browsers and curl, without being told."""
    from simulator.cli.serve import url

    host, target = deployment.client.host, url(deployment, number)
    address = f"[{host}]" if ":" in host else host if host.replace(".", "").isdigit() else "127.0.0.1"
    ca = shlex.quote(f"{folder}/{trusted}") if trusted else ""
    program = f"python {shlex.quote(f'{folder}/client/client.py')}" + ("" if number == PORT else f" {number}")
    named = host != address and ":" not in host
    name = f" -servername {host} -verify_hostname {host}" if named else f" -verify_ip {host}"
    return [
        ("the client, with requests", program),
        ("curl", f"curl {f'--cacert {ca} ' if ca else ''}{target}"),
        ("openssl", f"openssl s_client -connect {address}:{number}{name}{f' -CAfile {ca}' if ca else ''} </dev/null"),
        ("browser", target),
    ]


def _trusted(opened: Opened, number: int) -> str:
    """The file that the client trusts, where it is one of certificates."""
    names = [name for name in opened.files if name.startswith(f"patient-{number}/client/") and name.endswith(".pem")]
    wanted = [name for name in names if b"BEGIN CERTIFICATE" in opened.files[name] and "client.pem" not in name]
    return wanted[0].partition("/")[2] if wanted else ""


def answer(arguments: Sequence[str]) -> int:
    """Checks the form of a sheet, packs it, and marks it where the bundle can."""
    given = parse("simulate challenge answer", ANSWER, arguments)
    if given.has("help") or len(given.rest) != 1:
        about = "Checks the form of answer.yaml in an unpacked bundle, and packs what you hand in."
        if given.has("help"):
            screen.write(usage("simulate challenge answer FOLDER [options]", about, ANSWER))
            return 0
        raise UsageError(
            "answer needs the folder into which you unpacked the bundle", "simulate challenge answer FOLDER"
        )
    from simulator.challenge import answering
    from simulator.challenge.opened import Opened
    from simulator.errors import MachineError

    opened = Opened(given.rest[0])
    packed = answering.pack(opened)
    path = given.get("output", packed.name)
    try:
        with open(path, "wb") as file:  # noqa: PTH123  # pathlib costs 11 ms
            file.write(packed.data)
    except OSError as error:
        raise MachineError(
            f"cannot write {path}: {os.strerror(error.errno or 0)}", "name another file after -o"
        ) from None
    screen.write(_packed(packed, path))
    told = answering.self_check(opened, packed)
    if told is not None:
        from simulator.challenge import feedback
        from simulator.challenge.batch import Row
        from simulator.challenge.points import Weights
        from simulator.challenge.roster import Learner

        row = Row(learner=Learner(id=packed.answer.learner), submission=packed.name, marks=told)
        screen.write("\n" + feedback.markdown(row, Weights()))
    return 0


def _packed(packed: Packed, path: str) -> str:
    from simulator.report.inert import inert
    from simulator.report.sheet import Sheet

    sheet = Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
    sheet.row([("good", "The form is right.")])
    for note in packed.notes:
        sheet.paragraph([("warn", inert(note))], indent=1)
    sheet.pair("Hand in", [("code", inert(path))], indent=1, column=10)
    return sheet.text()
