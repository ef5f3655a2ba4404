"""Which trust counts: what was given, then what the shell says, then the client's own."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from simulator import api
from simulator.errors import UsageError
from tests.diagnose import files
from tests.diagnose.files import INTER, KEY, LEAF, ROOT
from tests.diagnosis import mint as m


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    return files.pem(tmp_path / "full.pem", LEAF, INTER)


def in_force(report: object) -> list[tuple[str, str]]:
    return [(b.named_by, b.path) for b in report.evidence.bundles if b.in_force]  # type: ignore[attr-defined]


def test_without_anything_it_is_certifi_for_requests(chain: Path) -> None:
    report = api.diagnose(chain=chain, host="localhost")
    assert in_force(report) == [("default", certifi.where())]
    assert [f.id for f in report.findings] == ["untrusted-issuer"]


def test_a_variable_wins_over_the_default_and_a_file_over_the_variable(
    chain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = files.pem(tmp_path / "ca.pem", ROOT)
    other = files.pem(tmp_path / "other.pem", m.root("Other", m.key("p256", 50)))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(mine))
    assert in_force(api.diagnose(chain=chain, host="localhost")) == [("CURL_CA_BUNDLE", str(mine))]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    report = api.diagnose(chain=chain, host="localhost")
    assert in_force(report) == [("REQUESTS_CA_BUNDLE", str(other))]
    assert f"CURL_CA_BUNDLE is set ({mine}), and does not count: REQUESTS_CA_BUNDLE wins" in report.notes
    report = api.diagnose(chain=chain, host="localhost", trust=mine)
    assert (in_force(report), report.verdict) == ([("call", str(mine))], "accepted")


def test_a_variable_that_requests_does_not_look_at(
    chain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(files.pem(tmp_path / "ca.pem", ROOT)))
    report = api.diagnose(chain=chain, host="localhost")
    assert [f.id for f in report.findings] == ["environment-ignored"]
    assert api.diagnose(chain=chain, host="localhost", client="stdlib").verdict == "accepted"


def test_variables_of_requests_do_not_count_for_the_standard_library(
    chain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files.pem(tmp_path / "ca.pem", ROOT)))
    report = api.diagnose(chain=chain, host="localhost", client="stdlib")
    assert report.verdict == "rejected"
    assert [named for named, _ in in_force(report)] == ["default"]
    assert any("only requests and curl look at it" in note for note in report.notes)


def test_several_are_added_up(chain: Path, tmp_path: Path) -> None:
    mine = files.pem(tmp_path / "ca.pem", ROOT)
    report = api.diagnose(chain=chain, host="localhost", trust=["certifi", mine])
    assert report.verdict == "accepted"
    assert in_force(report) == [("call", certifi.where()), ("call", str(mine))]


def test_a_trust_file_in_a_form_that_requests_cannot_read(chain: Path, tmp_path: Path) -> None:
    der = tmp_path / "ca.der"
    der.write_bytes(ROOT.der())
    report = api.diagnose(chain=chain, host="localhost", trust=der)
    assert ("bundle-unreadable", "error") in [(f.id, f.severity) for f in report.findings]
    folder = tmp_path / "cas"
    folder.mkdir()
    files.pem(folder / "root.pem", ROOT)
    report = api.diagnose(chain=chain, host="localhost", trust=folder)
    assert [f.id for f in report.findings] == ["bundle-directory-unhashed"]


def test_a_trust_file_that_is_none(chain: Path, tmp_path: Path) -> None:
    private = files.key(tmp_path / "k.pem", KEY)
    with pytest.raises(UsageError, match=r"--trust .*k\.pem holds no certificate: it is a private key"):
        api.diagnose(chain=chain, trust=private)
    with pytest.raises(UsageError, match=r"--trust .*gone holds no certificate: there is no such file"):
        api.diagnose(chain=chain, trust=tmp_path / "gone")
    text = tmp_path / "text"
    text.write_text("hello")
    with pytest.raises(UsageError, match="it is text without any certificate in it"):
        api.diagnose(chain=chain, trust=text)
