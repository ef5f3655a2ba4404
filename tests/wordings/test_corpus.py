"""What `explain` says of real error texts. Each text of `corpus.json` has a label, a source, and a part.

`seen` was read while the rules were written; the rounds were gathered afterwards and measured before anything was
mended for them (the scores of that moment are in SCORES.md); `lab` are real clients against broken servers on loopback.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from simulator.diagnosis.wordings import Explanation, explain, load_wordings
from simulator.model.finding import FINDINGS
from simulator.model.wording import Wording

CORPUS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="utf-8"))
PARTS = sorted({entry["part"] for entry in CORPUS})


@cache
def _explained(text: str) -> Explanation:
    return explain(text)


def _ranked(entry: dict[str, Any]) -> list[str]:
    return [candidate.finding for candidate in _explained(entry["text"]).candidates]


@pytest.mark.parametrize("part", PARTS)
def test_the_right_cause_is_first_in_nine_of_ten_and_among_the_first_three_in_97_of_100(part: str) -> None:
    entries = [entry for entry in CORPUS if entry["part"] == part]
    ranked = [(_ranked(entry), set(entry["findings"])) for entry in entries]
    first = sum(found[0] in right for found, right in ranked)
    among = sum(bool(right.intersection(found[:3])) for found, right in ranked)
    assert first / len(entries) >= 0.9
    assert among / len(entries) >= 0.97


def test_no_wrong_cause_is_called_certain() -> None:
    wrong = [
        (candidate.finding, candidate.certainty, entry["text"][:200])
        for entry in CORPUS
        for candidate in _explained(entry["text"]).candidates
        if candidate.certainty >= 0.8 and candidate.finding not in entry["findings"]
    ]
    assert wrong == []


def test_the_corpus_is_large_labelled_and_has_sources() -> None:
    assert len(CORPUS) >= 250
    assert len({entry["client"] for entry in CORPUS}) >= 25
    for entry in CORPUS:
        assert entry["source"]
        assert set(entry["findings"]) <= set(FINDINGS)


def test_three_candidates_stand_wherever_none_decides() -> None:
    for entry in CORPUS:
        found = _explained(entry["text"]).candidates
        names = [candidate.finding for candidate in found]
        assert len(names) == len(set(names))
        if "cannot-tell" not in names and found[0].certainty < 0.8:
            assert len(names) >= 3, (entry["text"][:200], names)


def test_every_answer_can_be_read_and_acted_upon() -> None:
    for entry in CORPUS:
        explanation = _explained(entry["text"])
        assert 1 <= len(explanation.candidates) <= 5
        certainties = [candidate.certainty for candidate in explanation.candidates]
        assert certainties == sorted(certainties, reverse=True)
        assert sum(certainties) <= 1.1
        for candidate in explanation.candidates:
            assert candidate.finding in FINDINGS
            assert candidate.why
            assert candidate.tell_apart


def test_the_file_of_wordings_is_sound() -> None:
    wordings = load_wordings()
    assert len({wording.text.lower() for wording in wordings}) == len(wordings)
    for wording in wordings:
        assert wording.source, wording
        assert 0 < wording.certainty <= 1, wording
        assert set(wording.findings) <= set(FINDINGS), wording
        assert wording.findings, wording


def test_the_url_of_the_text_is_in_the_next_command() -> None:
    text = (
        "HTTPSConnectionPool(host='git.corp.lan', port=8443): Max retries exceeded with url: / (Caused by SSLError("
        "SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local "
        "issuer certificate (_ssl.c:1000)')))"
    )
    explanation = explain(f'requests.get("https://git.corp.lan:8443/", verify="/etc/corp/ca.pem")\n{text}')
    assert explanation.url == "https://git.corp.lan:8443/"
    assert explanation.client == "requests"
    assert explanation.candidates[0].tell_apart == (
        "simulate diagnose https://git.corp.lan:8443/ --trust /etc/corp/ca.pem"
    )
    assert "unable to get local issuer certificate" in explanation.excerpt


def test_wordings_of_scenarios_add_rivals_and_never_overrule_the_file() -> None:
    text = "certificate verify failed: unable to get local issuer certificate"
    more = (
        Wording(text="unable to get local issuer certificate", findings=("duplicate-extension",), client="requests"),
        Wording(text="the frobnicator refused", findings=("key-mismatch",), client="frob", certainty=0.6),
        Wording(text="(unbalanced", findings=("expired",), regex=True),
    )
    assert explain(text, more).candidates[0].finding == explain(text).candidates[0].finding
    alone = explain("frob: The Frobnicator\n refused!", more)
    assert alone.candidates[0].finding == "key-mismatch"
    assert alone.candidates[0].client == "frob"


@pytest.mark.parametrize("number", [18, 20, 26, 62])
def test_a_number_without_its_words_is_enough(number: int) -> None:
    expected = {18: "self-signed", 20: "untrusted-issuer", 26: "wrong-purpose", 62: "name-mismatch"}
    assert explain(f"verify error:num={number}:").candidates[0].finding == expected[number]
