"""Certificates with broken bytes. Law: the diagnosis and its words take whatever comes, in time; what they do not take
is a find.
"""

from __future__ import annotations

import signal
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple

from hypothesis import strategies as st

from simulator.diagnosis.diagnose import diagnose, path_nodes, predict
from simulator.lab import bundles
from simulator.lab.pem import armour
from simulator.model.evidence import Bundle, ClientSettings, Evidence, Visit
from simulator.report import pages
from simulator.testing import shard, strategies
from simulator.testing.example import Disagreement, crash
from simulator.testing.judges import STRICT

PATIENCE = 5.0
"""Seconds for one example, a thousand times what it takes."""


class Change(NamedTuple):
    """One change to bytes: at `place` (modulo the length), `cut` bytes give way to `put`."""

    place: int
    cut: int
    put: bytes


class Mutant(NamedTuple):
    """A chain with changed bytes: `which` of its certificates (served, then anchors), and how."""

    chain: strategies.Chain
    which: int
    changes: tuple[Change, ...]

    def bytes(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The served chain and the anchors, DER; what was changed is changed wherever it stands."""
        every = [*self.chain.served, *self.chain.anchors]
        original = every[self.which % len(every)]
        changed = original
        for change in self.changes:
            at = change.place % (len(changed) + 1)
            changed = changed[:at] + change.put + changed[at + change.cut :]
        every = [changed if der == original else der for der in every]
        return tuple(every[: len(self.chain.served)]), tuple(every[len(self.chain.served) :])

    def json(self) -> dict[str, Any]:
        """The bytes themselves: what a report of a crash needs."""
        served, anchors = self.bytes()
        return {"host": self.chain.host, "served": [d.hex() for d in served], "anchors": [d.hex() for d in anchors]}


class Hang(Exception):  # it is what happened
    """One example took longer than a person would wait."""


def mutants() -> st.SearchStrategy[Mutant]:
    """Chains with one to four changes. Shrinks to few and small ones."""
    change = st.builds(
        Change,
        st.integers(0, 2000),
        st.integers(0, 8),
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from((b"\x30\x80", b"\x84\xff\xff\xff\xff", b"\x02\x01\x00", b"\xff" * 40)),
        ),
    )
    changes = st.lists(change, min_size=1, max_size=4).map(tuple)
    return st.builds(Mutant, strategies.certificate_chains(max_faults=1), st.integers(0, 3), changes)


def run_shard(argument: dict[str, Any]) -> dict[str, Any]:
    """As `shard.run_shard`, over mutants; coverage counts how the diagnosis foretells they end."""
    verdicts: Counter[str] = Counter()

    def judged(mutant: Mutant) -> list[Disagreement]:
        try:
            with warnings.catch_warnings(), limit(PATIENCE):
                warnings.simplefilter("ignore")  # of bytes that are wrong on purpose
                verdicts[examine(*mutant.bytes(), mutant.chain.host, mutant.chain.now)] += 1
        except Exception as error:
            return [crash(error, mutant.json())]
        return []

    result = shard.search(mutants(), judged, argument)
    return {**result, "coverage": {"changed bytes": dict(verdicts)}, "known": {}}


def examine(served: tuple[bytes, ...], anchors: tuple[bytes, ...], host: str, now: float) -> str:
    """All that the simulator does with certificates that somebody else made; the verdict that it foretells."""
    for der in (*served, *anchors):
        bundles.parse(armour(der))
        bundles.parse(der)
    verdict = ""
    for traits in ((), STRICT):
        seen = Evidence(
            url=f"https://{f'[{host}]' if ':' in host else host}/",
            reference=host,
            settings=ClientSettings(traits=traits),
            visits=(Visit(purpose="sni", host=host, chain=served, end="handshake"),),
            bundles=(Bundle(path="ca.pem", named_by="call", certificates=anchors),),
            client_time=now,
        )
        found = diagnose(seen)
        path_nodes(seen, found)
        for finding in found:
            pages.message(finding, seen)
            pages.why(finding, seen)
        verdict = verdict or predict(seen, frozenset(traits)).verdict
    return verdict


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raises `Hang` where the block takes longer; in threads other than the main one, where no signal arrives, it
    lasts as long as it lasts."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hang(f"longer than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
