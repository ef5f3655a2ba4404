"""Challenges: a bundle against its bare certificates and zip, two processes, flatness, marking against its probes."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.pairs import SIMULATE, Ratio, pair
from benchmarks.spine import _bare, _Recorded, _routed

START = "2026-11-01"
COUNT = 500
MANY = 10_000


def ratios() -> Iterable[Ratio]:
    """Every ratio of challenges, one after the other."""
    yield _making()
    yield from _flat()
    yield _two_processes()
    yield _marking()


def _plan(count: int):
    from simulator.challenge import plan, roster

    return plan.Plan(secret="ab" * 16, start=START, days=30, slots=((("missing-san",),),), learners=roster.count(count))


def _bare_bundle(number: int) -> bytes:
    """Two certificates, their keys, and a zip file of them: nothing that could be left out."""
    from simulator.changes.baselines import build
    from simulator.lab.mint import Mint

    deployment = build("two-tier")
    mint = Mint(f"bench-{number}", 1_795_000_000)
    ca, leaf = mint.issue(deployment, "root"), mint.issue(deployment, "leaf")
    assert ca.key
    assert leaf.key
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (("ca", ca.pem), ("ca-key", ca.key.pem), ("chain", leaf.pem), ("key", leaf.key.pem)):
            archive.writestr(f"{name}.pem", data)
    return file.getvalue()


def _making() -> Ratio:
    from simulator.challenge import bundle

    plan = _plan(COUNT)

    def ours() -> None:
        for learner in plan.learners:
            bundle.make(plan, learner)

    def bare() -> None:
        for number in range(COUNT):
            _bare_bundle(number)

    return pair(
        "a bundle / its bare certificates and zip", ours, bare, limit=2, rounds=7, ours_count=COUNT, peer_count=COUNT
    )


def _made(count: int, workers: int) -> float:
    """Seconds that a class of this size takes, files included."""
    from simulator.challenge import making

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        making.make(_plan(count), str(Path(folder) / "out"), workers=workers)
        return time.perf_counter() - start


def _flat() -> Iterable[Ratio]:
    _made(100, 1)
    few = min(_made(100, 1) for _ in range(5)) / 100
    yield Ratio(name=f"a bundle of {MANY:,} / one of 100", ours=_made(MANY, 1) / MANY, peer=few, limit=1.25)
    # Bytes stand where seconds would: the process that makes 10,000 bundles against one that makes 100.
    yield Ratio(name=f"memory: {MANY:,} bundles / 100 (s are GB)", ours=_resident(MANY), peer=_resident(100), limit=1.5)


def _resident(count: int) -> float:
    """The most memory that a process making this many bundles had, in GB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [SIMULATE, "challenge", "new", "--scenario", "missing-san", "--count", str(count)]
        process = subprocess.Popen(
            [*command, "--workers", "1", "-o", str(Path(folder) / "out")], stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_maxrss / 1e6  # kB on Linux


def _two_processes() -> Ratio:
    alone = _made(MANY, 1)
    return Ratio(name=f"{MANY:,} bundles, two processes / one", ours=_made(MANY, 2), peer=alone, limit=0.6)


def _marking() -> Ratio:
    """A dangerous repair, warm: everything that marking does, against its probes made bare."""
    from simulator.challenge import bundle, marking, seeds, sheet
    from simulator.lab.observe import Lab

    plan = _plan(40)
    with Lab(seed=seeds.WORLD, clients=("requests", "stdlib")) as lab:
        recorded = _Recorded(lab)
        at = [0]

        def ours() -> None:
            # Another learner each time: nothing of theirs was ever issued or served before.
            learner = plan.learners[at[0] % len(plan.learners)]
            at[0] += 1
            recorded.runs.clear()
            seed = plan.seed(learner.id)
            text = (
                f"learner: {learner.id}\nbundle: {seeds.code(seed)}\npatients:\n"
                "  - {patient: 1, findings: [{finding: missing-san}], repair: {client: {verify: 'no'}}}\n"
            )
            marking.marks(bundle.patients(plan, seed), sheet.parse(text.encode()), {}, lab, time.time())

        ours()
        probes = list(recorded.runs)
        with _routed():
            name = f"marking / its {len(probes)} bare probes"
            return pair(name, ours, lambda: _bare(recorded.runs), limit=1.5, rounds=15)
