"""What README and docs tell people to type can be typed, and where they point there is something."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from simulator.bundled import folder
from simulator.cli.main import COMMANDS
from simulator.scenario.loader import ids

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SIMULATE = str(Path(sys.executable).with_name("simulate"))
SCENARIOS = {entry.id for entry in ids((folder("scenarios"),))}
ELLIPSIS = re.compile(r"…|\.\.\.|<|\||DIR|FILE|NAME|TARGET|SCENARIO|COMMAND|\bID\b")
"""A line with one of these is a pattern of a command, not a command."""


def _commands(page: Path) -> list[str]:
    """Lines that begin with `simulate`: in code blocks, indented ones included."""
    found = []
    for line in page.read_text(encoding="utf-8").splitlines():
        stripped = line.strip().removeprefix("$ ")
        if stripped.startswith("simulate ") and (line.startswith("    ") or not line.startswith(" ")):
            # What stands behind two spaces, or behind a #, is for people.
            found.append(re.split(r" # |\s{2,}", stripped)[0].strip())
    return [command for command in found if not ELLIPSIS.search(command) and "·" not in command]


def _readme_block() -> list[tuple[str, int]]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("simulate")]
    return [(line.partition("#")[0].strip(), 1 if "exit 1" in line else 0) for line in lines]


def test_every_command_of_the_readme_runs(tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    commands = _readme_block()
    assert len(commands) >= 8
    for command, expected in commands:
        arguments = shlex.split(command)[1:]
        ended = subprocess.run(
            [SIMULATE, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ended.returncode == expected, (command, ended.stdout[-500:], ended.stderr)


@cache
def _help(command: str) -> str:
    return subprocess.run([SIMULATE, command, "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_command_of_a_page_can_be_typed(page):
    for command in _commands(page):
        words = shlex.split(command.partition(" > ")[0].partition(" | ")[0])[1:]
        if not words or words[0].startswith(("-", "fuzz-")):  # a find has a name of its own each time
            continue
        assert words[0] in COMMANDS or words[0] in SCENARIOS, command
        known = _help(words[0]) + "".join(
            _help_of(words[0], word) for word in words[1:2] if re.fullmatch(r"[a-z-]+", word)
        )
        for word in words:
            if word.startswith("--"):
                assert word.partition("=")[0] in known, command


@cache
def _help_of(command: str, below: str) -> str:
    """The help of a subcommand, where there is one."""
    ended = subprocess.run([SIMULATE, command, below, "--help"], capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else ""


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link
