"""Which sources of trust anchors a client had, and which one it used. Law: the client says which is in force; what is
in each file is read from the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from simulator.model.evidence import Bundle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.lab.bundles import Contents

_READ_BY_REQUESTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_READ_BY_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class Reader(Protocol):
    """What the caller knows of files."""

    def contents(self, path: str) -> Contents:
        """What lies there."""

    def as_recorded(self, path: str) -> bool | None:
        """Whether it is what its wheel's RECORD says; None: no such record is known."""

    def shown(self, path: str) -> str:
        """The name that people are shown."""


def bundles(
    kind: str,
    job: Mapping[str, Any],
    reported: Mapping[str, Any],
    variables: Mapping[str, str],
    reader: Reader,
) -> tuple[Bundle, ...]:
    """Every source that was named, and the client's default, in the order in which this client would ask them.

    `reported`: the settings in the client's own answer; `variables`: those that the deployment set, with real paths;
    `reader` reads files and knows under which name people are shown a path.
    """
    verifying = bool(reported.get("verify", True))
    source = reported.get("source", "")
    found: list[Bundle] = []

    def add(path: str, named_by: str, in_force: bool, **more: Any) -> None:
        contents = reader.contents(path)
        found.append(
            Bundle(
                path=reader.shown(path),
                named_by=named_by,
                in_force=in_force and verifying,
                certificates=contents.certificates,
                readability=contents.readability,
                **more,
            )
        )

    if isinstance(job["verify"], str):
        add(job["verify"], "call", source == "call")
    for name in _READ_BY_REQUESTS:
        if variables.get(name):
            add(variables[name], name, source == name)
    if isinstance(job["session_verify"], str):
        # Without a session, the trust that it would have had is given to the call.
        named = "session" if kind == "requests" else "call"
        add(job["session_verify"], named, source == named and not isinstance(job["verify"], str))
    for name in _READ_BY_OPENSSL:
        if variables.get(name):
            add(variables[name], name, kind == "stdlib" and source == "default")
    if kind == "requests":
        path = job["certifi"]
        pristine = reader.contents(path.rsplit("/", 2)[0] + "/pristine.pem").certificates
        added = tuple(der for der in reader.contents(path).certificates if der not in pristine)
        add(path, "default", source == "default", matches_record=reader.as_recorded(path), added=added)
    elif not variables.get("SSL_CERT_FILE"):
        add(job["environment"]["SSL_CERT_FILE"], "default", source == "default")
    return tuple(found)
