"""Words of a diagnosis that every format shares. Law: pure functions from values to short texts."""

from __future__ import annotations

import re

from simulator.model.diagnosis import DiagnosisReport, Shown
from simulator.model.finding import Finding
from simulator.report import pages, words

MOST = 20
"""Certificates that are listed one by one."""
_PARTIES = {
    "issuer": "whoever issued the certificate",
    "server": "whoever runs the server",
    "client": "whoever runs the client",
}
_QUESTIONS = {
    (
        "untrusted-issuer",
        "incomplete-chain",
    ): "Ask whoever runs the server: does a CA stand between this certificate and "
    "the root? If so, the server must send it; if not, the client lacks the root.",
    (
        "incomplete-chain",
        "untrusted-issuer",
    ): "Fetch the issuer from the address in the certificate (AIA): does it end at "
    "a root that the client has? If not, the client lacks the root.",
    (
        "untrusted-issuer",
        "bundle-was-reset",
    ): "Did it work before an upgrade of certifi? Then somebody had added the CA to "
    "its file, and the upgrade took it away.",
    (
        "bad-signature",
        "same-name-other-key",
    ): "Compare fingerprints with whoever runs the CA: is the CA certificate that "
    "the client trusts the one that is in use today?",
}


def summary(report: DiagnosisReport) -> str:
    """ "rejected: 2 errors, 1 warning"."""
    counts = [(name, sum(f.severity == name for f in report.findings)) for name in ("error", "warning", "note")]
    told = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts if count)
    verdict = report.verdict if report.live or report.verdict == "not-run" else f"would be {report.verdict}"
    return f"{verdict.replace('not-run', 'not run')}: {told or 'nothing is wrong'}"


def dates(shown: Shown) -> str:
    """ "2026-11-14 to 2027-01-23"."""
    ends = [
        words.day(one) if one is not None else "a date that cannot be read"
        for one in (shown.not_before, shown.not_after)
    ]
    return " to ".join(ends)


def mender(finding: Finding) -> str:
    """Who can mend it."""
    return f"for {_PARTIES[finding.party]}"


def place(finding: Finding) -> str:
    """Where it is, in words and as machines read it."""
    field = f", {finding.field}" if finding.field else ""
    return f"{pages.place(finding.certificate)}{field} ({finding.certificate})"


def question(id: str, rival: str) -> str:
    """The one question that decides between a finding and its rival."""
    known = _QUESTIONS.get((id, rival))
    return known or f"This evidence fits it too: simulate show finding:{rival} says how it looks."


def commands(finding: Finding, report: DiagnosisReport) -> list[str]:
    """The shell lines of the finding's page, with this server's own address in the place of the page's example."""
    found = []
    for block in pages.page(finding.id).code("sh"):
        found += [line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    return [_addressed(line, report) for line in found]


def _addressed(line: str, report: DiagnosisReport) -> str:
    host = report.evidence.reference
    if not re.fullmatch(r"[A-Za-z0-9.-]+", host):  # whatever else stands in a URL has no business in a shell
        return line
    port = re.search(r":(\d+)/", report.evidence.url)
    line = re.sub(r"localhost:\d+", f"{host}:{port[1]}" if port else f"{host}:443", line) if report.live else line
    return line.replace("-servername localhost", f"-servername {host}")


def following(report: DiagnosisReport) -> list[tuple[str, str]]:
    """What to type next: a label and a command each."""
    if not report.findings:
        return [("See also", "simulate list")]
    return [("Read more", f"simulate show finding:{report.findings[0].id}")]
