"""Which name was meant, and which names the certificate has. Law: only names that the text shows are compared."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.diagnosis.wordings.scale import MOST, Scale
from simulator.diagnosis.wordings.surroundings import Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


_READS_CN = frozenset(
    (
        "curl",
        "git",
        "php",
        "node",
        "npm",
        "yarn",
        "wget",
        "java",
        "openssl",
        "ruby",
        "urllib",
        "aiohttp",
        "httpx",
        "grpc",
    )
) | {"maven", "gradle", "postgresql", "ldap"}
"""Clients that accept a certificate without any subjectAltName by its CN: their mismatch is another one (measured)."""


def names_of(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """The certificate is for somebody else, or for nobody."""
    facts, host = around.facts, around.host
    names = [name.rstrip(".,") if name != f"{host}." else name for name in around.names]
    if wording["certainty"] > MOST and not (around.kind == "ip" and "subjectaltname" in wording["text"]):
        return
    for finding in ("missing-san", "default-virtual-host", "wildcard-scope"):
        scale.weights.setdefault(finding, 0.02)
    if around.kind == "public":
        scale.add("interception-suspected", 0.2, f"{host} has its own name right: somebody else answered")
    if around.kind == "ip" or ("ip-asked" in facts and not host):
        address = host or facts["ip-asked"]
        scale.top("ip-not-in-san", f"an IP address was asked for ({address}), and a certificate for a name has none")
        if host and host in names:
            scale.top("ip-in-dns-name", "the address is in the certificate, as the text of a name")
        return
    if around.names and not any(names):
        scale.top("missing-san", "the certificate's list of names is empty")
        return
    wild = [name for name in names if "*" in name]
    if wild and host:
        scale.weights["name-mismatch"] = max(scale.weights.get("name-mismatch", 0), 0.6)
        if any(name.count(".") == 1 for name in wild):
            scale.top("wildcard-scope", f"{wild[0]} stands directly under a top: no client takes that")
        close = any(host.endswith(name.split("*", 1)[1].lstrip(".")) for name in wild)
        scale.add("wildcard-scope", 0.45 if close else 0.05, f"a wildcard stands for exactly one label: {wild[0]}")
        return
    if any(_malformed(name, host) for name in names):
        odd = next(name for name in names if _malformed(name, host))
        scale.weights["name-mismatch"] = max(scale.weights.get("name-mismatch", 0), 0.5)
        scale.add("malformed-san", 0.4, f"{odd!r} is not how a name is written in a certificate")
        return
    if names:
        scale.add("name-mismatch", 0.4, f"it is for {names[0]}, not for {host or 'what was asked for'}")
        if "default-site" in facts:
            scale.add("default-virtual-host", 0.25, f"{facts['default-site']!r} looks like a server's default site")
        return
    _no_names(scale, around, wording)


def _no_names(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """The text does not say which names the certificate has."""
    facts = around.facts
    if "default-site" in facts and facts["default-site"] not in {"sni", "vhost"}:
        scale.add("default-virtual-host", 0.3, f"{facts['default-site']!r} looks like a server's default site")
    own = around.host == "localhost" and around.client not in _READS_CN
    if own and wording["text"] in {"hostname mismatch", "err_cert_common_name_invalid"}:
        scale.top("missing-san", "a self-made certificate for localhost usually has its name in the CN alone")
    if "no-name" in facts and around.kind != "public":
        scale.top("missing-san", f"it says {facts['no-name']!r}: the CN is not looked at any more")


def _malformed(name: str, host: str) -> bool:
    return "://" in name or name.endswith(".") or (":" in name and bool(host) and name.startswith(f"{host}:"))
