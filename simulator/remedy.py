"""Tries a change for real, runs the attacks against it, and grades it.

Law: a grade is computed from what was seen, never from what an author says. Everything is begun before anything is
waited for, so that the clients never idle while certificates are made; equal deployments are run once.

The grades, in this order (docs/adr/0004):
1. an attack got in that does not get in on the baseline: `dangerous`, whether the client was accepted or not;
2. the client is rejected, or was accepted before and no finding is gone: `no-effect`;
3. findings remain that the healthy baseline lacks, or a fresh client fails, or the client itself does once it meets
   the site without the proxy it was fitted to: `workaround`;
4. else `cure`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from simulator.changes.attacks import ATTACKS, Attack, other_program
from simulator.lab.observe import Lab, Run
from simulator.model.deployment import Deployment, diff

if TYPE_CHECKING:
    from simulator.model.evidence import Attempt
    from simulator.model.finding import Finding
    from simulator.model.grade import Grade
    from simulator.model.report import AttackOutcome, FixTrial

Aim = Literal["accepted", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A changed deployment to try: `healthy` is the baseline that the fix builds, `broken` where it started."""

    title: str
    broken: Deployment
    changed: Deployment
    healthy: Deployment
    aim: Aim = "accepted"
    """What a good fix leads to: usually acceptance; a client that begins to check a CRL ought to refuse."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A candidate whose runs are under way."""

    candidate: Candidate
    before: Run
    after: Run
    fresh: Run
    honest_way: Run
    baseline: Run
    attacks: tuple[tuple[Attack, Run], ...]
    baseline_attacks: tuple[tuple[Attack, Run], ...]


class Proving:
    """The proving ground of one client: begins runs, waits for them, and remembers what it has run."""

    def __init__(self, lab: Lab, client: str) -> None:
        """`client` is the one that grades are for, in the lab's spelling: requests, requests@/path/to/python."""
        self._lab = lab
        self._client = client
        self._runs: dict[tuple[Deployment, str], Run] = {}
        self._looked: dict[tuple[Deployment, str], Run] = {}
        self._findings: dict[int, tuple[Finding, ...]] = {}

    def look(self, deployment: Deployment) -> Run:
        """Begins to observe a deployment with all its evidence."""
        key = (deployment, self._client)
        if key not in self._looked:
            self._looked[key] = self._runs[key] = self._lab.begin(deployment, self._client)
        return self._looked[key]

    def findings(self, run: Run) -> tuple[Finding, ...]:
        """The diagnosis of a run that was looked at; waits for it."""
        if id(run) not in self._findings:
            from simulator.diagnosis.diagnose import diagnose  # while the clients are at work

            self._findings[id(run)] = diagnose(run.evidence)
        return self._findings[id(run)]

    def _meet(self, deployment: Deployment, client: str, port: int) -> Run:
        key = (deployment, client)
        if key not in self._runs:
            self._runs[key] = self._lab.begin(deployment, client, visits=False, url_port=port)
        return self._runs[key]

    def _attack(self, deployment: Deployment, port: int) -> tuple[tuple[Attack, Run], ...]:
        return tuple(
            (attack, self._meet(attack.apply(deployment), self._victim(attack, deployment), port))
            for attack in ATTACKS.values()
            if attack.needs(deployment)
        )

    def _victim(self, attack: Attack, deployment: Deployment) -> str:
        if attack.victim != "other-program":
            return self._client
        _, at, interpreter = self._client.partition("@")
        return other_program(deployment) + at + interpreter

    def begin(self, candidate: Candidate) -> _Begun:
        """Begins every run that grading this candidate takes."""
        before = self.look(candidate.broken)
        changed = candidate.changed
        return _Begun(
            candidate=candidate,
            before=before,
            after=self.look(changed),
            fresh=self.look(replace(changed, client=candidate.healthy.client)),
            # A client that was fitted to one proxy still has to work where that proxy is not.
            honest_way=self.look(
                replace(changed, client=replace(changed.client, proxy=candidate.healthy.client.proxy))
            ),
            baseline=self.look(candidate.healthy),
            attacks=self._attack(changed, before.port),
            baseline_attacks=self._attack(candidate.healthy, before.port),
        )

    def judge(self, begun: _Begun) -> FixTrial:
        """Waits for the runs of one candidate and grades it."""
        from simulator.model.report import FixTrial

        candidate = begun.candidate
        after = _attempt(begun.after)
        attacks = _outcomes(begun.attacks, after)
        on_baseline = _outcomes(begun.baseline_attacks, _attempt(begun.baseline))
        left = self.findings(begun.after)
        return FixTrial(
            title=candidate.title,
            grade=grade(
                attacks=attacks,
                on_baseline=on_baseline,
                before=_attempt(begun.before),
                after=after,
                fresh=(_attempt(begun.fresh), _attempt(begun.honest_way)),
                found=self.findings(begun.before),
                left=left,
                healthy=self.findings(begun.baseline),
                aim=candidate.aim,
            ),
            changed=diff(candidate.broken, candidate.changed),
            attempts=(after,),
            attacks=attacks,
            findings=left,
        )

    def prove(self, candidates: Iterable[Candidate]) -> tuple[FixTrial, ...]:
        """Tries all candidates: everything is begun first, then judged in order."""
        begun = [self.begin(candidate) for candidate in candidates]
        return tuple(self.judge(one) for one in begun)


