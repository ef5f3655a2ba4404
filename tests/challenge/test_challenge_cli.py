"""The commands, as a learner and an instructor type them."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import subprocess
import sys
import zipfile

import pytest

from simulator.challenge import bundle, grades, recognise
from simulator.challenge.batch import Row
from simulator.challenge.individual import MARK
from simulator.challenge.points import Weights
from simulator.challenge.roster import Learner, read
from simulator.cli.main import guarded
from simulator.errors import UsageError
from tests.challenge.classes import ADA, BOB, Ca, files, host, packed, plan, sheet


def run(capsys, *arguments):
    code = guarded(["challenge", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def folder(tmp_path):
    """An unpacked bundle for one, with a self-check."""
    of = plan("missing-san", self_check=True)
    with zipfile.ZipFile(io.BytesIO(bundle.make(of, ADA))) as one:
        one.extractall(tmp_path / "b")
    return tmp_path / "b"


def test_new_check_and_mark_in_one_go(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text("username;Full name;Email address\nada;Ada;ada@x.test\nBob B;Bob;bob@x.test\n")
    code, out, err = run(capsys, "new", "--scenario", "missing-san,expired", "--learners", "roster.csv", "-o", "out")
    assert (code, err) == (0, "")
    assert "2 bundles" in out
    assert "simulate challenge mark SUBMISSIONS --key out/instructor -o grades.csv" in out
    names = sorted(path.name for path in (tmp_path / "out/bundles").iterdir())
    assert names[0] == "ada.zip"
    assert re.fullmatch(r"bob-b-[0-9a-f]{6}\.zip", names[1])
    bundles = [f"out/bundles/{name}" for name in names]
    assert run(capsys, "check-bundle", *bundles)[0] == 0
    code, out, _ = run(capsys, "check-bundle", *bundles, "--key", "out/instructor")
    assert (code, "2 bundles" in out) == (0, True)
    (tmp_path / "in").mkdir()
    code, out, _ = run(capsys, "mark", "in", "--key", "out/instructor", "-o", "grades.csv")
    assert code == 0
    assert "0 of 2 learners are marked" in out
    assert "nothing was handed in" in (tmp_path / "grades.csv").read_text()


def test_check_bundle_finds_a_leak_and_ends_in_1(capsys, tmp_path):
    (tmp_path / "bad.zip").write_bytes(packed(b"missing-san: 1"))
    code, out, _ = run(capsys, "check-bundle", tmp_path / "bad.zip")
    assert code == 1
    assert "answer.yaml says 'missing-san'" in out


def test_a_word_for_a_seed_is_warned_about_and_gives_the_same_bundles(capsys, tmp_path):
    for name in ("one", "two"):
        code, _, err = run(
            capsys, "new", "--scenario", "expired", "--seed", "rosebud", "--from", "2026-03-01", "-o", tmp_path / name
        )
        assert code == 0
        assert "only as good as it is hard to guess" in err
    first, second = ((tmp_path / name / "bundles/learner-01.zip").read_bytes() for name in ("one", "two"))
    assert first == second
    run(capsys, "new", "--scenario", "expired", "--from", "2026-03-01", "-o", tmp_path / "three")
    assert (tmp_path / "three/bundles/learner-01.zip").read_bytes() != first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "--scenario", "missing-sam"], "missing-sam"),
        (["new", "--scenario", "server-hangs"], "cannot be a challenge"),
        (["new", "--faults", "3"], "--faults 3"),
        (["new", "--count", "0"], "--count 0 is out of range"),
        (["new", "missing-san"], "new takes options only. Next: simulate challenge new --scenario missing-san"),
        (["markk"], "challenge has no command markk. Next: simulate challenge mark"),
        (["mark", "x"], "mark needs the submissions and the key"),
        (["mark", "x", "--key", "nowhere"], "--key names the instructor's folder"),
        (["play", "nowhere.zip"], "nowhere.zip is no bundle"),
        (["answer", "nowhere"], "nowhere is no bundle"),
    ],
)
def test_wrong_usage_is_one_line_with_the_next_step(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_hints_come_one_at_a_time_and_are_written_down(capsys, folder):
    first = run(capsys, "play", folder, "--hint")[1]
    second = run(capsys, "play", folder, "--hint")[1]
    assert "Hint 1 of 3" in first
    assert "Hint 2 of 3" in second
    assert (folder / "hints.txt").read_text() == "patient 1 hint 1\npatient 1 hint 2\n"
    for _ in range(3):
        last = run(capsys, "play", folder, "--hint")[1]
    assert "Hint 3 of 3" in last
    assert len((folder / "hints.txt").read_text().splitlines()) == 3


def test_answer_tells_every_problem_of_form(capsys, folder):
    text = (folder / "answer.yaml").read_text()
    (folder / "answer.yaml").write_text(
        text.replace("repair: {}", "repair: {server: {chain: repair/no.pem, key: patient-1/ca/ca.pem}}")
    )
    code, _, err = run(capsys, "answer", folder, "-o", folder / "out.zip")
    assert code == 2
    assert "names repair/no.pem, and there is no such file" in err
    assert "patient-1/ca/ca.pem holds no private key" in err
    assert not (folder / "out.zip").exists()


def test_answer_packs_and_marks_at_once_with_a_self_check(capsys, folder):
    of = plan("missing-san")
    chain, key = Ca.handed_out(files(of)).issue(host(files(of)))
    (folder / "repair").mkdir()
    (folder / "repair/chain.pem").write_bytes(chain)
    (folder / "repair/key.pem").write_bytes(key)
    text = (folder / "answer.yaml").read_text()
    text = text.replace(
        "findings: []", "findings: [{finding: missing-san, certificate: server, field: SAN, who: issuer}]"
    )
    text = text.replace("repair: {}", "repair: {server: {chain: repair/chain.pem, key: repair/key.pem}}")
    (folder / "answer.yaml").write_text(text)
    code, out, _ = run(capsys, "answer", folder, "-o", folder / "ada-answer.zip")
    assert code == 0
    assert "The form is right." in out
    assert "**100 of 100 points.**" in out
    assert "None of the 8 attacks that apply got in." in out
    with zipfile.ZipFile(folder / "ada-answer.zip") as one:
        assert one.namelist() == ["answer.yaml", "repair/chain.pem", "repair/key.pem"]


def test_marks_feedback_and_exports(capsys, tmp_path):
    from simulator.challenge.plan import save

    of = plan("missing-san", learners=(ADA, Learner(id="bob", name="=1+1", row=(("Student", "B, Bob"), ("ID", "7")))))
    save(of, str(tmp_path / "key"))
    (tmp_path / "in").mkdir()
    answer = sheet(
        of, {"findings": [{"finding": "untrusted-issuer"}], "repair": {"client": {"verify": "no"}}}, learner=BOB
    )
    (tmp_path / "in/bob.zip").write_bytes(packed(answer))
    paths = {format: tmp_path / f"{format}.csv" for format in grades.FORMATS}
    for format, path in paths.items():
        code, out, _ = run(
            capsys, "mark", tmp_path / "in", "--key", tmp_path / "key", "--format", format, "-o", path,
            "--feedback", tmp_path / "fb", "--title", "TLS (42)", "--workers", "1",
        )  # fmt: skip
        assert code == 0
    flat = " ".join(out.split())
    assert "1 of 2 learners are marked" in flat
    assert "Missed most missing-san 1" in flat
    assert "Repairs dangerous 1" in flat
    assert "impostor-self-signed 1" in flat
    feedback = (tmp_path / "fb/bob.md").read_text()
    assert "`missing-san`, the certificate names nobody: in the server's certificate, in subjectAltName" in feedback
    assert re.search(
        r"an impostor received the token\. The attacker holds your client's token `[0-9a-f]{24}`", feedback
    )
    own, moodle, canvas = ([*csv.reader(io.StringIO(paths[f].read_text()))] for f in ("csv", "moodle", "canvas"))
    assert own[2][:4] == ["bob", "'=1+1", "marked", "0"]
    assert own[1][2:4] == ["not marked", ""]
    assert moodle[0] == ["username", "email address", "TLS (42)", "TLS (42) feedback"]
    assert moodle[2][0] == "bob"
    assert moodle[2][2:] == ["0", "patient 1: missed missing-san, wrong untrusted-issuer; repair: dangerous"]
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "TLS (42)"]
    assert (canvas[1][0], canvas[1][-1]) == ("    Points Possible", "100")
    assert (canvas[3][0], canvas[3][1], canvas[3][-1]) == ("B, Bob", "7", "0")
    results = json.loads(paths["gradescope"].read_text())
    assert results["score"] == 0
    assert sum(one["max_score"] for one in results["tests"]) == 100
    assert all(set(one) == {"name", "score", "max_score", "output", "visibility"} for one in results["tests"])


def test_gradescope_scores_a_reason_with_nothing():
    assert grades.results_json(Row(learner=ADA, submission="a", reason="no zip"), Weights())["score"] == 0


def test_rosters_as_platforms_export_them(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Final\n    Points Possible,,,,,100\n"
        '"Lovelace, Ada",11,u1,ada,One,\n"B, Bob",12,u2,bob,One,\n'
    )
    assert [(one.id, one.name) for one in read(str(path))] == [("ada", "Lovelace, Ada"), ("bob", "B, Bob")]
    assert dict(read(str(path))[0].row)["ID"] == "11"
    path.write_text("First name,Last name,ID number,Email address\nAda,Lovelace,7,ada@x.test\n")
    (one,) = read(str(path))
    assert (one.id, one.name, dict(one.row)["Email address"]) == ("7", "Ada Lovelace", "ada@x.test")
    path.write_text("ada\nbob\n")
    assert [one.id for one in read(str(path))] == ["ada", "bob"]
    for text, message in (
        ("ada\nADA\nada\n", "stands twice"),
        ("", "names nobody"),
        ("Full name,Grade\nAda,1\n", "no column with an id"),
    ):
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            read(str(path))


def test_names_of_files_are_plain_and_never_shared():
    slugs = {Learner(id=id).slug for id in ("../../etc", "a/b", "a:b", "Ada", "ada", "ä", "ö", ".", "x" * 99, "x" * 98)}
    assert len(slugs) == 10
    assert all(re.fullmatch(r"[a-z0-9_-][a-z0-9._-]*", slug) for slug in slugs)


def test_play_serves_the_patient_for_the_client_and_for_curl(folder):
    code = "import sys; from simulator.cli.main import entry; sys.argv = ['simulate', *sys.argv[1:]]; entry()"
    ours = [sys.executable, "-u", "-c", code, "challenge", "play", str(folder), "--port", str(_free())]
    with subprocess.Popen(ours, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            text = ""
            while "What the server sees" not in text:
                line = process.stdout.readline()
                assert line, text
                text += line
            # A line that is broken between words goes on indented, one that is broken within a word does not.
            whole = re.sub(r"\s+", " ", re.sub(r"\\\n(?=\S)", "", text).replace("\\\n", " "))
            program = re.search(r"python (\S+client\.py) (\d+)", whole)
            curl = re.search(r"curl (--cacert \S+ https://\S+/)", whole)
            assert program, whole
            assert curl, whole
            client = subprocess.run([sys.executable, *program.groups()], capture_output=True, text=True, check=False)
            assert "Hostname mismatch" in client.stderr
            # An old recipe's CN is enough for curl: it gets its answer, by a name that no DNS server knows.
            answer = subprocess.run(["curl", "-s", *curl[1].split()], capture_output=True, check=False)
            assert answer.returncode == 0
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
        finally:
            process.kill()


def _free():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_challenge_is_recognized_and_gives_hints_instead(folder, tmp_path):
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    der = load_pem_x509_certificate(files(plan("missing-san"))["patient-1/server/chain.pem"]).public_bytes(Encoding.DER)
    assert MARK.encode() in der
    assert recognise.courtesy([b"nothing of ours"]) is None
    told = recognise.courtesy([der], [str(folder / "patient-1/server/chain.pem")])
    assert told is not None
    assert "Hint 1 of 3: Read the last line" in told
    assert "missing-san" not in told
    assert "--spoil" in told
    again = recognise.courtesy([der], [str(folder)])
    assert again is not None
    assert "Hint 2 of 3" in again
    elsewhere = recognise.courtesy([der], [str(tmp_path)])
    assert elsewhere is not None
    assert "Hint" not in elsewhere
    assert "ask who can mend it" in elsewhere


def test_diagnose_gives_the_hint_unless_told_to_spoil(capsys, folder, monkeypatch):
    monkeypatch.chdir(folder)
    files_ = ["--chain", "patient-1/server/chain.pem", "--trust", "patient-1/ca/ca.pem"]
    host_ = json.loads((folder / "patient-1/setup.json").read_text())["host"]
    assert guarded(["diagnose", *files_, "--host", host_]) == 1
    out = capsys.readouterr().out
    assert "Hint 1 of 3" in out
    assert "subjectAltName" not in out
    assert guarded(["diagnose", *files_, "--host", host_, "--spoil"]) == 1
    assert "subjectAltName" in capsys.readouterr().out


def test_the_words_of_the_sheet_are_the_same_for_every_challenge(capsys):
    code, out, _ = run(capsys, "words")
    assert code == 0
    for word in ("untrusted-issuer", "client: check-hostname", "issuer | server | client"):
        assert word in out
    code, out, _ = run(capsys, "words", "wildcard")
    assert "wildcard-scope" in out
    assert "untrusted-issuer" not in out
