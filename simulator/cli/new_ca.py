"""`simulate new-ca DIR --host NAME`: a small CA of one's own, and a certificate for one's own server.

Law: it is limited to the hosts given, its keys are for their owner alone, and nothing is installed: this prints the
lines with which one program at a time is told, and each of them was run by a test.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import Option, parse, usage
from simulator.errors import UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.lab.own_ca import OwnCa
    from simulator.report.sheet import Sheet

PORT = 1443
OPTIONS = (
    Option(
        "--host", "NAME", "a host name or an IP address that the certificate is for; localhost unless told", many=True
    ),
    Option("--renew", "", "a new certificate and key from the CA that is in DIR, in the place of the old ones"),
)
EXAMPLES = ("simulate new-ca my-ca --host localhost --host 127.0.0.1", "simulate new-ca my-ca --renew")


def run(arguments: Sequence[str]) -> int:
    """Makes the CA, or renews its certificate, and tells how to use it."""
    given = parse("simulate new-ca", OPTIONS, arguments)
    if given.has("help"):
        about = (
            "Makes a small CA that may sign for your own hosts and for no other, and a certificate. Nothing is "
            "installed, and no file is overwritten."
        )
        screen.write(usage("simulate new-ca DIR [options]", about, OPTIONS, EXAMPLES))
        return 0
    if len(given.rest) != 1 or not given.rest[0]:
        raise UsageError("new-ca needs one folder, new or empty", EXAMPLES[0])
    folder = given.rest[0]
    hosts = tuple(dict.fromkeys(host(one) for one in given.all("host")))
    from simulator.lab import own_ca

    if given.has("renew"):
        made = own_ca.renew(folder, hosts)
        screen.write(_renewed(made))
        return 0
    made = own_ca.make(folder, hosts or ("localhost",))
    screen.write(_made(made))
    return 0


def host(text: str) -> str:
    """A host as certificates name it. Raises `UsageError` for what is a URL, has a port, or is no name."""
    import ipaddress
    import re

    name = text.strip().rstrip(".").removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if "://" in text or "/" in text:
        raise UsageError(f"--host {text[:80]} is a URL", "name its host alone: --host localhost")
    if re.fullmatch(r".*:\d+", text):
        raise UsageError(f"--host {text[:80]} has a port, and certificates know no ports", "--host localhost")
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_name = ""
    label = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
    if not re.fullmatch(rf"(?:\*\.{label}\.)?{label}(?:\.{label})*", ascii_name.lower()) or len(ascii_name) > 253:
        raise UsageError(f"--host {text[:80]} is no host name", "--host localhost, or --host 192.168.1.5")
    if ascii_name.replace(".", "").isdigit():
        raise UsageError(f"--host {text[:80]} is no IP address", "four numbers from 0 to 255: --host 127.0.0.1")
    return ascii_name.lower()


class Use:
    """How one kind of program is told: a title, and what to type, in a shell or in Python."""

    __slots__ = ("language", "lines", "title")

    def __init__(self, title: str, language: str, lines: Sequence[str]) -> None:
        """`language`: "sh" or "python"."""
        self.title, self.language, self.lines = title, language, tuple(lines)


def uses(made: OwnCa) -> list[Use]:
    """What to type for each kind of program."""
    ca, cert, key = (os.path.join(made.folder, name) for name in ("ca.pem", "cert.pem", "key.pem"))  # noqa: PTH118  # pathlib costs 4 ms
    name = made.hosts[0].replace("*", "www")
    url = f"https://{f'[{name}]' if ':' in name else name}:{PORT}/test.txt"
    bind = "::1" if ":" in name else "127.0.0.1"
    serve = [
        *(["import socket"] if ":" in name else []),
        "from functools import partial",
        "from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer",
        "from ssl import PROTOCOL_TLS_SERVER, SSLContext",
        "",
        *(["ThreadingHTTPServer.address_family = socket.AF_INET6"] if ":" in name else []),
        'site = partial(SimpleHTTPRequestHandler, directory="public")',
        f'server = ThreadingHTTPServer(("{bind}", {PORT}), site)',
        "tls = SSLContext(PROTOCOL_TLS_SERVER)",
        f"tls.load_cert_chain({_quoted(cert)}, {_quoted(key)})",
        "server.socket = tls.wrap_socket(server.socket, server_side=True)",
        "server.serve_forever()",
    ]
    fetch = f'fetch("{url}").then(a => a.text()).then(console.log)'
    browser = os.path.join(os.path.abspath(made.folder), "browser")  # noqa: PTH100, PTH118  # as above
    base = shlex.quote(f"sql:{browser}/.pki/nssdb")
    profile = shlex.quote(f"{browser}/profile")
    return [
        Use("A server in Python, which shows the folder public to this computer alone", "python", serve),
        Use("requests", "python", [f'requests.get("{url}", verify={_quoted(ca)})']),
        Use("curl", "sh", [f"curl --cacert {shlex.quote(ca)} {shlex.quote(url)}"]),
        Use("Node", "sh", [f"NODE_EXTRA_CA_CERTS={shlex.quote(ca)} node -e {shlex.quote(fetch)}"]),
        Use(
            "Chromium on Linux, with a profile of its own, so that yours stays as it is",
            "sh",
            [
                f"mkdir -p {shlex.quote(browser + '/.pki/nssdb')}",
                f"certutil -d {base} -N --empty-password",
                f"certutil -d {base} -A -t C,, -n small-ca -i {shlex.quote(ca)}",
                f"HOME={shlex.quote(browser)} chromium --user-data-dir={profile} {shlex.quote(url)}",
            ],
        ),
    ]


def _quoted(text: str) -> str:
    """A Python string literal with double quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _made(made: OwnCa) -> str:
    from simulator.report import words
    from simulator.report.inert import inert

    sheet = _sheet()
    sheet.row([("title", f"A small CA of your own, in {inert(made.folder)}")])
    sheet.blank()
    for name, about in (
        ("ca.pem", "the CA's certificate: what clients are given. No secret."),
        ("ca-key.pem", "the CA's key: whoever has it can sign for these hosts. Yours alone (0600)."),
        ("cert.pem", "the server's certificate, which it shows to everybody."),
        ("key.pem", "the server's key. Yours alone (0600)."),
    ):
        sheet.pair(name, [("", about)], column=14)
    sheet.blank()
    sheet.pair("Good for", [("", ", ".join(inert(one) for one in made.hosts))], indent=1, column=16)
    limited = "The CA may sign for these and nothing else: stolen, it opens no other site."
    sheet.pair("And no other", [("", limited)], indent=1, column=16)
    _ends(sheet, made)
    sheet.pair("Installed", [("", "nowhere. You tell each program by itself, as follows.")], indent=1, column=16)
    for use in uses(made):
        sheet.blank()
        sheet.paragraph([("head", use.title)], indent=1)
        for line in use.lines:
            if use.language == "sh":
                sheet.command(inert(line), indent=3)
            elif line:
                sheet.paragraph([("code", inert(line))], indent=3, hang=4)
            else:
                sheet.blank()
    sheet.blank()
    renew = f"simulate new-ca {shlex.quote(made.folder)} --renew"
    sheet.pair("Next", [("code", inert(renew)), ("", f" before {words.day(made.cert_ends)}")], indent=1, column=16)
    return sheet.text()


def _renewed(made: OwnCa) -> str:
    from simulator.report.inert import inert

    sheet = _sheet()
    sheet.row([("title", f"A new certificate and key in {inert(made.folder)}")])
    sheet.blank()
    sheet.pair("Good for", [("", ", ".join(inert(one) for one in made.hosts))], indent=1, column=16)
    _ends(sheet, made)
    sheet.pair("Clients", [("", "need nothing new: the CA is the same.")], indent=1, column=16)
    sheet.pair("The server", [("", "reads the new files when it is started again.")], indent=1, column=16)
    return sheet.text()


def _ends(sheet: Sheet, made: OwnCa) -> None:
    from simulator.report import words

    until = f"the certificate {words.day(made.cert_ends)}, the CA {words.day(made.ca_ends)}"
    sheet.pair("Ends", [("", until)], indent=1, column=16)


def _sheet() -> Sheet:
    from simulator.report.sheet import Sheet

    return Sheet(screen.width(), colour=screen.colour(), plain=screen.plain())
