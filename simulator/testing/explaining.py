"""The simulator's own words for the report of a failed test. Law: what is said comes from the evidence and from the
findings' pages; the plan gives only its title and story.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.diagnosis.diagnose import diagnose
from simulator.lab import bundles
from simulator.model.evidence import Bundle, ClientSettings, Evidence, Visit
from simulator.report import diagnosis_words, pages
from simulator.report.inert import inert
from simulator.scenario.scenario import Scenario

if TYPE_CHECKING:
    from simulator.testing.case import Case

SHOWN = 20
"""Lines of the server's log, from the end."""


def explain(scenario: Scenario, visits: Sequence[Visit], trust: str, case: Case, log: Sequence[str]) -> str:
    """Title and story, what was expected and by whom, each finding with its fix, and what the server saw."""
    read = bundles.read(trust)
    seen = Evidence(
        url=case.url,
        reference=case.host,
        settings=ClientSettings(traits=tuple(sorted(case.traits or ()))),
        visits=tuple(visits),
        bundles=(Bundle(path=trust, named_by="call", readability=read.readability, certificates=read.certificates),),
        client_time=time.time(),
    )
    lines = [f"{scenario.id} · {scenario.title}", scenario.story, ""]
    who = "A client of which nothing is known" if case.traits is None else f"A client with {_traits(case.traits)}"
    lines.append(f"{who} ought to {'accept' if case.should_accept else 'refuse'} this server.")
    for finding in diagnose(seen):
        lines += ["", f"{finding.id} · {pages.title(finding.id)}", f"  {pages.message(finding, seen)}"]
        fix = pages.fix(finding)
        if fix:
            lines.append(f"  Fix, {diagnosis_words.mender(finding)}: {fix}")
    lines += ["", "The server saw:", *(f"  {entry}" for entry in log[-SHOWN:] or ["nothing"])]
    lines += ["", f"Seed {case.seed}. More: simulate {scenario.id}"]
    return "\n".join(inert(line) if line else "" for line in lines)


def _traits(traits: frozenset[str]) -> str:
    return f"the traits {', '.join(sorted(traits))}" if traits else "none of the known traits"
