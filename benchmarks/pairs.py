"""Times two things in turn and compares their medians."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """`ours` and `peer` in seconds, medians; `limit` is the bound of ours / peer (`at_least`: from below, of rates)."""

    name: str
    ours: float
    peer: float
    limit: float
    at_least: bool = False

    @property
    def value(self) -> float:
        """How many times the peer's time ours takes; for rates, how large our rate is beside the peer's."""
        return self.peer / self.ours if self.at_least else self.ours / self.peer

    @property
    def good(self) -> bool:
        """Whether the bound holds."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        mark = "ok  " if self.good else "MISS"
        times = f"{_time(self.ours)} against {_time(self.peer)}"
        return f"{mark} {self.value:6.2f} ×  ({sign} {self.limit:g})  {self.name}: {times}"


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def pair(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    limit: float,
    at_least: bool = False,
    rounds: int = 15,
    ours_count: int = 1,
    peer_count: int = 1,
) -> Ratio:
    """Runs both once to warm up, then in turn. The counts say how many units of work one call does."""
    ours(), peer()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, kept in zip((ours, peer), times, strict=True):
            start = time.perf_counter()
            function()
            kept.append(time.perf_counter() - start)
    return Ratio(
        name=name,
        ours=median(times[0]) / ours_count,
        peer=median(times[1]) / peer_count,
        limit=limit,
        at_least=at_least,
    )


def process(command: Sequence[str]) -> Callable[[], object]:
    """A whole process, its output thrown away, without the caller's TLS variables, and with Python's own caching."""
    ours = ("CA_BUNDLE", "CERT_FILE", "CERT_DIR", "PYTHONDONTWRITEBYTECODE")
    environment = {k: v for k, v in os.environ.items() if not k.endswith(ours)}

    def run() -> object:
        return subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )

    return run


PYTHON = sys.executable
SIMULATE = str(Path(sys.executable).with_name("simulate"))
EMPTY = process([PYTHON, "-c", "pass"])
FLOOR = process([PYTHON, "-c", "import requests, rich.console, cryptography.x509, yaml"])
