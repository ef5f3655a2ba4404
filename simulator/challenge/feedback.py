"""Feedback for one learner, in Markdown: what you saw, what you missed, what your repair let in. Law: nothing of a
learner's text is markup here; words about a finding come from its page.
"""

from __future__ import annotations

from typing import Any

from simulator.challenge.batch import Row
from simulator.challenge.points import Weights, of_patient, of_submission

_GRADES = {
    "cure": "It works, for a fresh client too, and no attack got in that the healthy service keeps out.",
    "workaround": "The client is content, but something is left, or a fresh client would still fail.",
    "no-effect": "The client is still refused, or nothing has changed.",
    "dangerous": "It lets an attacker in, so it earns nothing, whether the error is gone or not.",
    "none": "No repair was declared.",
    "undecided": "An attack on it did not end cleanly. Your instructor will look at it.",
}


def markdown(row: Row, weights: Weights) -> str:
    """The whole feedback of one learner."""
    learner = row.learner
    lines = [f"# {_plain((learner.name or learner.id) if learner else row.submission)}", ""]
    if row.reason:
        lines += [f"This could not be marked: {_plain(row.reason)}.", ""]
        return "\n".join(lines)
    points = of_submission(row.marks, weights)
    lines += [f"**{_number(points.total)} of {_number(weights.total)} points.**", ""]
    for number, told in enumerate(row.marks["patients"], 1):
        lines += _patient(number, told, weights)
    if row.marks["hints"]:
        lines += [f"Hints taken: {row.marks['hints']}.", ""]
    return "\n".join(lines)


def _patient(number: int, told: dict[str, Any], weights: Weights) -> list[str]:
    compared, points = told["compared"], of_patient(told, weights)
    evidence = {one[0]: one[1:] for one in compared["evidence"]}
    lines = [f"## Patient {number}: {_number(points.total)} of {_number(weights.total)}", "", "### What you saw", ""]
    for id in compared["found"]:
        place, field, who = evidence[id]
        lines.append(f"- `{id}`, {_title(id)}: {_where(place)}, in {field}; {who} can mend it.")
    if not compared["found"]:
        lines.append("Nothing of what is wrong, yet.")
    lines += ["", "### What you missed", ""]
    for id in compared["missed"]:
        place, field, who = evidence[id]
        lines.append(
            f"- `{id}`, {_title(id)}: {_where(place)}, in {field}; {who} can mend it. `simulate show finding:{id}`"
        )
    if not compared["missed"]:
        lines.append("Nothing.")
    if compared["wrong"]:
        named = ", ".join(f"`{id}`" for id in compared["wrong"])
        lines += ["", f"Named, and not there: {named}. Each costs what a right one earns."]
    lines += ["", "### Your repair", "", f"**{told['grade']}.** {_GRADES[told['grade']]}", ""]
    if told["problem"]:
        lines += [f"It could not be run: {_plain(told['problem'])}.", ""]
    if told.get("error") and told["grade"] in ("no-effect", "workaround"):
        lines += ["The client still says:", "", *_quoted(told["error"]), ""]
    if told.get("left") and told["grade"] != "cure":
        lines += [f"What is left: {', '.join(f'`{id}`' for id in told['left'])}.", ""]
    if told.get("admitted"):
        lines += ["### What your repair let in", ""]
        for id, why, token in told["admitted"]:
            lines.append(f"- `{id}`: {why}. The attacker holds your client's token `{token}`.")
        lines.append("")
    elif told["grade"] in ("cure", "workaround"):
        lines += [f"None of the {told['attacks']} attacks that apply got in.", ""]
    lines += [f"> {_plain(note)}" for note in told["notes"]]
    return [*lines, ""]


def _where(place: str) -> str:
    told = {
        "server": "in the server's certificate",
        "issuer": "in what signed it",
        "anchor": "in what the client trusts",
    }
    return told.get(place, "in no certificate")


def _title(id: str) -> str:
    from simulator.scenario.giveaway import title

    words = title(id)
    return words[:1].lower() + words[1:] if words else id


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> list[str]:
    """A code block that no text can end."""
    return [f"    {line}" for line in text.splitlines() if line.isprintable()] or ["    (nothing)"]


def _plain(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else "·" for c in text).split())
    for sign in "\\`*_[]<>#|":
        text = text.replace(sign, f"\\{sign}")
    return text[:500]
