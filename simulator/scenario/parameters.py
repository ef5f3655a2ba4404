"""The parameters of a change, as a scenario gives them. Law: what is allowed is read from the change's own signature,
and only where a parameter is given or missing, for reading signatures costs time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.changes.change import Between, Change, HostName, Identifiers, Parameter
from simulator.scenario.fields import Fields
from simulator.scenario.tree import Mapping, Node

if TYPE_CHECKING:
    from simulator.scenario.scenario import Value

RESERVED = (
    "localhost",
    "test",
    "example",
    "invalid",
    "example.com",
    "example.net",
    "example.org",
    "home.arpa",
)
"""Domains that nobody can own (RFC 2606, RFC 6761, RFC 8375): a scenario's mistakes reach no one's server."""
_LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_IDENTIFIER = "(DNS|IP|URI|email):[!-~]+"


def read(fields: Fields, node: Mapping, key: str, change: Change) -> tuple[tuple[str, Value], ...]:
    """The parameters beside `key` in a `{fault: …}` or `{change: …}` item, sorted by name."""
    if len(node.entries) == 1 and not _requires(change):
        return ()
    known = {p.name.replace("_", "-"): p for p in change.parameters}
    values: dict[str, Value] = {}
    for name, (place, value) in node.entries.items():
        if name == key:
            continue
        parameter = known.get(name.replace("_", "-"))
        if parameter is None:
            hint = fields.problems.meant(name, known) if known else "it takes none"
            fields.tell(place, f'{change.id} has no parameter "{name[:40]}"', hint)
            continue
        if parameter.name in values:
            fields.tell(place, f"{parameter.name} stands here twice")
        given = _value(fields, value, parameter)
        if given is not None:
            values[parameter.name] = given
    there = {name.replace("_", "-") for name in node.entries}
    for name, parameter in known.items():
        if parameter.required and name not in there:
            fields.tell(node, f"{change.id} lacks {parameter.name}", f"it wants {wanted(parameter)}")
    return tuple(sorted(values.items()))


def wanted(parameter: Parameter) -> str:
    """What a parameter wants, for people."""
    rule = parameter.rule
    if isinstance(rule, Between):
        return f"a whole number from {rule.low} to {rule.high}" + (f" ({rule.unit})" if rule.unit else "")
    if isinstance(rule, HostName):
        return "a host name or an IP address"
    if isinstance(rule, Identifiers):
        return 'a list such as ["DNS:app.test", "IP:127.0.0.1"]'
    return "one of " + ", ".join(rule)


def host(fields: Fields, node: Node, name: str) -> str | None:
    """A host as it stands in a URL: a DNS name under a reserved domain, or an IP address without brackets."""
    text = fields.text(node, name)
    if text is None:
        return None
    if is_address(text):
        return text
    labels = text.split(".")
    if ":" in text or labels[-1].isdigit():
        fields.tell(node, f'{name}: "{text[:60]}" is no IP address', "write 127.0.0.1 or ::1, without brackets or port")
    elif len(text) > 253 or not all(re.fullmatch(_LABEL, label) for label in labels):  # RFC 1035 §2.3.4
        hint = "write it as in a URL" if text.isascii() else "write its xn-- form"
        fields.tell(node, f'{name}: "{text[:60]}" is no host name', hint)
    elif not any(text.lower() == d or text.lower().endswith(f".{d}") for d in RESERVED):
        fields.tell(
            node, f'{name}: "{text[:60]}" may be somebody\'s', f"take one under .test, such as {labels[0]}.test"
        )
    else:
        return text
    return None


def is_address(text: str) -> bool:
    """Whether the text is an IP address literal."""
    if ":" not in text and not text.replace(".", "").isdigit():
        return False
    import ipaddress

    try:
        return str(ipaddress.ip_address(text)) == text.lower()
    except ValueError:
        return False


def _value(fields: Fields, node: Node, parameter: Parameter) -> Value | None:
    rule = parameter.rule
    if isinstance(rule, Between):
        return fields.whole(node, parameter.name, rule.low, rule.high, rule.unit)
    if isinstance(rule, HostName):
        return host(fields, node, parameter.name)
    if isinstance(rule, Identifiers):
        names = [_identifier(fields, item) for item in fields.items(node, parameter.name)]
        return tuple(n for n in names if n is not None)
    return fields.word(node, parameter.name, rule)


def _identifier(fields: Fields, node: Node) -> str | None:
    text = fields.text(node, "an identifier")
    if text is None:
        return None
    if not re.fullmatch(_IDENTIFIER, text):
        hint = f'did you mean "{"IP" if is_address(text) else "DNS"}:{text[:60]}"?' if ":" not in text else ""
        fields.tell(node, f'"{text[:60]}" is no identifier', hint or "it begins with DNS:, IP:, URI: or email:")
    elif text.startswith("IP:") and not is_address(text[3:]):
        fields.tell(node, f'"{text[3:60]}" is no IP address', 'a name is written "DNS:…"')
    else:
        return text
    return None


def _requires(change: Change) -> bool:
    """Whether a parameter has no default, from the code object alone: `inspect` costs 10 ms."""
    code = change.apply.__code__
    defaults = change.apply.__defaults__ or ()
    return code.co_argcount - len(defaults) > 1 or code.co_kwonlyargcount > len(change.apply.__kwdefaults__ or ())
