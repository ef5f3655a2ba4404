"""Findings as SARIF 2.1.0, for code scanning: one rule a finding, each result placed in a file, never at a host.

Law: the same findings give the same bytes; rule ids, paths and fingerprints are stable between runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.model.evidence import Evidence
from simulator.model.finding import FINDINGS, Finding
from simulator.report import pages
from simulator.report.inert import inert
from simulator.report.json_report import dumps
from simulator.report.redact import redact

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(findings: Sequence[Finding], evidence: Evidence, *, file: str, line: int = 1, version: str = "") -> str:
    """A SARIF document whose results stand in `file`, a path as the repository knows it."""
    ids = sorted({finding.id for finding in findings})
    run = {
        "tool": {
            "driver": {
                "name": "tls-clinic",
                "version": version or "0",
                "rules": [_rule(id) for id in ids],
            }
        },
        "results": [_result(f, evidence, ids.index(f.id), file, line) for f in findings],
        "columnKind": "unicodeCodePoints",
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(id: str) -> dict[str, Any]:
    found, kind = pages.page(id), FINDINGS.get(id)
    means = " ".join(_plain(p) for p in found.paragraphs("What it means")) or found.title
    right = " ".join(_plain(p) for p in found.paragraphs("The right fix")[:1]) or found.title
    severity = kind.severity if kind else "warning"
    return {
        "id": id,
        "name": "".join(part.capitalize() for part in id.split("-")),
        "shortDescription": {"text": found.title},
        "fullDescription": {"text": means},
        "help": {"text": f"{means}\n\n{right}", "markdown": f"{means}\n\n**The right fix.** {right}"},
        "defaultConfiguration": {"level": severity},
        "properties": {
            "tags": ["security", "tls"],
            "security-severity": {"error": "7.0", "warning": "8.0"}.get(severity, "3.0"),
        },
    }


def _result(finding: Finding, evidence: Evidence, index: int, file: str, line: int) -> dict[str, Any]:
    where = "/".join(part for part in (finding.id, finding.certificate, finding.field) if part)
    return {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": inert(redact(pages.message(finding, evidence)))},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(file)}, "region": {"startLine": line}}}],
        "partialFingerprints": {"finding/v1": inert(redact(where))},
    }


def uri(path: str) -> str:
    """A file's path as a relative URI reference: forward slashes, everything unusual percent-encoded."""
    from urllib.parse import quote

    cleaned = path.replace("\\", "/")
    while cleaned.startswith("./"):
        cleaned = cleaned[2:]
    return quote(cleaned.encode("utf-8", "surrogateescape"), safe="/-._~")


def _plain(paragraph: str) -> str:
    return "".join(text for _, text in pages.spans(paragraph))
