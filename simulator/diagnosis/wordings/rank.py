"""Weighs the causes of a clause by what surrounds it. Law: several possible causes are never one certain cause.

Each wording brings its causes, the likeliest first. A fact around it (a product that opens TLS, a host that nobody but
its owner knows, an IP address in the URL) adds weight to one of them. What is printed is the share of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from simulator.diagnosis.wordings.issuer import issuer, self_signed
from simulator.diagnosis.wordings.names import names_of
from simulator.diagnosis.wordings.scale import MOST, Reasons, Scale, Weights, spread
from simulator.diagnosis.wordings.surroundings import Surroundings
from simulator.diagnosis.wordings.target import is_private_address

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any

    _Test = Callable[[str, Mapping[str, Any]], bool]
    _Shift = Callable[["Scale", Surroundings, Mapping[str, Any]], None]


_ISSUER = frozenset({"untrusted-issuer", "incomplete-chain", "interception-suspected", "no-trust-anchors"})
_NAMES = frozenset({"name-mismatch", "missing-san"})
_OF_A_CERTIFICATE = _ISSUER | {"self-signed", "expired", "not-yet-valid", "wrong-purpose", "revoked", "name-mismatch"}
_OF_SETTINGS = frozenset({"no-shared-cipher", "old-protocol", "bundle-unreadable", "weak-key", "weak-signature"})
_TIME = frozenset({"expired", "expired-issuer", "expired-anchor"})


def weigh(wording: Mapping[str, Any], said: str, around: Surroundings) -> tuple[Weights, Reasons]:
    """Certainties of the causes of one wording, which together are at most 1. `said`: its words in the text."""
    findings: list[str] = list(dict.fromkeys(wording["findings"])) or ["cannot-tell"]
    certainty: float = wording["certainty"]
    scale = Scale(spread(findings, certainty))
    first = findings[0]
    for family, shift in _FAMILIES:
        if family(first, wording):
            shift(scale, around, {**wording, "text": said})
    if "client-verify" in around.facts and first in _OF_A_CERTIFICATE:
        scale.top("client-certificate-rejected", f"a server says it: {around.facts['client-verify']!r}")
    if around.told and first in _OF_A_CERTIFICATE:
        scale.top(around.told, f"{around.host} is a site for tests, and says itself what is wrong with it")
    if "startup" in around.facts and first in _OF_SETTINGS:
        scale.top("server-refused-to-start", f"a server says it while it starts: {around.facts['startup']!r}")
    if not scale.moved:
        return scale.weights, scale.reasons
    total = max(sum(scale.weights.values()), 1.0)
    ceiling = certainty if certainty > MOST and max(scale.weights, key=scale.weights.__getitem__) == first else MOST
    return {finding: min(weight / total, ceiling) for finding, weight in scale.weights.items()}, scale.reasons


def _time(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """A date has passed: whose, and by which clock."""
    facts = around.facts
    if "expired" not in wording["findings"]:
        return
    depth = facts.get("depth")
    if depth is not None and depth != "0":
        scale.top("expired-issuer", f"the error stands at depth {depth}, above the server's own certificate")
        scale.add("expired-anchor", 0.25, "the root may be the one that has ended")
        if "root-named" in facts:
            scale.top("expired-anchor", "the certificate that has ended calls itself a root")
    known_roots = around.client not in {"chromium", "firefox"} and around.kind in {"", "public", "other"}
    if "root-ended" in facts and known_roots:
        scale.top("expired-anchor", f"in {facts['root-ended']} a root of many sites had just ended")
    elif "old-root" in facts and ("old-client" in facts or facts["old-root"] not in {"let's encrypt", "x3", "r3"}):
        scale.top("expired-anchor", f"it names {facts['old-root']!r}, an old root that has ended")
    if around.kind == "public":
        scale.add("clock-suspected", 0.25, f"{around.host} renews in time: a clock may be wrong")
        scale.add("expired-anchor", 0.2, f"{around.host} renews in time: an old trust store may have ended")
    if "clock" in facts:
        scale.add("clock-suspected", 0.4, f"it speaks of {facts['clock']!r}")


def _too_early(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    if "clock" in around.facts or around.kind == "public":
        scale.add("clock-suspected", 0.45, "a clock that is behind makes every new certificate look early")
    depth = around.facts.get("depth")
    if depth is not None and depth != "0":
        scale.add("issuer-not-yet-valid", 0.5, f"the error stands at depth {depth}")


def _plaintext(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """The answer was no TLS."""
    facts = around.facts
    if "first record" in wording["text"] and "server-side" in facts:
        scale.top("plaintext-to-tls-port", "a server says it: a client spoke plain text to its TLS port")
    elif "proxy-url" in facts:
        scale.top(
            "proxy-speaks-plaintext", "a proxy is named by an https:// URL: it is spoken to in TLS, and speaks none"
        )
    elif "proxy-error" in facts:
        scale.top("proxy-speaks-plaintext", f"it says {facts['proxy-error']!r}: the proxy itself was spoken to in TLS")
    elif "server-side" in facts and "http" not in wording["text"]:
        # A plain server that complains of a malformed HTTP request has met TLS: that stays as it is.
        scale.top("plaintext-to-tls-port", "a server says it: a client spoke no TLS to its TLS port")
    if "old-client" in facts:
        scale.add("old-protocol", 0.15, f"it names {facts['old-client']!r}")


def _handshake(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    """The server refused without a reason (alert 40)."""
    facts = around.facts
    if "no-sni" in facts and around.client == "openssl":
        scale.top("unrecognized-name", "this client did not say which name it wants, and one address serves many")
    elif "upstream" in facts:
        scale.top("unrecognized-name", "nginx does not tell its upstream which name it wants unless told to")
    elif "client-certificate" in facts:
        scale.top("client-certificate-required", f"it speaks of {facts['client-certificate']!r}")
    elif "refused-later" in facts:
        scale.top("client-certificate-required", "the refusal came while this client answered, not at its first word")
    elif "old-client" in facts:
        scale.add("old-protocol", 0.35, f"it names {facts['old-client']!r}")


def _client_certificate(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """An alert about a certificate: the client's own, or, in a server's log, the server's."""
    text: str = wording["text"]
    if "client-verify" in around.facts:
        return  # a server says it of its client's certificate
    if "access denied" in text and around.kind == "public":
        scale.top("interception-suspected", f"{around.host} asks nobody for a certificate: somebody between refuses")
    elif "server-side" in around.facts or (
        re.search(r"certificate.?unknown|unknown certificate\b", text) and _hears(around)
    ):
        reason = "a server's log: its client did not accept the server's certificate"
        if "expired" in text:
            scale.top("expired", reason)
        else:
            scale.top("untrusted-issuer", reason)
            scale.add("self-signed", 0.4, reason)
            scale.times("client-certificate-required", 0.2)
    elif "bad certificate" in text or "bad_certificate" in text:
        scale.add("client-certificate-required", 0.08, "some servers say so when there is none at all")


