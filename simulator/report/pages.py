"""Pages of findings: the words for people, from `report_templates/findings/<id>.md`.

Law: pages have one fixed form, which is read with string methods alone; a finding's data is put in once, and never read
again as a placeholder. A page that is missing never stops a report.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cache

from simulator import bundled

TYPE_CHECKING = False
if TYPE_CHECKING:  # these cost 9 ms, and `explain` needs neither
    from simulator.model.evidence import Evidence
    from simulator.model.finding import Finding

HEADINGS = (
    "What the client saw",
    "What it means",
    "Why it matters",
    "The right fix",
    "Wrong fixes",
    "See it yourself",
    "References",
)
_PLACEHOLDER = re.compile(r"\{(host|certificate|field|expected|seen)\}|\{\{|\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, cut into its sections. Texts are Markdown, paragraphs joined to one line each."""

    id: str
    title: str
    message: str = ""
    sections: dict[str, str] = field(default_factory=dict)

    def paragraphs(self, heading: str) -> tuple[str, ...]:
        """The paragraphs of a section that are prose: no code, no lists."""
        return _prose(self.sections.get(heading, ""))

    def code(self, language: str) -> tuple[str, ...]:
        """The code blocks of "The right fix" in this language, as they stand."""
        found: list[str] = []
        for block in self.sections.get("The right fix", "").split("```")[1::2]:
            name, _, body = block.partition("\n")
            if name.strip() == language:
                found.append(body.rstrip())
        return tuple(found)

    def items(self, heading: str) -> tuple[str, ...]:
        """The items of a section's list."""
        text = self.sections.get(heading, "")
        return tuple(" ".join(item.split()) for item in ("\n" + text).split("\n- ")[1:])


def text(id: str) -> str | None:
    """A page as it stands on disk, or None."""
    if not re.fullmatch(r"[a-z0-9-]+", id):
        return None
    path = os.path.join(bundled.folder("report_templates"), "findings", id + ".md")  # noqa: PTH118  # pathlib costs 4 ms
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # as above
            return file.read()
    except OSError:
        return None


@cache
def page(id: str) -> Page:
    """The page of a finding; a bare one, made of its id, where there is no file."""
    source = text(id)
    if source is None:
        return Page(id=id, title=id.replace("-", " ").capitalize())
    head, *rest = _split(source.replace("\r\n", "\n"))
    first, _, opening = head.strip().partition("\n")
    _, _, heading = first.lstrip("# ").partition(" · ")
    sections: dict[str, str] = {}
    for section in rest:
        name, _, body = section.partition("\n")
        sections[name.strip()] = body.strip("\n")
    return Page(id=id, title=heading.strip() or id, message=" ".join(opening.split()), sections=sections)


def _split(source: str) -> list[str]:
    """Cut at `## ` headings, but not inside code blocks."""
    parts = [""]
    code = False
    for line in source.splitlines():
        if line.startswith("```"):
            code = not code
        if line.startswith("## ") and not code:
            parts.append(line[3:] + "\n")
        else:
            parts[-1] += line + "\n"
    return parts


def _prose(section: str) -> tuple[str, ...]:
    prose = "\n\n".join(section.split("```")[::2])
    blocks = (block for block in prose.split("\n\n") if block.strip())
    return tuple(
        " ".join(b.split()) for b in blocks if not b.lstrip().startswith(("- ", "    ")) and b.strip() != "{saw}"
    )


def title(id: str) -> str:
    """A finding's title: what is wrong, in a few words."""
    return page(id).title


def fill(template: str, finding: Finding, evidence: Evidence) -> str:
    """The template with the finding's data in its placeholders: one pass, so braces in the data are only data."""
    values = {
        "host": evidence.reference,
        "certificate": place(finding.certificate),
        "field": finding.field or "this field",
        "expected": finding.expected or "something else",
        "seen": finding.seen or "nothing",
    }
    return _PLACEHOLDER.sub(lambda m: _filled(values[m[1]], m) if m[1] else m[0][0], template)


def general(template: str) -> str:
    """The template where no run stands behind it: what a run would fill in stands in angle brackets, as in a form."""
    return _PLACEHOLDER.sub(
        lambda m: _filled("the certificate" if m[1] == "certificate" else f"<{m[1]}>", m) if m[1] else m[0][0], template
    )


def _filled(value: str, match: re.Match[str]) -> str:
    """Our own words for a certificate begin a sentence with a capital letter; data is left as it is."""
    begins = match.string[: match.start()].endswith((". ", "? ")) or match.start() == 0
    return value[:1].upper() + value[1:] if begins and match[1] == "certificate" else value


def place(certificate: str) -> str:
    """A finding's `certificate` in words: "served[0]" is "the server's certificate"."""
    kind, _, number = certificate.rstrip("]").partition("[")
    if kind == "served":
        return "the server's certificate" if number in ("", "0") else f"certificate {number} that the server sent along"
    return {"anchor": "the trusted CA certificate", "built": "a certificate of the chain"}.get(kind, "the certificate")


def spans(template: str, finding: Finding | None = None, evidence: Evidence | None = None) -> list[tuple[str, str]]:
    """Markdown prose as styled words: `code` becomes a span of its own, emphasis is dropped; data goes in last."""
    found: list[tuple[str, str]] = []
    for number, part in enumerate(template.replace("**", "").split("`")):
        filled = fill(part, finding, evidence) if finding is not None and evidence is not None else part
        if filled:
            found.append(("code" if number % 2 else "", filled))
    return found


def message(finding: Finding, evidence: Evidence) -> str:
    """The finding in one short plain paragraph, filled with what was seen."""
    template = page(finding.id).message
    if not template:
        wanted, seen = finding.expected or "something else", finding.seen or "nothing"
        return f"{title(finding.id)}: {wanted} was expected, {seen} was seen."
    return "".join(part for _, part in spans(template, finding, evidence))


def fix(finding: Finding) -> str:
    """The right fix in one or two plain sentences."""
    paragraphs = page(finding.id).paragraphs("The right fix")
    return "".join(part for _, part in spans(paragraphs[0])) if paragraphs else ""


def why(finding: Finding, evidence: Evidence) -> tuple[list[tuple[str, str]], ...]:
    """The short explanation of a report: the page's message, then what it means; styled words, a paragraph each."""
    found = page(finding.id)
    if not found.message:
        return ([("", message(finding, evidence))],)
    return (
        spans(found.message, finding, evidence),
        *(spans(paragraph, finding, evidence) for paragraph in found.paragraphs("What it means")),
    )
