"""The terminal report at 80 and at 40 columns, in colour and without."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from simulator.report import terminal
from simulator.report.inert import cells
from simulator.report.wrapping import break_command
from tests.report import reports

WIDTHS = (20, 40, 41, 60, 72, 80, 100)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def squeezed(text: str) -> str:
    """The text without line ends and margins, so that a broken line still holds its words."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", reports.ALL)
def test_no_line_is_wider_than_it_may_be(name: str, width: int) -> None:
    for colour in (False, True):
        text = terminal.render(reports.ALL[name](), width=width, colour=colour, following="wrong-host")
        widest = max(ESCAPES.sub("", text).splitlines(), key=cells)
        assert cells(widest) <= width, widest


@pytest.mark.parametrize("width", [40, 80])
def test_every_decisive_fact_is_there(width: int) -> None:
    text = squeezed(terminal.render(reports.missing_san(), width=width, colour=False, following="wrong-host"))
    for fact in (
        "missing-san",
        "The certificate names nobody",
        "names · level 1",
        "https://localhost:43111/",
        "verify=ca.pem",
        "CN=Simulator Root CA",
        "until 2036-11-21",
        "trusted",
        "CN=localhost",
        "✗ no subjectAltName",
        "rejected after 3 ms",
        "asked for localhost",
        "certificate has no name at all",
        "dangerous: 6 of 8 attacks got in",
        "an impostor received the token: tok-4f2a… (impostor-self-signed)",
        "dangerous: 1 of 8 attacks got in",
        "no effect: still rejected",
        "cure: 200 OK",
        "none of the 8 attacks that apply got in",
        "leaf.san none → DNS:localhost",
        "simulate missing-san --serve",
        "simulate wrong-host",
    ):
        assert fact in text, fact


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_exactly_the_decisive_words_are_underlined(width: int) -> None:
    lines = terminal.render(reports.missing_san(), width=width, colour=False).splitlines()
    marked = ""
    for above, line in pairwise(lines):
        if "▔" in line:
            start, end = line.index("▔"), line.rindex("▔") + 1
            marked += above[start:end] + " "
            assert set(line[start:end]) == {"▔"}
    assert squeezed(marked) == "Hostname mismatch, certificate is not valid for 'localhost'."
    assert sum("this part matters" in line for line in lines) == 1


@pytest.mark.parametrize("name", reports.ALL)
def test_without_colour_no_escape_character_and_no_margin_at_the_end(name: str) -> None:
    text = terminal.render(reports.ALL[name](), width=80, colour=False)
    assert "\x1b" not in text
    assert not re.search(r"[ \x1f\ue000]\n", text)
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", reports.ALL)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    coloured = terminal.render(reports.ALL[name](), width=80, colour=True)
    assert "\x1b[" in coloured
    without = [line.rstrip() for line in ESCAPES.sub("", coloured).splitlines()]
    assert without == terminal.render(reports.ALL[name](), width=80, colour=False).splitlines()


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_texts_are_inert(colour: bool) -> None:
    text = ESCAPES.sub("", terminal.render(reports.hostile(), width=80, colour=colour))
    for character in ("\x1b", "\u202e", "\u200b", "\x07", "\x9b", "\r", "\t", "\x00", "\x1f", "\ue000", "\ud800"):
        assert character not in text
    assert "\\x1b[31mred" in text
    assert "\\u202eevil" in text
    assert "[bold]x[/bold]" in text
    assert "{seen}" in text


def test_ascii_alone_for_terminals_that_know_no_more() -> None:
    text = terminal.render(reports.missing_san(), width=80, colour=False, plain=True)
    assert text.isascii()
    assert "^^^^^^^^  this part matters" in text
    assert "x no subjectAltName" in text


def test_accepted_and_wrong_reads_right() -> None:
    text = squeezed(terminal.render(reports.verification_disabled(), width=80, colour=False))
    assert "verify=False: nothing is checked" in text
    assert "200 OK: nothing failed, and that is the trouble" in text
    assert "✗" not in text
    assert "False → True" in text


def test_healthy_says_that_nothing_is_wrong() -> None:
    text = terminal.render(reports.healthy(), width=80, colour=False)
    assert "nothing is wrong" in text
    assert "Why" not in text
    assert "✗" not in text


def test_what_waits_behind_the_first_finding_is_told_in_order() -> None:
    text = squeezed(terminal.render(reports.self_signed(), width=80, colour=False))
    assert "Behind it, in the order in which they would surface: 2 leaf-is-ca" in text
    assert "not refused for this; a danger all the same" in text
    assert "stdlib rejected after 3 ms: self-signed certificate" in text
    assert "curl rejected after 3 ms: self-signed certificate" in text


def test_differences_are_in_words() -> None:
    text = squeezed(terminal.render(reports.self_signed(), width=80, colour=False))
    assert "leaf.not_after in 1000 days → in 89 days" in text
    assert "leaf.ca CA:TRUE → CA:FALSE" in text
    assert "root none → new certificate" in text
    assert "client.trust none → ca.pem" in text


def test_rivals_are_named() -> None:
    report = reports.missing_san()
    finding = replace(report.findings[0], rivals=("incomplete-chain",))
    text = squeezed(terminal.render(replace(report, findings=(finding,)), width=80, colour=False))
    assert "This evidence would also fit incomplete-chain (" in text


def test_no_grade_is_never_a_good_one_and_problems_come_last() -> None:
    text = terminal.render(reports.not_graded(), width=80, colour=False)
    assert "not graded: 1 of 8 attacks did not end cleanly" in text
    assert "nobody listened on the attacker's port (plain-text)" in text
    assert text.index("did not behave as its file says") > text.index("not graded")


def test_nothing_is_ever_called_safe() -> None:
    for make in reports.ALL.values():
        text = terminal.render(make(), width=80, colour=False)
        assert not re.search(r"\b(safe|secure)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("width", [24, 30, 40, 60])
def test_a_broken_command_still_means_the_same(width: int) -> None:
    import shlex

    for command in (
        'openssl req -new -key server.key -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" -out server.csr',
        'python -c \'import requests; print(requests.get("https://localhost:1443/", verify="ca.pem"))\'',
    ):
        lines = break_command(command, width)
        assert all(len(line) <= width for line in lines)
        assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(command)
