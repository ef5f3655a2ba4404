"""A program that nobody has heard of still says what it speaks of; and what is no TLS is none."""

from __future__ import annotations

import pytest

from simulator.diagnosis.wordings import explain
from simulator.diagnosis.wordings.explaining import _data
from simulator.model.finding import FINDINGS


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("zorp: tls: peer certificate has lapsed", "expired"),
        ("quuxd[12]: TLS: the hostname in this certificate is another one", "name-mismatch"),
        ("frob: secure channel: gave up, the peer took too long", "handshake-timeout"),
    ],
)
def test_words_of_an_unknown_program(text: str, finding: str) -> None:
    candidates = explain(text).candidates
    assert candidates[0].finding == finding
    assert candidates[0].certainty <= 0.4
    assert "cannot-tell" in [candidate.finding for candidate in candidates]


@pytest.mark.parametrize(
    "text", ["", "KeyError: 'expired'", "lunch is at twelve", "TypeError: 'NoneType' is not iterable"]
)
def test_what_is_about_no_certificate_is_no_topic(text: str) -> None:
    assert explain(text).candidates[0].finding == "cannot-tell"


def test_bytes_that_are_no_text_speak_of_nothing() -> None:
    assert explain("zorp: tls: dropped").candidates[0].finding == "connection-closed"
    noise = "zorp: tls: dropped" + "".join(f"\\x{n:02x}" for n in range(128, 256)) * 20
    assert explain(noise).candidates[0].finding == "cannot-tell"


def test_topics_are_findings() -> None:
    assert set(_data()["topics"]) <= set(FINDINGS)
