"""Fuzzing: judges agree, what they disagree about is shrunk, told once and written down, and nothing is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import work
from simulator.cli.main import dispatch
from simulator.errors import MachineError, UsageError
from simulator.lab.observe import Lab
from simulator.scenario import loader
from simulator.testing import campaign, example, finds, handshakes, judges, known, mutation, shard
from simulator.testing.handshakes import Said
from simulator.testing.memory import World
from simulator.testing.plan import Plan

ROOT = Path(__file__).parents[2]


@pytest.fixture
def an_error_of_ours(monkeypatch):
    """A diagnosis that overlooks what has ended."""
    honest = example.foretold

    def foretold(seen, traits):
        told = honest(seen, traits)
        return Said(True) if told.code == 10 else told

    monkeypatch.setattr(example, "foretold", foretold)


def test_all_judges_agree_but_for_what_is_known():
    result = shard.run_shard({"seed": 1, "examples": 120})
    assert result["finds"] == []
    assert result["examples"] == 120
    assert set(result["known"]) <= {row.id for row in known.KNOWN}


def test_requests_on_sockets_agrees_about_every_kind_of_fault():
    result = shard.run_shard({"seed": 2, "examples": 25, "sockets": True})
    assert result["finds"] == []


@pytest.mark.usefixtures("an_error_of_ours")
def test_an_error_of_ours_is_found_and_shrunk_to_the_fault_alone():
    find, *others = shard.run_shard({"seed": 3, "examples": 60})["finds"]
    assert others == []
    assert (find["judge"], find["said"], find["foretold"]) == ("openssl", "refuses with 10", "accepts")
    assert {also.split()[0] for also in find["also"]} == {
        "openssl-strict", "newer-openssl", "newer-openssl-strict", "verifier",
    }  # fmt: skip
    plan = Plan.from_json(find["example"])
    assert plan.baseline == Plan().baseline
    assert plan.ids in (("expired",), ("expired-root",))
    assert not plan.faults[0].parameters


@pytest.mark.usefixtures("an_error_of_ours")
def test_shapes_that_are_known_already_are_not_found_again():
    first = last(campaign.run(settings(seed=3, examples=60, shard=60), work.InProcess()))
    _, argument = next(campaign.jobs(settings(seed=3), first))
    assert len(argument["ignore"]) >= 5
    again = shard.run_shard({**argument, "examples": 60})
    assert again["finds"] == []
    assert again["examples"] == 60


def test_an_exception_of_ours_is_a_find(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(example, "foretold", broken)
    find, *others = shard.run_shard({"seed": 1, "examples": 20})["finds"]
    assert not others
    assert find["judge"] == "the simulator"
    assert "ZeroDivisionError" in find["said"]
    assert Plan.from_json(find["example"]) == Plan()


def test_a_find_is_a_scenario_that_runs(tmp_path, capsys):
    plan = Plan.from_json(
        {"baseline": {"id": "three-tier"}, "faults": [{"fault": "missing-aki"}, {"fault": "expired", "days": 3}]}
    )
    find = {
        "shape": "a",
        "judge": "openssl",
        "said": "accepts",
        "foretold": "refuses with 10",
        "also": [],
        "example": plan.json(),
    }
    path = finds.write(find, str(tmp_path))
    scenario = loader.load_file(path)
    assert (scenario.baseline, scenario.faults) == (plan.baseline, plan.faults)
    assert set(scenario.surfaces) == {"missing-aki", "expired"}
    assert dispatch(["check", path]) == 0
    assert dispatch([scenario.id, "--scenarios", str(tmp_path)]) == 0
    assert "the diagnosis says that it refuses with 10" in " ".join(capsys.readouterr().out.split())


def test_a_find_that_nobody_notices_is_accepted_by_check(tmp_path):
    plan = Plan.from_json({"baseline": {"id": "self-signed"}, "faults": [{"fault": "empty-subject"}]})
    find = {"shape": "b", "judge": "verifier", "said": "refuses", "foretold": "accepts", "example": plan.json()}
    assert dispatch(["check", finds.write(find, str(tmp_path))]) == 0


def test_every_known_difference_is_met_and_has_a_reason():
    """A row that explains nothing any more must go."""
    met = set()
    world = World()
    for id in ("two-tier", "self-signed", "three-tier", "public", "cross-signed"):
        for key in (None, "ed25519"):
            for fault in (*known_faults(), None):
                data = {"baseline": {"id": id}, "faults": [fault] if fault else []}
                if key:
                    data["baseline"]["key"] = key
                plan = Plan.from_json(data)
                try:
                    deployment = plan.deployment
                except ValueError:  # it does not fit
                    continue
                judged = example.judge(plan, world)
                assert judged.disagreements == [], (plan, deployment.baseline)
                met.update(judged.known)
    assert {row.id for row in known.KNOWN if row.judge not in ("requests", "the simulator")} - met == set()
    assert all(row.reason for row in known.KNOWN)


def test_what_cannot_be_seen_in_memory_is_judged_on_sockets():
    plan = {"baseline": {"id": "two-tier"}, "faults": [{"fault": "hangs-up"}]}
    result = shard.run_shard({"seed": 1, "examples": 5, "plan": plan})
    assert result["finds"] == []
    assert set(result["coverage"]["hangs-up"]) == {"rejected"}


ON_SOCKETS = {
    "a proxy answers for a server that does not start": ("behind-proxy", "intercepting-proxy", "key-mismatch", None),
    "a revoked serial number of zero": ("two-tier", "revoked", "serial-not-positive", None),
    "a chain that nobody sees": ("mutual-tls", "weak-dh", "aki-mismatch", "requests-unseen-chain"),
    "verify=False over a context": ("crl-checked", "verification-disabled", None, "requests-verify-false-own-context"),
}


@pytest.mark.parametrize(("baseline", "first", "second", "row"), ON_SOCKETS.values(), ids=ON_SOCKETS)
def test_what_fuzzing_on_sockets_has_found_is_settled(baseline, first, second, row):
    faults = [{"fault": id} for id in (first, second) if id]
    chosen = {"id": baseline} | ({"key": "rsa-2048"} if first == "weak-dh" else {})
    with Lab() as lab:
        judged = example.judge(Plan.from_json({"baseline": chosen, "faults": faults}), World(), lab)
    assert judged.disagreements == []
    assert judged.known == ([row] if row else [])


def test_what_cannot_be_run_is_told(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("by us")

    monkeypatch.setattr(finds, "simulate", broken)
    find = {"shape": "c", "judge": "x", "said": "y", "foretold": "z", "also": [], "example": Plan().json()}
    with pytest.raises(MachineError, match="two-tier: running it fails: ZeroDivisionError: by us"):
        finds.write(find, str(tmp_path))


def known_faults():
    ids = (
        "openssl-self-signed", "ca-usage-without-ca", "empty-subject", "serial-not-positive", "v1-root", "missing-aki",
        "ca-missing-key-usage", "ca-not-critical", "aki-mismatch", "intermediate-as-anchor", "weak-key",
    )  # fmt: skip
    return [*({"fault": id} for id in ids), {"fault": "wildcard", "reach": "top-level"}]


def test_a_row_explains_no_more_than_it_says():
    refused = Said(False, None, "something new")
    assert known.known("verifier", refused, Said(True), lambda: frozenset({"v1-ca"})) is None
    assert known.known("openssl", Said(True), Said(False, 20), lambda: frozenset({"aki-mismatch"})) is None
    row = known.known("verifier", Said(True), Said(False, 20), lambda: frozenset({"aki-mismatch"}))
    assert row is not None
    assert row.id == "verifier-aki"


def test_the_two_ways_of_serving_in_memory_agree(monkeypatch):
    views = [
        World().view(Plan.from_json({"baseline": {"id": id}, "faults": [{"fault": fault}]}).deployment)
        for id, fault in (("two-tier", "expired"), ("three-tier", "incomplete-chain"), ("self-signed", "omit-san"))
    ]
    quick = [handshakes.openssl(view) for view in views]

    def refuse(*_):
        raise ImportError

    monkeypatch.setattr(handshakes, "_foreign_server", refuse)
    assert [handshakes.openssl(view) for view in views] == quick
    assert [said.code for said in quick] == [10, 20, 62]


def test_changed_bytes_crash_nothing():
    result = mutation.run_shard({"seed": 1, "examples": 120})
    assert result["finds"] == []
    assert sum(result["coverage"]["changed bytes"].values()) >= 120


def test_a_crash_over_changed_bytes_is_found_and_kept(monkeypatch, tmp_path):
    honest = mutation.diagnose

    def diagnose(seen):
        if any(b"\x30\x80" in der for der in seen.served):
            raise RecursionError
        return honest(seen)

    monkeypatch.setattr(mutation, "diagnose", diagnose)
    find, *others = mutation.run_shard({"seed": 1, "examples": 100})["finds"]
    assert not others
    assert "RecursionError" in find["said"]
    told = finds.write_bytes(find, str(tmp_path))
    assert told.startswith("simulate diagnose --chain ")
    assert dispatch(told.split()[1:]) == 1


def test_what_takes_too_long_is_a_find(monkeypatch):
    def forever(*_):
        while True:
            pass

    monkeypatch.setattr(mutation, "PATIENCE", 0.01)
    monkeypatch.setattr(mutation, "examine", forever)
    find, *_ = mutation.run_shard({"seed": 1, "examples": 5})["finds"]
    assert "Hang" in find["said"]


# --- campaigns


def settings(**more):
    return campaign.Settings(**{"seed": 4, "examples": 60, "shard": 20, **more})


def last(iterator):
    *_, summary = iterator
    return summary


def test_a_campaign_counts_each_shard_once_and_goes_on_from_its_journal(tmp_path, monkeypatch):
    path = str(tmp_path / "j")
    with work.Journal(path, "x") as journal:
        summary = last(campaign.run(settings(examples=40), work.InProcess(), journal))
        assert (summary.examples, summary.shards) == (40, 2)
    ran = []
    honest = shard.run_shard
    monkeypatch.setattr(shard, "run_shard", lambda argument: ran.append(argument["seed"]) or honest(argument))
    with work.Journal(path, "x") as journal:
        assert campaign.seed_of(journal) == 4
        summary = last(campaign.run(settings(), work.InProcess(), journal))
        assert (summary.examples, summary.shards, len(ran)) == (60, 3, 1)


def test_time_ends_a_campaign():
    assert list(campaign.run(settings(examples=None, deadline=0.0), work.InProcess())) == []


def test_there_are_three_modes():
    with pytest.raises(UsageError, match="no mode nonsense"):
        last(campaign.run(settings(mode="nonsense"), work.InProcess()))


@pytest.mark.usefixtures("an_error_of_ours")
def test_finds_of_one_shape_are_one_find():
    summary = last(campaign.run(settings(seed=3, examples=80, shard=40), work.InProcess()))
    shapes = [shape for find in summary.finds.values() for shape in (find["shape"], *find["also"])]
    assert len(shapes) == len(set(shapes))
    assert [find["judge"] for find in summary.finds.values()].count("openssl") == 1


KILLED = """
import os, signal, sys
from simulator import work
from simulator.testing import campaign, shard
honest, ran = shard.run_shard, []
def run_shard(argument):
    ran.append(1)
    if len(ran) == 3: os.kill(os.getpid(), signal.SIGKILL)
    return honest(argument)
