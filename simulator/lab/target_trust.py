# ruff: noqa: PTH112, PTH113, PTH118, PTH120  # pathlib costs 11 ms
"""What a client on this machine would trust: what was given, what the shell's variables say, what it has by default.

Law: precedence is as measured (docs/diagnose.md); files are read as clients read them; nothing is ever written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from simulator.errors import MachineError, UsageError
from simulator.lab.bundles import matches_record, read
from simulator.lab.shapes import described
from simulator.model.evidence import Bundle

FOR_REQUESTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""In this order; an empty one is unset. SSL_CERT_FILE is none of requests' business."""
FOR_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_INSTEAD = {
    "missing": "there is no such file",
    "denied": "it may not be read",
    "empty": "it is empty",
    "private-key": "it is a private key",
}


def certifi() -> str:
    """Path of this interpreter's certifi bundle. Raises MachineError where certifi is not installed."""
    from importlib.util import find_spec

    found = find_spec("certifi")
    if found is None or found.origin is None:
        raise MachineError("certifi is not installed here", "pip install certifi, or --trust FILE")
    return os.path.join(os.path.dirname(found.origin), "cacert.pem")


def system() -> str:
    """Path of this machine's own store: a file where there is one, else OpenSSL's folder. Raises MachineError."""
    import ssl

    default = ssl.get_default_verify_paths()
    for path in (default.openssl_cafile, *_SYSTEM):
        if os.path.isfile(path):
            return path
    if os.path.isdir(default.openssl_capath) and os.listdir(default.openssl_capath):  # noqa: PTH208  # as above
        return default.openssl_capath
    raise MachineError("this machine has no certificate store of its own", "--trust certifi, or --trust FILE")


def given(names: Sequence[str]) -> tuple[str, ...]:
    """The paths behind `--trust`. Raises UsageError for a file that is no trust file at all."""
    paths = tuple(
        certifi() if name == "certifi" else system() if name == "system" else os.path.expanduser(name)  # noqa: PTH111  # as above
        for name in names
    )
    for path in paths:
        contents = read(path)
        instead = _INSTEAD.get(contents.readability, "")
        if contents.readability == "no-certificates":
            instead = f"it is {_what(path)}"
        if instead and not (os.path.isdir(path) and contents.readability == "empty"):
            hint = "name a PEM file of CA certificates, certifi or system"
            raise UsageError(f"--trust {path} holds no certificate: {instead}", hint)
    return paths


def _what(path: str) -> str:
    from simulator.lab import containers

    try:
        with open(path, "rb") as file:  # noqa: PTH123  # as above
            data = file.read(containers.LIMIT)
    except OSError:
        return "something that cannot be read"
    return containers.read(data).what or described(data)


def source(kind: str, paths: Sequence[str], variables: Mapping[str, str]) -> str:
    """Who names the trust that counts for this client: "call", a variable's name, or "default"."""
    if paths:
        return "call"
    return next((n for n in FOR_REQUESTS if kind == "requests" and variables.get(n)), "default")


def bundles(
    kind: str, paths: Sequence[str], variables: Mapping[str, str], default: str, winner: str
) -> tuple[Bundle, ...]:
    """Every source of trust anchors that was named, and the client's default. `winner`: as `source` gives it."""
    found = [_bundle(path, "call", winner == "call") for path in paths]
    found += [_bundle(variables[n], n, winner == n) for n in FOR_REQUESTS if variables.get(n)]
    mine = kind == "stdlib" and winner == "default"
    replaced = False
    for name in FOR_OPENSSL:
        if variables.get(name):
            found.append(_bundle(variables[name], name, mine))
            replaced = True
    if kind == "requests" or not replaced:
        used = winner == "default"
        record = matches_record(default) if used and kind == "requests" else None
        found.append(_bundle(default, "default", used, record))
    return tuple(found)


def _bundle(path: str, named_by: str, in_force: bool, record: bool | None = None) -> Bundle:
    contents = read(path)
    return Bundle(
        path=path,
        named_by=named_by,
        in_force=in_force,
        certificates=contents.certificates,
        readability=contents.readability,
        matches_record=record,
    )


def notes(found: Sequence[Bundle], kind: str) -> list[str]:
    """Which setting won, and what is set and does not count, one sentence each."""
    used = next((b for b in found if b.in_force), None)
    if used is None:
        return []
    said = {"call": "what is given with the call wins", "default": "the client's default"}.get(used.named_by, "")
    lines = [f"trust comes from {used.path}" + (f" ({said or used.named_by})")]
    for bundle in found:
        if bundle.in_force or not bundle.named_by.isupper():
            continue
        if bundle.named_by in FOR_OPENSSL and kind == "requests":
            why = "requests does not look at it"
        elif bundle.named_by in FOR_REQUESTS and kind != "requests":
            why = "only requests and curl look at it"
        else:
            why = f"{'--trust' if used.named_by == 'call' else used.named_by} wins"
        lines.append(f"{bundle.named_by} is set ({bundle.path}), and does not count: {why}")
    return lines


def from_files(
    given_paths: Sequence[str], anchors: tuple[bytes, ...] | None, folders: Sequence[str], kind: str
) -> tuple[Bundle, ...]:
    """The trust that files are judged by: what was given; else the roots that lie among the files; else what this
    client would use in this shell."""
    if given_paths:
        return bundles(kind, given_paths, {}, "", "call")[: len(given_paths)]
    if anchors:
        return (Bundle(path=folders[0], named_by="call", certificates=anchors),)
    variables = {n: os.environ[n] for n in (*FOR_REQUESTS, *FOR_OPENSSL) if os.environ.get(n)}
    default = certifi() if kind == "requests" else system()
    return bundles(kind, (), variables, default, source(kind, (), variables))
