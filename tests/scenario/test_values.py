"""Scalars keep the types that the schema gives them, never YAML's."""

from __future__ import annotations

import pytest

from simulator.scenario.scenario import Scenario
from tests.scenario.words import GOOD, RICH, read, wrong


def titled(text: str) -> Scenario:
    return read(GOOD.replace("The certificate names nobody", text, 1))


@pytest.mark.parametrize(
    "word",
    [
        "No",
        "yes",
        "on",
        "Off",
        "true",
        "null",
        "~",
        "3.10",
        "0x10",
        "1_000",
        "1e3",
        "010",
        "1:30",
        "2026-01-01",
        ".inf",
        "=",
    ],
)
def test_a_text_is_its_text(word: str) -> None:
    assert titled(word).title == word
    assert titled(f"'{word}'").title == word
    assert titled(f'"{word}"').title == word


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("a   b", "a b"),
        ("'  a '", "a"),
        ('"a\\nb"', "a b"),
        (">-\n  a\n  b", "a b"),
        ("|\n  a\n  b", "a b"),
        ("a # b", "a"),
        ("a#b", "a#b"),
        ('"\\u00fc \\U0001F512"', "\u00fc \U0001f512"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_a_line_of_text(written: str, title: str) -> None:
    assert titled(written).title == title


@pytest.mark.parametrize(
    ("written", "story"),
    [
        ("story: one line", "one line"),
        ("story: >\n  a\n  b\n\n  c\n", "a b\n\nc"),
        ("story: >\n  a\n\n\n\n  c\n", "a\n\nc"),
        ("story: |\n  a\n  b\n\n  c\n", "a b\n\nc"),
        ("story: a\n  b\n\n  c\n", "a b\n\nc"),
        ('story: "a\\nb"\n', "a\n\nb"),
    ],
)
def test_paragraphs(written: str, story: str) -> None:
    text = GOOD.replace("story: >\n  An old recipe. curl is happy,\n  Python is not.", written)
    assert read(text).story == story


def test_numbers_and_words_may_be_quoted() -> None:
    text = RICH.replace("days: 30", 'days: "30"').replace("level: 4", "level: '4'").replace("any,", '"any",')
    assert read(text) == read(RICH)


def test_when_is_one_condition_or_a_list() -> None:
    one = GOOD.replace("when: common-name-fallback", "when: [common-name-fallback]")
    assert read(one) == read(GOOD)
    assert read(GOOD.replace("when: common", "when:  'not   common")
                .replace("fallback,", "fallback',")).expect[1].when == ("not common-name-fallback",)  # fmt: skip


def test_flow_and_block_style_say_the_same() -> None:
    block = GOOD.replace(
        "  - {client: curl, verdict: accepted}", '  - client: curl\n    "verdict":\n      accepted'
    ).replace("surfaces: [missing-san]", "surfaces:\n- missing-san")
    assert read(block) == read(GOOD)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "::1", "app.test", "a.b.example.com", "xn--bcher-kva.test", "A.test"]
)
def test_hosts(host: str) -> None:
    assert read(GOOD.replace("two-tier", f"{{id: two-tier, host: '{host}'}}")).healthy().client.host == host


NO_HOSTS = (
    *("", " ", "a..test", ".test", "a.test.", "*.test", "a b.test", "-a.test", "127.0.0.2", "127.1", "1.2.3", "::2"),
    *("::1%lo", "[::1]", "https://a.test", "a.test/x", "com", "shop.com", "a" * 64 + ".test", "a." * 130 + "test"),
    "0::1",
)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_no_hosts(host: str) -> None:
    (problem,) = wrong(GOOD.replace("two-tier", f"{{id: two-tier, host: '{host}'}}"))
    assert problem.startswith("6:32: ")


@pytest.mark.parametrize(
    "name", ["DNS:*.test", "DNS:localhost:8443", "DNS:https://localhost", "IP:::1", "URI:a", "email:a@b"]
)
def test_identifiers_may_be_odd_where_that_is_the_fault(name: str) -> None:
    scenario = read(GOOD.replace("fault: omit-san", f"fault: odd-names\n    names: ['{name}']").replace("[omit", "[odd")
                    .replace("odd-san", "odd-names"))  # fmt: skip
    assert scenario.faults[0].arguments == {"names": (name,)}
