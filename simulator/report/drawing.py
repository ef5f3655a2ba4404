"""The chain as SVG: the trust store, the path that was built, what the server sent, and the link that breaks.

Law: read from a report's path alone; meaning is in words and line styles, never in colour alone; every text from a
certificate is escaped and inert, and none is wider than its box.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from simulator.model.evidence import Evidence
from simulator.model.finding import Finding, PathNode
from simulator.report import calls, words
from simulator.report.inert import cells, cut, inert

COLUMNS = 37
"""Letters of a fixed width that fit into a box."""
_WIDTH, _BOX, _LEFT, _LINE, _GAP = 344, 320, 12, 18, 40
_BREAKS_BELOW = frozenset(("bad-signature", "untrusted-issuer", "aki-mismatch", "incomplete-chain"))
"""Findings about a certificate that say: the link to what signed it does not hold."""
_BREAKS_ABOVE = frozenset(
    ("issuer-not-ca", "issuer-cannot-sign", "path-length-exceeded", "same-name-other-key", "anchor-not-self-signed")
)
"""The same, said of the certificate that signed."""


def svg(path: Sequence[PathNode], findings: Sequence[Finding], evidence: Evidence, *, id: str = "chain") -> str:
    """The drawing; "" where no certificate was seen. `id` begins the ids inside, for pages with several."""
    if not path:
        return ""
    boxes = [_store(evidence), *(_node(node, findings, evidence) for node in path)]
    parts: list[str] = []
    top = 4
    for number, (lines, broken) in enumerate(boxes):
        if number and not (number == 1 and path[0].place == "anchor"):
            parts.append(_link(top, holds=_holds(path, number - 1), first=number == 1))
            top += _GAP
        elif number:
            top += 6
        parts.append(_box(top, lines, broken=broken, store=not number))
        top += _height(lines)
    told = escape(in_words(path, findings, evidence))
    return (
        f'<svg class="chain" viewBox="0 0 {_WIDTH} {top + 4}" role="img" aria-labelledby="{id}-title {id}-desc">'
        f'<title id="{id}-title">The chain of certificates</title><desc id="{id}-desc">{told}</desc>'
        f"{''.join(parts)}</svg>"
    )


def in_words(path: Sequence[PathNode], findings: Sequence[Finding], evidence: Evidence) -> str:
    """What the drawing shows, for those who do not see it."""
    told = [f"{_trusted(evidence)}."]
    for number, node in enumerate(path):
        name = inert(node.subject) or "a certificate without a subject"
        facts = [text for _, text in _facts(node, findings, evidence)]
        if number or node.place != "anchor":
            holds = _holds(path, number)
            above = "the trust store" if not number else inert(path[number - 1].subject) or "the one above"
            told.append(f"{name}: {', '.join(facts)}; its link to {above} {'holds' if holds else 'is broken'}.")
        else:
            told.append(f"{name}: {', '.join(facts)}.")
    return " ".join(told)


def _trusted(evidence: Evidence) -> str:
    if not evidence.settings.verify:
        return "Trust store: not looked at"
    source = calls.in_force(evidence)
    if source is None:
        return "Trust store: none"
    count = len(evidence.anchors)
    many = f"{count} certificate{'' if count == 1 else 's'}" if count else source.readability.replace("-", " ")
    return f"Trust store: {inert(calls.base(source.path))} ({many})"


def _holds(path: Sequence[PathNode], number: int) -> bool:
    """Whether the link between a certificate and what is above it holds."""
    node = path[number]
    if not number:
        return node.place == "anchor"
    above = path[number - 1]
    if "missing" in (node.place, above.place):
        return False
    return not (_BREAKS_BELOW & set(node.marks) or _BREAKS_ABOVE & set(above.marks))


def _store(evidence: Evidence) -> tuple[list[tuple[str, str]], bool]:
    lines = [("title", line) for line in _wrapped(_trusted(evidence), 2)]
    return lines, False


def _node(node: PathNode, findings: Sequence[Finding], evidence: Evidence) -> tuple[list[tuple[str, str]], bool]:
    name = [("name", line) for line in _wrapped(inert(node.subject) or "(no subject)", 2)]
    facts = [(style, line) for style, text in _facts(node, findings, evidence) for line in _wrapped(text, 2)]
    return [*name, *facts], node.place == "missing" or any(style == "bad" for style, _ in facts)


def _facts(node: PathNode, findings: Sequence[Finding], evidence: Evidence) -> list[tuple[str, str]]:
    if node.place == "missing":
        return [("bad", "✗ neither trusted nor sent") if evidence.settings.verify else ("", "not looked for")]
    until = f"until {words.day(node.not_after)}"
    facts = [("", f"{until}, {'trusted' if node.place == 'anchor' else 'sent by the server'}")]
    severities = {finding.id: finding.severity for finding in findings}
    for id in node.marks:
        severe = severities.get(id, "error") == "error"
        facts.append(("bad", f"✗ {words.mark(id)}") if severe else ("warn", f"! {words.mark(id)}"))
    return facts


def _wrapped(text: str, most: int) -> list[str]:
    """At most `most` lines of at most `COLUMNS` columns; what is left out is shown by a sign."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        length = cut(rest, COLUMNS)
        space = rest.rfind(" ", 1, length + 1) if length < len(rest) else -1
        length = space if space > COLUMNS // 2 else length
        lines.append(rest[:length])
        rest = rest[length:].lstrip(" ")
    if rest:
        last = lines[-1]
        lines[-1] = last[: cut(last, COLUMNS - 1)] + "…" if cells(last) >= COLUMNS else last + "…"
    return lines or [""]


def _height(lines: Sequence[tuple[str, str]]) -> int:
    return _LINE * len(lines) + 14


def _box(top: int, lines: Sequence[tuple[str, str]], *, broken: bool, store: bool) -> str:
    style = "store" if store else "broken" if broken else "sound"
    dashes = ' stroke-dasharray="6 4"' if broken else ""
    shape = (
        f'<rect class="{style}" x="{_LEFT}" y="{top}" width="{_BOX}" height="{_height(lines)}" rx="{3 if store else 8}"'
        f' fill="none" stroke="currentColor"{dashes}/>'
    )
    texts = "".join(
        f'<text class="{kind}" x="{_LEFT + 12}" y="{top + 22 + _LINE * number}" fill="currentColor"'
        f' font-family="monospace" font-size="13">{escape(text)}</text>'
        for number, (kind, text) in enumerate(lines)
    )
    return shape + texts


def _link(top: int, *, holds: bool, first: bool) -> str:
    middle, end = _LEFT + 40, top + _GAP
    word = "signed" if holds else "✗ nothing leads here" if first else "✗ this link is broken"
    style, dashes = ("", "") if holds else ("bad", ' stroke-dasharray="3 5"')
    return (
        f'<path class="{style}" d="M{middle} {top + 2}V{end - 3}" fill="none" stroke="currentColor"'
        f' stroke-width="2"{dashes}/>'
        f'<path class="{style}" d="M{middle - 5} {end - 10}L{middle} {end - 2}L{middle + 5} {end - 10}" fill="none"'
        ' stroke="currentColor" stroke-width="2"/>'
        f'<text class="{style}" x="{middle + 14}" y="{top + 25}" fill="currentColor" font-family="monospace"'
        f' font-size="13">{word}</text>'
    )
