"""Workers: dead, late and many, and nothing of one job in the next."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time

import pytest

from simulator.errors import MachineError, UsageError
from simulator.lab import spawn
from simulator.lab.observe import Lab
from simulator.lab.worker import Worker
from simulator.model.deployment import TrustFile, Variable
from tests.lab.deployments import baseline, client, server


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_dozens_of_jobs_before_the_first_answer():
    with Lab(seed="s") as lab:
        runs = [lab.begin(baseline(), visits=False) for _ in range(300)]
        assert [run.attempt.verdict for run in reversed(runs)] == ["accepted"] * 300
        assert len({run.token for run in runs}) == 300


def test_a_killed_worker_is_replaced_and_its_job_is_not_run():
    with Lab(seed="s") as lab:
        assert lab.version().startswith("requests ")
        worker = lab._workers["requests"]
        hanging = lab.begin(server(baseline(), behaviour="hangs"), visits=False)
        waiting = lab.begin(baseline(), visits=False)
        time.sleep(0.1)
        os.kill(worker.pid, signal.SIGKILL)
        assert hanging.attempt.verdict == "not-run"
        assert "SIGKILL" in hanging.attempt.error
        assert waiting.attempt.verdict == "accepted"


def test_a_late_worker_is_killed_and_replaced(monkeypatch):
    monkeypatch.setattr("simulator.lab.worker.GRACE", 0.2)
    with Lab(seed="s") as lab:
        lab.version()
        worker = lab._workers["requests"]
        first = worker.pid
        os.kill(first, signal.SIGSTOP)
        run = lab.begin(server(baseline(), behaviour="hangs"), visits=False)
        start = time.monotonic()
        assert run.attempt.verdict == "not-run"
        assert time.monotonic() - start < 5
        assert not alive(first)
        assert lab.begin(baseline(), visits=False).attempt.verdict == "accepted"
        assert worker.pid != first


def test_an_interpreter_that_is_not_there_and_one_without_requests(tmp_path):
    with pytest.raises(MachineError, match="cannot be started"):
        Worker("requests@/nonexistent/python")
    with pytest.raises(UsageError, match="there is no client curl"):
        Lab(clients=("curl",))
    liar = tmp_path / "python"
    liar.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    liar.chmod(0o755)
    with Lab(seed="s", clients=(f"requests@{liar}",)) as lab:
        attempt = lab.begin(baseline()).evidence.attempts[0]
    assert attempt.verdict == "not-run"
    assert "cannot import requests" in attempt.error


def test_an_interpreter_that_dies_at_once_is_not_started_again_and_again(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 7\n")
    broken.chmod(0o755)
    with Lab(seed="s", clients=(f"stdlib@{broken}",)) as lab:
        attempt = lab.begin(baseline(), visits=False).attempt
    assert (attempt.verdict, "exit status 7" in attempt.error) == ("not-run", True)


def test_the_callers_environment_reaches_no_client(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "/nonexistent")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    with Lab(seed="s", clients=("requests", "stdlib")) as lab:
        for deployment in (baseline(), baseline("public"), client(baseline(), verify=False)):
            for who in ("requests", "stdlib"):
                evidence = lab.begin(deployment, who).evidence
                assert evidence.attempts[0].verdict == "accepted"
                assert evidence.environment == ()


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_jobs_environment_is_gone_in_the_next(lab, name):
    set_ = client(baseline(), trust=None, environment=(Variable(name=name, value=TrustFile(roles=("root",))),))
    for _ in range(3):
        assert lab.begin(set_, visits=False).attempt.verdict == "accepted"
        assert lab.begin(client(baseline(), trust=None), visits=False).attempt.verdict == "rejected"


def test_names_outside_the_job_do_not_resolve(lab):
    run = lab.begin(baseline(host="one.test"), visits=False)
    job = {**run.job, "url": run.url.replace("one.test", "two.test"), "deadline": 2}
    answer = lab._workers["requests"].submit(job).result()
    assert (answer["verdict"], answer["stage"]) == ("rejected", "connect")
    assert "Name or service not known" in answer["error"]


def test_only_loopback_can_be_connected_to(lab):
    run = lab.begin(baseline(), visits=False)
    job = {**run.job, "url": "https://192.0.2.1/", "deadline": 2}
    answer = lab._workers["requests"].submit(job).result()
    assert "loopback only" in answer["error"]


def test_a_client_started_early_is_the_one_that_the_lab_gets():
    spawn.early("stdlib")
    spawn.early("stdlib")
    spawn.early("netscape")  # the lab will say that there is none
    pid = spawn._early["stdlib"][0]
    with Lab(seed="s", clients=("stdlib",)) as lab:
        assert lab._workers["stdlib"].pid == pid
        assert lab.begin(baseline()).evidence.attempts[0].verdict == "accepted"
    assert not alive(pid)


def test_starting_early_costs_no_import():
    code = "import sys; a = set(sys.modules); import simulator.lab.spawn; print(sorted(set(sys.modules) - a))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(done.stdout)) <= {"simulator", "simulator.lab", "simulator.lab.spawn", "__future__"}
