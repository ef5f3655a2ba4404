"""Generated certificate sets, through files and back, against what OpenSSL itself says in this process."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest

from simulator import api
from tests.diagnose import files
from tests.diagnosis import oracle
from tests.diagnosis.chains import random_chain

TRAITS = {"3.12 and older": frozenset[str](), "3.13 and newer": frozenset(("partial-chain", "x509-strict"))}


def write(path: Path, ders: list[bytes], rng: random.Random) -> Path:
    """The chain in one of the forms that keep its order."""
    form = rng.choice(("pem", "rubbish", "p7", "der"))
    if form == "p7":
        path.write_bytes(files.p7(*ders))
    elif form == "der":
        path.write_bytes(b"".join(ders))
    else:
        files.pem(path, *ders, between=b"\x00 subject= /CN=-----\n" if form == "rubbish" else b"")
    return path


@pytest.mark.parametrize("part", range(6))
def test_the_verdict_is_openssls(part: int) -> None:
    asked = 0
    for seed in range(part * 60, part * 60 + 60):
        rng = random.Random(seed)  # noqa: S311  # tests, not keys
        chain, done = random_chain(rng)
        if not chain.anchors:
            continue
        try:
            serving = oracle.server(chain.served, chain.key)
            real = {
                p: oracle.verify_code(serving, oracle.client(chain.anchors, t), chain.host) for p, t in TRAITS.items()
            }
        except oracle.NotServable:
            continue
        with tempfile.TemporaryDirectory() as folder:
            served = write(Path(folder, "served"), chain.served, rng)
            trust = files.pem(Path(folder, "ca.pem"), *chain.anchors)
            report = api.diagnose(chain=served, trust=trust, host=chain.host)
        asked += 1
        assert {told.python: told.verify_code or 0 for told in report.foretold} == real, (seed, done)
        refused = any(finding.severity == "error" for finding in report.findings)
        assert refused == (report.verdict == "rejected"), (seed, done, report.findings)
    assert asked > 25
