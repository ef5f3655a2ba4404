"""Submissions are hostile: each gets a row with its reason, and the batch goes on."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from simulator import work
from simulator.challenge import archive, batch, bounds, grades, marking, pems
from simulator.challenge.archive import Limits, Rejected
from simulator.challenge.plan import save
from simulator.challenge.points import Weights
from simulator.challenge.roster import Learner, count
from tests.challenge.classes import Ca, claim, files, host, packed, plan, sheet

LEARNERS = (*count(8), Learner(id="mallory"))
PLAN = plan("missing-san", learners=LEARNERS)
TRUST_CA = {"client": {"trust": "patient-1/ca/ca.pem"}}


def zipped(*entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as one:
        for name, data in entries:
            one.writestr(name, data)
    return out.getvalue()


def link(name, target):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((entry, target))


def lying():
    """An archive whose directory says that a file is small."""
    made = bytearray(zipped(("answer.yaml", b"\0" * 5_000_000)))
    at = made.rindex(b"PK\1\2") + 24
    made[at : at + 4] = struct.pack("<I", 10)
    return bytes(made)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no zip file"),
        (b"PK\3\4" + b"\0" * 99, "no zip file"),
        (zipped(("answer.yaml", b"\0" * 50_000_000)), "more than 256,000 bytes"),
        (lying(), "no zip file that can be read|more than 256,000"),
        (zipped(*((f"{n}.pem", b"\0" * 250_000) for n in range(9))), "all files together"),
        (zipped(*((f"{n}", b"") for n in range(3000))), "3,000 files are in it"),
        (zipped(("../../etc/cron.d/x", b"x")), "leads out of the archive"),
        (zipped(("/etc/passwd", b"x")), "leads out of the archive"),
        (zipped(("repair\\..\\x", b"x")), "leads out of the archive"),
        (zipped(("C:x", b"x")), "leads out of the archive"),
        (link("answer.yaml", "/etc/passwd"), "is a link"),
        (zipped(("a\x1b[2J.pem", b"x")), "none that a file should have"),
        (b"x" * 5_000_000, "more than 4,000,000 bytes"),
    ],
    ids=[
        "empty",
        "cut",
        "bomb",
        "lying",
        "heavy",
        "many",
        "dots",
        "absolute",
        "backslash",
        "drive",
        "link",
        "escape",
        "large",
    ],
)
def test_archives_that_no_honest_learner_makes(data, reason):
    with pytest.raises(Rejected, match=reason) as caught:
        archive.read(data)
    assert caught.value.message.isprintable()


def test_an_archive_that_is_encrypted_or_holds_a_name_twice():
    made = bytearray(zipped(("a", b"x")))
    made[made.rindex(b"PK\1\2") + 8] |= 1
    with pytest.raises(Rejected, match="encrypted"):
        archive.read(bytes(made))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("a", b"x"), ("a", b"y"))
    with pytest.raises(Rejected, match="in it twice"):
        archive.read(twice)


def test_our_own_archives_are_read_back():
    made = archive.write([("a.txt", b"one"), ("b/key.pem", b"two")])
    assert archive.read(made) == {"a.txt": b"one", "b/key.pem": b"two"}
    assert archive.read(made, Limits(archive=10_000, files=2, file=3, total=6))
    with pytest.raises(Rejected):
        archive.read(made, Limits(files=1))


def test_keys_and_certificates_that_keep_openssl_busy_are_not_parsed():
    huge = b"-----BEGIN PRIVATE KEY-----\n" + b"QUFB" * 3000 + b"\n-----END PRIVATE KEY-----\n"
    with pytest.raises(Rejected, match="larger than RSA with 4096 bits"):
        pems.keys(huge, "k")
    large = b"-----BEGIN CERTIFICATE-----\n" + b"QUFB" * 9000 + b"\n-----END CERTIFICATE-----\n"
    with pytest.raises(Rejected, match="more than 16,000 bytes"):
        pems.certificates(large, "c")
    with pytest.raises(Rejected, match="more than 12 certificates"):
        pems.certificates(Ca.new().pem * 13, "c")
    with pytest.raises(Rejected, match="cannot be read"):
        pems.checked(b"0\x03\x02\x01\x01", "c")
    start = time.perf_counter()
    assert pems.certificates(b"-----BEGIN CERTIFICATE-----\n" * 9000, "c") == []
    assert pems.certificates(b"-----BEGIN CERTIFICATE-----" + b"A" * 250_000, "c") == []
    assert time.perf_counter() - start < 2


def test_a_pipe_a_link_and_a_device_are_no_submissions(tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "link.zip").symlink_to("/etc/passwd")
    (tmp_path / "large.zip").write_bytes(b"x" * 4_000_001)
    (tmp_path / "deep/er/and").mkdir(parents=True)
    (tmp_path / "deep/er/and/deeper.zip").write_bytes(b"")
    reasons = {one.name: one.reason for one in batch.collect(str(tmp_path))}
    assert reasons == {
        "pipe.zip": "it is no ordinary file",
        "link.zip": "it is a link",
        "large.zip": "it has more than 4,000,000 bytes",
    }


@pytest.fixture
def key(tmp_path):
    folder = tmp_path / "instructor"
    save(PLAN, str(folder))
    return str(folder)


def write(folder, **submissions):
    folder.mkdir(exist_ok=True)
    for name, data in submissions.items():
        path = folder / f"{name.replace('_', '-')}.zip"
        path.write_bytes(data)
        os.utime(path, (1_700_000_000, 1_700_000_000 + len(name)))
    return str(folder)


def handed_in(learner, repair=None, of=None, findings=("missing-san",)):
    patient = {"findings": [claim(one, field="subjectAltName") for one in findings], "repair": of or {}}
    return packed(sheet(PLAN, patient, learner=learner), repair)


def good(learner):
    made = files(PLAN, learner)
    chain, private = Ca.handed_out(made).issue(host(made))
    return {"chain.pem": chain, "key.pem": private}


SERVER = {"server": {"chain": "repair/chain.pem", "key": "repair/key.pem"}}


def test_a_class_with_every_kind_of_trouble(tmp_path, key):
    one, _, three, four, five, six, *_ = LEARNERS
    mine = good(one)
    shared = good(three)
    bad_names = Ca.new(name="\x1b[31mred\x1b[0m =cmd|calc").pem
    folder = write(
        tmp_path / "in",
        learner_01=handed_in(one, mine, SERVER),
        learner_02=handed_in(one, mine, SERVER),  # another one's submission, under one's own name
        learner_03=handed_in(three, shared, SERVER),
        learner_04=handed_in(four, shared, SERVER),  # a neighbour's repair in one's own sheet
        learner_05=packed(sheet(PLAN, {}, learner=five).replace(b"bundle", b"bundel")),
        learner_06=handed_in(six, {"chain.pem": bad_names, "key.pem": b"no key"}, SERVER),
        learner_07=zipped(("answer.yaml", b"\0" * 60_000_000)),
        mallory=packed(
            json.dumps({"learner": "learner-08", "bundle": "0" * 20, "patients": [{"patient": "1"}]}).encode()
        ),
        stranger=packed(sheet(plan("expired", learners=(Learner(id="x"),)), {}, learner=Learner(id="x"))),
    )
    found = batch.collect(folder)
    marks = batch.run(found, key=key, workers=2)
    rows = batch.rows(PLAN, found, marks)
    told = {row.learner.id if row.learner else row.submission: row for row in rows}
    assert [row.learner.id for row in rows if row.learner] == [learner.id for learner in LEARNERS]
    assert told["learner-01"].marks["patients"][0]["grade"] == "cure"
    assert told["learner-02"].reason == "it holds the answers of learner-01"
    assert told["learner-03"].marks["patients"][0]["grade"] == "cure"
    assert told["learner-04"].marks["patients"][0]["grade"] == "no-effect"
    assert told["learner-04"].remarks == ("the same private key as learner-03",)
    assert "'bundel' is no part of a sheet: did you mean bundle?" in told["learner-05"].reason
    assert told["learner-06"].marks["patients"][0]["problem"] == "repair/key.pem holds no private key"
    assert "more than 256,000 bytes" in told["learner-07"].reason
    assert told["learner-08"].reason == "nothing was handed in"
    assert told["mallory"].reason == "its sheet says learner-08, and its bundle was made for somebody else"
    assert told["stranger.zip"].reason == "it names 'x', who is not in the roster"
    text = grades.written(rows, Weights(), "csv")
    assert "\x1b" not in text
    assert len(text.splitlines()) == 1 + len(LEARNERS) + 1

    # Other workers, another order: the same rows. And nothing is marked twice.
    (Path(key) / batch.JOURNAL).unlink()
    again = batch.run(reversed(found), key=key, where=work.InProcess())
    marking.leave()
    assert grades.written(batch.rows(PLAN, found, again), Weights(), "csv") == text
    assert stat.S_IMODE((Path(key) / batch.JOURNAL).stat().st_mode) == 0o600
    done = []
    assert batch.run(found, key=key, on_done=done.append) == again
    assert done == []


def test_nothing_is_written_outside(tmp_path, key):
    """Whatever a submission names, the folders around it are as they were."""
    folder = write(tmp_path / "in", learner_01=zipped(("../outside.pem", b"x"), ("answer.yaml", b"x: 1")))
    before = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    batch.run(batch.collect(folder), key=key, workers=1)
    after = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert [path for path in after if batch.JOURNAL not in path] == before


def hang_or_square(argument):
    """Jobs for the pool: one hangs in C where no Python handler is ever run, one takes all memory, the rest work."""
    bounds.bound_memory(2**31)
    with bounds.within(1.0):
        if argument == "hang":
            zlib.crc32(b"x" * 1000)
            import re

            re.match(r"(a+)+$", "a" * 60 + "b")
        if argument == "eat":
            try:
                return len(b"x" * 2**32)
            except MemoryError:
                return "no memory"
        return argument * 2


def test_what_hangs_is_ended_and_the_batch_goes_on():
    pool = work.Processes(1)
    try:
        done = dict(work.run(hang_or_square, [(str(a), a) for a in (1, "hang", 3, "eat", 5)], where=pool))
    finally:
        pool.close()
    assert isinstance(done.pop("hang"), work.Lost)
    assert done == {"1": 2, "3": 6, "eat": "no memory", "5": 10}


def test_a_submission_that_takes_too_long_gets_a_row(tmp_path, key):
    folder = write(tmp_path / "in", learner_01=handed_in(LEARNERS[0], good(LEARNERS[0]), SERVER))
    found = batch.collect(folder)
    marks = batch.run(found, key=key, workers=1, seconds=0.001)
    row = batch.rows(PLAN, found, marks)[0]
    assert "marking it took more than 0.001 seconds" in row.reason


def test_marking_goes_on_after_kill_9(tmp_path, key):
    folder = write(tmp_path / "in", **{one.id.replace("-", "_"): handed_in(one, of=TRUST_CA) for one in LEARNERS[:8]})
    journal = f"{key}/{batch.JOURNAL}"
    command = [sys.executable, "-m", "simulator.cli.main", "challenge", "mark", folder, "--key", key, "--workers", "1"]
    code = "import sys; from simulator.cli.main import entry; sys.argv = ['simulate', *sys.argv[1:]]; entry()"
    command = [sys.executable, "-c", code, *command[3:], "-o", str(tmp_path / "grades.csv")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None and _done(journal) < 2:
        os.sched_yield()
    process.kill()
    process.wait()
    first = _done(journal)
    assert first >= 2
    found = batch.collect(folder)
    done = []
    marks = batch.run(found, key=key, workers=1, on_done=done.append)
    assert len(done) == 8 - first
    rows = batch.rows(PLAN, found, marks)
    assert [row.reason for row in rows] == [""] * 8 + ["nothing was handed in"]


def _done(journal):
    if not Path(journal).exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database:
            count_ = database.execute("SELECT count(*) FROM done").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    return count_


def test_resubmissions_and_platform_names(tmp_path, key):
    one, two = LEARNERS[:2]
    folder = tmp_path / "in"
    write(
        folder, learner_01=handed_in(one), **{"Ada Lovelace_77_assignsubmission_file_learner_02_answer": handed_in(two)}
    )
    (folder / "sub").mkdir()
    (folder / "sub/later.zip").write_bytes(handed_in(one, findings=("expired",)))
    found = batch.collect(str(folder))
    rows = batch.rows(PLAN, found, batch.run(found, key=key, workers=1))
    assert rows[0].submission == "learner-01.zip"
    assert rows[0].remarks == ("sub/later.zip: an earlier one, not counted",)
    assert rows[1].marks["patients"][0]["compared"]["found"] == ["missing-san"]
