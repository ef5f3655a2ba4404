"""A `requests.get(…)` that somebody typed on the tour, run for real. Law: the text is read and never evaluated; of it
only `verify=` counts, and the client is the lab's.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.model.deployment import ROOT, TrustFile

if TYPE_CHECKING:
    from simulator.cli.tour_stage import Seen, Stage


def run(text: str, stage: Stage) -> Seen | None:
    """What this step's server is asked and answers; None where the text is no such call."""
    verify = wanted(text)
    if verify is None:
        return None
    client = replace(stage.deployment.client, trust=None, verify=verify is not False)
    if isinstance(verify, str):
        name = verify.replace("\\", "/").rpartition("/")[2]
        roles = {"cert.pem": stage.deployment.server.chain[:1], "ca.pem": (ROOT,)}.get(name, ())
        there = {certificate.role for certificate in stage.deployment.certificates}
        known = bool(roles) and set(roles) <= there
        file = TrustFile(roles=roles, name=name) if known else TrustFile(roles=(), form="missing", name=name)
        client = replace(client, trust=file)
    return stage.meet(replace(stage.deployment, client=client))


def wanted(text: str) -> str | bool | None:
    """The `verify=` of a `requests.get(…)` (True where there is none); None where the text is no such call."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) not in ("requests.get", "get"):
        return None
    for keyword in call.keywords:
        if keyword.arg == "verify":
            value = keyword.value
            return value.value if isinstance(value, ast.Constant) and isinstance(value.value, bool | str) else None
    return True
