"""Settings that a repair declares, put into a deployment. Law: each word of the sheet is one field, and no word does
two things; `sheet` has checked what it may be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.challenge.sheet import Setting
from simulator.model.deployment import DAY, ROOT, Ambient, Deployment, RevocationList, TrustFile, Variable

Reader = Callable[[Deployment, str], tuple[Deployment, TrustFile]]
"""Reads a named file: the deployment that knows its certificates, and the file."""


def server(deployment: Deployment, key: str, value: Setting, read: Reader) -> Deployment:
    """The deployment with one setting of the server. `chain` and `key` are no settings."""
    text = str(value)
    authorities: tuple[str, ...] = ()
    if key == "clients-ca" and text != "nobody":
        deployment, file = read(deployment, text)
        authorities = file.roles
    fields: dict[str, dict[str, Any]] = {
        "minimum-version": {"minimum_version": text},
        "maximum-version": {"maximum_version": text},
        "ciphers": {"ciphers": None, "dh_bits": None},
        "speaks": {"behaviour": text},
        "clients-ca": {"client_certificate_authorities": authorities},
    }
    return replace(deployment, server=replace(deployment.server, **fields.get(key, {})))


def client(deployment: Deployment, key: str, value: Setting, read: Reader, *, days: int) -> Deployment:
    """The deployment with one setting of the client. `days`: how long a renewed revocation list has to hold."""
    if isinstance(value, dict):
        return _environment(deployment, value, read)
    file: TrustFile | None = None
    if "/" in value:
        deployment, file = read(deployment, value)
    if key == "certifi":
        certifi = Ambient().certifi
        if file is not None:
            certifi = replace(certifi, roles=tuple(dict.fromkeys((*certifi.roles, *file.roles))))
        return replace(deployment, ambient=replace(deployment.ambient, certifi=certifi))
    if key == "crls" and value == "renewed":
        ends = RevocationList(issuer=ROOT).next_update + days * DAY
        lists = tuple(replace(one, next_update=ends) for one in deployment.revocation_lists)
        deployment = replace(deployment, revocation_lists=lists)
    yes = value.lower() in ("yes", "true")
    fields: dict[str, dict[str, Any]] = {
        "trust": {"trust": file},
        "session-trust": {"session_trust": "off" if value == "off" else file},
        "verify": {"verify": yes},
        "check-hostname": {"check_hostname": yes},
        "certificate": {"certificate": file.roles if file else ()},
        "security-level": {"security_level": int(value) if value.isdigit() else None},
        "check-crls": {"check_crls": yes},
        "crls": {"has_crls": value != "none"},
        "url-scheme": {"scheme": value},
        "url-host": {"host": value},
    }
    return replace(deployment, client=replace(deployment.client, **fields[key]))


def _environment(deployment: Deployment, value: dict[str, str], read: Reader) -> Deployment:
    """Variables of the shell: unset everywhere, or set for every program that is started from it."""
    for name, told in value.items():
        kept = tuple(one for one in deployment.client.environment if one.name != name)
        shell = tuple(one for one in deployment.ambient.environment if one.name != name)
        if told != "unset":
            deployment, file = read(deployment, told)
            shell = (*shell, Variable(name=name, value=file))
        deployment = replace(
            deployment,
            client=replace(deployment.client, environment=kept),
            ambient=replace(deployment.ambient, environment=shell),
        )
    return deployment
