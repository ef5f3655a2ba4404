"""A diagnosis as the note of an exception: a few lines that stand under a traceback. Law: plain, short, inert."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.model.diagnosis import DiagnosisReport
from simulator.model.wording import Candidate
from simulator.report import diagnosis_words, pages
from simulator.report.inert import inert
from simulator.report.redact import redact


def diagnosed(report: DiagnosisReport) -> str:
    """What a look at the server showed."""
    first, *others = [f for f in report.findings if f.severity == "error"]
    lines = [f"tls-clinic: {first.id} · {pages.title(first.id)}", f"  {pages.message(first, report.evidence)}"]
    fix = pages.fix(first)
    if fix:
        lines.append(f"  Fix, {diagnosis_words.mender(first)}: {fix}")
    if first.rivals:
        lines.append(f"  Or is it {' or '.join(first.rivals)}?")
    if others:
        lines.append(f"  Behind it: {', '.join(dict.fromkeys(f.id for f in others))}")
    lines.append(f"  More: simulate diagnose {report.target}")
    return "\n".join(inert(redact(line)) for line in lines)


def likely(candidates: Sequence[Candidate], url: str) -> str:
    """What the error's words alone make likely."""
    first, *others = candidates
    lines = [f"tls-clinic: by its words most likely {first.finding} · {pages.title(first.finding)}"]
    fix = pages.page(first.finding).paragraphs("The right fix")
    if fix:
        lines.append("  Fix: " + "".join(text for _, text in pages.spans(fix[0])))
    if others:
        lines.append(f"  It could also be {', '.join(one.finding for one in others[:3])}.")
    lines.append(f"  Tell apart: {first.tell_apart}" if first.tell_apart else f"  More: simulate diagnose {url}")
    return "\n".join(inert(redact(line)) for line in lines)
