"""Every kind of problem that a scenario file can have: what is said of it, and at which line and column.

A case is a change to a scenario that is right in every line, and each position was compared with that text.
"""

from __future__ import annotations

from typing import Any

import pytest

from simulator.model.finding import FINDINGS
from simulator.scenario import giveaway
from simulator.scenario.problem import MOST, Problem, Problems, nearest
from simulator.scenario.vocabulary import COMMANDS
from tests.scenario.words import GOOD, RICH, read, wrong


def case(name: str, changes: list[tuple[str, str]], problems: list[str]) -> Any:
    return pytest.param(changes, problems, id=name)


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


CASES = [
    case(
        "level word",
        [("level: 1", "level: one")],
        ['2:8: level wants a whole number from 1 to 4, not "one": write it in decimal digits alone'],
    ),
    case(
        "hex",
        [("level: 1", "level: 0x1")],
        ['2:8: level wants a whole number from 1 to 4, not "0x1": write it in decimal digits alone'],
    ),
    case(
        "number with underscore",
        [("level: 1", "level: 1_0")],
        ['2:8: level wants a whole number from 1 to 4, not "1_0": write it in decimal digits alone'],
    ),
    case(
        "number with exponent",
        [("level: 1", "level: 1e0")],
        ['2:8: level wants a whole number from 1 to 4, not "1e0": write it in decimal digits alone'],
    ),
    case(
        "octal",
        [("level: 1", "level: 01")],
        ['2:8: level wants a whole number from 1 to 4, not "01": write it in decimal digits alone'],
    ),
    case(
        "float",
        [("level: 1", "level: 1.0")],
        ['2:8: level wants a whole number from 1 to 4, not "1.0": write it in decimal digits alone'],
    ),
    case("range", [("level: 1", "level: 9")], ["2:8: level wants a whole number from 1 to 4, not 9"]),
    case(
        "number with sign",
        [("level: 1", "level: +1")],
        ['2:8: level wants a whole number from 1 to 4, not "+1": write it in decimal digits alone'],
    ),
    case("empty level", [("level: 1", "level:")], ["2:7: level is empty: it wants a whole number from 1 to 4"]),
    case("list level", [("level: 1", "level: [1]")], ["2:8: level wants a whole number from 1 to 4, not a list"]),
    case("unknown key", [("title:", "titel:")], ['1:1: a scenario has no key "titel": did you mean title?']),
    case(
        "unknown key2",
        [("level: 1", "level: 1\nnotes: x")],
        [
            '3:1: a scenario has no key "notes": write one of title, level, story, baseline, expect, faults, surfaces, '
            "hints, fixes"
        ],
    ),
    case("missing", [("level: 1\n", "")], ["1:1: a scenario lacks level"]),
    case("dup", [("level: 1", "level: 1\nlevel: 2")], ["3:1: level stands here twice: it is also in line 2"]),
    case("anchor", [("surfaces: [", "surfaces: &a [")], ["13:11: the anchor &a: write the value out each time"]),
    case("alias", [("surfaces: [missing-san]", "surfaces: *a")], ["13:11: the alias *a: write the value out"]),
    case(
        "tag",
        [("level: 1", "level: !!int 1")],
        ["2:8: the tag tag:yaml.org,2002:int: leave it out: the key decides the type"],
    ),
    case("tag2", [("title: The", "title: !x The")], ["1:8: the tag !x: leave it out: the key decides the type"]),
    case(
        "merge",
        [("- fault: omit-san", "- fault: omit-san\n    <<: {days: 1}")],
        ["9:5: the merge key <<: write the keys out"],
    ),
    case("tab", [("  - fault", "\t- fault")], ["8:1: a tab: write spaces"]),
    case("tab2", [("level: 1", "level:\t1")], ["2:7: a tab: write spaces"]),
    case(
        "unknown fault",
        [("fault: omit-san", "fault: omit-sann")],
        ['8:12: no fault "omit-sann": did you mean omit-san?'],
    ),
    case(
        "shortcut as fault",
        [("fault: omit-san", "fault: clock-back")],
        ['8:12: no fault "clock-back": it is a shortcut, and belongs into a fix\'s apply'],
    ),
    case(
        "unknown change",
        [("change: verification-disabled", "change: verify-disabled")],
        ['17:44: no change "verify-disabled": did you mean verification-disabled?'],
    ),
    case(
        "unknown baseline",
        [("baseline: two-tier", "baseline: two-tiers")],
        ['6:11: no baseline "two-tiers": did you mean two-tier?'],
    ),
    case(
        "unk key type",
        [("baseline: two-tier", "baseline: {id: two-tier, key: rsa2048, depth: 2}")],
        [
            '6:31: no key type "rsa2048": did you mean rsa-2048?',
            "6:47: two-tier has no depth: it is three-tier's alone",
        ],
    ),
    case(
        "host",
        [("baseline: two-tier", "baseline: {id: two-tier, host: example.net.evil.com}")],
        ['6:32: host: "example.net.evil.com" may be somebody\'s: take one under .test, such as example.test'],
    ),
    case(
        "host port",
        [("baseline: two-tier", "baseline: {id: two-tier, host: 'localhost:8443'}")],
        ['6:32: host: "localhost:8443" is no IP address: write 127.0.0.1 or ::1, without brackets or port'],
    ),
    case(
        "host ip",
        [("baseline: two-tier", "baseline: {id: two-tier, host: 10.0.0.1}")],
        ["6:32: nobody listens on 10.0.0.1: take 127.0.0.1, ::1 or a name"],
    ),
    case(
        "ipv6",
        [("baseline: two-tier", "baseline: {id: two-tier, host: '[::1]'}")],
        ['6:32: host: "[::1]" is no IP address: write 127.0.0.1 or ::1, without brackets or port'],
    ),
    case(
        "idn",
        [("baseline: two-tier", "baseline: {id: two-tier, host: bücher.test}")],
        ['6:32: host: "bücher.test" is no host name: write its xn-- form'],
    ),
    case(
        "finding",
        [("surfaces: [missing-san]", "surfaces: [mising-san, missing-san, missing-san]")],
        ['13:12: no finding "mising-san": did you mean missing-san?', "13:37: missing-san stands here twice"],
    ),
    case("client", [("client: curl", "client: culr")], ['12:14: no client "culr": did you mean curl?']),
    case(
        "trait",
        [("when: common-name-fallback", "when: not common-name-fallbak")],
        ['11:28: no trait "common-name-fallbak": did you mean common-name-fallback?'],
    ),
    case(
        "verdict",
        [("verdict: rejected", "verdict: refused")],
        ['10:33: no verdict "refused": write one of accepted, rejected'],
    ),
    case("grade", [("claim: cure", "claim: cured")], ['18:50: no grade "cured": did you mean cure?']),
    case(
        "aim",
        [("claim: cure", "claim: cure, aim: refuse")],
        ['18:61: no aim "refuse": write one of accepted, rejected'],
    ),
    case(
        "param range",
        [("fault: omit-san", "fault: expired\n    days: 4000")],
        ["9:11: days wants a whole number from 1 to 3650 (days), not 4000"],
    ),
    case(
        "param type",
        [("fault: omit-san", "fault: expired\n    days: many")],
        ['9:11: days wants a whole number from 1 to 3650 (days), not "many": write it in decimal digits alone'],
    ),
    case(
        "param unknown",
        [("fault: omit-san", "fault: expired\n    day: 3")],
        ['9:5: expired has no parameter "day": did you mean days?'],
    ),
    case(
        "param none",
        [("fault: omit-san", "fault: omit-san\n    days: 3")],
        ['9:5: omit-san has no parameter "days": it takes none'],
    ),
    case(
        "param missing",
        [("fault: omit-san", "fault: other-host")],
        ["8:5: other-host lacks host: it wants a host name or an IP address"],
    ),
    case(
        "words",
        [("fault: omit-san", "fault: odd-names\n    names: [a.test, 127.0.0.1, 'IP:x', 'DNS:']\n    form: three")],
        [
            '9:13: "a.test" is no identifier: did you mean "DNS:a.test"?',
            '9:21: "127.0.0.1" is no identifier: did you mean "IP:127.0.0.1"?',
            '9:32: "x" is no IP address: a name is written "DNS:…"',
            '9:40: "DNS:" is no identifier: it begins with DNS:, IP:, URI: or email:',
            '10:11: no form "three": write one of one, two',
        ],
    ),
    case(
        "undo",
        [("undo: [omit-san]", "undo: [expired]")],
        ['18:32: this scenario has no fault "expired" to undo: there is only omit-san'],
    ),
    case("undo twice", [("undo: [omit-san]", "undo: [omit-san, omit-san]")], ["18:42: omit-san stands here twice"]),
    case(
        "conflict",
        [("fault: omit-san", "fault: omit-san\n  - {fault: other-host, host: b.test}")],
        ["9:5: other-host and omit-san both write leaf.san: take one of them"],
    ),
    case("twice", [("fault: omit-san", "fault: omit-san\n  - fault: omit-san")], ["9:5: omit-san stands here twice"]),
    case(
        "conflict cert",
        [("fault: omit-san", "fault: no-root\n  - fault: old-root")],
        [
            "9:5: old-root and no-root both write root.not_after: take one of them",
            '19:32: this scenario has no fault "omit-san" to undo: write one of no-root, old-root',
        ],
    ),
    case(
        "refused",
        [("fault: omit-san", "fault: omit-san\n  - fault: forgotten")],
        ["9:5: forgotten does not fit: there is no intermediate"],
    ),
    case(
        "nothing",
        [("fault: omit-san", "fault: omit-san\n  - fault: nothing-at-all")],
        ["9:5: nothing-at-all changes nothing here: it is so already"],
    ),
    case(
        "no requests",
        [("client: requests", "client: go")],
        ["10:3: no expect line for requests: it is the client that every report is about"],
    ),
    case(
        "uncovered",
        [("client: requests,", "client: requests, when: [x509-strict, not partial-chain],")],
        [
            "10:3: no expect line for requests where it is not partial-chain, not x509-strict: "
            "end with one that has no when"
        ],
    ),
    case(
        "dead",
        [("client: curl", "client: requests, when: x509-strict")],
        ["12:5: no client ever gets to this expect line for requests: the first that matches counts"],
    ),
    case(
        "no hints",
        [("hints:\n  - Read the last line of the error.", "hints: []")],
        ["14:8: hints is empty: what is broken wants at least one"],
    ),
    case("empty hint", [("Read the last line of the error.", "''")], ["15:5: a hint is empty: it wants a text"]),
    case(
        "null hints",
        [("hints:\n  - Read the last line of the error.", "hints:")],
        ["14:7: hints is empty: it wants a list; an empty one is []"],
    ),
    case(
        "giveaway",
        [("Read the last line of the error.", "It is Missing SAN, no?")],
        ["15:5: this hint gives the answer away: it names missing-san: say where to look or what to compare"],
    ),
    case(
        "message acc",
        [("client: curl, ", "client: curl, message: x, ")],
        ["12:29: who accepts says no message: leave it out, or the verdict is rejected"],
    ),
    case(
        "finding not",
        [("verdict: rejected,", "verdict: rejected, finding: expired,")],
        ["10:5: expired is not among surfaces: name it there too, in the order of appearance"],
    ),
    case("fix nothing", [(", undo: [omit-san]", "")], ["18:5: this fix does nothing: give it undo, apply or baseline"]),
    case(
        "fix same title",
        [("title: Reissue it", "title: verify=False")],
        ['18:5: a second fix is called "verify=False": reports tell fixes by their titles'],
    ),
    case(
        "fix effectless",
        [("apply: [{change: verification-disabled}]", "baseline: two-tier")],
        ["17:5: this fix changes nothing: it leaves what was broken as it was"],
    ),
    case(
        "fix refused",
        [("apply: [{change: verification-disabled}]", "apply: [{change: forgotten}]")],
        ["17:35: forgotten does not fit: there is no intermediate"],
    ),
    case(
        "fix baseline refused",
        [("claim: dangerous", "claim: dangerous, baseline: {id: two-tier, depth: 2}")],
        ["17:119: two-tier has no depth: it is three-tier's alone"],
    ),
    case(
        "claim empty",
        [("claim: cure", "claim: []")],
        ["18:50: claim is empty: it wants a grade or lines of {client, when, grade}"],
    ),
    case(
        "claim lines",
        [("claim: cure", "claim: [{grade: cure}, {client: curl, grade: cure}]")],
        ["18:66: no client ever gets to this claim for curl: the first that matches counts"],
    ),
    case(
        "claim curl",
        [("claim: cure", "claim: [{client: curl, grade: cure}]")],
        ["18:5: no claim for requests: it is the client that every report is about"],
    ),
    case(
        "list as text",
        [("surfaces: [missing-san]", "surfaces: missing-san")],
        ["13:11: surfaces wants a list, not a text: write [missing-san]"],
    ),
    case(
        "text fault",
        [("- fault: omit-san", "- omit-san")],
        ["8:5: a fault is a mapping, not a text: write {fault: omit-san}"],
    ),
    case(
        "map for list",
        [("surfaces: [missing-san]", "surfaces: {missing-san: 1}")],
        ["13:11: surfaces wants a list, not a mapping: begin each item with a dash"],
    ),
    case(
        "colon in a text",
        [("title: The", "title: a: The")],
        ['1:9: a colon where none can be: put the text in "…", or mind the indent'],
    ),
    case(
        "open bracket",
        [("surfaces: [missing-san]", "surfaces: [missing-san")],
        ["13:11: the closing bracket or a comma is missing"],
    ),
    case("open quote", [("title: The", "title: 'The")], ["1:8: a quote that never closes"]),
    case(
        "sign that begins no text",
        [("title: The", "title: @The")],
        ['1:8: a text may not begin with this sign: put the text in "…"'],
    ),
    case(
        "indent",
        [("level: 1", "  level: 1")],
        ['2:8: a colon where none can be: put the text in "…", or mind the indent'],
    ),
    case(
        "percent sign",
        [("title: The", "title: %The")],
        ['1:8: a text may not begin with this sign: put the text in "…"'],
    ),
    case("star", [("title: The certificate", "title: *The certificate")], ["1:8: the alias *The: write the value out"]),
    case("bare key", [("level: 1", "level: 1\nfoo")], ["4:1: a key without a colon: write key: value"]),
    case("complex key", [("level: 1", "level: 1\n? [a, b]\n: c")], ["3:3: a key is a word: write key: value"]),
    case(
        "escape",
        [("title: The", 'title: "\\x1b[31mThe"#')],
        ["1:8: title holds the character U+001B: write it without"],
    ),
    case(
        "escape2",
        [("title: The certificate names nobody", 'title: "\\e[31mThe"')],
        ["1:8: title holds the character U+001B: write it without"],
    ),
    case(
        "escapekey",
        [("level: 1", '"\\e[31m": 1')],
        ["1:1: a scenario lacks level", '2:1: a scenario has no key "·[31m": there is only level'],
    ),
    case(
        "nul",
        [("title: The", "title: \x00The")],
        ["1:8: the character U+0000 does not belong into a text file: delete it"],
    ),
    case(
        "bidi",
        [("title: The", "title: \u202eThe")],
        ["1:8: the character U+202E does not belong into a text file: delete it"],
    ),
]


