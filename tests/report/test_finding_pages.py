"""The pages of `report_templates/findings/`: one a finding, all of one form, no boilerplate, real commands.

Pages are read here with means of their own, not with `simulator.report.pages`: two readers guard each other.
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from simulator.model.finding import FINDINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "report_templates" / "findings"
SCENARIOS = ROOT / "scenarios"

HEADINGS = [
    "What the client saw",
    "What it means",
    "Why it matters",
    "The right fix",
    "Wrong fixes",
    "See it yourself",
    "References",
]
PLACEHOLDERS = {"{host}", "{certificate}", "{field}", "{expected}", "{seen}"}
COMMANDS = {"list", "show", "all", "diagnose", "explain", "check", "schema"}
MOST_PAGES_OF_A_SENTENCE = 3
MOST_SENTENCES_OF_A_MESSAGE = 3

_IDS = sorted(path.stem for path in PAGES.glob("*.md"))
_FENCE = re.compile(r"^```.*?^```[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_SENTENCE_END = re.compile(r"""(?<=[.!?])\s+|(?<=[.!?]["')])\s+""")

each_page = pytest.mark.parametrize("page", _IDS)


@cache
def _source(page: str) -> str:
    return (PAGES / f"{page}.md").read_text(encoding="utf-8")


def _without_code(source: str) -> str:
    """The page without its code blocks, fenced or indented."""
    lines = _FENCE.sub("", source).splitlines()
    return "\n".join(line for line in lines if not line.startswith("    "))


def _section(source: str, heading: str) -> str:
    _, _, rest = source.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def _message(page: str) -> str:
    opening = _source(page).partition("\n## ")[0]
    return opening.partition("\n")[2].strip()


def _sentences(text: str) -> list[str]:
    """The sentences of one block of prose. What code there is counts, but a full stop in it ends nothing."""
    spans: list[str] = []

    def hide(match: re.Match[str]) -> str:
        spans.append(match[0])
        return f"\0{len(spans) - 1}\0"

    hidden = _CODE_SPAN.sub(hide, " ".join(text.split()))
    parts = (part.strip() for part in _SENTENCE_END.split(hidden))
    return [re.sub("\0(\\d+)\0", lambda match: spans[int(match[1])], part) for part in parts if part]


def _blocks(source: str) -> list[str]:
    """Paragraphs and list items, without headings, code and the place where texts of clients are put in."""
    blocks: list[str] = []
    for paragraph in re.split(r"\n\s*\n", _without_code(source)):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#") and line.strip() != "{saw}"]
        for block in re.split(r"^- ", "\n".join(lines), flags=re.MULTILINE):
            if block.strip():
                blocks.append(" ".join(block.split()))
    return blocks


def _full_sentences(source: str) -> set[str]:
    """What is said in whole sentences: fragments without a full stop (references, titles) are nobody's boilerplate."""
    found = (sentence for block in _blocks(source) for sentence in _sentences(block))
    return {sentence.casefold() for sentence in found if sentence.rstrip("\"')]*`").endswith((".", "!", "?"))}


def _commands(page: str) -> list[list[str]]:
    lines = _section(_source(page), "See it yourself").splitlines()
    return [shlex.split(line) for line in map(str.strip, lines) if line == "simulate" or line.startswith("simulate ")]


def test_every_finding_has_a_page_and_every_page_a_finding() -> None:
    assert {
        "without a page": sorted(set(FINDINGS) - set(_IDS)),
        "without a finding": sorted(set(_IDS) - set(FINDINGS)),
    } == {
        "without a page": [],
        "without a finding": [],
    }


@each_page
def test_a_page_begins_with_its_id_and_a_title(page: str) -> None:
    assert re.fullmatch(rf"# {re.escape(page)} · \S.*\S", _source(page).partition("\n")[0])


@each_page
def test_headings_are_these_and_in_this_order(page: str) -> None:
    headings = re.findall(r"^#+ .*$", _without_code(_source(page)), re.MULTILINE)
    assert headings[1:] == [f"## {heading}" for heading in HEADINGS]
    empty = [heading for heading in HEADINGS if not _section(_source(page), heading).strip()]
    assert not empty, "these sections say nothing"


@each_page
def test_what_the_client_saw_is_left_to_the_scenarios(page: str) -> None:
    assert _section(_source(page), "What the client saw").strip() == "{saw}"


@each_page
def test_only_these_placeholders_stand_outside_code(page: str) -> None:
    prose = _without_code(_source(page)).replace("\n{saw}\n", "\n", 1)
    assert set(re.findall(r"\{[^{}\s]*\}", prose)) <= PLACEHOLDERS
    left = re.sub("|".join(map(re.escape, PLACEHOLDERS)), "", prose)
    assert "{" not in left, "a brace that is no placeholder"
    assert "}" not in left, "a brace that is no placeholder"


@each_page
def test_a_message_is_one_paragraph_of_at_most_three_sentences(page: str) -> None:
    message = _message(page)
    assert message, "no message"
    assert "\n\n" not in message, "more than one paragraph"
    assert len(_sentences(message)) <= MOST_SENTENCES_OF_A_MESSAGE
    assert message.endswith((".", "!", "?")), "a message is made of whole sentences"


@each_page
def test_the_fix_begins_with_plain_sentences(page: str) -> None:
    """They become the JSON field `fix`: no list, no code block, no placeholder."""
    first = re.split(r"\n\s*\n", _section(_source(page), "The right fix").strip())[0]
    assert first[:1].isupper()
    assert not first.startswith(("- ", "```"))
    assert "{" not in first
    assert first.endswith(".")


def test_no_sentence_stands_on_more_than_three_pages() -> None:
    pages: dict[str, list[str]] = defaultdict(list)
    for page in _IDS:
        for sentence in _full_sentences(_source(page)):
            pages[sentence].append(page)
    assert {said: where for said, where in pages.items() if len(where) > MOST_PAGES_OF_A_SENTENCE} == {}


@each_page
def test_commands_to_see_it_yourself_can_be_typed(page: str) -> None:
    commands = _commands(page)
    assert commands, "nothing to type"
    scenarios = {path.stem for path in SCENARIOS.glob("*/*.yaml")}
    unknown: list[str] = []
    for _, *words in commands:
        first = words[0] if words else ""
        if first == "show":
            known = len(words) == 2 and (words[1].removeprefix("finding:") in FINDINGS or words[1] in scenarios)
        else:
            known = first in COMMANDS or first in scenarios
        if not known:
            unknown.append(" ".join(["simulate", *words]))
    assert not unknown, "neither a command nor a scenario under scenarios/"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ('Give `verify="ca. pem"` here. Done.', ['Give `verify="ca. pem"` here.', "Done."]),
        ('It says "no." Then it ends.', ['It says "no."', "Then it ends."]),
        ("RFC 5280 §4.2.1.6, Subject Alternative Name", ["RFC 5280 §4.2.1.6, Subject Alternative Name"]),
    ],
)
def test_sentences_are_cut_where_they_end(text: str, expected: list[str]) -> None:
    """The counting above rests on this."""
    assert _sentences(text) == expected
