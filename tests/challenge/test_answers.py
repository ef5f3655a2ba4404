"""Sheets, comparisons and points: pure functions."""

from __future__ import annotations

import json

import pytest

from simulator.challenge import points, sheet
from simulator.challenge.comparing import compare
from simulator.challenge.sheet import Claim
from simulator.errors import UsageError
from simulator.model.finding import FINDINGS, Finding

HEAD = "learner: ada\nbundle: abc\npatients:\n"


def finding(id, certificate="served[0]", field="subjectAltName", severity="error", rivals=()):
    return Finding(id=id, severity=severity, party="issuer", certificate=certificate, field=field, rivals=tuple(rivals))


def told(text):
    with pytest.raises(UsageError) as caught:
        sheet.parse((HEAD + text).encode())
    return caught.value.message.splitlines()


def test_a_sheet_says_what_it_says():
    text = (
        HEAD + "  - patient: 1\n    findings:\n"
        "      - {finding: missing-san, certificate: server, field: SAN, who: issuer}\n"
        "    repair: {client: {verify: no, trust: patient-1/ca/ca.pem}, server: {chain: repair/c.pem}}\n"
    )
    answer = sheet.parse(text.encode())
    (one,) = answer.patients
    assert one.claims == (Claim(finding="missing-san", certificate="server", field="SAN", who="issuer"),)
    assert one.client == {"verify": "no", "trust": "patient-1/ca/ca.pem"}
    assert set(one.named) == {"patient-1/ca/ca.pem", "repair/c.pem"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  - patient: 1\n    findings: [missing-sam]\n", "answer.yaml:5: 'missing-sam' is no finding: did you mean"),
        ("  - {patient: 1, repair: {client: {verify: maybe}}}\n", "verify: 'maybe' does not fit: write yes or no"),
        ("  - {patient: 1, repair: {server: {chain: ../etc/passwd}}}\n", "does not fit: write a file of the bundle"),
        ("  - {patient: 1, repair: {server: {chain: repair/../../x}}}\n", "does not fit"),
        ("  - {patient: 1, repair: {server: {chain: /etc/passwd}}}\n", "does not fit"),
        ("  - {patient: 1, repair: {client: {environment: {LD_PRELOAD: repair/x}}}}\n", "'LD_PRELOAD' is no variable"),
        ("  - {patient: 1, repair: {code: 'import os'}}\n", "'code' is no part of a repair"),
        ("  - {patient: 0}\n", "a patient has a number"),
        ("  - {patient: 1}\n  - {patient: 1}\n", "patient 1 stands here twice"),
        ("  - &a {patient: 1}\n  - *a\n", "the anchor &a"),
        ("  - !!python/object:os.system {patient: 1}\n", "the tag"),
        ("  - {patient: 1, findings: [{finding: expired, who: nobody}]}\n", "'nobody' is no party"),
    ],
)
def test_every_problem_has_its_line(text, problem):
    assert any(problem in line for line in told(text)), told(text)


def test_bombs_of_yaml_are_refused_quickly():
    laughs = "a: &a [x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a]\n" for n in range(20))
    for bomb in (laughs, "[" * 50_000, "a: " + "x" * 70_000, "? [" * 1000, "\x00", "- " * 30_000):
        with pytest.raises(UsageError):
            sheet.parse(bomb.encode())


def test_a_set_difference_counts_each_thing_once():
    there = [finding("untrusted-issuer", rivals=["incomplete-chain"]), finding("expired", field="notAfter")]
    right = compare(there, [Claim(finding="incomplete-chain"), Claim(finding="expired"), Claim(finding="expired")])
    assert (right.found, right.missed, right.wrong) == (("untrusted-issuer", "expired"), (), ())
    both = compare(there, [Claim(finding="incomplete-chain"), Claim(finding="untrusted-issuer")])
    assert both.found == ("untrusted-issuer",)
    assert both.wrong == ("incomplete-chain",)
    assert both.missed == ("expired",)


def test_notes_beside_errors_are_neither_asked_for_nor_punished():
    there = [finding("expired"), finding("missing-aki", severity="note")]
    one = compare(there, [Claim(finding="expired"), Claim(finding="missing-aki")])
    assert (one.wanted, one.wrong) == (("expired",), ())
    alone = compare(there[1:], [])
    assert alone.missed == ("missing-aki",)


def test_evidence_is_a_certificate_a_field_and_a_party():
    there = [finding("expired-anchor", certificate="anchor[0]", field="notAfter")]
    for place, field, who, counted in (
        ("anchor", "notAfter", "issuer", (1, 1, 1)),
        ("issuer", "not after", "server", (1, 1, 0)),
        ("server", "SAN", "issuer", (0, 0, 1)),
    ):
        one = compare(there, [Claim(finding="expired-anchor", certificate=place, field=field, who=who)])
        assert (one.certificates, one.fields, one.parties) == counted
    assert compare([finding("missing-san")], [Claim(finding="missing-san", field="SAN")]).fields == 1


def marks(there, claims, grade="cure"):
    from dataclasses import asdict

    return {"patients": [{"compared": asdict(compare(there, claims)), "grade": grade}], "hints": 2}


def test_naming_every_finding_earns_nothing():
    there = [finding("expired"), finding("missing-san")]
    all_of_them = [Claim(finding=id, certificate="server", field="notAfter", who="issuer") for id in FINDINGS]
    assert points.of_submission(marks(there, all_of_them, "no-effect"), points.Weights()).total == 0
    honest = [Claim(finding="expired", certificate="server", field="subjectAltName", who="issuer")]
    one = points.of_submission(marks(there, honest), points.Weights())
    assert (one.findings, one.evidence, one.who, one.repair, one.total) == (20, 7.5, 5, 35, 67.5)


@pytest.mark.parametrize(("grade", "worth"), [("cure", 35), ("workaround", 17.5), ("no-effect", 0), ("dangerous", 0)])
def test_a_repair_is_worth_its_grade(grade, worth):
    assert points.of_submission(marks([finding("expired")], [], grade), points.Weights()).repair == worth


def test_weights_come_from_a_file(tmp_path):
    file = tmp_path / "weights.yaml"
    file.write_text("findings: 10\nevidence: 0\nwho: 0\nrepair: 90\nworkaround: 0.25\nhint: 1.5\n")
    weights = points.load(str(file))
    assert weights.total == 100
    one = points.of_submission(marks([finding("expired")], [Claim(finding="expired")], "workaround"), weights)
    assert one.total == 10 + 22.5 - 3
    for text in ("findings: many\n", "findings: -1\n", "cure: 2\n", "beauty: 3\n", "a: &a 1\n"):
        file.write_text(text)
        with pytest.raises(UsageError, match=r"weights\.yaml"):
            points.load(str(file))


def test_dangerous_earns_nothing_whatever_the_weights():
    assert points.Weights(cure=1, workaround=1).share("dangerous") == 0


def test_sheets_are_bounded():
    many = json.dumps([{"finding": "expired"}] * 101)
    assert any("findings is a list" in line for line in told(f"  - {{patient: 1, findings: {many}}}\n"))
