"""The executor seam and the journal: nothing lost, nothing twice, whatever dies."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.work import InProcess, Journal, Lost, Processes, run


def double(number):
    return number * 2


def pid(_number):
    return os.getpid()


def fatal_for_three(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def jobs(count):
    return [(f"job-{n:03}", n) for n in range(count)]


@pytest.mark.parametrize("where", [InProcess, lambda: Processes(2)])
def test_every_job_has_its_result(where):
    executor = where()
    try:
        assert dict(run(double, jobs(40), where=executor)) == {key: n * 2 for key, n in jobs(40)}
    finally:
        executor.close()


def test_a_job_that_kills_its_worker_is_lost_and_the_others_are_not():
    executor = Processes(2)
    try:
        results = dict(run(fatal_for_three, jobs(8), where=executor))
    finally:
        executor.close()
    assert isinstance(results.pop("job-003"), Lost)
    assert results == {key: n for key, n in jobs(8) if n != 3}


def test_what_the_journal_has_is_not_run_again(tmp_path):
    with Journal(str(tmp_path / "j"), "doubling") as journal:
        assert len(list(run(double, jobs(5), where=InProcess(), journal=journal))) == 5
        assert [key for key, _ in run(double, jobs(7), where=InProcess(), journal=journal)] == ["job-005", "job-006"]
        assert dict(journal.results()) == {key: n * 2 for key, n in jobs(7)}


def test_a_key_keeps_its_first_result(tmp_path):
    with Journal(str(tmp_path / "j"), "x") as journal:
        assert journal.record("a", 1)
        assert not journal.record("a", 2)
        assert list(journal.results()) == [("a", 1)]


def test_a_journal_of_other_work_is_refused(tmp_path):
    Journal(str(tmp_path / "j"), "one thing").close()
    with pytest.raises(UsageError, match="other work"):
        Journal(str(tmp_path / "j"), "another thing")


def test_killed_half_way_it_goes_on_where_it_stopped(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from simulator.work import *\n"
        "def job(n):\n"
        "    if n == 5: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return n\n"
        "with Journal(sys.argv[1], 'killed') as j:\n"
        "    for r in run(job, [(str(n), n) for n in range(10)], where=InProcess(), journal=j): pass\n"
    )
    path = str(tmp_path / "j")
    ended = subprocess.run(
        [sys.executable, "-c", script, path], check=False, cwd=Path(__file__).parent.parent, timeout=60
    )
    assert ended.returncode == -signal.SIGKILL
    with Journal(path, "killed") as journal:
        assert dict(journal.results()) == {str(n): n for n in range(5)}
        rest = run(double, [(str(n), n) for n in range(10)], where=InProcess(), journal=journal)
        assert sorted(key for key, _ in rest) == ["5", "6", "7", "8", "9"]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when another's child has ended")
def test_workers_end_with_a_parent_that_was_killed():
    script = (
        "import sys\n"
        "from simulator.work import Processes, run\n"
        "from tests.test_work import pid\n"
        "for _, worker in run(pid, [('a', 1)], where=(pool := Processes(1))): print(worker, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    worker = os.pidfd_open(int(parent.stdout.readline()))
    try:
        assert select.select([worker], [], [], 0)[0] == []  # it is there
        parent.kill()
        parent.wait()
        assert select.select([worker], [], [], 20)[0] == [worker]
    finally:
        os.close(worker)
        parent.stdin.close()
        parent.stdout.close()
