"""`simulate diagnose`: exit codes, formats, and what people read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

import simulator.report
from simulator.cli.diagnose import code
from simulator.cli.main import COMMANDS, guarded
from simulator.model.diagnosis import DiagnosisReport
from simulator.model.evidence import Evidence, Verdict
from simulator.report.inert import cells
from tests.diagnose import files, servers
from tests.diagnose.files import INTER, KEY, LEAF, ROOT
from tests.diagnosis import mint as m

SCHEMAS = Path(simulator.report.__file__).parent / "schema"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    return {
        "chain": str(files.pem(tmp_path / "chain.pem", LEAF, INTER)),
        "leaf": str(files.pem(tmp_path / "leaf.pem", LEAF)),
        "trust": str(files.pem(tmp_path / "ca.pem", ROOT)),
        "key": str(files.key(tmp_path / "key.pem", KEY)),
    }


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    ended = guarded(["diagnose", *arguments])
    said = capsys.readouterr()
    return ended, said.out, said.err


def test_it_is_a_command() -> None:
    assert COMMANDS["diagnose"][0] == "diagnose"


def test_exit_codes_of_files(given: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    base = ("--trust", given["trust"], "--host", "localhost")
    assert run(capsys, "--chain", given["chain"], *base, "--key", given["key"])[0] == 0
    assert run(capsys, "--chain", given["leaf"], *base)[0] == 1
    assert run(capsys, "--chain", given["chain"], *base, "--time", "2000-01-01")[0] == 1
    ended, out, err = run(capsys, "--chain", given["key"], *base)
    assert (ended, out) == (2, "")
    assert err == (
        f"simulate: {given['key']} holds no certificate: it is a private key in PEM. "
        "Next: name a file with certificates\n"
    )


def test_a_warning_alone_ends_in_0(given: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(given["key"]).chmod(0o644)
    arguments = ("--chain", given["chain"], "--trust", given["trust"], "--host", "localhost", "--key", given["key"])
    ended, out, _ = run(capsys, *arguments)
    assert ended == 0
    assert "would be accepted: 1 warning" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "what is to be diagnosed"),
        (("--within", "0", "https://localhost:1/"), "--within 0 is no time"),
        (("--within", "nan", "https://localhost:1/"), "--within nan is no time"),
        (("--time", "tomorrow", "x.pem"), "--time tomorrow is no time"),
        (("--as", "netscape", "https://localhost:1/"), "there is no client netscape"),
        (("--format", "sarif", "https://localhost:1/"), "SARIF places findings in a file"),
        (("--password-file", "/nowhere/x", "x.pem"), "cannot read /nowhere/x"),
        (("--trsut", "x"), "--trsut is no option"),
        (("nowhere.pem",), "there is no file nowhere.pem"),
        (("api.example",), "a server is named as https://api.example/"),
        (("--chain", "nowhere.pem"), "cannot read nowhere.pem: there is no such file"),
    ],
)
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    ended, out, err = run(capsys, *arguments)
    assert (ended, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("width", [40, 80])
def test_what_people_read(
    width: int, given: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = run(capsys, "--chain", given["leaf"], "--trust", given["trust"], "--host", "other.test")
    assert all(cells(line) <= width for line in out.splitlines())
    words = " ".join(out.split())
    for part in (
        "would be rejected: 2 errors",
        "served[0] CN=localhost from CN=Lab Intermediate names DNS:localhost dates",
        "requests, Python 3.12 and older rejected: unable to get local issuer certificate (20)",
        "requests, Python 3.13 and newer rejected: unable to get local issuer certificate (20)",
        "1 ✗ error untrusted-issuer · ",
        "for whoever runs the client",
        "openssl verify -CAfile ca.pem",
        "Or is it incomplete-chain? Ask whoever runs the server",
        "2 ✗ error name-mismatch · ",
        "expected other.test seen DNS:localhost",
        f"trust comes from {given['trust']} (what is given with the call wins)" if width == 80 else "trust comes from",
        "simulate show finding:untrusted-issuer",
    ):
        assert part in words, part


def valid(text: str, name: str) -> Any:
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def test_json_is_the_contract(given: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--chain", given["leaf"], "--trust", given["trust"], "--host", "other.test", "--format", "json")
    ended, out, _ = run(capsys, *arguments)
    document = valid(out, "diagnose.schema.json")
    assert ended == 1
    assert next(iter(document)) == "format"
    assert (document["format"], document["verdict"], document["attempts"]) == (1, "rejected", [])
    assert [f["id"] for f in document["findings"]] == ["untrusted-issuer", "name-mismatch"]
    first = document["findings"][0]
    assert (first["severity"], first["party"], first["certificate"]) == ("error", "client", "served[0]")
    assert first["rivals"] == ["incomplete-chain"]
    assert first["tell_apart"][0]["rival"] == "incomplete-chain"
    assert any("openssl verify" in line for line in first["commands"])
    assert document["served"][0]["names"] == ["DNS:localhost"]
    assert [told["verify_code"] for told in document["foretold"]] == [20, 20]
    assert document["path"][0]["place"] == "missing"


def test_json_of_a_server(given: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with servers.https([LEAF, INTER], KEY) as server:
        ended, out, _ = run(capsys, server.url, "--trust", given["trust"], "--format", "json")
        document = valid(out, "diagnose.schema.json")
        assert (ended, document["verdict"], document["live"]) == (0, "accepted", True)
        assert document["attempts"][0]["status"] == 200
        ended, out, _ = run(capsys, server.url)
        assert ended == 1
        assert f'requests.get("{server.url}")' in out
        assert "this part matters" in out


def test_the_other_formats(given: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    base = ("--chain", given["leaf"], "--trust", given["trust"], "--host", "other.test", "--format")
    _, out, _ = run(capsys, *base, "sarif")
    (result, other) = json.loads(out)["runs"][0]["results"]
    assert (result["ruleId"], other["ruleId"]) == ("untrusted-issuer", "name-mismatch")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == given["leaf"]
    _, out, _ = run(capsys, *base, "junit")
    suite = ElementTree.fromstring(out)  # noqa: S314  # our own
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    failure = suite.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "would be rejected: 2 errors"
    written = tmp_path / "out.md"
    ended, out, _ = run(capsys, *base, "markdown", "-o", str(written))
    assert (ended, out) == (1, "")
    assert "### 2. name-mismatch · " in written.read_text(encoding="utf-8")


@pytest.mark.usefixtures("given")
def test_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended, out, _ = run(capsys, str(tmp_path), "--host", "localhost")
    assert ended == 0
    assert "the server's certificate is localhost" in " ".join(out.split())


def test_commands_name_the_server_that_was_asked(given: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    alone = m.leaf(INTER)
    assert alone.extensions is not None
    alone.extensions.append(m.aia())
    with servers.https([alone], alone.key) as server:
        _, out, _ = run(capsys, server.url, "--trust", given["trust"])
    assert "incomplete-chain" in out
    assert f"-connect localhost:{server.port}" in " ".join(out.replace("\\\n", " ").split())


@pytest.mark.parametrize(("verdict", "ended"), [("accepted", 0), ("rejected", 1), ("not-run", 3)])
def test_the_exit_code_of_a_diagnosis_without_findings(verdict: Verdict, ended: int) -> None:
    evidence = Evidence(url="", reference="", client_time=0.0)
    assert code(DiagnosisReport(target="x", live=True, verdict=verdict, evidence=evidence)) == ended


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    ended, out, _ = run(capsys, "--help")
    assert ended == 0
    assert "--password-file" in out
