"""For test suites: what the plugin costs a suite that does not use it, and how fast fuzzing judges."""

from __future__ import annotations

import ssl
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from benchmarks.pairs import PYTHON, Ratio, pair, process

EXAMPLES = 600
SHARDS = 4


def ratios() -> Iterable[Ratio]:
    """Every ratio, one after the other."""
    yield _plugin()
    yield from _judges()
    yield _processes()


def _plugin() -> Ratio:
    """A suite of 100 empty tests, with the plugin and without it."""
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder, "test_empty.py")
        suite.write_text("import pytest\n@pytest.mark.parametrize('n', range(100))\ndef test_it(n): pass\n")
        command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, str(suite)]
        return pair(
            "100 empty tests with the plugin / without",
            process(command),
            process([*command, "-p", "no:tls-clinic"]),
            limit=1.05,
            rounds=15,
        )


def _fuzzer(judge: Callable[..., object] | None) -> Callable[[], None]:
    """Draws plans as a campaign does, and hands each one's bytes to `judge`."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from simulator.testing.memory import World
    from simulator.testing.strategies import plans

    def run() -> None:
        world = World()

        @seed(1)
        @settings(
            max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(plans())
        def test(plan: object) -> None:
            if judge is not None:
                judge(world.view(plan.deployment), world.now)  # type: ignore[attr-defined]

        test()

    return run


def _judges() -> Iterable[Ratio]:
    import warnings

    from simulator.testing.handshakes import openssl
    from simulator.testing.judges import verifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of certificates that are wrong on purpose
        yield pair(
            "examples a second: verifier / nothing judged",
            _fuzzer(verifier),
            _fuzzer(None),
            limit=0.4,
            at_least=True,
            rounds=5,
        )
        yield pair(
            "handshakes in memory a second / contexts made anew from PEM files",
            _each(openssl),
            _each(_fair),
            limit=1.3,
            at_least=True,
            rounds=5,
        )


def _each(judge: Callable[..., object]) -> Callable[[], None]:
    """The same deployments, each with certificates of its own, before one judge."""
    from simulator.changes.baselines import build
    from simulator.testing.memory import World

    deployment = build("two-tier")

    def run() -> None:
        for number in range(150):
            judge(World(f"bench-{number}").view(deployment))

    return run


def _fair(view: object) -> bool:
    """What anyone would write with the standard library: a chain file, two contexts, a handshake in memory."""
    served, anchors = view.served, view.anchors  # type: ignore[attr-defined]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("DEFAULT@SECLEVEL=0")
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write("".join(map(ssl.DER_cert_to_PEM_cert, served)).encode() + view.key.pem)  # type: ignore[attr-defined]
        file.flush()
        server.load_cert_chain(file.name)
    client = ssl.create_default_context(cadata="".join(map(ssl.DER_cert_to_PEM_cert, anchors)))
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    visitor = client.wrap_bio(into, out, server_hostname=view.host)  # type: ignore[attr-defined]
    host = server.wrap_bio(out, into, server_side=True)
    for _ in range(4):
        for side in (visitor, host):
            try:
                side.do_handshake()
                if side is visitor:
                    return True
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return False


def _processes() -> Ratio:
    """The same shards in one process and in two, which are started and warm on both sides."""
    from simulator import work
    from simulator.testing.shard import run_shard

    times: dict[int, list[float]] = {1: [], 2: []}
    for workers in (1, 2):
        where = work.Processes(workers)
        try:
            # Enough small ones that each worker has imported everything and has a client running.
            list(where.map(run_shard, [(f"warm-{n}", {"seed": 1, "examples": 20}) for n in range(4 * workers)]))
            for _ in range(3):
                start = time.perf_counter()
                jobs = [(str(n), {"seed": 101 + n, "examples": 100}) for n in range(SHARDS)]
                assert not any(result["finds"] for _, result in where.map(run_shard, jobs))
                times[workers].append(time.perf_counter() - start)
        finally:
            where.close()
    return Ratio(
        name="fuzzing in two processes / in one", ours=median(times[2]), peer=median(times[1]), limit=1.7, at_least=True
    )
