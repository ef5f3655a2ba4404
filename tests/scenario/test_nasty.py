"""Files that are no scenarios: whatever they hold, the answer is a problem with a position, at once."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
import yaml

from simulator.scenario import source
from simulator.scenario.loader import load_file
from simulator.scenario.problem import ScenarioError
from simulator.scenario.schema import ALWAYS, WITH_FAULTS
from simulator.scenario.source import LARGEST
from tests.scenario.words import GOOD, RICH, WORDS, read, wrong

LAUGHS = "a: &a [lol]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
NASTY = {
    "billion laughs": LAUGHS,
    "an anchor that holds itself": "a: &a [*a]\n",
    "merge bomb": "a: &a {b: 1}\nc: {<<: *a, <<: [*a, *a]}\n",
    "deep flow lists": "title: " + "[" * 30_000,
    "deep flow mappings": "title: " + "{a: " * 15_000,
    "deep flow mappings without space": "{" * 60_000,
    "closed deep lists": "a: " + "[" * 20_000 + "]" * 20_000,
    "deep block lists": "- " * 30_000 + "x",
    "deep block mappings": "".join(" " * n + "a:\n" for n in range(300)),
    "deep complex keys": "? " * 30_000,
    "python object": "!!python/object/apply:os.system ['true']\n",
    "binary tag": "title: !!binary aGVsbG8=\n",
    "set": "title: !!set {a, b}\n",
    "own tag": "%TAG ! tag:x,2000:\n---\ntitle: !y z\n",
    "yaml 3": "%YAML 3.0\n---\ntitle: x\n",
    "unknown directive": "%FOO bar\n---\n" + GOOD.replace("level: 1", "level: x"),
    "a long key": "a" * 60_000 + ": 1\n",
    "a long text": "title: " + "a" * 60_000 + "\n",
    "many keys": "".join(f"key{n}: 1\n" for n in range(5_000)),
    "the same key": "a: 1\n" * 10_000,
    "many documents": "---\n" * 15_000,
    "many aliases": "a: [" + "*x, " * 15_000 + "]\n",
    "many items": "hints: [" + "a, " * 20_000 + "]\n",
    "many faults": "faults:\n" + "- fault: omit-san\n" * 3_000,
    "many near words": "surfaces:\n" + "- mising-sann\n" * 4_000,
    "many expect lines": "expect:\n" + "- {client: requests, verdict: accepted}\n" * 1_500,
    "an endless number": "level: " + "9" * 60_000 + "\n",
    "an endless negative number": "level: -" + "9" * 5_000 + "\n",
    "arabic digits": "level: \u0663\n",
    "only quotes": '"' * 60_001,
    "only colons": ":" * 60_000,
    "only question marks": "?\n" * 30_000,
    "only line ends": "\n" * 60_000,
    "only carriage returns": "\r" * 60_000,
    "only blanks": " " * 60_000,
    "only tabs": "\t" * 60_000,
    "tabs in lines": "\n\t" * 30_000,
    "nul": "\0" * 60_000,
    "nul in lines": ("\n" * 30_000) + "\0" * 30_000,
    "escape": "title: \x1b[2J\n",
    "line separators": "title: a\u2028level: 1\u0085\n",
    "right to left": "title: \u202egnorw\n",
    "a mark in the middle": "title: a\ufeffb\n",
    "half a surrogate": "title: \ud800\n",
    "half a surrogate, escaped": 'title: "\\ud800"\n',
    "escaped nul": 'title: "\\0"\n',
    "escaped tab": 'title: "a\\tb"\n',
    "json": '{"title": "x", "level": 1}',
    "xml": "<scenario/>",
    "a certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "toml": 'title = "x"\n[faults]\n',
    "null": "~",
    "not a number": "level: .nan\n",
    "infinite": "level: .inf\n",
    "a date": "level: 2026-01-01\n",
    "base 60": "level: 1:30\n",
    "wrong types everywhere": "title: [a]\nlevel: {a: 1}\nstory: {}\nbaseline: [two-tier]\nfaults: {a: b}\nexpect: 3\n"
    "surfaces: {}\nhints: {a: b}\nfixes: text\n",
    "wrong types inside": "title: {}\nlevel: []\nstory: []\nbaseline: {id: [], host: {}, key: [], depth: {}}\n"
    "faults: [[], {}, '', {fault: []}, {fault: {}}, {fault: expired, days: []}, {fault: odd-names, names: {}}]\n"
    "expect: [[], {}, {client: [], when: {}, verdict: [], message: {}, finding: []}, {when: [[], {}]}]\n"
    "surfaces: [[], {}, '']\nhints: [[], {}, '']\nfixes: [[], {}, {title: [], undo: {}, apply: {}, baseline: [],\n"
    " aim: {}, claim: {}}, {undo: [[], {}], apply: [[], {}], claim: [[], {}, {grade: [], client: {}, when: {}}]}]\n",
    "only nulls": "".join(f"{key}:\n" for key in (*ALWAYS, *WITH_FAULTS)),
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_nasty(text: str) -> None:
    started = time.perf_counter()
    try:
        read(text)
    except ScenarioError as error:
        problems = error.problems
    assert problems
    assert time.perf_counter() - started < 2.0
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems:
        assert 1 <= problem.line <= len(lines) + 1
        assert 1 <= problem.column <= len(lines[problem.line - 1] if problem.line <= len(lines) else "") + 2
        assert len(str(problem)) < 500
        assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (GOOD.encode("utf-16"), "1:1: byte 0xff is not UTF-8: it looks like UTF-16: save the file as UTF-8"),
        (b"\x00" + GOOD.encode(), "1:1: the character U+0000 does not belong into a text file: delete it"),
        (b"title: J\xfcrgen\n", "1:9: byte 0xfc is not UTF-8: save the file as UTF-8"),
        (b"title: x\r\nlevel: 1 # \xfc\n", "2:12: byte 0xfc is not UTF-8: save the file as UTF-8"),
        (b"\xff\xfe", "1:1: byte 0xff is not UTF-8: it looks like UTF-16: save the file as UTF-8"),
        (b"\x80" * 1000, "1:1: byte 0x80 is not UTF-8: save the file as UTF-8"),
        (b"\x7fELF\x02\x01\x01\x00", "1:1: the character U+007F does not belong into a text file: delete it"),
        (b" " * (LARGEST + 1), "1:1: 64,001 bytes are too many: a scenario file has at most 64,000"),
        ("\u00fc" * LARGEST, "1:1: 128,000 bytes are too many: a scenario file has at most 64,000"),
    ],
)  # fmt: skip
def test_bytes(data: bytes | str, problem: str) -> None:
    assert problem in wrong(data)


def test_what_breaks_off_is_not_judged_further() -> None:
    assert wrong("a: " + "[" * 500) == ["1:15: more than 12 levels of nesting: a scenario needs six"]
    assert wrong(GOOD.encode("utf-16"))[1:] == []
    text = RICH.replace("    names:", "\tnames:")
    assert wrong(text) == ["12:1: a tab: write spaces"]
    assert wrong(text.replace("level: 4", "level:\t0x4")) == ["2:7: a tab: write spaces", "12:1: a tab: write spaces"]


def test_a_second_document() -> None:
    second = "19:1: a second document: one file holds one scenario"
    assert wrong(GOOD + "---\n" + GOOD) == [second]
    assert wrong(GOOD.replace("cure", "cured") + "---\n") == ['18:50: no grade "cured": did you mean cure?', second]
    assert wrong("---\n---\n") == [
        "1:1: the file is empty: begin with title: what people will read first",
        "2:1: a second document: one file holds one scenario",
    ]


def test_where_yaml_was_built_without_its_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = GOOD.replace("level: 1", "level: 0x1").replace("fault: omit-san", "fault: omit-sam")
    fast = wrong(spoiled)
    monkeypatch.delattr(yaml, "CBaseLoader")
    assert wrong(spoiled) == fast
    assert (wrong(GOOD), wrong(RICH)) == ([], [])
    for name in (
        "billion laughs",
        "deep flow lists",
        "deep block lists",
        "own tag",
        "a long text",
        "wrong types inside",
    ):
        text = NASTY[name]
        started = time.process_time()
        assert wrong(text)
        assert time.process_time() - started < 5.0


def test_a_byte_order_mark_and_foreign_line_ends_are_harmless() -> None:
    assert read(b"\xef\xbb\xbf" + GOOD.encode()) == read(GOOD)
    for text in (GOOD, RICH):
        assert read(text.replace("\n", "\r\n")) == read(text)
        assert read(text.replace("\n", "\r")) == read(text)
        assert read(text.rstrip("\n")) == read(text)
        assert read("---\n" + text + "...\n") == read(text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_positions_are_the_same_with_every_line_end(end: str, mark: str) -> None:
    text = mark + GOOD.replace("cure", "cured").replace("nobody", "no\u00fcbody\u001b").replace("\n", end)
    assert [p.split(": ")[0] for p in wrong(text)] == ["1:37", "18:50"]


def test_a_file_of_any_size_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)
    started = time.perf_counter()
    assert problems(path) == [f"{path}:1:1: 10,000,000,000 bytes are too many: a scenario file has at most 64,000"]
    assert time.perf_counter() - started < 0.5


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(GOOD.encode() + b"#" * (LARGEST - len(GOOD.encode())))
    assert load_file(str(path), words=WORDS).title
    path.write_bytes(path.read_bytes() + b"#")
    assert "64,001 bytes" in problems(path)[0]


def problems(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_file(str(path), words=WORDS)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_no_file(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path}:1:1: this is a folder: name a .yaml file"]
    assert problems(tmp_path / "none.yaml") == [f"{tmp_path}/none.yaml:1:1: cannot be read: No such file or directory"]
    os.mkfifo(tmp_path / "pipe.yaml")
    assert problems(tmp_path / "pipe.yaml") == [
        f"{tmp_path}/pipe.yaml:1:1: this is no ordinary file: name a .yaml file"
    ]
    assert problems(Path("/dev/zero")) == ["/dev/zero:1:1: this is no ordinary file: name a .yaml file"]
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert "cannot be read" in problems(tmp_path / "loop.yaml")[0]
    assert "cannot be read" in problems(Path("x" * 5000))[0]
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_file("a\0b.yaml")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text(GOOD)

    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(source, "open", denied, raising=False)  # the tests may run as root, who reads everything
    assert problems(path) == [f"{path}:1:1: cannot be read: Permission denied"]


def test_another_suffix(tmp_path: Path) -> None:
    path = tmp_path / "some-id.yml"
    path.write_text(GOOD)
    assert problems(path) == [f"{path}:1:1: a scenario file's name ends in .yaml: call it some-id.yaml"]
