"""One plan before all judges. Law: whatever happens, the answer is a value; an exception of our own is a find too."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.diagnosis.diagnose import diagnose
from simulator.model.evidence import Attempt
from simulator.testing.handshakes import Said
from simulator.testing.judges import MEMORY, findings, foretold
from simulator.testing.known import known
from simulator.testing.memory import World, evidence, readable
from simulator.testing.plan import Plan

if TYPE_CHECKING:
    from simulator.lab.observe import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A judge and the diagnosis say different things of the same bytes, and no known difference explains it."""

    judge: str
    said: str
    foretold: str
    example: dict[str, Any]
    """The plan, as JSON."""

    @property
    def shape(self) -> str:
        """What tells it from others: equal shapes are one find."""
        return f"{self.judge} {self.said}; the diagnosis {self.foretold}"


@dataclass(slots=True, kw_only=True)
class Judged:
    """What came of one plan."""

    verdict: str = "not judged"
    """What the diagnosis foretells of requests with lax rules: accepted or rejected."""
    known: list[str] = field(default_factory=list)
    """Ids of the known differences that were met."""
    disagreements: list[Disagreement] = field(default_factory=list)


def judge(plan: Plan, world: World, lab: Lab | None = None) -> Judged:
    """Asks all judges. `lab`: where requests on real sockets is to be asked as well, and the only judge of plans that
    are about more than certificates, chain, names and trust."""
    judged = Judged()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of certificates that are wrong on purpose
            if readable(plan):
                _in_memory(plan, world, judged)
            if lab is not None:
                _on_sockets(plan, world, lab, judged)
    except Exception as error:
        failed = crash(error, plan.json())
        row = known(failed.judge, Said(False, None, failed.said), Said(True), frozenset)
        if row is not None:
            judged.known.append(row.id)
        else:
            judged.disagreements.append(failed)
    return judged


def _in_memory(plan: Plan, world: World, judged: Judged) -> None:
    view = world.view(plan.deployment)
    for one in MEMORY:
        seen = one.sees(view)
        told = foretold(evidence(seen, world.now, one.traits), one.traits)
        if one.id == "openssl":
            judged.verdict = _verdict(told)
        try:
            said = one.says(seen, world.now)
        except ImportError:  # an extra that is not installed: the others judge
            continue
        if one.agrees(said, told):
            continue
        row = known(one.id, said, told, lambda seen=seen, one=one: findings(seen, world.now, one.traits))  # type: ignore[misc]
        if row is not None:
            judged.known.append(row.id)
        else:
            judged.disagreements.append(_disagreement(one.id, said, told, plan))


def _on_sockets(plan: Plan, world: World, lab: Lab, judged: Judged) -> None:
    easy = readable(plan)
    run = lab.begin(plan.deployment, "requests", visits=not easy)
    traits = lab.traits("requests")
    seen = evidence(world.view(plan.deployment), world.now, traits) if easy else run.evidence
    told = foretold(seen, traits)
    if not easy:
        judged.verdict = _verdict(told)
    attempt = run.attempt
    said = Said(attempt.verdict == "accepted", attempt.verify_code, _words(attempt))
    if attempt.verdict != "not-run" and said[:2] == told[:2]:
        return
    row = known("requests", said, told, lambda: frozenset(finding.id for finding in diagnose(seen)))
    if row is not None:
        judged.known.append(row.id)
    else:
        judged.disagreements.append(_disagreement("requests", said, told, plan))


def _words(attempt: Attempt) -> str:
    if attempt.verdict == "not-run":
        return f"not run: {attempt.error}"
    return "" if attempt.verify_code else attempt.exceptions[-1] if attempt.exceptions else ""


def _verdict(said: Said) -> str:
    return "accepted" if said.accepted else "rejected"


def _disagreement(judge: str, said: Said, told: Said, plan: Plan) -> Disagreement:
    return Disagreement(judge=judge, said=_told(said), foretold=_told(told), example=plan.json())


def _told(said: Said) -> str:
    if said.accepted:
        return "accepts"
    if said.code is not None:
        return f"refuses with {said.code}"
    # What stands in brackets names the certificate: the same refusal of another one is the same.
    return f"refuses: {said.words.partition(' (encountered')[0]}" if said.words else "refuses"


def crash(error: Exception, example: dict[str, Any]) -> Disagreement:
    """An exception of our own as a disagreement: whose, and where it came from."""
    frames = list(_ours(error))
    where = frames[-1] if frames else "?"
    return Disagreement(
        judge="the simulator", said=f"fails with {type(error).__name__} in {where}", foretold="never fails",
        example=example,
    )  # fmt: skip


def _ours(error: Exception) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if "simulator" in path.parts and "testing" not in path.parts:
            yield f"{path.parent.name}/{path.stem}.{frame.name}"
