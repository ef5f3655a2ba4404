"""The HTML report as a file: its order, that it stands alone, and that a certificate's text stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from simulator.changes.attacks import ATTACKS
from simulator.model.diagnosis import DiagnosisReport, Foretold, Shown
from simulator.model.finding import PathNode
from simulator.model.report import AttackOutcome
from simulator.report import drawing, notebook, page
from simulator.report.scenes import SCENES, scene
from tests.report import reports

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'--></title></style></svg><b>",
    "]]><!DOCTYPE x [<!ENTITY e 'x'>]>",
    "{{ 7*7 }}{% raw %}",
    "&lt;i&gt;&#60;",
    "\u202eevil\u202c\u2066\u200b",
    "\x00\x1b[31m\x9b\x7f",
    "javascript:alert(1)",
    "\ud800",
    "long " * 400,
    "語" * 90,
)
"""What an attacker may write into a certificate."""


class Outline(HTMLParser):
    """Elements, attributes and text of a page. `convert_charrefs` makes text what a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self._raw = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._raw = tag in ("style", "script", "title")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False
        if tag in ("dt", "dd", "td", "th", "li", "p", "h1", "h2", "h3", "summary"):
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.text += data


def squeezed(text: str) -> str:
    return " ".join(text.split())


def diagnosis(text: str = "CN=localhost") -> DiagnosisReport:
    base = reports.missing_san()
    return DiagnosisReport(
        target=text,
        live=True,
        verdict="rejected",
        evidence=base.evidence,
        findings=base.findings,
        served=(Shown(place="served[0]", subject=text, issuer=text, names=(text,), not_after=1.0, problem=text),),
        path=base.path,
        foretold=(Foretold(client="requests", python="3.12 and older", verdict="rejected", words=text),),
        notes=(text,),
    )


def test_the_order_is_the_terminal_reports() -> None:
    text = squeezed(Outline(page.render(reports.missing_san(), following="wrong-host")).text)
    wanted = (
        "names · level 1",
        "missing-san · The certificate names nobody",
        "What was built",
        "https://localhost:43111/",
        "verify=ca.pem",
        "What requests said: rejected after 3 ms",
        "Hostname mismatch, certificate is not valid for 'localhost'.",
        "The marked part matters.",
        "Why",
        "asked for localhost",
        "certificate has ✗ no name at all",
        "Tempting, and wrong",
        "verify=False dangerous 200 OK; 6 of 8 attacks got in.",
        "your client → an impostor on the network instead of the real server",
        "Stolen: an impostor received the token tok-4f2a…",
        "Set the clock back no effect rejected",
        "The fix, proven",
        "cure 200 OK; none of the 8 attacks that apply got in",
        "leaf.san − none + DNS:localhost",
        "openssl req -new",
        "simulate missing-san --serve",
        "simulate wrong-host",
        "requests 2.34.2, urllib3 2.8.0",
    )
    places = [text.find(words) for words in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)


def test_exactly_the_decisive_words_are_marked() -> None:
    (marked,) = re.findall(r"<mark>(.*?)</mark>", page.render(reports.missing_san()))
    assert marked.replace("&#39;", "'") == "Hostname mismatch, certificate is not valid for 'localhost'."


