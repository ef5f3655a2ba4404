"""JSON, JUnit, Markdown and SARIF: leaves over the same values."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

import simulator.report
from simulator.report import json_report, junit, markdown, sarif
from tests.report import reports

SCHEMA = json.loads((Path(simulator.report.__file__).parent / "schema/report.schema.json").read_text(encoding="utf-8"))


def valid(text: str) -> Any:
    document = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


@pytest.mark.parametrize("name", reports.ALL)
def test_json_is_valid_by_its_schema(name: str) -> None:
    document = valid(json_report.render(reports.ALL[name]()))
    assert next(iter(document)) == "format"
    assert document["format"] == 1
    assert document["scenario"] == reports.ALL[name]().scenario.id


def test_json_of_all_is_valid_and_says_whether_all_behaved() -> None:
    document = valid(json_report.render_all(make() for make in reports.ALL.values()))
    assert document["behaved"] is False
    assert len(document["reports"]) == len(reports.ALL)


def test_json_holds_the_contract() -> None:
    document = valid(json_report.render(reports.missing_san()))
    assert document["attempts"][0]["verify_code"] == 62
    (finding,) = document["findings"]
    assert finding["id"] == "missing-san"
    assert finding["message"].startswith("A server proves its name")
    assert finding["fix"].startswith("Issue the certificate again")
    first = document["trials"][0]
    assert (first["grade"], first["claim"], first["shortcut"]) == ("dangerous", "dangerous", True)
    assert [a["outcome"] for a in first["attacks"]].count("admitted") == 6
    assert first["attacks"][0]["token"] == "tok-4f2a9c1d"
    assert document["trials"][-1]["changed"] == [{"path": "leaf.san", "before": "none", "after": "DNS:localhost"}]


def test_json_leaves_out_what_is_not_ours_to_show() -> None:
    home = str(Path("~").expanduser())
    key = "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"
    error = f"{home}/x https://bob:hunter2@proxy/ Bearer abcdefghijk {key}"
    report = replace(reports.missing_san(), evidence=reports.evidence(reports.rejected(error)))
    text = json_report.render(report)
    for secret in ("hunter2", "abcdefghijk", "MII", f"{home}/x"):
        assert secret not in text
    assert "tok-4f2a9c1d" in text


@pytest.mark.parametrize("name", reports.ALL)
def test_json_can_be_written_as_utf_8(name: str) -> None:
    json_report.render(reports.ALL[name]()).encode("utf-8")


def test_junit_has_the_shape_that_servers_read() -> None:
    root = ElementTree.fromstring(junit.render([make() for make in reports.ALL.values()]))  # noqa: S314  # our own
    assert root.tag == "testsuites"
    (suite,) = root
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases)
    for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{kind}"))
    for case in cases:
        assert {"name", "classname", "time"} <= case.attrib.keys()
        float(case.attrib["time"])
        for one in case.findall("properties/property"):
            assert {"name", "value"} == one.attrib.keys()
    names = [case.attrib["name"] for case in cases]
    assert len(set(names)) == len(names)
    assert "missing-san" in names
    assert {"self-signed[requests]", "self-signed[stdlib]", "self-signed[curl]"} <= set(names)


def test_junit_passes_what_behaved_and_fails_what_did_not() -> None:
    root = ElementTree.fromstring(junit.render([reports.missing_san(), reports.not_graded()]))  # noqa: S314  # as above
    good, bad = root.iter("testcase")
    assert good.find("failure") is None
    assert good.find("error") is None
    failure = bad.find("error")
    assert failure is not None
    assert "dangerous was claimed" in failure.attrib["message"]


def test_a_problem_fails_the_client_that_it_is_about() -> None:
    report = replace(
        reports.self_signed(), behaved=False, problems=("curl was rejected, and the file expects accepted",)
    )
    root = ElementTree.fromstring(junit.render([report]))  # noqa: S314  # as above
    assert [c.attrib["name"] for c in root.iter("testcase") if c.find("failure") is not None] == ["self-signed[curl]"]


def test_a_client_that_was_not_run_is_skipped() -> None:
    attempt = replace(reports.accepted("curl"), verdict="not-run", error="there is no curl")
    report = replace(reports.healthy(), evidence=reports.evidence(reports.accepted(), attempt))
    root = ElementTree.fromstring(junit.render([report]))  # noqa: S314  # as above
    skipped = root.find("testsuite/testcase[@name='healthy[curl]']/skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "there is no curl"


@pytest.mark.parametrize("name", reports.ALL)
def test_markdown_has_the_same_order_and_inert_data(name: str) -> None:
    text = markdown.render(reports.ALL[name](), following="wrong-host")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    order = ["What was built", "What ", "Why", "Tempting", "The fix", "This scenario"]
    ranks = [max(n for n, start in enumerate(order) if h[3:].startswith(start)) for h in headings]
    assert ranks == sorted(ranks)
    for character in ("\x1b", "\u202e", "\u200b", "\x07", "\ud800"):
        assert character not in text
    outside = re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    assert "<b>" not in outside.replace("\\<b\\>", "")


def test_markdown_of_all_is_one_table() -> None:
    text = markdown.render_all([make() for make in reports.ALL.values()])
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == len(reports.ALL) + 2
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_sarif_places_findings_in_the_file_and_never_at_a_host() -> None:
    report = reports.self_signed()
    text = sarif.render(report.findings, report.evidence, file="./certs/my chain.pem", version="0.1.0")
    document = json.loads(text)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in rules] == ["leaf-is-ca", "self-signed"]
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"] == finding.id
        assert result["level"] in ("error", "warning", "note")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "certs/my%20chain.pem"
        assert place["region"]["startLine"] == 1
        assert result["partialFingerprints"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
    assert text == sarif.render(report.findings, report.evidence, file="./certs/my chain.pem", version="0.1.0")


def test_sarif_of_nothing_is_a_clean_run() -> None:
    document = json.loads(sarif.render((), reports.evidence(reports.accepted()), file="x.pem"))
    assert document["runs"][0]["results"] == []
