"""Two thousand spoiled files: each is a scenario or one error with positions, soon, and nothing else ever."""

from __future__ import annotations

import re
import time
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.scenario.loader import ids, load_text
from simulator.scenario.problem import Problem, ScenarioError
from simulator.scenario.scenario import Scenario
from simulator.scenario.vocabulary import Vocabulary, shipped
from simulator.scenario.writer import dump
from tests.scenario.words import GOOD, RICH, WORDS

HEALTHY = "title: Fine\nlevel: 1\nstory: All is well.\nbaseline: public\nexpect: [{client: any, verdict: accepted}]\n"
TEXTS = [GOOD, RICH, HEALTHY]
TOKEN = re.compile(r"\w+(?:-\w+)*|\n *|.", re.DOTALL)
SPLINTERS = [
    *("[", "]", "{", "}", ":", ": ", "- ", ", ", "#", " #", "'", '"', "|", ">", "|+2", "&a ", "*a", "!!int ", "!x "),
    *("? ", "%", "@", "`", "<<: ", "---\n", "...\n", "\n", "\n  ", "\n\t", "\t", "\r", "\r\n", "\0", "\x1b", "\ufeff"),
    *("\u2028", "\u0085", "\u202e", "\\", "\u00fc", "\U0001f512", "", "a" * 3000, "9" * 30, "-1", "01", "1_000", "1e3"),
    *(
        "0x10",
        "No",
        "~",
        "null",
        "requests",
        "any",
        "not ",
        "x509-strict",
        "rejected",
        "accepted",
        "cure",
        "missing-san",
    ),
    *("expired", "omit-san", "forgotten", "odd-names", "no-root", "old-root", "clock-back", "short-lived", "127.0.0.1"),
    *("two-tier", "self-signed", "mutual-tls", "crl-checked", "title", "level", "faults", "fault", "days", "names"),
    *("undo", "apply", "change", "baseline", "host", "depth", "key", "hints", "fixes", "expect", "client", "when"),
]
CUTS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=5)


def spoiled(text: str, cuts: list[tuple[int, int, int]]) -> str:
    """The text with some of its tokens or lines deleted, doubled, exchanged, replaced or moved."""
    for kind, first, second in cuts:
        parts = TOKEN.findall(text) if kind < 5 else text.splitlines(keepends=True)
        if not parts:
            return text
        a, b = first % len(parts), second % len(parts)
        if kind in (0, 5):
            del parts[a]
        elif kind in (1, 6):
            parts.insert(b, parts[a])
        elif kind == 2:
            parts[a], parts[b] = parts[b], parts[a]
        elif kind == 3:
            parts[a] = SPLINTERS[second % len(SPLINTERS)]
        elif kind == 4:
            parts.insert(a, SPLINTERS[second % len(SPLINTERS)])
        else:
            parts[a] = " " * (second % 9) + parts[a].lstrip(" ")
        text = "".join(parts)
    return text


def spoiled_bytes(data: bytes, cuts: list[tuple[int, int, int]]) -> bytes:
    """The bytes with some of them deleted, changed, doubled or cut off."""
    for kind, first, second in cuts:
        a = first % (len(data) + 1)
        if kind < 3:
            data = data[:a] + bytes([second % 256]) + data[a + kind :]
        elif kind < 5:
            data = data[:a] + data[a + 1 + second % 20 :]
        elif kind < 7:
            data = data[:a] + data[second % (len(data) + 1) :]
        else:
            data = data[:a]
    return data


def loaded(text: str | bytes, words: Vocabulary) -> tuple[Scenario | None, tuple[Problem, ...]]:
    try:
        return load_text(text, "some-id.yaml", words=words), ()
    except ScenarioError as error:
        return None, error.problems


def holds(text: str | bytes, words: Vocabulary) -> None:
    started = time.process_time()
    scenario, problems = loaded(text, words)
    if scenario is None:
        decoded = text if isinstance(text, str) else text.decode("utf-8", "replace")
        lines = re.split("\r\n|\n|\r", decoded)
        assert problems
        assert list(problems) == sorted(problems)
        for problem in problems:
            assert 1 <= problem.line <= len(lines) + 1
            assert 1 <= problem.column <= (len(lines[problem.line - 1]) if problem.line <= len(lines) else 0) + 2
            assert problem.what
            assert str(problem).isprintable()
            assert len(str(problem)) < 500
    else:
        assert scenario.broken() != scenario.healthy() or not scenario.faults
        for fix in scenario.fixes:
            scenario.fixed(fix)
            assert scenario.claim(fix, "requests", frozenset())
        assert scenario.expectation("requests", frozenset())
        assert load_text(dump(scenario), "some-id.yaml", words=words) == scenario
    assert time.process_time() - started < 1.0


@given(st.sampled_from(TEXTS), CUTS)
@settings(derandomize=True, max_examples=1_200, deadline=None)
def test_spoiled_tokens_and_lines(text: str, cuts: list[tuple[int, int, int]]) -> None:
    holds(spoiled(text, cuts), WORDS)


@given(st.sampled_from(TEXTS), CUTS)
@settings(derandomize=True, max_examples=500, deadline=None)
def test_spoiled_bytes(text: str, cuts: list[tuple[int, int, int]]) -> None:
    holds(spoiled_bytes(text.encode(), cuts), WORDS)


@given(st.binary(max_size=60) | st.text(st.sampled_from("[]{}:,-#&*!|>'\"%@`?~ \n\tab1"), max_size=80))
@settings(derandomize=True, max_examples=300, deadline=None)
@example(b"")
@example("\ufeff")
def test_rubbish(text: str | bytes) -> None:
    holds(text, WORDS)


SHIPPED = [Path(entry.path).read_text(encoding="utf-8") for entry in ids()]


@given(st.sampled_from(SHIPPED), CUTS)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_spoiled_copies_of_what_is_shipped(text: str, cuts: list[tuple[int, int, int]]) -> None:
    holds(spoiled(text, cuts), shipped())
