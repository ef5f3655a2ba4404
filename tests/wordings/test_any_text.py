"""Whatever is pasted: layout changes nothing, and no text is an error."""

from __future__ import annotations

import json
import textwrap
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.diagnosis.wordings import explain, explain_lines

CORPUS = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="utf-8"))
SHORT = [entry["text"] for entry in CORPUS if len(entry["text"]) < 700 and entry["part"] == "seen"]
CLEAR = [text for text in SHORT if explain(text).candidates[0].finding != "cannot-tell"]
NOISE = (
    "INFO starting worker 7",
    "GET /index.html 200 12ms",
    "Collecting numpy>=1.26 (from -r requirements.txt (line 3))",
    "downloaded 12 of 17 layers",
    "job 4711 took 3.2 s",
    "user=anna action=login result=ok",
)


def _first(text: str) -> str:
    return explain(text).candidates[0].finding


@pytest.mark.parametrize("text", CLEAR)
def test_case_changes_nothing(text: str) -> None:
    assert _first(text.upper()) == _first(text.lower()) == _first(text)


@pytest.mark.parametrize("text", CLEAR)
def test_colours_and_typographic_quotes_change_nothing(text: str) -> None:
    coloured = "\x1b[31m" + text.replace(" ", " \x1b[0m\x1b[1m", 3) + "\x1b[0m"
    assert _first(coloured) == _first(text)
    assert _first(text.replace("'", "\u2019")) == _first(text)


@settings(max_examples=150, deadline=None)
@given(text=st.sampled_from(CLEAR), width=st.integers(min_value=50, max_value=160))
def test_wrapping_at_blanks_changes_nothing(text: str, width: int) -> None:
    wrapped = "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n")
    )
    assert _first(wrapped) == _first(text)


@settings(max_examples=150, deadline=None)
@given(text=st.sampled_from(CLEAR), width=st.sampled_from([72, 79, 80, 100, 120, 132]))
def test_a_terminal_s_hard_breaks_change_nothing(text: str, width: int) -> None:
    broken = "\n".join(
        "\n".join(line[start : start + width] for start in range(0, len(line), width) or [0])
        for line in text.split("\n")
    )
    assert _first(broken) == _first(text)


@settings(max_examples=150, deadline=None)
@given(
    text=st.sampled_from(CLEAR),
    before=st.lists(st.sampled_from(NOISE), max_size=30),
    after=st.lists(st.sampled_from(NOISE), max_size=30),
)
def test_log_lines_around_it_change_nothing(text: str, before: list[str], after: list[str]) -> None:
    assert _first("\n".join([*before, text, *after])) == _first(text)


PREFIXES = (
    "2026-11-24T05:36:01.123Z ",
    "[2026-11-24 05:36:01,123] ",
    "2026/11/24 05:36:01 ",
    "12:00:01.123 ",
    "Nov 24 05:36:01 host job[123]: ",
    "web_1  | ",
    "#12 3.456 ",
    "> ",
)


@settings(max_examples=150, deadline=None)
@given(text=st.sampled_from(CLEAR), prefix=st.sampled_from(PREFIXES))
def test_timestamps_in_front_change_nothing(text: str, prefix: str) -> None:
    assert _first("\n".join(prefix + line for line in text.split("\n"))) == _first(text)


@settings(max_examples=100, deadline=None)
@given(text=st.sampled_from(CLEAR))
def test_json_and_repr_change_nothing(text: str) -> None:
    assert _first(json.dumps({"level": "error", "msg": text})) == _first(text)
    assert _first(repr(text)) == _first(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=2000))
def test_no_text_is_an_error(text: str) -> None:
    assert explain(text).candidates
    assert explain_lines(text.splitlines()).candidates


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=4000), st.sampled_from(CLEAR))
def test_rubbish_around_it_is_no_error(rubbish: bytes, text: str) -> None:
    assert explain(rubbish.decode("latin-1") + text + rubbish.decode("utf-8", "replace")).candidates
    assert explain("\x00".join(text)).candidates[0].finding == _first(text)


def test_an_empty_text_cannot_tell() -> None:
    assert _first("") == "cannot-tell"
    assert _first(" \n\t ") == "cannot-tell"


def _log(lines: int, error: str) -> Iterator[str]:
    for number in range(lines):
        yield f"2026-11-24 05:36:01 INFO request {number} served in {number % 97} ms to 10.0.0.{number % 250}\n"
        if number == lines // 2:
            yield error + "\n"


def test_twenty_megabytes_of_noise_take_bounded_time_and_memory() -> None:
    error = "curl: (60) SSL certificate problem: certificate has expired"
    tracemalloc.start()
    begun = time.process_time()
    explanation = explain_lines(_log(250_000, error))
    took = time.process_time() - begun
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert explanation.candidates[0].finding == "expired"
    assert "has expired" in explanation.excerpt
    assert peak < 30_000_000
    assert took < 20  # ten times what was measured, tracing included


def test_a_line_without_end_is_read_in_pieces() -> None:
    text = (
        "\x00\xff" * 3_000_000 + " certificate verify failed: self-signed certificate (_ssl.c:1000) " + "x" * 3_000_000
    )
    assert explain(text).candidates[0].finding == "self-signed"


def test_a_log_full_of_errors_is_bounded_and_the_first_cause_wins() -> None:
    lines = ["curl: (60) SSL certificate problem: certificate has expired"]
    lines += ["SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: self-signed certificate"] * 100_000
    begun = time.process_time()
    assert explain_lines(lines).candidates[0].finding == "expired"
    assert time.process_time() - begun < 15


@pytest.mark.parametrize(
    "hostile",
    [
        "\n" * 260_000 + "self signed",
        "certificate" + " " * 250_000 + "expired",
        "a." * 120_000 + ":443",
        "\\" * 250_000,
        "verify=" * 35_000,
        "certificate is valid for " * 10_000,
        "subject alternative names: [" * 9_000,
        "certificate for <" * 14_000,
        "ssl cert " + "x" * 250_000,
    ],
)
def test_hostile_texts_take_bounded_time(hostile: str) -> None:
    begun = time.process_time()
    assert explain(hostile).candidates
    assert time.process_time() - begun < 15  # measured: half a second; before they were mended: minutes
