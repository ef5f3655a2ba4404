"""`simulate diagnose TARGET`: everything that is wrong with a server or with files, at once.

Law: ends in 1 where the client refuses or a finding is an error, in 2 where a file cannot be read as what it should be.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from simulator.cli import screen
from simulator.cli.options import OUTPUT, Arguments, Option, parse, usage
from simulator.errors import MachineError, UsageError

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.model.diagnosis import DiagnosisReport

FORMATS = ("terminal", "json", "html", "sarif", "junit", "markdown")
OPTIONS = (
    Option(
        "--trust",
        "FILE",
        "CA certificates: a file, a folder, certifi or system; without it, what --as would use",
        many=True,
    ),
    Option("--as", "CLIENT", "whose eyes: requests (the default), stdlib, or requests@/path/to/python"),
    Option("--proxy", "URL", "go through this proxy, whatever HTTPS_PROXY says"),
    Option("--within", "SECONDS", "the time that a server is given in all: 10 unless told"),
    Option("--chain", "FILE", "the certificates that a server would send: PEM, DER, PKCS#12 or PKCS#7", many=True),
    Option("--host", "NAME", "the name that clients ask for, with files"),
    Option("--key", "FILE", "the server's private key; of it only the public half is used"),
    Option("--password-file", "FILE", "its first line opens an encrypted key or a PKCS#12 file"),
    Option("--time", "WHEN", "judge files at this time, as 2026-01-01T00:00:00Z; now unless told"),
    Option("--crl", "FILE", "a revocation list, which the client then checks", many=True),
    Option("--format", "FORMAT", "how to write it", choices=FORMATS),
    Option("--spoil", "", "of a challenge, tell everything and not the next hint"),
    OUTPUT,
)
EXAMPLES = (
    "simulate diagnose https://localhost:1443/ --trust ca.pem",
    "simulate diagnose --chain fullchain.pem --key server.key --trust ca.pem --host localhost",
    "simulate diagnose /etc/my-server/tls --host localhost",
)
_HOURS = 3600.0


def run(arguments: Sequence[str]) -> int:
    """Diagnoses one target."""
    given = parse("simulate diagnose", OPTIONS, arguments)
    if given.has("help"):
        about = (
            "Looks at a server, or at files, and tells everything that is wrong, in the order in which it surfaces. "
            "Nothing is sent to a server but handshakes and one GET."
        )
        screen.write(usage("simulate diagnose URL|FILE|FOLDER [options]", about, OPTIONS, EXAMPLES))
        return 0
    from simulator.cli.scenario import check_output

    check_output(given)
    if given.get("format") == "sarif" and _is_live(given) and not _file(given):
        raise UsageError(
            "SARIF places findings in a file, and a server is none", "--trust FILE names one, or --format json"
        )
    report = _bounded(given)
    screen.save(given.get("output", "-"), _hint(report, given) or written(report, given.get("format", "terminal")))
    return code(report)


def _hint(report: DiagnosisReport, given: Arguments) -> str:
    """What a learner reads of a challenge in place of the answer: a courtesy for people, never for machines."""
    if given.has("spoil") or given.get("format", "terminal") not in ("terminal", "markdown", "html"):
        return ""
    from simulator.challenge import recognise

    places = [os.curdir, *given.rest, *given.all("chain"), *given.all("trust")]
    return recognise.courtesy(report.evidence.served, [one for one in places if "://" not in one]) or ""


def code(report: DiagnosisReport) -> int:
    """The exit code of a diagnosis: 3 where the client could not be run, and nothing else is known to be wrong."""
    if any(finding.severity == "error" for finding in report.findings):
        return 1
    return {"accepted": 0, "rejected": 1, "not-run": 3}[report.verdict]


def written(report: DiagnosisReport, format: str) -> str:
    """The diagnosis in one of `FORMATS`."""
    if format == "json":
        from simulator.report import diagnosis_json

        return diagnosis_json.render(report)
    if format == "sarif":
        from simulator.report import sarif

        return sarif.render(report.findings, report.evidence, file=report.file, version=screen.version())
    if format == "junit":
        from simulator.report import diagnosis_junit

        return diagnosis_junit.render(report)
    if format == "markdown":
        from simulator.report import diagnosis_markdown

        return diagnosis_markdown.render(report)
    if format == "html":
        from simulator.report import page

        return page.render_diagnosis(report)
    from simulator.report import diagnosis

    return diagnosis.render(report, width=screen.width(), colour=screen.colour(), plain=screen.plain())


def _is_live(given: Arguments) -> bool:
    from simulator import api

    return any("://" in one or api.is_server(one) for one in given.rest)


def _file(given: Arguments) -> str:
    return next((path for path in given.all("trust") if path not in ("certifi", "system")), "")


def _bounded(given: Arguments) -> DiagnosisReport:
    """The diagnosis, stopped from outside where it takes too long: files are an attacker's data too."""
    import _signal  # type: ignore[import-not-found]  # `signal` brings enum: docs/adr/0005

    from simulator import api

    within = _seconds(given)

    def stop(_number: int, _frame: object) -> None:
        raise MachineError(f"this took more than {within:g} seconds", f"--within {2 * within:g} gives it more")

    password = _password(given.get("password-file")) if given.has("password-file") else None
    moment = _moment(given.get("time")) if given.has("time") else None
    screen.progress(" looking …")
    before = _signal.signal(_signal.SIGALRM, stop)
    # A server's own limit comes first; this one is for what cannot be interrupted politely.
    _signal.setitimer(_signal.ITIMER_REAL, within + (2.0 if _is_live(given) else 0.0))
    try:
        return api.diagnose(
            *given.rest,
            chain=given.all("chain"),
            key=given.get("key") or None,
            trust=given.all("trust"),
            host=given.get("host") or None,
            time=moment,
            crl=given.all("crl"),
            password=password,
            client=given.get("as", "requests"),
            proxy=given.get("proxy"),
            within=within,
        )
    finally:
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.signal(_signal.SIGALRM, before)
        screen.progress("")


def _seconds(given: Arguments) -> float:
    text = given.get("within", "10")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.5 <= seconds <= _HOURS:
        raise UsageError(f"--within {text[:40]} is no time", "a number of seconds, from 0.5 to 3600")
    return seconds


def _moment(text: str) -> float:
    """Seconds since 1970 UTC of a time as RFC 3339 writes it, or of a date. Raises `UsageError`."""
    import datetime

    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--time {text[:60]} is no time", "write it as 2026-01-01T00:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    try:
        return moment.timestamp()
    except OverflowError:
        raise UsageError(f"--time {text[:60]} is beyond all clocks", "a year from 1 to 9999") from None


def _password(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib costs 11 ms
            return file.readline(4096).rstrip(b"\r\n")
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {os.strerror(error.errno or 0)}", "name a file with a password"
        ) from None
