"""Reports that show themselves in a notebook. Law: the page stands in a frame of its own, so that neither its style nor
anything in a certificate reaches the notebook around it; the values are the report's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape

from simulator.model.diagnosis import DiagnosisReport
from simulator.model.report import Report
from simulator.report import page

HEIGHT = 640
"""Of the frame, in CSS pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReport(Report):
    """A report that Jupyter shows as a page."""

    def _repr_html_(self) -> str:
        return framed(page.render(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDiagnosis(DiagnosisReport):
    """A diagnosis that Jupyter shows as a page."""

    def _repr_html_(self) -> str:
        return framed(page.render_diagnosis(self))


def shown(report: Report) -> ShownReport:
    """The same report, which a notebook shows."""
    return ShownReport(**{f.name: getattr(report, f.name) for f in fields(Report)})


def shown_diagnosis(report: DiagnosisReport) -> ShownDiagnosis:
    """The same diagnosis, which a notebook shows."""
    return ShownDiagnosis(**{f.name: getattr(report, f.name) for f in fields(DiagnosisReport)})


def framed(html: str) -> str:
    """A page inside a frame that may run its own script and reach nothing else."""
    return (
        f'<iframe title="Report of tls-clinic" sandbox="allow-scripts" width="100%" height="{HEIGHT}" '
        f'frameborder="0" srcdoc="{escape(html)}"></iframe>'
    )