shard.run_shard = run_shard
with work.Journal(sys.argv[1], "x") as journal:
    for _ in campaign.run(campaign.Settings(seed=4, examples=100, shard=20), work.InProcess(), journal): pass
"""


def test_killed_it_loses_the_shard_in_flight_and_nothing_else(tmp_path):
    path = str(tmp_path / "j")
    ended = subprocess.run([sys.executable, "-c", KILLED, path], check=False, cwd=ROOT, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    with work.Journal(path, "x") as journal:
        assert [key for key, _ in journal.results()] == ["4/000000", "4/000001"]
        summary = last(campaign.run(settings(examples=100), work.InProcess(), journal))
    assert (summary.examples, summary.shards) == (100, 5)


@pytest.mark.usefixtures("an_error_of_ours")
def test_a_disagreement_outlives_a_kill(tmp_path, monkeypatch):
    """It is in hypothesis' database the moment it is seen, and comes first in the next run."""
    argument = {"examples": 60, "database": str(tmp_path / "examples")}
    honest, seen = shard.judge, []

    def judge(*arguments):
        judged = honest(*arguments)
        seen.extend(judged.disagreements)
        if len(seen) > 10:
            raise KeyboardInterrupt
        return judged

    with monkeypatch.context() as patch:
        patch.setattr(shard, "judge", judge)
        with pytest.raises(KeyboardInterrupt):
            shard.run_shard({**argument, "seed": 3})
    again = shard.run_shard({**argument, "seed": 999, "examples": 1})
    assert [find["judge"] for find in again["finds"]] == ["openssl"]