@pytest.mark.parametrize(("changes", "problems"), CASES)
def test_problem(changes: list[tuple[str, str]], problems: list[str]) -> None:
    assert wrong(changed(GOOD, *changes)) == problems


def test_other_digits_are_no_number() -> None:
    (problem,) = wrong(changed(GOOD, ("level: 1", "level: \u0663")))
    assert problem.startswith("2:8: level wants a whole number")


def test_a_trait_that_stands_twice() -> None:
    for second in ("x509-strict", "not x509-strict"):
        text = changed(GOOD, ("when: common-name-fallback", f"when: [x509-strict, {second}]"))
        assert wrong(text) == ["11:42: x509-strict stands here twice"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("when: common-name-fallback", "when: []", "11:28: when is empty: leave it out"),
        ("claim: cure", "claim: cure, apply: []", "18:63: apply is empty: leave it out"),
        ("undo: [omit-san]", "undo: [], baseline: two-tier", "18:31: undo is empty: leave it out"),
    ],
)
def test_lists_that_may_be_left_out_are_not_empty(old: str, new: str, problem: str) -> None:
    assert problem in wrong(changed(GOOD, (old, new)))


def test_the_scenario_they_start_from_has_none() -> None:
    assert wrong(GOOD) == []
    assert wrong(RICH) == []


