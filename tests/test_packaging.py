"""The wheel, built through the sdist, works from anywhere; so does an editable install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.bundled import folder

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as `python -m build` does: the sdist from the checkout, the wheel from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr[-800:]
    return next(out.glob("*.whl"))


def test_the_distributions_are_well_formed(wheel):
    files = [str(path) for path in wheel.parent.iterdir()]
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "check_wheel_contents", str(wheel)], check=True, capture_output=True)


def test_an_installed_wheel_finds_its_data_from_another_folder(wheel, tmp_path):
    target, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    code = (
        "import sys; sys.argv = ['simulate', *sys.argv[1:]]\n"
        "import simulator; assert simulator.__file__.startswith(sys.argv.pop()), simulator.__file__\n"
        "from simulator.cli.main import entry; entry()"
    )
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *arguments, str(target)]
        return subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    report = run("missing-san", "--format", "json")
    assert report.returncode == 0, report.stderr
    assert json.loads(report.stdout)["findings"][0]["id"] == "missing-san"
    listed = json.loads(run("list", "--format", "json").stdout)
    assert len(listed["scenarios"]) == len(list((ROOT / "scenarios").rglob("*.yaml")))
    page = run("missing-san", "--format", "html")
    assert page.stdout.startswith("<!doctype html>"), page.stderr


def test_a_checkout_reads_its_own_folders():
    assert Path(folder("scenarios")) == ROOT / "scenarios"
    assert Path(folder("report_templates")) == ROOT / "report_templates"
