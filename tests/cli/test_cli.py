"""The command line: what people read, and how it ends. No lab is needed for these."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from simulator.bundled import folder
from simulator.cli import completion, main, options, scenario, screen
from simulator.cli.options import Option
from simulator.errors import MachineError, UsageError


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """What a command does to signal handlers in this process is undone."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


SIMULATE = [sys.executable, "-c", "from simulator.cli.main import entry; entry()"]


def simulate(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own, with a small environment."""
    base = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "PYTHONPATH", "SYSTEMROOT")}
    return subprocess.run(
        [*SIMULATE, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env=base | {"COLUMNS": "80"} | environment,
        check=False,
    )


def one_line(ended: subprocess.CompletedProcess[str]) -> str:
    """What stands on standard error, which is one line of ours."""
    assert "Traceback" not in ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("simulate: ")
    return line


def proposed(text: str) -> list[list[str]]:
    """Every command that a text proposes, as words."""
    found = re.findall(r"(?<![\w-])simulate((?: (?:--)?[a-z][\w:.-]*)*)", text)
    return [command.split() for command in found]


@pytest.mark.parametrize("columns", ["40", "80"])
@pytest.mark.parametrize("arguments", [[], ["--help"], ["list"], ["show", "missing-san"], ["missing-san", "--help"]])
def test_no_line_is_wider_than_the_terminal(arguments: list[str], columns: str) -> None:
    ended = simulate(*arguments, COLUMNS=columns)
    assert ended.returncode == 0
    assert max(len(line) for line in ended.stdout.splitlines()) <= int(columns)
    assert "\x1b" not in ended.stdout


@pytest.mark.parametrize("arguments", [[], ["--help"], ["list"]])
def test_every_command_that_is_proposed_can_be_typed(arguments: list[str]) -> None:
    commands = proposed(simulate(*arguments).stdout)
    assert commands
    for command in commands:
        if command:
            assert simulate(*command, "--help").returncode == 0, command


@pytest.mark.parametrize("command", main.COMMANDS)
def test_every_command_has_help_with_its_options(command: str) -> None:
    ended = simulate(command, "--help")
    assert ended.returncode == 0
    assert f"simulate {command}" in ended.stdout
    assert ended.stderr == ""


def test_a_command_is_never_hidden_by_a_scenario() -> None:
    ids = {path.stem for path in Path(folder("scenarios")).rglob("*.yaml")}
    assert not ids & set(main.COMMANDS)


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"tls-clinic \d+\.\d+\.\d+\S*\n", simulate("--version").stdout)


def test_a_typo_is_answered_with_the_nearest_ids() -> None:
    ended = simulate("misssing-sann")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Did you mean missing-san" in one_line(ended)
    assert "Next: simulate missing-san" in one_line(ended)


def test_a_typo_in_a_command_is_answered_too() -> None:
    assert "simulate list" in one_line(simulate("lisst"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["zzzzzzzzzzz"], "simulate list"),
        (["missing-san", "--fromat", "json"], "Did you mean --format?"),
        (["missing-san", "--format"], "--format needs a value"),
        (["missing-san", "--format", "yaml"], "terminal|json"),
        (["missing-san", "--serve=yes"], "takes no value"),
        (["missing-san", "self-signed"], "one scenario at a time"),
        (["--serve"], "which scenario?"),
        (["missing-san", "--port", "1443"], "--port goes with --serve"),
        (["missing-san", "--serve", "--port", "99999"], "--port"),
        (["missing-san", "--serve", "--port", "x"], "--port"),
        (["missing-san", "--as-of", "yesterday"], "2026-11-24"),
        (["missing-san", "--as-of", "9999-01-01"], "2200"),
        (["missing-san", "--scenarios", "/nonexistent"], "/nonexistent"),
        (["list", "names"], "simulate show names"),
        (["show"], "simulate show missing-san"),
        (["show", "finding:nothing-like-it"], "finding"),
        (["show", "finding:../../../etc/passwd"], "there is no finding"),
        (["check"], "simulate check"),
        (["completion", "powershell"], "bash, zsh or fish"),
        (["\x1b[31mred\u202e"], "\\x1b[31mred"),
        ([""], "simulate list"),
    ],
)
def test_wrong_usage_is_one_line_with_the_next_step(arguments: list[str], said: str) -> None:
    ended = simulate(*arguments)
    assert ended.returncode == 2
    assert said in one_line(ended)
    assert ended.stdout == ""


@pytest.mark.parametrize("path", ["/nonexistent/x.json", "/", "/proc/x.json"])
def test_an_output_that_cannot_be_written(path: str) -> None:
    ended = simulate("list", "--format", "json", "-o", path)
    assert ended.returncode == 3
    assert path in one_line(ended)


def test_an_output_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(MachineError, match="No space left"):
        screen.save(str(path), "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_output_may_be_a_device() -> None:
    assert simulate("list", "-o", "/dev/null").returncode == 0


def test_list_for_machines(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    assert simulate("list", "--format", "json", "-o", str(path)).returncode == 0
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["format"] == 1
    by_id = {one["id"]: one for one in document["scenarios"]}
    assert by_id["missing-san"] == {
        "id": "missing-san",
        "family": "names",
        "level": 1,
        "title": "The certificate names nobody",
        "findings": ["missing-san"],
    }
    schema = json.loads(
        (Path(main.__file__).parent.parent / "report/schema/report.schema.json").read_text(encoding="utf-8")
    )
    import jsonschema

    jsonschema.Draft202012Validator(schema).validate(document)


def test_an_own_folder_is_listed_and_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text((Path(folder("scenarios")) / "names/missing-san.yaml").read_text())
    (tmp_path / "broken.yaml").write_text("title: x\nlevel: many\n")
    ended = simulate("list", "--scenarios", str(tmp_path))
    assert ended.returncode == 2
    assert "mine" in ended.stdout
    assert "missing-san" in ended.stdout
    assert "broken.yaml:2:" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_check_tells_every_problem_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("title: x\nlevel: many\nbaselin: two-tier\n")
    ended = simulate("check", "--form", str(path))
    assert ended.returncode == 2
    assert "bad.yaml:2:" in ended.stdout
    assert "bad.yaml:3:" in ended.stdout
    assert "did you mean baseline?" in ended.stdout


def test_check_of_nothing_there(tmp_path: Path) -> None:
    ended = simulate("check", "--form", str(tmp_path / "none.yaml"))
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_the_shipped_files_have_no_problems() -> None:
    ended = simulate("check", "--form", folder("scenarios"))
    assert ended.returncode == 0, ended.stdout


def test_the_schema_is_a_schema() -> None:
    import jsonschema

    document = json.loads(simulate("schema").stdout)
    jsonschema.validators.validator_for(document).check_schema(document)


def test_show_ends_with_the_page_of_the_finding_of_the_same_name() -> None:
    text = simulate("show", "missing-san").stdout
    assert text.index("What is tried") < text.index("Wrong fixes") < text.index("simulate missing-san")


def test_show_of_a_finding_alone() -> None:
    text = simulate("show", "finding:missing-san").stdout
    assert text.startswith(" missing-san · The certificate names nobody")
    assert "requests, stdlib: Hostname mismatch" in text
    assert "and\n <host> cannot be recognized.\n A run fills in what stands in <…>." in text
    assert "What is tried" not in text
    assert "{" not in text


def test_what_clients_say_of_a_finding_is_told_once_each() -> None:
    """Two scenarios show it, and several clients say the same."""
    text = simulate("show", "finding:self-signed").stdout
    said = text[text.index("What the client saw") : text.index("\n\n What it means")].splitlines()[1:]
    assert said == ["   requests, stdlib: self-signed certificate", "   every other client: rejected"]


TABLE = (options.OUTPUT, options.FOLDERS, Option("--key", "FILE", "keys", several=True), Option("--loud", "", "noise"))


@pytest.mark.parametrize(
    ("words", "rest", "given"),
    [
        (["a", "-o", "x", "b"], ["a", "b"], {"output": ("x",)}),
        (["-ox", "--output=y"], [], {"output": ("y",)}),
        (["-o", "-", "-"], ["-"], {"output": ("-",)}),
        (["-o", "x", "--", "--loud", "--", "-z"], ["--loud", "--", "-z"], {"output": ("x",)}),
        (["--scenarios", "a", "b", "--scenarios=c"], ["b"], {"scenarios": ("a", "c")}),
        (["--key", "a", "b", "--loud", "c", "--key", "d"], ["c"], {"key": ("a", "b", "d"), "loud": ("yes",)}),
        (["a text - with --dashes", "-x y"], ["a text - with --dashes", "-x y"], {}),
        (["--output="], [], {"output": ("",)}),
    ],
)
def test_how_options_are_read(words: list[str], rest: list[str], given: dict[str, tuple[str, ...]]) -> None:
    found = options.parse("simulate all", TABLE, words)
    assert found.rest == rest
    for key in ("output", "scenarios", "key", "loud"):
        assert found.all(key) == given.get(key, ())
        assert found.has(key) == (key in given)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--outpu", "x"], "--outpu is no option of simulate all", "Did you mean --output?"),
        (["--zzz=1"], "--zzz is no option of simulate all", "simulate all --help"),
        (["-1"], "-1 is no option of simulate all", "Did you mean -"),
        (["-o"], "--output needs a value", "--output FILE"),
        (["-o", "--loud"], "--output needs a value", "--output FILE"),
        (["--key", "--loud"], "--key needs a value", "--key FILE"),
        (["--loud=yes"], "--loud takes no value", "--loud alone"),
    ],
)
def test_a_wrong_option_is_answered_with_the_next_step(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        options.parse("simulate all", TABLE, words)
    assert error.value.message == message
    assert error.value.hint.startswith(hint)


def test_a_percent_sign_in_help_is_itself() -> None:
    text = options.usage("simulate 100%", "All 100%s.", [Option("--x", "", "5%d")], ["a %s"])
    assert "simulate 100%" in text
    assert "All 100%s." in text
    assert "5%d" in text


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_shows_how_far_it_is_on_a_terminal_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for stream, term, shown in ((Terminal(), "xterm", True), (Terminal(), "dumb", False), (StringIO(), "xterm", False)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", term)
        with screen.Steps(7) as steps:
            steps.begin(3, "missing-san\x1b[31m")
            steps.write("done\n")
        assert capsys.readouterr().out == "done\n"
        assert ("2/7" in stream.getvalue()) == shown
        assert ("missing-san\\x1b[31m" in stream.getvalue()) == shown
        assert shown or stream.getvalue() == ""


def test_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b[" in simulate("list", FORCE_COLOR="1").stdout
    assert "\x1b[" in simulate("list", FORCE_COLOR="1", NO_COLOR="").stdout
    assert "\x1b" not in simulate("list", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b" not in simulate("list").stdout


def test_ascii_where_the_terminal_knows_no_more() -> None:
    ended = simulate("show", "missing-san", PYTHONIOENCODING="ascii")
    assert ended.returncode == 0
    assert ended.stdout.isascii()


def test_a_closed_pipe_is_quiet() -> None:
    for _ in range(5):
        with subprocess.Popen([*SIMULATE, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            child.stdout.close()
            assert child.stderr.read() == b""
            assert child.wait(60) == 0


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device
        ended = subprocess.run([*SIMULATE, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr
    assert "No space left" in ended.stderr


def test_an_unexpected_error_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise ValueError("odd\n\x1b[31m")

    monkeypatch.setattr(main, "dispatch", fail)
    monkeypatch.delenv("SIMULATE_DEBUG", raising=False)
    assert main.guarded([]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: odd" in line
    assert "Please report" in line
    assert "\x1b" not in line
    monkeypatch.setenv("SIMULATE_DEBUG", "1")
    main.guarded([])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(
    number: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        os.kill(os.getpid(), number)
        return 0

    monkeypatch.setattr(main, "dispatch", interrupted)
    assert main.guarded([]) == code
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_completion_scripts_are_printed_and_parse(shell: str) -> None:
    from shutil import which

    script = simulate("completion", shell).stdout
    assert "simulate completion words" in script
    if which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True, check=False).returncode == 0


def test_bash_completes_commands_ids_and_options(tmp_path: Path) -> None:
    command = tmp_path / "simulate"
    command.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from simulator.cli.main import entry; entry()' \"$@\"\n")
    command.chmod(0o755)

    def completed(*words: str) -> list[str]:
        line = " ".join(f'"{word}"' for word in words)
        script = (
            f'PATH={tmp_path}:$PATH; eval "$(simulate completion bash)"; COMP_WORDS=({line}); '
            f'COMP_CWORD={len(words) - 1}; _simulate; printf "%s\\n" "${{COMPREPLY[@]}}"'
        )
        ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        return ended.stdout.split()

    assert "missing-san" in completed("simulate", "missing-sa")
    assert "list" in completed("simulate", "")
    assert completed("simulate", "missing-san", "--ser") == ["--serve"]
    assert set(completed("simulate", "missing-san", "--format", "")) == set(scenario.FORMATS)
    assert "missing-san" in completed("simulate", "show", "missing-sa")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["completion", "words"], ["list"], ["show", "--help"]]
)
def test_help_and_lists_import_nothing_heavy(arguments: list[str]) -> None:
    """`argparse` writes help, `rich` writes lists: of it the console and the text, and never both for help."""
    code = (
        "import sys, os; os._exit = sys.exit\n"
        f"sys.argv = ['simulate', *{arguments!r}]\n"
        "from simulator.cli.main import entry\n"
        "try: entry()\nexcept SystemExit: pass\n"
        "heavy = {'cryptography', 'requests', 'yaml', 'ssl', 'subprocess', 'rich.table', 'rich.markdown'}\n"
        f"heavy |= set() if {arguments!r} == ['list'] else {{'rich', 'typing'}}\n"
        "print(sorted(heavy & sys.modules.keys()), file=sys.stderr)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # importlib.metadata, which knows the version, imports `typing` for its own use.
    assert ended.stderr.strip() == ("['typing']" if arguments == ["--version"] else "[]")