def _hears(around: Surroundings) -> bool:
    """A program that names no address and no certificate of its own, and hears such an alert, is a server."""
    asks = around.host or "client-certificate" in around.facts or "client-side" in around.facts
    return around.client in {"", "python", "openssl", "java", "go", "node"} and not asks


def _files(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    """A file of certificates could not be read: by a client, or by a server that then did not start."""
    facts = around.facts
    serves = "load_cert_chain" in facts and around.client not in {"requests", "urllib3", "pip", "boto3"}
    if "local-verify" in facts:
        return
    if serves or "server-side" in facts or around.client in {"nginx", "apache", "haproxy"}:
        scale.top("server-refused-to-start", "it is the server that reads its certificate and key")
    if "certifi-path" in facts and "frozen" in facts:
        scale.top(
            "no-trust-anchors", "the missing file is certifi's own bundle, in a program that was packed without it"
        )
    elif "certifi-path" in facts:
        scale.add("no-trust-anchors", 0.3, "the missing file is certifi's own bundle")
    elif around.client in {"curl", "git", "php"} and around.bundle.startswith(("/etc/ssl", "/etc/pki")):
        scale.add("no-trust-anchors", 0.3, f"{around.bundle} is the system's own bundle: is its package installed?")


def _closed(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    facts = around.facts
    if "plain-url" in facts and around.kind != "public":
        scale.top("plaintext-to-tls-port", "an http:// URL: the port may speak TLS")
    if "client-certificate" in facts:
        scale.add("client-certificate-required", 0.3, f"it speaks of {facts['client-certificate']!r}")
    if "proxy-error" in facts and "cannot connect to proxy" in facts.values():
        scale.add("proxy-speaks-plaintext", 0.3, "the proxy itself was spoken to in TLS")


def _quiet(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    if is_private_address(around.host):
        scale.times("interception-suspected", 0.3)


def _anchor(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    if around.kind == "public":
        scale.top("interception-suspected", f"{around.host} has a certificate that everybody trusts")


def _malformed(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    """A browser takes the certificate for none at all, and does not say why."""
    if around.kind in {"localhost", "ip", "private"}:
        scale.top("self-signed", f"{around.host} is one's own: such certificates are made by hand")
    elif around.kind == "public":
        scale.top("interception-suspected", f"{around.host} has a certificate that everybody trusts")


_FAMILIES: tuple[tuple[_Test, _Shift], ...] = (
    (lambda first, wording: first in _ISSUER and "untrusted-issuer" in wording["findings"], issuer),
    (
        lambda first, wording: first == "self-signed" and "untrusted-issuer" in wording["findings"],
        issuer,
    ),
    (lambda first, wording: first == "self-signed" and "untrusted-issuer" not in wording["findings"], self_signed),
    (lambda first, _: first in _NAMES, names_of),
    (lambda first, _: first in _TIME, _time),
    (lambda first, _: first == "not-yet-valid", _too_early),
    (lambda first, _: first == "plaintext-on-tls-port", _plaintext),
    (lambda first, wording: first == "no-shared-cipher" and "old-protocol" in wording["findings"], _handshake),
    (lambda first, _: first == "client-certificate-rejected", _client_certificate),
    (lambda first, _: first in {"bundle-unreadable"}, _files),
    (lambda first, _: first == "connection-closed", _closed),
    (lambda first, _: first == "anchor-not-self-signed", _anchor),
    (lambda first, wording: first == "issuer-not-ca" and "self-signed" in wording["findings"], _malformed),
    (lambda first, _: first in _ISSUER, _quiet),
)
