"""The page as people ask for it: --format html, the notebook, and that nothing else is slower for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simulator import api
from simulator.cli import screen
from simulator.cli.options import parse
from simulator.cli.scenario import OPTIONS, check_output
from simulator.errors import UsageError
from tests.cli.test_cli import simulate


def test_a_scenario_as_a_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    ended = simulate("missing-san", "--client", "requests", "--client", "stdlib", "--format", "html", "-o", str(path))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    html = path.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    for words in ("<mark>Hostname mismatch", "6 of 8 attacks got in", "Other clients", "simulate self-signed"):
        assert words in html
    assert "PRIVATE KEY" not in html
    assert str(Path("~").expanduser()) + "/" not in html
    assert len(html.encode()) < 300_000


def test_many_scenarios_as_a_page(tmp_path: Path) -> None:
    path = tmp_path / "all.html"
    ended = simulate("all", "missing-san", "healthy", "--format", "html", "-o", str(path))
    assert ended.returncode == 0, ended.stderr
    assert "2 of 2 behaved as their files say" in path.read_text(encoding="utf-8")


def test_a_diagnosis_as_a_page(tmp_path: Path) -> None:
    kept, path = tmp_path / "kept", tmp_path / "diagnosis.html"
    assert simulate("missing-san", "--keep", str(kept)).returncode == 0
    files = ("--chain", str(kept / "chain.pem"), "--trust", str(kept / "ca.pem"), "--host", "localhost")
    ended = simulate("diagnose", *files, "--format", "html", "-o", str(path))
    assert ended.returncode == 1, ended.stderr
    html = path.read_text(encoding="utf-8")
    assert "1 thing to mend" in html
    assert "missing-san" in html
    assert "PRIVATE KEY" not in html


def test_a_page_into_a_pipe_is_written_and_onto_a_terminal_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert simulate("healthy", "--format", "html").stdout.startswith("<!doctype html>")
    monkeypatch.setattr(screen, "is_terminal", lambda *_: True)
    with pytest.raises(UsageError, match="for a browser, not for a terminal"):
        check_output(parse("simulate SCENARIO", OPTIONS, ["healthy", "--format", "html"]))


def test_a_report_in_a_notebook_shows_itself(tmp_path: Path) -> None:
    report = api.simulate("missing-san")
    assert report._repr_html_().startswith('<iframe title="Report of tls-clinic"')
    assert "Hostname mismatch" in report._repr_html_()
    assert simulate("missing-san", "--keep", str(tmp_path / "kept")).returncode == 0
    kept = tmp_path / "kept"
    diagnosis = api.diagnose(chain=kept / "chain.pem", trust=kept / "ca.pem", host="localhost")
    assert "1 thing to mend" in diagnosis._repr_html_()


def test_the_terminal_never_imports_the_template_engine() -> None:
    program = (
        "import sys; from simulator.cli.main import guarded; code = guarded(['healthy']); "
        "sys.exit(code or any(name.startswith(('jinja2', 'markupsafe')) for name in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