def test_all_problems_of_a_file_are_told_at_once_in_its_order() -> None:
    text = changed(
        GOOD,
        ("title", "titel"),
        ("level: 1", "level: 0x1"),
        ("fault: omit-san", "fault: omit-sam"),
        ("verdict: rejected", "veridct: rejected"),
        ("  - Read", "  - 	Read"),
        ("claim: cure", "claim: &x cure"),
    )
    assert [line.split(": ")[0] for line in wrong(text, "show")] == [
        "1:1", "1:1", "2:8", "8:12", "10:24", "15:5", "18:50",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~\n", "''\n", "[]\n", "- a\n", "text\n", "3\n"])
def test_a_file_that_holds_no_mapping(text: str) -> None:
    (problem,) = wrong(text)
    assert problem.startswith("1:1: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_id_that_is_a_command(command: str) -> None:
    assert wrong(GOOD, command) == [f"1:1: {command} is a command of simulate: call the file otherwise"]


@pytest.mark.parametrize("name", ["Upper", "under_score", "a--b", "-a", "a-", "ü", "a b", "a.b", "x" * 61])
def test_an_id_that_nobody_could_type(name: str) -> None:
    (problem,) = wrong(GOOD, name)
    assert problem.startswith("1:1: ")
    assert "cannot be an id" in problem


def test_hints_may_not_say_an_id_or_a_title(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = {"missing-san": "The certificate has no subjectAltName", "expired": "The certificate has expired"}
    monkeypatch.setattr(giveaway, "title", lambda id: titles.get(id, ""))
    assert giveaway.told("Is it MISSING  san?", ["missing-san"]) == "it names missing-san"
    assert giveaway.told("Has it expired?", ["expired"]) == "it names expired"
    assert (
        giveaway.told("No subjectAltName in any certificate!", ["missing-san"]) == f'it says "{titles["missing-san"]}"'
    )
    assert giveaway.told("Compare the certificate's names with the host.", ["missing-san"]) is None
    assert giveaway.told("It has no such thing.", ["missing-san"]) is None
    assert giveaway.told("When does it expire?", ["expired", "self-signed"]) is None


def test_titles_come_from_the_pages_of_findings() -> None:
    assert giveaway.title("no-such-finding") == ""
    assert giveaway.title("missing-san") != ""


def test_a_fault_that_is_unknown_casts_no_doubt_on_its_undoing() -> None:
    assert wrong(changed(GOOD, ("fault: omit-san", "fault: omit-sam"))) == [
        '8:12: no fault "omit-sam": did you mean omit-san?'
    ]


def test_two_faults_that_do_not_fit_are_told_whatever_their_order() -> None:
    for first, second in (("no-root", "old-root"), ("old-root", "no-root")):
        text = changed(GOOD, ("fault: omit-san", f"fault: {first}\n  - fault: {second}"), ("omit-san", first))
        assert wrong(text) == [f"9:5: {second} and {first} both write root.not_after: take one of them"]


def test_a_healthy_scenario_needs_no_faults_hints_or_fixes() -> None:
    healthy = (
        "title: Fine\nlevel: 1\nstory: All is well.\nbaseline: public\nexpect:\n  - {client: any, verdict: accepted}\n"
    )
    scenario = read(healthy)
    assert (scenario.faults, scenario.hints, scenario.fixes, scenario.surfaces) == ((), (), (), ())
    assert scenario.broken() == scenario.healthy()


def test_all_findings_can_surface() -> None:
    every = ", ".join(list(FINDINGS)[:59])
    text = changed(GOOD, ("[missing-san]", f"[{every}]"))
    assert len(read(text).surfaces) == 59


def test_a_list_without_end_is_cut() -> None:
    hints = "\n".join("  - Look again." for _ in range(100))
    assert wrong(changed(GOOD, ("  - Read the last line of the error.", hints))) == [
        "75:5: hints has 100 items: at most 60 are read"
    ]


def test_more_problems_than_anybody_mends_are_counted() -> None:
    problems = Problems("a.yaml")
    for line in range(1, 1001):
        problems.add(line, 1, "wrong")
    told = problems.all()
    assert len(told) == MOST
    assert told[-1] == Problem("a.yaml", 100, 1, "and 901 more problems from here on")


def test_no_problem_holds_what_a_terminal_obeys() -> None:
    assert str(Problem("a\x1b.yaml", 1, 1, "x")) == "a·.yaml:1:1: x"
    text = changed(GOOD, ("level: 1", '"\\e[31m": 1\n"\\e[31m": 2'))
    assert all(problem.isprintable() for problem in wrong(text))


def test_nearest() -> None:
    ids = ("missing-san", "self-signed", "self-signed-missing-san", "expired", "wrong-host")
    assert nearest("mising-san", ids)[0] == "missing-san"
    assert nearest("Self_Signed", ids)[0] == "self-signed"
    assert nearest("host", ids) == ("wrong-host",)
    assert nearest("zzz", ids) == ()
    assert nearest("", ids) == ()
    assert nearest("x" * 100_000, ids) == ()
