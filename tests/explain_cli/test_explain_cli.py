"""`simulate explain`: text, file or standard input; a table, JSON, and exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import simulator.report
from simulator.cli.main import COMMANDS, guarded
from simulator.model.finding import FINDINGS
from simulator.report.inert import cells

SCHEMA = json.loads((Path(simulator.report.__file__).parent / "schema/explain.schema.json").read_text(encoding="utf-8"))
NO_ISSUER = "curl: (60) SSL certificate problem: unable to get local issuer certificate"


class Stdin:
    """Standard input with these bytes."""

    def __init__(self, data: bytes, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(data)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = guarded(["explain", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def document(text: str) -> Any:
    found = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_it_is_a_command() -> None:
    assert COMMANDS["explain"][0] == "explain"


def test_a_text_of_several_causes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run(capsys, *NO_ISSUER.split())
    assert code == 0
    assert "This text has several causes. The likeliest first:" in out
    assert "1 untrusted-issuer · " in out
    assert "2 incomplete-chain · " in out
    assert "simulate show finding:untrusted-issuer" in out
    assert "Tell apart" in out


def test_a_text_of_one_cause(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "certificate verify failed: certificate has expired", "--format", "json")
    found = document(out)
    assert code == 0
    assert found["candidates"][0]["finding"] in ("expired", "expired-issuer")
    assert found["format"] == 1


@pytest.mark.parametrize("width", [40, 80])
def test_widths(width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = run(capsys, NO_ISSUER)
    assert all(cells(line) <= width for line in out.splitlines())


def test_a_log_on_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    log = (
        b"\xff\xfe noise\n" * 5_000
        + b"SSLError: certificate verify failed: Hostname mismatch, certificate is not valid for 'api.test'.\n"
    )
    monkeypatch.setattr("sys.stdin", Stdin(log))
    code, out, _ = run(capsys, "--format", "json")
    assert code == 0
    assert document(out)["candidates"][0]["finding"] in ("name-mismatch", "missing-san")


def test_a_log_as_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "build.log"
    log.write_text(f"building\n{NO_ISSUER}\n")
    code, out, _ = run(capsys, str(log), "--format", "json")
    assert (code, document(out)["excerpt"]) == (0, NO_ISSUER)


def test_cannot_tell_ends_in_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run(capsys, "all is well", "--format", "json")
    assert (code, document(out)["candidates"][0]["finding"]) == (1, "cannot-tell")
    code, out, _ = run(capsys, "all is well")
    assert code == 1
    assert "This text alone does not tell." in out
    monkeypatch.setattr("sys.stdin", Stdin(b""))
    assert run(capsys)[0] == 1


def test_nothing_to_explain(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Stdin(b"", terminal=True))
    code, out, err = run(capsys)
    assert (code, out) == (2, "")
    assert "explain needs an error text" in err


def test_no_escape_of_a_log_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, f"\x1b[31m\u202e{NO_ISSUER}\x1b]0;x\x07 token=abcdefghijkl")
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "abcdefghijkl" not in out


def test_every_candidate_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, NO_ISSUER, "--format", "json")
    assert all(candidate["finding"] in FINDINGS for candidate in document(out)["candidates"])