DASK = """
import os, signal, sys, warnings
if __name__ == "__main__":
    from distributed import Client, LocalCluster
    from simulator import work
    from simulator.testing import campaign
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", scheduler_port=0,
                      dashboard_address=None, silence_logs=50) as cluster:
        with Client(cluster) as client:
            pids = client.run(os.getpid)
        where = work.executor(cluster=cluster.scheduler_address)
        settings = campaign.Settings(seed=4, examples=200, shard=20)
        with work.Journal(sys.argv[1], "x") as journal:
            for number, summary in enumerate(campaign.run(settings, where, journal)):
                if number == 2:
                    os.kill(next(iter(pids.values())), signal.SIGKILL)
            results = [key for key, _ in journal.results()]
        where.close()
    print(len(pids), summary.examples, summary.shards, len(summary.lost), len(summary.finds), *results)
"""


def test_on_a_cluster_one_of_whose_two_workers_is_killed_every_shard_is_there_once(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = tmp_path / "campaign.py"
    script.write_text(DASK)
    ended = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "j")],
        check=False, capture_output=True, text=True, timeout=120, env=environment,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    workers, examples, shards, lost, found, *keys = ended.stdout.split()
    assert (workers, examples, shards, lost, found) == ("2", "200", "10", "0", "0")
    assert keys == [f"4/{n:06}" for n in range(10)]


