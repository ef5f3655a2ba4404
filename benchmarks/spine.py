"""The spine: start-up, a whole scenario, a warm scenario, minting, loading, diagnosing."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.pairs import EMPTY, FLOOR, PYTHON, SIMULATE, Ratio, pair, process
from simulator.bundled import folder

FOLDERS = (folder("scenarios"),)


def ratios() -> Iterable[Ratio]:
    """Every ratio of the spine, one after the other."""
    yield pair("simulate missing-san / imports", process([SIMULATE, "missing-san"]), FLOOR, limit=1.3, rounds=21)
    yield pair("simulate --help / empty Python", process([SIMULATE, "--help"]), EMPTY, limit=4, rounds=21)
    yield pair("simulate list / empty Python", process([SIMULATE, "list"]), EMPTY, limit=8, rounds=21)
    yield from _warm()
    yield from _minting()
    yield _loading()
    yield _diagnosing()


class _Recorded:
    """Runs a lab's work while noting every job, so that the same probes can be made bare."""

    def __init__(self, lab: Any) -> None:
        self.runs: list[Any] = []
        begin = lab.begin

        def noted(*arguments: Any, **options: Any) -> Any:
            run = begin(*arguments, **options)
            self.runs.append(run)
            return run

        lab.begin = noted


@contextmanager
def _routed() -> Iterator[None]:
    """Names of the lab resolve here for a while."""
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        return real("::1" if host == "::1" else "127.0.0.1", port, *rest, **options)

    socket.getaddrinfo = lookup
    try:
        yield
    finally:
        socket.getaddrinfo = real


def _bare(runs: list[Any]) -> None:
    """The same requests, each with a fresh session, and nothing else."""
    import os

    import requests
    import urllib3

    urllib3.disable_warnings()
    for run in runs:
        job = run.job
        os.environ["SSL_CERT_FILE"] = job["environment"]["SSL_CERT_FILE"]
        url = job["url"].replace(f":{run.port}/", f":{run.site.port}/")
        verify = job["certifi"] if job["verify"] is None else job["verify"]
        cert = tuple(job["cert"]) if job["cert"] else None
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.get(url, verify=verify, cert=cert, timeout=job["deadline"])
        except (requests.RequestException, OSError):
            pass
    os.environ.pop("SSL_CERT_FILE", None)


def _warm() -> Iterable[Ratio]:
    from simulator.lab.observe import Lab
    from simulator.scenario.loader import ids, load
    from simulator.simulate import simulate

    with Lab(seed="bench") as lab:
        recorded = _Recorded(lab)
        one = load("missing-san", FOLDERS)
        simulate(one, lab=lab)
        probes = list(recorded.runs)
        with _routed():
            yield pair(
                f"a warm scenario / its {len(probes)} bare probes",
                lambda: simulate(one, lab=lab),
                lambda: _bare(probes),
                limit=4,
            )
    with Lab(seed="bench") as lab, _routed():
        recorded = _Recorded(lab)
        # Scenarios that wait for a deadline on purpose would hide everything else, on both sides.
        every = [load(entry.id, FOLDERS) for entry in ids(FOLDERS) if entry.id != "server-hangs"]
        took = [0.0, 0.0]
        count = 0
        for scenario in every:
            simulate(scenario, lab=lab)
            recorded.runs.clear()
            took[0] += _seconds(lambda s=scenario: simulate(s, lab=lab))
            count += len(recorded.runs)
            took[1] += _seconds(lambda runs=tuple(recorded.runs): _bare(list(runs)))
        name = f"{len(every)} scenarios / their {count} bare probes"
        yield Ratio(name=name, ours=took[0], peer=took[1], limit=1.5)


def _seconds(function: Any) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _minting() -> Iterable[Ratio]:
    import trustme

    from simulator.changes.baselines import build, end_entity
    from simulator.lab.mint import Mint

    count = 2000
    deployment = build("two-tier")
    deployments = [
        deployment.with_certificate(end_entity(f"leaf-{number}", "localhost", signer="root")) for number in range(count)
    ]

    def ours() -> None:
        # A new mint each time, and a name of its own for each leaf: nothing is remembered.
        mint = Mint("bench", 1_795_000_000)
        for number, each in enumerate(deployments):
            issued = mint.issue(each, f"leaf-{number}")
            _ = issued.pem, issued.key.pem if issued.key else None

    def theirs() -> None:
        for _ in range(count // 10):
            leaf = authority.issue_cert("localhost")
            leaf.private_key_pem.bytes(), leaf.cert_chain_pems[0].bytes()

    authority = trustme.CA()
    yield pair("a leaf / trustme's", ours, theirs, limit=1, rounds=5, ours_count=count, peer_count=count // 10)
    took, signing = [], []
    for _ in range(7):
        signing.append(1 / _openssl_signs())
        start = time.perf_counter()
        ours()
        took.append((time.perf_counter() - start) / count)
    yield Ratio(
        name="leaves a second / openssl's signatures",
        ours=median(took),
        peer=median(signing),
        limit=0.15,
        at_least=True,
    )


def _openssl_signs() -> float:
    output = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "ecdsap256"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"nistp256\)\s+\S+s\s+\S+s\s+([\d.]+)", output)
    if found is None:
        sys.exit(f"openssl speed said something else: {output}")
    return float(found[1])


def _loading() -> Ratio:
    """Loading and checking one file, warm, against `import yaml` in a process of its own."""
    from simulator.scenario.loader import load

    def imports() -> float:
        code = "import time; t = time.perf_counter(); import yaml; print(time.perf_counter() - t)"
        return float(subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True).stdout)

    load("missing-san", FOLDERS)
    ours, peer = [], []
    for _ in range(15):
        start = time.perf_counter()
        load("missing-san", FOLDERS)
        ours.append(time.perf_counter() - start)
        peer.append(imports())
    return Ratio(name="loading one file / import yaml", ours=median(ours), peer=median(peer), limit=0.5)


def _diagnosing() -> Ratio:
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.x509.verification import PolicyBuilder, Store

    from simulator.changes.baselines import build
    from simulator.diagnosis.diagnose import diagnose
    from simulator.lab.mint import Mint
    from simulator.model.evidence import Bundle, Evidence, Visit

    now = 1_795_000_000
    deployment = build("three-tier")
    mint = Mint("bench", now)
    leaf, middle, root = (mint.issue(deployment, role).der for role in ("leaf", "intermediate", "root"))
    evidence = Evidence(
        url="https://localhost/",
        reference="localhost",
        visits=(Visit(purpose="sni", host="localhost", chain=(leaf, middle), end="handshake"),),
        bundles=(Bundle(path="ca.pem", named_by="call", certificates=(root,)),),
        client_time=now,
    )
    count = 500
    store = Store([x509.load_der_x509_certificate(root)])
    policy = PolicyBuilder().store(store).time(datetime.fromtimestamp(now, UTC))

    def theirs() -> None:
        for _ in range(count):
            verifier = policy.build_server_verifier(x509.DNSName("localhost"))
            verifier.verify(x509.load_der_x509_certificate(leaf), [x509.load_der_x509_certificate(middle)])

    def ours() -> None:
        for _ in range(count):
            if diagnose(evidence):
                sys.exit("the healthy path has findings")

    return pair(
        "diagnoses a second / cryptography's verifications",
        ours,
        theirs,
        limit=0.15,
        at_least=True,
        ours_count=count,
        peer_count=count,
    )
