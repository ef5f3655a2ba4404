"""The commands that run a lab: output, exit codes, interruption, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from simulator.cli import main
from tests.cli.test_cli import SIMULATE, one_line, simulate

SCHEMA = json.loads(
    (Path(main.__file__).parent.parent / "report/schema/report.schema.json").read_text(encoding="utf-8")
)


def valid(text: str) -> Any:
    document = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "PYTHONPATH")}
    return kept | {"TMPDIR": str(folder), "COLUMNS": "80"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(number: int) -> list[str]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(number)], capture_output=True, text=True, check=False)
    return found.stdout.split()


def test_a_scenario_for_people(tmp_path: Path) -> None:
    ended = simulate("missing-san", TMPDIR=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    for words in ("Hostname mismatch", "▔  this part matters", "6 of 8 attacks got in", "cure: 200 OK"):
        assert words in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_every_command_that_a_report_proposes_can_be_typed() -> None:
    text = simulate("missing-san").stdout
    proposed = re.findall(r"(?:Try it yourself|Next)  (simulate \S+(?: --serve)?)", text)
    assert len(proposed) == 2
    for command in proposed:
        assert simulate(*shlex.split(command)[1:], "--help").returncode == 0
        assert simulate("show", shlex.split(command)[1]).returncode == 0


def test_a_scenario_for_machines(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    ended = simulate("missing-san", "--format", "json", "-o", str(path), "--client", "requests", "--client", "stdlib")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == ended.stderr == ""
    document = valid(path.read_text(encoding="utf-8"))
    assert [a["client"] for a in document["attempts"]] == ["requests", "stdlib"]
    assert [f["id"] for f in document["findings"]] == ["missing-san"]
    assert "PRIVATE KEY" not in path.read_text(encoding="utf-8")
    assert str(Path("~").expanduser()) + "/" not in path.read_text(encoding="utf-8")


def test_the_other_formats() -> None:
    root = ElementTree.fromstring(simulate("missing-san", "--format", "junit").stdout)  # noqa: S314  # our own
    assert root.attrib["tests"] == "1"
    assert simulate("missing-san", "--format=markdown").stdout.startswith("# missing-san · ")


def test_a_broken_bundle_in_the_callers_environment_changes_nothing() -> None:
    ended = simulate(
        "missing-san", "--format", "json", REQUESTS_CA_BUNDLE="/nonexistent", CURL_CA_BUNDLE="/x", SSL_CERT_FILE="/y"
    )
    assert ended.returncode == 0, ended.stderr
    assert "/nonexistent" not in ended.stdout
    assert "Hostname mismatch" in valid(ended.stdout)["attempts"][0]["error"]


def test_all_of_a_few(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    ended = simulate("all", "missing-san", "healthy", "--format", "json", "-o", str(path))
    assert ended.returncode == 0, ended.stderr
    assert [r["scenario"] for r in valid(path.read_text(encoding="utf-8"))["reports"]] == ["missing-san", "healthy"]
    text = simulate("all", "missing-san").stdout
    assert "✓ missing-san" in text
    assert "1 of 1 behaved" in text
    assert "\r" not in text


def test_a_scenario_that_does_not_behave_ends_in_1_and_never_stops_the_others(tmp_path: Path) -> None:
    from simulator.bundled import folder

    good = (Path(folder("scenarios")) / "names/missing-san.yaml").read_text(encoding="utf-8")
    (tmp_path / "zz-odd.yaml").write_text(good.replace("Hostname mismatch", "something else"), encoding="utf-8")
    (tmp_path / "zz-broken.yaml").write_text("title: x\n", encoding="utf-8")
    ended = simulate("zz-odd", "--scenarios", str(tmp_path))
    assert ended.returncode == 1
    assert "did not behave as its file says" in ended.stdout
    ended = simulate("all", "zz-broken", "zz-odd", "missing-san", "--scenarios", str(tmp_path))
    assert ended.returncode == 1
    for words in ("✗ zz-broken", "could not be run", "✗ zz-odd", "✓ missing-san", "1 of 3 behaved"):
        assert words in ended.stdout
    ended = simulate("check", str(tmp_path / "zz-odd.yaml"))
    assert ended.returncode == 1
    assert "zz-odd.yaml: " in ended.stdout
    ended = simulate("check", str(tmp_path))
    assert ended.returncode == 2
    assert "0 of 2 files are as they should be" in ended.stdout


def test_an_unknown_client() -> None:
    ended = simulate("missing-san", "--client", "lynx")
    assert ended.returncode == 2
    assert "lynx" in one_line(ended)


def test_an_interpreter_that_is_not_there_is_one_line() -> None:
    ended = simulate("missing-san", "--client", "requests@/nonexistent/python")
    assert ended.returncode in (2, 3)
    assert "Traceback" not in ended.stderr + ended.stdout


def test_the_same_seed_and_date_keep_the_same_files(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        ended = simulate("missing-san", "--seed", "s", "--keep", str(folder))
        assert ended.returncode == 0, ended.stderr
        assert "openssl x509 -noout -text" in ended.stdout
    first, second = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert first == second
    for path in folders[0].iterdir():
        assert path.stat().st_mode & 0o777 == (0o600 if "key" in path.name else 0o644)
    again = simulate("missing-san", "--keep", str(folders[0]))
    assert again.returncode in (2, 3)
    assert "empty" in one_line(again)


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_at_any_moment(number: int, code: int, delay: float, tmp_path: Path) -> None:
    """Nothing is said, nothing is left. An interpreter that is interrupted before our first line answers for itself."""
    started = "import sys; sys.stderr.write('.'); sys.stderr.flush(); from simulator.cli.main import entry; entry()"
    with subprocess.Popen(
        [sys.executable, "-c", started, "all"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    ) as child:
        assert child.stderr is not None
        child.stderr.read(1)
        time.sleep(0.08 + delay)
        children = children_of(child.pid)
        child.send_signal(number)
        said = child.stderr.read()
        assert child.wait(20) == code, said
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []
    # A child that has just begun to import reads the end of its input when it is done.
    limit = time.monotonic() + 5
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < limit:
        time.sleep(0.05)
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_until_it_is_interrupted(number: int, tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "log"
    folder = tmp_path / "tmp"
    folder.mkdir()
    with log.open("wb") as file:
        child = subprocess.Popen(
            [*SIMULATE, "missing-san", "--serve", "--port", str(port)],
            stdout=file,
            stderr=subprocess.PIPE,
            env=environment(folder),
        )
    try:
        for _ in range(200):
            if b"Ctrl-C" in log.read_bytes():
                break
            time.sleep(0.05)
        text = log.read_text(encoding="utf-8").replace("\\\n", "")
        assert f"https://localhost:{port}/test.txt" in text
        command = re.search(r"^ +(python\s+-c[^\n]*)", text, re.MULTILINE)
        assert command is not None
        words = shlex.split(command[1])
        refused = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=False, timeout=30)
        assert "Hostname mismatch" in refused.stderr
        for _ in range(100):
            if re.search(r"\d\d:\d\d:\d\d ", log.read_text(encoding="utf-8")):
                break
            time.sleep(0.05)
        assert re.search(r"\d\d:\d\d:\d\d .*alert", log.read_text(encoding="utf-8"))
    finally:
        child.send_signal(number)
        _, said = child.communicate(timeout=20)
    assert child.returncode == (130 if number == signal.SIGINT else 143)
    assert said == b""
    assert list(folder.iterdir()) == []


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = simulate("missing-san", "--serve", "--port", str(taken.getsockname()[1]))
    assert ended.returncode == 3
    assert "in use" in one_line(ended)


def test_an_output_that_cannot_be_written_is_told_before_anything_is_run() -> None:
    ended = simulate("missing-san", "-o", "/nonexistent/x")
    assert ended.returncode == 3
    assert "/nonexistent" in one_line(ended)
