"""The JSON schema of a scenario file, for editors: it completes ids and explains them. Law: made from the tables that
the loader reads, so neither can know a key or a change that the other does not.

Where the two differ, the loader is the stricter: what must fit together (faults, undone faults, hints) no schema can
say. Texts may look like numbers or truth values: the loader takes `title: No` as it stands, and no editor must object.
"""

from __future__ import annotations

from typing import Any

from simulator.changes import baselines
from simulator.changes.change import Between, Change, HostName, Identifiers, Parameter
from simulator.model.finding import FINDINGS
from simulator.scenario import vocabulary
from simulator.scenario.giveaway import title
from simulator.scenario.schema import ALWAYS, VERDICTS, WITH_FAULTS

Schema = dict[str, Any]

_GRADES = {
    "no-effect": "The client is still rejected, or no finding is gone.",
    "dangerous": "An attack gets in that the healthy baseline keeps out.",
    "workaround": "It works, and findings remain or a fresh client fails.",
    "cure": "As good as the healthy baseline.",
}


def json_schema() -> Schema:
    """The schema (draft 2020-12) of a scenario file with the shipped catalogue, as a value for `json.dumps`."""
    words = vocabulary.shipped()
    applicable = {**words.shortcuts, **words.faults}
    properties: Schema = {
        "title": _text("What people read first: the symptom or the mistake, in a few words."),
        "level": {
            "type": "integer",
            "minimum": vocabulary.LEVELS[0],
            "maximum": vocabulary.LEVELS[1],
            "description": "1: one cause, and the error names it. 2: the error fits several causes. "
            "3: clients disagree, or nothing fails. 4: several causes at once.",
        },
        "story": _text("How it came about, in two or three sentences. Paragraphs are kept, line ends are not."),
        "baseline": {"$ref": "#/$defs/baseline"},
        "faults": _list(
            {"oneOf": [_change("fault", change) for change in words.faults.values()]},
            "What went wrong, each fault by itself. Two faults that write one field do not go together.",
            least=1,
        ),
        "expect": _list({"$ref": "#/$defs/expectation"}, "What clients do. The first line that matches counts.", 1),
        "surfaces": _list(
            {"$ref": "#/$defs/finding"}, "Findings, in the order in which they would appear as each is mended."
        ),
        "hints": _list(
            _text("Where to look, what to compare, what is absent. Never the answer."), "From vague to near."
        ),
        "fixes": _list({"$ref": "#/$defs/fix"}, "What people try: the tempting and wrong first, then what mends it."),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A tls-clinic scenario",
        "description": "The file's name is the scenario's id, its folder the family.",
        "type": "object",
        "properties": properties,
        "required": list(ALWAYS),
        "dependentRequired": {"faults": list(WITH_FAULTS)},
        "if": {"required": ["faults"]},
        "then": {"properties": {"hints": {"minItems": 1}, "fixes": {"minItems": 1}}},
        "additionalProperties": False,
        "$defs": {
            "client": _words(dict.fromkeys((*vocabulary.CLIENTS, vocabulary.ANY), ""), "Which client it is about."),
            "finding": _words({id: title(id) for id in FINDINGS}, "What the evidence shows."),
            "verdict": {"enum": list(VERDICTS)},
            "when": _when(),
            "baseline": _baseline(),
            "expectation": _object(
                {
                    "client": {"$ref": "#/$defs/client"},
                    "when": {"$ref": "#/$defs/when"},
                    "verdict": {"$ref": "#/$defs/verdict"},
                    "message": _text("Words that must stand in the error. Only where the verdict is rejected."),
                    "finding": {"$ref": "#/$defs/finding", "description": "Default: the first that surfaces."},
                },
                ("client", "verdict"),
            )
            | {"if": {"required": ["message"]}, "then": {"properties": {"verdict": {"const": "rejected"}}}},
            "grade": _words(_GRADES, "The grade that the run will compute."),
            "fix": _object(
                {
                    "title": _text("What reports call it, a command or a deed."),
                    "undo": _list({"enum": list(words.faults)}, "Faults of this scenario that are mended.", 1),
                    "apply": _list(
                        {"oneOf": [_change("change", change) for change in applicable.values()]},
                        "What is changed, in this order.",
                        1,
                    ),
                    "baseline": {"$ref": "#/$defs/baseline"},
                    "aim": {"$ref": "#/$defs/verdict", "description": "What the client ought to do then."},
                    "claim": _claim(),
                },
                ("title", "claim"),
            )
            | {"anyOf": [{"required": [key]} for key in ("undo", "apply", "baseline")]},
        },
    }


def _text(description: str) -> Schema:
    return {"type": ["string", "number", "boolean"], "minLength": 1, "description": description}


def _list(items: Schema, description: str, least: int = 0) -> Schema:
    schema: Schema = {"type": "array", "items": items, "description": description}
    return schema | {"minItems": least} if least else schema


def _object(properties: Schema, required: tuple[str, ...]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _words(meanings: dict[str, str], description: str) -> Schema:
    """One word of a set; `oneOf` where words have meanings, because editors show those."""
    if not any(meanings.values()):
        return {"enum": list(meanings), "description": description}
    return {
        "description": description,
        "oneOf": [{"const": word, **({"description": text} if text else {})} for word, text in meanings.items()],
    }


def _change(key: str, change: Change) -> Schema:
    parameters = change.parameters
    schema = _object(
        {key: {"const": change.id}, **{p.name: _parameter(p) for p in parameters}},
        (key, *(p.name for p in parameters if p.required)),
    )
    return {"title": change.id, "description": change.doc, **schema}


def _parameter(parameter: Parameter) -> Schema:
    rule = parameter.rule
    if isinstance(rule, Between):
        schema: Schema = {"type": "integer", "minimum": rule.low, "maximum": rule.high, "description": rule.unit}
    elif isinstance(rule, HostName):
        schema = _text("A host as in a URL, without port or brackets.")
    elif isinstance(rule, Identifiers):
        item: Schema = {"type": "string", "pattern": "^(DNS|IP|URI|email):"}
        schema = _list(item, 'Identifiers such as "DNS:app.test" or "IP:127.0.0.1".')
    else:
        schema = {"enum": list(rule)}
    return schema if parameter.required else {**schema, "default": parameter.default}


def _baseline() -> Schema:
    meanings = {id: " ".join((build.__doc__ or "").split()) for id, build in baselines.BASELINES.items()}
    given = _object(
        {
            "id": _words(meanings, "A healthy deployment to start from."),
            "host": _text("The host of the URL: localhost, 127.0.0.1, ::1, or a name under .test."),
            "key": {"enum": list(baselines.KEY_KINDS)},
            "depth": {"type": "integer", "minimum": 1, "maximum": 2, "description": "Intermediates, of three-tier."},
        },
        ("id",),
    )
    return {"anyOf": [_words(meanings, "A healthy deployment to start from."), given]}


def _when() -> Schema:
    traits = vocabulary.TRAITS
    one: Schema = {"enum": [*traits, *(f"not {trait}" for trait in traits)]}
    return {"anyOf": [one, _list(one, "All of these hold.", 1)], "description": "What was measured on the client."}


def _claim() -> Schema:
    one = _object(
        {
            "client": {"$ref": "#/$defs/client"},
            "when": {"$ref": "#/$defs/when"},
            "grade": {"$ref": "#/$defs/grade"},
        },
        ("grade",),
    )
    return {"anyOf": [{"$ref": "#/$defs/grade"}, _list(one, "The first that matches the client counts.", 1)]}
