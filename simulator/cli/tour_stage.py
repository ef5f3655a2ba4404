"""Where the tour's steps are played: a real server underneath, a real client, real attacks. Law: nothing is printed
here; whatever a step shows was run.

A notebook uses `Classroom` too: the same stages, on the same port.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.cli import tour_lesson
from simulator.errors import MachineError, UsageError

if TYPE_CHECKING:
    from simulator.lab.domain_check import Exchange
    from simulator.model.deployment import Deployment
    from simulator.model.evidence import Attempt, Evidence
    from simulator.model.report import FixTrial
    from simulator.scenario.scenario import Scenario

PORT = 1443
_CLIENT = "requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a client said: its call as a person types it, and its attempt."""

    call: tuple[str, ...]
    attempt: Attempt


class Stage:
    """One step's server, running until the next step begins."""

    def __init__(self, room: Classroom, part: tour_lesson.Part) -> None:
        self._room = room
        self._scenario = room.scenario(part.value("scenario"))
        self._fix = part.value("fix")
        self._default = part.value("trust") == "default"
        self.deployment = self._deployed(self._fix, default=self._default)
        self._files: list[str] = []

    @property
    def url(self) -> str:
        """What to ask for."""
        return f"https://{self.deployment.client.host}:{self._room.port}/test.txt"

    def file(self, name: str) -> str:
        """The path of one of the stage's files: cert.pem, ca.pem, cacert.pem. Raises `KeyError` where it has none."""
        for path in self.files():
            if os.path.basename(path) == name:  # noqa: PTH119  # pathlib costs 4 ms
                return path
        raise KeyError(name)

    def files(self) -> list[str]:
        """The stage's certificates and keys as files, gone when the classroom closes."""
        self._files = self._files or self._room.keep(self.deployment)
        return self._files

    def seen(self) -> Seen:
        """What the client says to this server."""
        return self._room.meet(self.deployment)

    def fixed(self, title: str) -> Seen:
        """What the client says after one of the scenario's fixes."""
        return self._room.meet(self._deployed(title, default=False))

    def trial(self) -> FixTrial:
        """The attacks on this very deployment, each run."""
        fix = next((fix for fix in self._scenario.fixes if fix.title == self._fix), None)
        healthy = self._scenario.fresh(fix) if fix else self._scenario.healthy()
        return self._room.prove(self._scenario.broken(), self.deployment, healthy)

    def attacks(self) -> list[str]:
        """What came of each attack, one line each."""
        return [f"{one.outcome.replace('-', ' ')}: {one.id}: {one.why}" for one in self.trial().attacks]

    def meet(self, deployment: Deployment) -> Seen:
        """What the client says to another deployment on this stage."""
        return self._room.meet(deployment)

    def _deployed(self, title: str, *, default: bool) -> Deployment:
        deployment = self._scenario.broken()
        if title:
            fix = next((fix for fix in self._scenario.fixes if fix.title == title), None)
            if fix is None:
                raise UsageError(f"the lesson names a fix that {self._scenario.id} does not have: {title}")
            deployment = self._scenario.fixed(fix)
        if default:
            deployment = replace(deployment, client=replace(deployment.client, trust=None))
        return deployment


class Classroom:
    """The lab of the tour: one stage at a time, on one port. Close it, or use it in a `with`."""

    def __init__(
        self,
        port: int = PORT,
        *,
        seed: str | None = None,
        as_of: float | None = None,
        on_event: Callable[[str], None] | None = None,
    ) -> None:
        """`port`: where the servers listen; one that is in use is replaced by the system's choice. `on_event` hears
        what each server sees, from the server's own threads."""
        from simulator.lab.observe import Lab
        from simulator.remedy import Proving

        self._lab = Lab(seed=seed, as_of=as_of, clients=(_CLIENT,))
        self._proving = Proving(self._lab, _CLIENT)
        self._on_event = on_event
        self._stage: Lab | None = None
        self._folder = ""
        self._lesson = tour_lesson.load()
        self.port = port

    def enter(self, id: str) -> Stage:
        """Begins a step: its server takes the place of the one before. Raises `KeyError` for an unknown step."""
        step = next((step for step in self._lesson.steps if step.id == id), None)
        if step is None or step.stage is None:
            raise KeyError(id)
        return self.begin(step.stage)

    def begin(self, part: tour_lesson.Part) -> Stage:
        """Begins the stage that this part of the lesson describes."""
        from simulator.lab.observe import Lab

        stage = Stage(self, part)
        self.leave()
        self._stage = Lab(seed=self._lab.seed, as_of=self._lab.as_of, clients=())
        try:
            site = self._stage.serve(stage.deployment, self.port, self._on_event)
        except MachineError:
            site = self._stage.serve(stage.deployment, None, self._on_event)
        self.port = site.port
        return stage

    def leave(self) -> None:
        """Ends the server of the stage that is up, where one is."""
        if self._stage is not None:
            self._stage.close()
            self._stage = None
        if self._folder:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    def scenario(self, id: str) -> Scenario:
        """A shipped scenario."""
        from simulator.scenario import loader

        entry = next(entry for entry in loader.ids() if entry.id == id)
        return loader.load_file(entry.path, family=entry.family)

    def keep(self, deployment: Deployment) -> list[str]:
        """The deployment's files in a folder that is gone when the stage ends."""
        if not self._folder:
            base = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108  # the folder's name is random, its mode the lab's 0700
            self._folder = os.path.join(base, f"simulate-{os.urandom(6).hex()}")  # noqa: PTH118  # pathlib costs 4 ms
        return self._lab.keep(deployment, self._folder)

    def meet(self, deployment: Deployment) -> Seen:
        """What the client says, with the tour's port in its URL."""
        from simulator.report import calls

        evidence: Evidence = self._lab.begin(deployment, _CLIENT, visits=False, url_port=self.port).evidence
        return Seen(call=tuple(calls.call(evidence, _CLIENT)), attempt=evidence.attempts[0])

    def prove(self, broken: Deployment, changed: Deployment, healthy: Deployment) -> FixTrial:
        """The attacks on a deployment."""
        from simulator.remedy import Candidate

        return self._proving.prove([Candidate(title="", broken=broken, changed=changed, healthy=healthy)])[0]

    def exchanges(self) -> tuple[Exchange, Exchange]:
        """How a public CA decides: the owner asks, and somebody who is not."""
        from simulator.lab import domain_check

        return domain_check.exchanges(self._lab.mint)

    def exchange(self) -> list[str]:
        """The same as lines."""
        return [f"{line.who}: {line.text}" for one in self.exchanges() for line in one.lines]

    def close(self) -> None:
        """Ends servers and clients, and removes all files."""
        self.leave()
        self._lab.close()

    def __enter__(self) -> Classroom:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
