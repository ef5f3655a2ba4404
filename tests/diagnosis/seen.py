"""Evidence in a line or two, for tests of the diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.diagnosis.diagnose import diagnose
from simulator.model.evidence import Bundle, ClientSettings, Evidence, Visit
from simulator.model.finding import Finding
from tests.diagnosis.mint import NOW, Spec

STRICT = ("partial-chain", "x509-strict")


def der(item: Spec | bytes) -> bytes:
    return item.der() if isinstance(item, Spec) else item


def visit(*chain: Spec | bytes, **change: Any) -> Visit:
    defaults: dict[str, Any] = {"purpose": "sni", "host": "localhost", "server_name": "localhost", "end": "handshake"}
    return Visit(chain=tuple(der(item) for item in chain), **(defaults | change))


def bundle(*anchors: Spec | bytes, **change: Any) -> Bundle:
    defaults: dict[str, Any] = {"path": "ca.pem", "named_by": "call"}
    return Bundle(certificates=tuple(der(item) for item in anchors), **(defaults | change))


def evidence(
    chain: Sequence[Spec | bytes] = (), trust: Sequence[Spec | bytes] = (), host: str = "localhost", **change: Any
) -> Evidence:
    settings = {k: change.pop(k) for k in tuple(change) if k in ClientSettings.__dataclass_fields__}
    defaults: dict[str, Any] = {
        "url": f"https://{host}/",
        "reference": host,
        "client_time": float(NOW),
        "visits": (visit(*chain),) if chain else (),
        "bundles": (bundle(*trust),) if trust else (),
        "settings": ClientSettings(**settings),
    }
    return Evidence(**(defaults | change))


def ids(what: Evidence) -> list[str]:
    return [finding.id for finding in diagnose(what)]


def one(what: Evidence, id: str) -> Finding:
    return next(finding for finding in diagnose(what) if finding.id == id)


def errors(what: Evidence) -> list[str]:
    return [finding.id for finding in diagnose(what) if finding.severity == "error"]