def grade(
    *,
    attacks: Sequence[AttackOutcome],
    on_baseline: Sequence[AttackOutcome],
    before: Attempt,
    after: Attempt,
    fresh: Sequence[Attempt],
    found: Sequence[Finding],
    left: Sequence[Finding],
    healthy: Sequence[Finding],
    aim: Aim = "accepted",
) -> Grade | None:
    """The grade of a change, or None where something that had to be run did not end cleanly.

    `fresh`: what the baseline's client says to the changed deployment, and what the changed client says on the
    baseline's own way."""
    if any(outcome.outcome == "not-run" for outcome in (*attacks, *on_baseline)):
        return None
    if "not-run" in (before.verdict, after.verdict, *(attempt.verdict for attempt in fresh)):
        return None
    known = {outcome.id for outcome in on_baseline if outcome.outcome == "admitted"}
    if any(outcome.outcome == "admitted" and outcome.id not in known for outcome in attacks):
        return "dangerous"
    gone = {finding.id for finding in found} - {finding.id for finding in left}
    if after.verdict != aim or (before.verdict == aim and not gone):
        return "no-effect"
    remaining = {finding.id for finding in left} - {finding.id for finding in healthy}
    if aim == "rejected":
        # A client that has begun to refuse what it ought to refuse still finds it, and so does a fresh one.
        remaining -= {finding.id for finding in left if finding.severity == "error"}
    if remaining or any(attempt.verdict != aim for attempt in fresh):
        return "workaround"
    return "cure"


def _attempt(run: Run) -> Attempt:
    return run.evidence.attempts[0]


def _outcomes(met: Iterable[tuple[Attack, Run]], honest: Attempt) -> tuple[AttackOutcome, ...]:
    found = (outcome(attack, run, honest) for attack, run in met)
    return tuple(one for one in found if one is not None)


def outcome(attack: Attack, run: Run, honest: Attempt) -> AttackOutcome | None:
    """How an attack ended; None where the victim never went out, so that there was nobody to attack.

    `honest` is what the same client said to the honest server of the same deployment."""
    from simulator.model.report import AttackOutcome

    attempt = _attempt(run)
    if run.token in run.tokens:
        return AttackOutcome(id=attack.id, outcome="admitted", why=attack.lost, token=run.token)
    if attempt.verdict == "not-run":
        return AttackOutcome(id=attack.id, outcome="not-run", why=attempt.error)
    if attempt.stage == "setup" or any(name.endswith("ProxyError") for name in attempt.exceptions):
        return None
    if attempt.verdict == "rejected" and _keeps_out(attack, attempt, honest):
        return AttackOutcome(id=attack.id, outcome="kept-out", why=_refusal(attack, attempt))
    return AttackOutcome(
        id=attack.id, outcome="not-run", why=attempt.error or "the client was answered, but not by the attacker"
    )


def _keeps_out(attack: Attack, attempt: Attempt, honest: Attempt) -> bool:
    if attack.victim == "server":
        return attempt.stage in ("handshake", "answer")
    if attempt.verify_code is not None and attempt.verify_code in attack.codes:
        return True
    if any(text in attempt.error for text in attack.texts):
        return True
    return attack.victim == "client" and honest.verdict == "rejected" and _reason(attempt) == _reason(honest)


def _reason(attempt: Attempt) -> tuple[object, ...]:
    return (attempt.verify_code, attempt.alert, attempt.exceptions, attempt.stage)


def _refusal(attack: Attack, attempt: Attempt) -> str:
    if attack.victim == "server":
        return "the server refused"
    _, _, words = attempt.error.partition("certificate verify failed: ")
    return words.split(" (_ssl")[0].rstrip(".") or "the client refused"