@pytest.mark.parametrize("name", reports.ALL)
def test_a_page_stands_alone(name: str) -> None:
    html = page.render(reports.ALL[name]())
    outline = Outline(html)
    assert len(html.encode()) < 300_000
    assert not {"link", "img", "iframe", "object", "embed", "form", "base", "a href"} & set(outline.elements)
    for attribute, value in outline.attributes:
        assert attribute not in ("src", "style", "srcset", "action"), attribute
        assert not attribute.startswith("on"), attribute
        if attribute == "href":
            assert value == "#main"


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    html = page.render(reports.missing_san())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    allowed = policy.replace("&#39;", "'").split("; ")
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        (own,) = re.findall(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in allowed
    assert allowed[0] == "default-src 'none'"
    assert "base-uri 'none'" in allowed
    assert "form-action 'none'" in allowed
    assert "unsafe" not in policy


@pytest.mark.parametrize("nasty", NASTY)
def test_an_attackers_text_adds_no_element_and_no_attribute(nasty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def names(html: str) -> list[str]:
        outline = Outline(html)
        return outline.elements + [name for name, _ in outline.attributes]

    def pages() -> list[str]:
        report = reports.hostile()
        failures = [(reports.HOSTILE, reports.HOSTILE, reports.HOSTILE)]
        return [
            page.render(report, following=reports.HOSTILE),
            page.render_all([report], failures=failures),
            page.render_diagnosis(diagnosis(reports.HOSTILE)),
        ]

    monkeypatch.setattr(reports, "HOSTILE", "plain")
    plain = pages()
    monkeypatch.setattr(reports, "HOSTILE", nasty)
    for html, model in zip(pages(), plain, strict=True):
        # Long names take another line of the drawing, which is a <text> and its attributes.
        ignored = {"text", "x", "y", "class", "fill", "font-family", "font-size"}
        assert [n for n in names(html) if n not in ignored] == [n for n in names(model) if n not in ignored]
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", html)
        html.encode("utf-8")
    if nasty.startswith("<script>"):
        assert nasty in Outline(pages()[0]).text


def test_secrets_stay_out_and_stolen_tokens_stay_in() -> None:
    base = reports.missing_san()
    key = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----"
    story = f"{key} https://rosa:hunter2hunter2@localhost/"
    html = page.render(replace(base, scenario=replace(base.scenario, story=story)))
    assert "MIGH" not in html
    assert "hunter2" not in html
    assert "tok-4f2a" in html


@pytest.mark.parametrize("name", reports.ALL)
def test_the_drawing_is_well_formed_and_says_in_words_what_it_shows(name: str) -> None:
    report = reports.ALL[name]()
    svg = drawing.svg(report.path, report.findings, report.evidence)
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"].split() == ["chain-title", "chain-desc"]
    told = root.findtext("desc") or ""
    for node in report.path:
        assert ("trusted" in told) or node.place != "anchor"
    for text in root.iter("text"):
        assert len(text.text or "") <= drawing.COLUMNS


def test_the_link_that_breaks_is_dashed_and_named() -> None:
    report = reports.missing_san()
    top, leaf = report.path
    missing = PathNode(subject="CN=Somebody", not_after=0, place="missing")
    broken = drawing.svg((missing, replace(leaf, marks=("untrusted-issuer",))), report.findings, report.evidence)
    assert "nothing leads here" in broken
    assert "✗ this link is broken" in broken
    assert "✗ neither trusted nor sent" in broken
    whole = drawing.svg((top, replace(leaf, marks=())), (), report.evidence)
    assert "broken" not in whole
    assert "stroke-dasharray" not in whole
    assert drawing.svg((), (), report.evidence) == ""


def test_a_nasty_subject_fits_its_box() -> None:
    report = reports.missing_san()
    for nasty in NASTY:
        path = (replace(report.path[1], subject=nasty),)
        root = ElementTree.fromstring(drawing.svg(path, report.findings, report.evidence))  # noqa: S314  # our own
        assert not list(root.iter("script"))
        assert all(len(text.text or "") <= drawing.COLUMNS for text in root.iter("text"))


def test_every_attack_has_a_scene() -> None:
    assert set(SCENES) == set(ATTACKS)
    unknown = AttackOutcome(id="another", outcome="admitted", why="something was lost")
    assert scene(unknown).attacker == "another"


def test_the_page_of_all() -> None:
    bad = replace(reports.not_graded())
    html = page.render_all([reports.missing_san(), bad], failures=[("odd", "names", "a port is taken")])
    text = squeezed(Outline(html).text)
    for words in (
        "1 of 3 behaved",
        "odd could not be run: a port is taken",
        "verify=False: dangerous was claimed",
        "✓ yes",
    ):
        assert words in text, words
    assert text.index("What did not") < text.index("All of them")


def test_the_page_of_a_diagnosis() -> None:
    text = squeezed(Outline(page.render_diagnosis(diagnosis())).text)
    for words in ("1 thing to mend", "What requests said", "The fix: Issue the certificate again", "foretold, not run"):
        assert words in text, words
    fine = replace(diagnosis(), findings=(), verdict="accepted", evidence=reports.healthy().evidence)
    assert "nothing is wrong" in Outline(page.render_diagnosis(fine)).text


def test_a_report_shows_itself_in_a_notebook_in_a_frame_of_its_own() -> None:
    shown = notebook.shown(reports.hostile())
    html = shown._repr_html_()
    outline = Outline(html)
    assert outline.elements == ["iframe"]
    attributes = dict(outline.attributes)
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == page.render(reports.hostile())
    assert shown.scenario == reports.hostile().scenario
    assert 'class="chain"' in dict(Outline(notebook.shown_diagnosis(diagnosis())._repr_html_()).attributes)["srcdoc"]