# --- the command


def test_the_command_agrees(capsys):
    assert dispatch(["fuzz", "wildcard-too-deep", "--examples", "20", "--seed", "1"]) == 0
    told = capsys.readouterr().out
    assert "seed 1\n" in told
    assert "20 examples of wildcard-too-deep" in told
    assert "No disagreement that is not known." in told


@pytest.mark.usefixtures("an_error_of_ours")
def test_the_command_writes_what_it_found(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert dispatch(["fuzz", "expired", "--examples", "10", "--seed", "1", "-o", str(tmp_path / "found")]) == 1
    told = capsys.readouterr().out
    assert "openssl refuses with 10; the diagnosis" in " ".join(told.split())
    assert all(len(line) <= 40 for line in told.splitlines() if str(tmp_path) not in line and "/" not in line)
    files = sorted((tmp_path / "found").iterdir())
    assert files
    assert all(re.fullmatch(r"fuzz-[0-9a-f]{8}\.yaml", file.name) for file in files)


def test_the_command_goes_on_from_its_journal(capsys, tmp_path):
    journal = str(tmp_path / "fuzz.db")
    arguments = ["fuzz", "--mutate", "--journal", journal, "--examples"]
    assert dispatch([*arguments, "30", "--seed", "77"]) == 0
    assert dispatch([*arguments, "30"]) == 0
    assert capsys.readouterr().out.count("seed 77\n") == 2
    with pytest.raises(UsageError, match="journal of other work"):
        dispatch(["fuzz", "--journal", journal, "--examples", "1"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--examples", "none"], "--examples none is no such number"),
        (["--examples", "0"], "--examples 0 is no such number"),
        (["--minutes", "-1"], "--minutes -1 is no time"),
        (["--minutes", "nan"], "--minutes nan is no time"),
        (["--mutate", "expired"], "it goes with no scenario"),
        (["expird"], "expird"),
        (["expired", "wrong-host"], "one scenario at a time"),
    ],
)
def test_wrong_usage_is_told(arguments, told):
    with pytest.raises(UsageError, match=told):
        dispatch(["fuzz", *arguments])


def test_judges_are_compared_by_what_they_know():
    by_id = {judge.id: judge for judge in judges.MEMORY}
    assert not by_id["openssl"].agrees(Said(False, 10), Said(False, 9))
    assert by_id["verifier"].agrees(Said(False), Said(False, 9))
    assert json.dumps(Plan().json())
