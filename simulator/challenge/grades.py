"""Rows as other systems import them. Law: text that a spreadsheet would take for a formula is made inert; numbers are
plain; the same rows give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from simulator.challenge.batch import Row
from simulator.challenge.points import Weights, of_patient, of_submission

FORMATS = ("csv", "moodle", "canvas", "gradescope")
TITLE = "TLS diagnosis"


def written(rows: Sequence[Row], weights: Weights, format: str, title: str = TITLE) -> str:
    """The rows in one of `FORMATS`. `title`: what Canvas calls the assignment: "Title (1234)" for one that it has."""
    if format == "gradescope":
        return _gradescope(rows, weights)
    table = {"csv": _own, "moodle": _moodle, "canvas": _canvas}[format]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerows([_inert(cell) for cell in line] for line in table(rows, weights, title))
    return out.getvalue()


def _inert(cell: object) -> str:
    text = str(cell)
    text = "".join(c if c.isprintable() else " " for c in text)
    dangerous = text[:1] in "=+-@" and not text[1:].replace(".", "", 1).isdigit() if text else False
    return f"'{text}" if dangerous else text


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def feedback_line(row: Row) -> str:
    """One line for a cell: what was missed, what the repair was, or the reason."""
    if row.reason:
        return row.reason
    parts = []
    for number, one in enumerate(row.marks["patients"], 1):
        compared = one["compared"]
        missed = f"missed {', '.join(compared['missed'])}" if compared["missed"] else "nothing missed"
        wrong = f", wrong {', '.join(compared['wrong'])}" if compared["wrong"] else ""
        parts.append(f"patient {number}: {missed}{wrong}; repair: {one['grade']}")
    return ". ".join(parts)


def _own(rows: Sequence[Row], weights: Weights, _title: str) -> list[list[object]]:
    head = ["learner", "name", "status", "score", "of", "findings", "evidence", "who", "repair", "grades", "hints"]
    lines: list[list[object]] = [[*head, "submission", "reason", "remarks"]]
    for row in rows:
        points = of_submission(row.marks, weights)
        parts = (points.total, weights.total, points.findings, points.evidence, points.who, points.repair)
        told = [_number(part) for part in parts] if not row.reason else ["", _number(weights.total), "", "", "", ""]
        grades = " ".join(one["grade"] for one in row.marks.get("patients", ()))
        lines.append(
            [
                row.learner.id if row.learner else "",
                row.learner.name if row.learner else "",
                "marked" if not row.reason else "not marked",
                *told,
                grades,
                row.marks.get("hints", "") if not row.reason else "",
                row.submission,
                row.reason,
                "; ".join(row.remarks),
            ]
        )
    return lines


def _moodle(rows: Sequence[Row], weights: Weights, title: str) -> list[list[object]]:
    """Moodle: any columns; the teacher maps one that identifies, one with the grade, one with feedback."""
    lines: list[list[object]] = [["username", "email address", title, f"{title} feedback"]]
    for row in rows:
        if row.learner is not None:
            columns = dict(row.learner.row)
            email = columns.get("Email address", row.learner.id if "@" in row.learner.id else "")
            score = _number(of_submission(row.marks, weights).total) if not row.reason else ""
            lines.append([row.learner.id, email, score, feedback_line(row)])
    return lines


def _canvas(rows: Sequence[Row], weights: Weights, title: str) -> list[list[object]]:
    """Canvas: Student, ID, …, Section, then assignments; the second line has the points possible."""
    lines: list[list[object]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]]
    lines.append(["    Points Possible", "", "", "", "", _number(weights.total)])
    for row in rows:
        if row.learner is None:
            continue
        columns = dict(row.learner.row)
        student = columns.get("Student") or row.learner.name or row.learner.id
        score = _number(of_submission(row.marks, weights).total) if not row.reason else ""
        login = columns.get("SIS Login ID") or row.learner.id
        lines.append(
            [student, columns.get("ID", ""), columns.get("SIS User ID", ""), login, columns.get("Section", ""), score]
        )
    return lines


def _gradescope(rows: Sequence[Row], weights: Weights) -> str:
    """results.json of one submission, or an object of them by learner where there are several."""
    results = {row.learner.id: results_json(row, weights) for row in rows if row.learner is not None and row.submission}
    told: object = next(iter(results.values())) if len(results) == 1 else results
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def results_json(row: Row, weights: Weights) -> dict[str, Any]:
    """One learner's /autograder/results/results.json."""
    if row.reason:
        return {"score": 0, "output": row.reason, "visibility": "visible", "tests": []}
    tests = []
    count = len(row.marks["patients"])
    for number, one in enumerate(row.marks["patients"], 1):
        points, compared = of_patient(one, weights), one["compared"]
        outputs = {
            "findings": f"found {len(compared['found'])} of {len(compared['wanted'])}, wrong: {len(compared['wrong'])}",
            "evidence": f"certificates {compared['certificates']}, fields {compared['fields']}",
            "who": f"{compared['parties']} of {len(compared['wanted'])}",
            "repair": one["problem"] or one["grade"],
        }
        for part, output in outputs.items():
            tests.append(
                {
                    "name": f"patient {number}: {part}",
                    "score": round(getattr(points, part) / count, 4),
                    "max_score": round(getattr(weights, part) / count, 4),
                    "output": output,
                    "visibility": "visible",
                }
            )
    return {
        "score": of_submission(row.marks, weights).total,
        "output": feedback_line(row),
        "visibility": "visible",
        "tests": tests,
    }
