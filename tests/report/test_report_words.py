"""The small pure parts: decisive words, values in words, redaction, pages."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simulator.model.deployment import DAY, YEAR, CertificateSpec, Difference, Key, TrustFile, Variable, common_name
from simulator.model.finding import FINDINGS
from simulator.report import calls, clause, pages, values
from simulator.report.inert import cells, inert
from simulator.report.redact import redact
from simulator.report.sheet import Sheet
from simulator.report.wrapping import wrap
from tests.report import reports

LEAF = CertificateSpec(role="leaf", subject=common_name("x"), signer="leaf", key=Key(name="leaf"))


@pytest.mark.parametrize(
    ("error", "exceptions", "decisive"),
    [
        (reports.MISMATCH, (), "Hostname mismatch, certificate is not valid for 'localhost'."),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1007)",
            (),
            "self-signed certificate",
        ),
        ("curl: (60) SSL certificate problem: certificate has expired", (), "certificate has expired"),
        (
            "(Caused by SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1007)')))",
            (),
            "wrong version number",
        ),
        (
            "HTTPSConnectionPool(host='localhost', port=1): Max retries exceeded with url: / (Caused by "
            "NewConnectionError(\"HTTPSConnection(host='localhost', port=1): Failed to establish a new connection: "
            '[Errno 111] Connection refused"))',
            (),
            "[Errno 111] Connection refused",
        ),
        ("Could not find a suitable TLS CA certificate bundle, invalid path: /x", ("OSError",), "whole"),
        ("(Caused by Odd('the inner words'))", ("a.Outer", "b.Odd"), "the inner words"),
        ("", (), ""),
    ],
)
def test_the_decisive_words(error: str, exceptions: tuple[str, ...], decisive: str) -> None:
    start, end = clause.decisive(error, exceptions)
    assert error[start:end] == (error if decisive == "whole" else decisive)


def test_every_measured_error_has_decisive_words() -> None:
    """Over the wordings that the explanations rest on, as far as they are in the tests."""
    for path in (Path(__file__).parent.parent / "wordings").rglob("verdicts.json"):
        for scenario in json.loads(path.read_text(encoding="utf-8")).values():
            for said in scenario["clients"].values():
                error = said.get("error", "")
                start, end = clause.decisive(error)
                assert not error or error[start:end].strip()


@given(st.text(), st.lists(st.sampled_from(["a.B", "ssl.SSLError", "OSError"])))
def test_decisive_words_lie_within_any_text(error: str, exceptions: list[str]) -> None:
    start, end = clause.decisive(error, exceptions)
    assert 0 <= start <= end <= len(error)


@pytest.mark.parametrize(
    ("path", "before", "after", "words"),
    [
        ("leaf.san", None, ("DNS:localhost",), ("none", "DNS:localhost")),
        ("leaf.not_after", 1000 * DAY, 89 * DAY, ("in 1000 days", "in 89 days")),
        ("leaf.not_after", -DAY, 10 * YEAR, ("1 day ago", "in 10 years")),
        ("leaf.ca", True, None, ("CA:TRUE", "none")),
        ("client.verify", False, True, ("False", "True")),
        ("client.clock_skew", 0, -YEAR, ("0", "1 year behind")),
        ("client.trust", None, TrustFile(roles=("root",)), ("none", "ca.pem")),
        (
            "client.trust",
            TrustFile(roles=("other",)),
            TrustFile(roles=("root",)),
            ("ca.pem with other", "ca.pem with root"),
        ),
        ("client.trust", TrustFile(roles=(), form="empty"), None, ("ca.pem (empty)", "none")),
        ("root", None, LEAF, ("none", "new certificate")),
        ("root", LEAF, None, ("a certificate", "not used any more")),
        ("leaf.subject", common_name("a"), (("O", "b"), ("CN", "c")), ("CN=a", "O=b, CN=c")),
        ("leaf.key", Key(name="a"), Key(name="b"), ("p-256 key “a”", "p-256 key “b”")),
        (
            "client.environment",
            (),
            (Variable(name="REQUESTS_CA_BUNDLE", value=TrustFile(roles=("root",))),),
            ("none", "REQUESTS_CA_BUNDLE=ca.pem"),
        ),
    ],
)
def test_values_in_words(path: str, before: object, after: object, words: tuple[str, str]) -> None:
    assert values.change(Difference(path=path, before=before, after=after)) == words


def test_secrets_and_the_home_folder_go() -> None:
    text = (
        "proxy http://bob:hunter2@proxy:1/ /home/ann/x /home/anna Bearer abcdefgh12345 token=zzzzzzzz ghp_" + "a" * 30
    )
    cleaned = redact(text, home="/home/ann")
    assert cleaned == (
        "proxy http://bob:[redacted]@proxy:1/ ~/x /home/anna Bearer [redacted] token=[redacted] [redacted]"
    )


def test_the_labs_own_tokens_stay() -> None:
    assert redact("Bearer tok-4f2a9c1d", keep=frozenset({"tok-4f2a9c1d"})) == "Bearer tok-4f2a9c1d"


def test_private_keys_go_even_when_cut_off() -> None:
    assert redact("-----BEGIN EC PRIVATE KEY-----\nMHc", home="/x") == "[private key left out]"


def test_ordinary_errors_are_left_as_they_are() -> None:
    assert redact(reports.MISMATCH, home="/home/ann") == reports.MISMATCH


@given(st.text())
def test_inert_text_cannot_act(text: str) -> None:
    made = inert(text)
    assert made.isprintable() or "\u00a0" in made or all(c.isprintable() or c.isspace() for c in made)
    assert not any(c in made for c in "\n\r\t\x1b\x00\u202e\u2028\u200b")


@given(
    st.lists(st.tuples(st.sampled_from(["", "mark", "bad"]), st.text().map(inert))),
    st.integers(8, 60),
    st.integers(8, 60),
)
def test_wrapped_lines_fit_and_lose_no_letter(spans: list[tuple[str, str]], width: int, first: int) -> None:
    lines = list(wrap(Console(width=80, file=StringIO()), spans, width, first=first))
    assert all(cells(line.plain) <= (width if n else first) for n, line in enumerate(lines))
    letters = "".join("".join(t for _, t in spans).split())
    assert "".join("".join(line.plain for line in lines).split()) == letters
    marked = "".join("".join(t for style, t in spans if style == "mark").split())
    kept = "".join(line.plain[s.start : s.end] for line in lines for s in line.spans if s.style == "mark")
    assert "".join(kept.split()) == marked


def test_a_word_too_long_is_broken_behind_a_bracket_so_that_a_url_stays_whole() -> None:
    spans = [("code", 'requests.get("https://localhost:43111/", verify="ca.pem")')]
    lines = wrap(Console(width=80, file=StringIO()), spans, 34, first=34)
    assert [line.plain for line in lines] == ["requests.get(", '"https://localhost:43111/",', 'verify="ca.pem")']


def test_a_sheet_is_never_wider_than_its_width() -> None:
    sheet = Sheet(20)
    sheet.row([("", "漢字" * 20)], [("", "x" * 30)])
    sheet.pair("label" * 9, [("mark", "y" * 50)])
    sheet.command("openssl " + "z" * 70)
    assert all(cells(line) <= 20 for line in sheet.text().splitlines())


def test_braces_in_data_are_data() -> None:
    finding = reports.MISSING_SAN
    evidence = reports.evidence(reports.rejected(), reference="{seen}{{")
    assert pages.fill("{host} {seen} {{x}} {other}", finding, evidence) == ("{seen}{{ " + finding.seen + " {x} {other}")


def test_a_missing_page_stops_nothing() -> None:
    from dataclasses import replace

    finding = replace(reports.MISSING_SAN, id="no-such-finding")
    assert "localhost" in pages.message(finding, reports.evidence(reports.rejected()))
    assert pages.fix(finding) == ""
    assert pages.title("../secret") == "../secret"


def written() -> list[str]:
    return [id for id in FINDINGS if pages.text(id) is not None]


@pytest.mark.parametrize("id", written())
def test_no_placeholder_stays_in_a_message(id: str) -> None:
    from dataclasses import replace

    finding = replace(reports.MISSING_SAN, id=id)
    told = [pages.message(finding, reports.evidence(reports.rejected())), pages.fix(finding)]
    told += ["".join(t for _, t in p) for p in pages.why(finding, reports.evidence(reports.rejected()))]
    for text in told:
        assert text
        for name in ("{host}", "{certificate}", "{field}", "{expected}", "{seen}", "{saw}", "{{", "`", "**"):
            assert name not in text


@pytest.mark.parametrize("client", ["requests", "stdlib", "curl", "requests@/usr/bin/python3", "odd"])
@pytest.mark.parametrize("name", reports.ALL)
def test_a_call_names_the_url(client: str, name: str) -> None:
    evidence = reports.ALL[name]().evidence
    assert evidence.url in "\n".join(calls.call(evidence, client))
    assert calls.trust(evidence)
