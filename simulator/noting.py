"""What `explained` does when an error leaves: reads it, looks at the server where that tells more, adds one note.

Law: it runs after everything went wrong already, so it is bounded in time, asks only the server that the error names,
and whatever it cannot find out it leaves unsaid.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simulator import unwinding
from simulator.diagnosis import wordings
from simulator.report import note as leaf

if TYPE_CHECKING:
    from simulator.model.diagnosis import DiagnosisReport
    from simulator.model.evidence import Attempt, Bundle

_MOST = 3
"""Errors of one group that are given a note."""
_NO_VISIT = (
    "name-not-resolved",
    "nothing-listening",
    "handshake-timeout",
    "ssl-module-missing",
    "wrong-context-purpose",
)
"""Causes that the text tells, and that a visit would only meet again."""


def note(error: BaseException, *, visit: bool, within: float) -> None:
    """Adds a note to the error, or to those in its group, that are about TLS or the connection; to others none."""
    for one in unwinding.concerned(error)[:_MOST]:
        text = _text(one, visit=visit, within=within)
        if text:
            one.add_note(text)


def _text(error: BaseException, *, visit: bool, within: float) -> str:
    facts = unwinding.facts(error)
    named = "" if facts.url in facts.text else f"{facts.url}\n"  # so that the answer can name it too
    explanation = wordings.explain(named + facts.text)
    first = explanation.candidates[0]
    url = facts.url or explanation.url or ""
    if visit and url.startswith("https://") and first.finding not in _NO_VISIT:
        report = _look(url, facts, within)
        if report is not None and any(finding.severity == "error" for finding in report.findings):
            return leaf.diagnosed(report)
    if first.finding == "cannot-tell":
        return ""
    return leaf.likely(explanation.candidates, url)


def _look(url: str, facts: unwinding.Facts, within: float) -> DiagnosisReport | None:
    """The diagnosis of the server, with the trust that the failed call had; None where that cannot be known."""
    from simulator.checkup import report
    from simulator.lab.target_proxy import Proxy
    from simulator.lab.target_visits import Observer, where
    from simulator.model.evidence import ClientSettings, Evidence

    bundle = _trust(facts)
    if bundle is None:
        return None
    there = where(url)
    first = Observer(there, Proxy(facts.proxy), time.monotonic() + within).first()
    settings = ClientSettings(
        client=facts.client,
        verify=facts.verify,
        check_hostname=facts.check_hostname,
        traits=facts.traits,
    )
    evidence = Evidence(
        url=there.url,
        reference=facts.server_name or there.host,
        settings=settings,
        attempts=(_attempt(facts),),
        visits=(first,),
        bundles=(bundle,),
        client_time=time.time(),
    )
    return report(there.url, evidence, ())


def _trust(facts: unwinding.Facts) -> Bundle | None:
    from simulator.lab.bundles import read
    from simulator.model.evidence import Bundle

    if facts.anchors:
        return Bundle(path=facts.bundle or "the SSLContext of this call", named_by="call", certificates=facts.anchors)
    if facts.bundle:
        contents = read(facts.bundle)
        return Bundle(
            path=facts.bundle, named_by="call", certificates=contents.certificates, readability=contents.readability
        )
    return None


def _attempt(facts: unwinding.Facts) -> Attempt:
    from simulator.model.evidence import Attempt

    return Attempt(
        client=facts.client,
        traits=facts.traits,
        verdict="rejected",
        error=facts.text[:20_000],
        exceptions=facts.names,
        verify_code=facts.verify_code,
    )
