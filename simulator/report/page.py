"""The report as one HTML file: no network, no framework, the terminal report's order.

Law: a leaf over values. Every value that reaches a template is redacted, made inert and escaped on its way (`finalize`
and autoescaping); only our own style, script and drawing go in as they are, and the page's policy names them by hash.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator import bundled
from simulator.model.report import Report
from simulator.report.inert import inert
from simulator.report.redact import redact

if TYPE_CHECKING:
    from simulator.model.diagnosis import DiagnosisReport


def render(report: Report, *, following: str | None = None) -> str:
    """One scenario's report as a page. `following`: the scenario to run next."""
    from simulator.report import page_scenario

    tokens = frozenset(a.token for t in report.trials for a in t.attacks if a.token)
    return fill("page_scenario.html.j2", page_scenario.view(report, following), keep=tokens)


def render_all(reports: Iterable[Report], *, failures: Sequence[tuple[str, str, str]] = ()) -> str:
    """Many reports as one table. `failures`: id, family and reason of what could not be run."""
    from simulator.report import page_all

    return fill("page_all.html.j2", page_all.view(list(reports), failures))


def render_diagnosis(report: DiagnosisReport) -> str:
    """A diagnosis of a server or of files as a page."""
    from simulator.report import page_diagnosis

    return fill("page_diagnosis.html.j2", page_diagnosis.view(report))


def fill(template: str, values: Mapping[str, Any], *, keep: frozenset[str] = frozenset()) -> str:
    """A template of `report_templates/` with these values. `keep`: tokens that are the lesson, and stay."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def harmless(value: object) -> object:
        return inert(redact(value, keep=keep)) if isinstance(value, str) and not isinstance(value, Markup) else value

    folder = bundled.folder("report_templates")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _own(folder, "page.css"), _own(folder, "page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    text = environment.get_template(template).render(
        values,
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        policy=policy,
    )
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def drawn(svg: str) -> object:
    """A drawing of ours, whose texts are escaped already, as something that a template puts in as it is."""
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704  # `drawing` escapes what it is given


def _own(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123  # pathlib costs 4 ms
        return file.read()


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
