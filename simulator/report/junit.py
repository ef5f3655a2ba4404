"""Reports as JUnit XML, for CI servers: one test case a scenario, or one for each client where several were asked.

Law: a scenario that did what its file says passes, whatever its client said. Text that XML cannot hold is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.model.evidence import Attempt
from simulator.model.report import Report
from simulator.report import words
from simulator.report.inert import inert
from simulator.report.redact import redact


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    name: str
    family: str
    seconds: float
    kind: str
    """"", "failure", "error" or "skipped"."""
    said: str
    properties: tuple[tuple[str, str], ...]


def render(reports: Iterable[Report], *, name: str = "simulate", failures: Sequence[tuple[str, str, str]] = ()) -> str:
    """A whole JUnit document. `failures`: id, family and reason of what could not be run."""
    cases = [case for report in reports for case in _cases(report)]
    for id, family, why in failures:
        where = f"simulate.{family}"
        cases.append(_Case(name=id, family=where, seconds=0, kind="error", said=redact(why), properties=()))
    counts = _counts(cases)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f"  <testsuite name={_quoted(name)} {counts}>",
    ]
    for case in cases:
        lines += _element(case)
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _counts(cases: list[_Case]) -> str:
    def count(kind: str) -> int:
        return sum(1 for case in cases if case.kind == kind)

    seconds = sum(case.seconds for case in cases)
    return (
        f'tests="{len(cases)}" failures="{count("failure")}" errors="{count("error")}" '
        f'skipped="{count("skipped")}" time="{seconds:.3f}"'
    )


def _cases(report: Report) -> list[_Case]:
    tokens = frozenset(a.token for trial in report.trials for a in trial.attacks if a.token)
    attempts = report.evidence.attempts
    if len(attempts) < 2:
        return [_case(report, report.scenario.id, attempts, tuple(report.problems), tokens)]
    cases, left = [], list(report.problems)
    for attempt in attempts[1:]:
        mine = [p for p in left if p.startswith(attempt.client)]
        left = [p for p in left if p not in mine]
        cases.append(_case(report, f"{report.scenario.id}[{attempt.client}]", (attempt,), tuple(mine), tokens))
    first = f"{report.scenario.id}[{attempts[0].client}]"
    return [_case(report, first, attempts[:1], tuple(left), tokens), *cases]


def _case(
    report: Report, name: str, attempts: tuple[Attempt, ...], problems: tuple[str, ...], tokens: frozenset[str]
) -> _Case:
    ungraded = any(trial.grade is None for trial in report.trials) and not name.endswith("]")
    kind = "failure" if problems else ""
    said = list(problems)
    if not problems and not report.behaved and not name.endswith("]"):
        kind, said = "failure", ["The scenario did not behave as its file says."]
    if kind and ungraded:
        kind = "error"
    if not kind and attempts and all(a.verdict == "not-run" for a in attempts):
        kind, said = "skipped", [attempts[0].error or "not run"]
    properties = [("findings", " ".join(f.id for f in report.findings))]
    properties += [(f"verdict.{a.client}", a.verdict) for a in attempts]
    properties += [(f"grade.{t.title}", words.GRADES[t.grade]) for t in report.trials]
    return _Case(
        name=name,
        family=f"simulate.{report.scenario.family}",
        seconds=sum(a.elapsed_ms for a in attempts) / 1000,
        kind=kind,
        said=redact("\n".join(said), keep=tokens),
        properties=tuple((redact(key, keep=tokens), redact(value, keep=tokens)) for key, value in properties),
    )


def _element(case: _Case) -> list[str]:
    lines = [f'    <testcase name={_quoted(case.name)} classname={_quoted(case.family)} time="{case.seconds:.3f}">']
    if case.properties:
        lines.append("      <properties>")
        lines += [f"        <property name={_quoted(k)} value={_quoted(v)}/>" for k, v in case.properties]
        lines.append("      </properties>")
    first = case.said.partition("\n")[0]
    if case.kind == "skipped":
        lines.append(f"      <skipped message={_quoted(first)}/>")
    elif case.kind:
        text = "\n".join(_escaped(line) for line in case.said.split("\n"))
        lines.append(f'      <{case.kind} message={_quoted(first)} type="behaviour">{text}</{case.kind}>')
    return [*lines, "    </testcase>"]


def _escaped(text: str) -> str:
    return inert(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace('"', "&quot;") + '"'
