"""A diagnosis as JUnit XML: one test case, which fails where the client refuses or a finding is an error.

Law: text that XML cannot hold is escaped.
"""

from __future__ import annotations

from simulator.model.diagnosis import DiagnosisReport
from simulator.report import diagnosis_words, pages
from simulator.report.inert import inert
from simulator.report.redact import redact


def render(report: DiagnosisReport) -> str:
    """The diagnosis as a JUnit document."""
    attempt = report.evidence.attempts[0] if report.evidence.attempts else None
    seconds = f"{(attempt.elapsed_ms if attempt else 0) / 1000:.3f}"
    unrun = report.verdict == "not-run"
    failed = not report.ok and not unrun
    counts = f'tests="1" failures="{int(failed)}" errors="{int(unrun)}" skipped="0" time="{seconds}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f'  <testsuite name="simulate diagnose" {counts}>',
        f'    <testcase name={_quoted(report.target)} classname="simulate.diagnose" time="{seconds}">',
        "      <properties>",
        f'        <property name="findings" value={_quoted(" ".join(f.id for f in report.findings))}/>',
        f'        <property name="verdict.{report.evidence.settings.client}" value="{report.verdict}"/>',
        "      </properties>",
    ]
    if failed or unrun:
        kind = "error" if unrun else "failure"
        told = [f"{f.severity}: {f.id}: {pages.message(f, report.evidence)}" for f in report.findings]
        text = "\n".join(_escaped(line) for line in told)
        lines.append(
            f'      <{kind} message={_quoted(diagnosis_words.summary(report))} type="diagnosis">{text}</{kind}>'
        )
    return "\n".join([*lines, "    </testcase>", "  </testsuite>", "</testsuites>", ""])


def _escaped(text: str) -> str:
    return inert(redact(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace('"', "&quot;") + '"'
