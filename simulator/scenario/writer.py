"""From a scenario to the text of its file. Law: what `dump` writes, `load_text` reads back equal, and no reader of YAML
1.1 or 1.2 takes a text for anything but a text.

The order of keys is always the same, long texts are folded, and lines that are compared with each other (expectations,
fixes) stand under each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from simulator.scenario.scenario import Applied, BaselineChoice, Claim, Expectation, Fix, Scenario, Value

WIDTH = 116
_END = "\n"
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_ ./()!;%+*=<>~^$-]*(?<! )")
_ONLY_IN_BLOCKS = re.compile(r"""[?'"]|,(?= )""")
"""Within the brackets of flow style these would end a text, or might."""
# What YAML 1.1 takes for a truth value, nothing, or a number (with its base 60 and its floats).
_GUESSED = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|none|nan|inf|not")


def dump(scenario: Scenario) -> str:
    """The YAML text of a scenario. Its id and family are the file's name and folder, and not in the text.

    The scenario is one that `load` could have made: texts on one line (stories in paragraphs), no control characters.
    """
    lines = [f"title: {_text(scenario.title)}", f"level: {scenario.level}", "story: >"]
    lines += _folded(scenario.story)
    lines.append(f"baseline: {_baseline(scenario.baseline)}")
    if scenario.faults:
        lines.append("faults:")
        for fault in scenario.faults:
            pairs = _applied("fault", fault)
            lines += [f"  {'- ' if n == 0 else '  '}{key}: {value}" for n, (key, value) in enumerate(pairs)]
    lines.append("expect:")
    lines += [f"  - {_item(_expectation(line))}" for line in scenario.expect]
    if scenario.faults or scenario.surfaces:
        lines.append(f"surfaces: {_list(scenario.surfaces)}")
    for key, items in (("hints", map(_text, scenario.hints)), ("fixes", map(_fix, scenario.fixes))):
        lines += _block(key, list(items), scenario)
    return "\n".join(lines) + "\n"


def _block(key: str, items: list[str], scenario: Scenario) -> list[str]:
    if items:
        return [f"{key}:", *(f"  - {item}" for item in items)]
    return [f"{key}: []"] if scenario.faults else []


def _text(text: str, flow: bool = False) -> str:
    """A scalar that every reader takes for this text. Bare where that is certain; else quoted, as JSON quotes,
    whose escapes YAML shares."""
    shape = text if flow else _ONLY_IN_BLOCKS.sub("", text)
    bare = text[:1].isalpha() and _BARE.fullmatch(shape) and not _GUESSED.fullmatch(text)
    if bare:
        return text
    single = '"' in text and "'" not in text
    return f"'{text}'" if single else json.dumps(text, ensure_ascii=False)


def _folded(text: str) -> list[str]:
    """A block of paragraphs. It breaks at blanks alone (`textwrap` would drop other spaces, such as U+00A0)."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        line = " "
        for word in paragraph.split(" "):
            if len(line) + len(word) > WIDTH and line.strip(" "):
                lines.append(line)
                line = " "
            line += f" {word}"
        lines += [line, ""]
    return lines[:-1]


def _flow(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def _item(pairs: list[tuple[str, str]], block: bool = False) -> str:
    """A mapping in a list: one line where that is short enough and nothing in it is a block."""
    line = _flow(pairs)
    if len(line) <= WIDTH and not block:
        return line
    return "\n    ".join(f"{key}:{'' if value.startswith(_END) else ' '}{value}" for key, value in pairs)


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(_text(text, flow=True) for text in texts) + "]"


def _value(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    return _text(value, flow=True) if isinstance(value, str) else _list(value)


def _applied(key: str, applied: Applied) -> list[tuple[str, str]]:
    return [(key, applied.change_id), *((name, _value(value)) for name, value in applied.parameters)]


def _baseline(choice: BaselineChoice) -> str:
    pairs = [("id", choice.id)]
    pairs += [(k, _text(v, flow=True)) for k, v in (("host", choice.host), ("key", choice.key)) if v is not None]
    if choice.depth is not None:
        pairs.append(("depth", str(choice.depth)))
    return _flow(pairs) if len(pairs) > 1 else choice.id


def _when(when: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("when", _text(when[0], flow=True) if len(when) == 1 else _list(when))] if when else []


def _expectation(line: Expectation) -> list[tuple[str, str]]:
    pairs = [("client", line.client), *_when(line.when), ("verdict", line.verdict)]
    if line.message is not None:
        pairs.append(("message", _text(line.message, flow=True)))
    return [*pairs, ("finding", line.finding)] if line.finding is not None else pairs


def _claim(claim: Claim) -> str:
    client = [("client", claim.client)] if claim.client != "any" else []
    return _flow([*client, *_when(claim.when), ("grade", claim.grade)])


def _fix(fix: Fix) -> str:
    pairs = [("title", _text(fix.title, flow=True))]
    if fix.undo:
        pairs.append(("undo", _list(fix.undo)))
    if fix.baseline is not None:
        pairs.append(("baseline", _baseline(fix.baseline)))
    if fix.apply:
        pairs.append(("apply", "[" + ", ".join(_flow(_applied("change", a)) for a in fix.apply) + "]"))
    if fix.aim != "accepted":
        pairs.append(("aim", fix.aim))
    if len(fix.claims) == 1 and fix.claims[0] == Claim(grade=fix.claims[0].grade):
        pairs.append(("claim", fix.claims[0].grade))
    else:
        pairs.append(("claim", "".join(f"\n      - {_claim(claim)}" for claim in fix.claims)))
    return _item(pairs, block=len(fix.claims) > 1)


__all__ = ["dump"]
