"""Weighs the causes of a clause by what surrounds it. Law: several possible causes are never one certain cause.

Each wording brings its causes, the likeliest first. A fact around it (a product that opens TLS, a host that nobody but
its owner knows, an IP address in the URL) adds weight to one of them. What is printed is the share of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.diagnosis.wordings_surroundings import Surroundings, is_private_address

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any

    _Test = Callable[[str, Mapping[str, Any]], bool]
    _Shift = Callable[["Scale", Surroundings, Mapping[str, Any]], None]


_MOST = 0.79
"""The highest certainty where the text alone does not decide."""
_TAIL = (0.5, 0.26, 0.14, 0.07, 0.03)
_ISSUER = frozenset({"untrusted-issuer", "incomplete-chain", "interception-suspected", "no-trust-anchors"})
_NAMES = frozenset({"name-mismatch", "missing-san"})
_TIME = frozenset({"expired", "expired-issuer", "expired-anchor"})
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
_BY_SYSTEM = frozenset({"urllib", "aiohttp", "python", "nltk"})
"""Clients that bring no trust anchors: python.org's Python for macOS has none until they are installed."""

Weights = dict[str, float]
Reasons = dict[str, str]


class Scale:
    """Weights that are being shifted, and why."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.reasons: Reasons = {}
        self.moved = False

    def add(self, finding: str, weight: float, reason: str) -> None:
        """A fact speaks for a finding."""
        self.weights[finding] = self.weights.get(finding, 0.0) + weight
        self.reasons.setdefault(finding, reason)
        self.moved = True

    def times(self, finding: str, factor: float) -> None:
        """A fact speaks against a finding."""
        if finding in self.weights:
            self.weights[finding] *= factor
            self.moved = True

    def top(self, finding: str, reason: str) -> None:
        """A fact decides between the causes of this text."""
        rest = max((weight for other, weight in self.weights.items() if other != finding), default=0.0)
        self.add(finding, max(0.0, rest * 1.35 - self.weights.get(finding, 0.0)) + 0.05, reason)


def weigh(wording: Mapping[str, Any], around: Surroundings) -> tuple[Weights, Reasons]:
    """Certainties of the causes of one wording, which together are at most 1."""
    findings: list[str] = list(dict.fromkeys(wording["findings"])) or ["cannot-tell"]
    certainty: float = wording["certainty"]
    weights = {findings[0]: certainty}
    for finding, share in zip(findings[1:], _TAIL, strict=False):
        weights[finding] = min((1 - certainty) * share, 0.85 * certainty)
    scale = Scale(weights)
    first = findings[0]
    for family, shift in _FAMILIES:
        if family(first, wording):
            shift(scale, around, wording)
    if not scale.moved:
        return weights, scale.reasons
    total = max(sum(scale.weights.values()), 1.0)
    ceiling = certainty if certainty > _MOST and max(scale.weights, key=scale.weights.__getitem__) == first else _MOST
    return {finding: min(weight / total, ceiling) for finding, weight in scale.weights.items()}, scale.reasons


def _issuer(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:  # noqa: PLR0912 - a list of facts
    """Nobody whom the client trusts vouches for the certificate: OpenSSL's 19, 20, 21 and their like."""
    facts, kind = around.facts, around.kind
    if "server-side" in facts and "name-mismatch" in wording["findings"]:
        scale.top("client-certificate-rejected", "a server says it: it does not accept its client's certificate")
        return
    in_chain = "root-in-served-chain" in wording["findings"]
    if in_chain:
        scale.times("incomplete-chain", 0.2)
    if "product" in facts:
        scale.add("interception-suspected", 1.3, f"it names {facts['product']}, which opens TLS and signs anew")
    elif "company" in facts and kind != "localhost":
        scale.add("interception-suspected", 0.6, f"it speaks of {facts['company']!r}")
    if kind == "public":
        weight = 0.9 if in_chain else 0.55
        scale.add("interception-suspected", weight, f"{around.host} has a certificate that everybody trusts")
        scale.times("untrusted-issuer", 0.8)
        scale.times("incomplete-chain", 0.3)
        scale.times("self-signed", 0.3)
        if not in_chain:
            weight = 0.5 if around.client in _BY_SYSTEM or "urllib" in facts else 0.22
            scale.add("no-trust-anchors", weight, f"{around.host} is trusted wherever there are trust anchors")
    elif kind == "other" and around.port not in {"", "443"}:
        scale.add("untrusted-issuer", 0.2, f"port {around.port} is rarely a public site's: a private CA is likely")
    elif kind == "other" and not in_chain:
        scale.add(
            "incomplete-chain", 0.28, f"{around.host} looks like a public site, which may forget its intermediate"
        )
    elif kind in {"localhost", "ip", "private"}:
        scale.add("untrusted-issuer", 0.4, f"{around.host} is nobody's public site: a private CA is likely")
        if kind == "localhost":
            scale.add("self-signed", 0.08, "a server on one's own machine often signs its own certificate")
    if "public-issuer" in facts and not in_chain and kind != "public":
        scale.add(
            "incomplete-chain", 0.7, f"{facts['public-issuer']} is a public CA: its root is known, a link is missing"
        )
    if "browser-works" in facts and kind != "public":
        scale.add("incomplete-chain", 0.45, "browsers fetch or remember a missing intermediate, this client does not")
    _issuer_by_bundle(scale, around)
    depth, sent = facts.get("depth"), facts.get("sent")
    if "incomplete-chain" in scale.weights and not in_chain and "product" not in facts:
        if depth == "0" and sent in {None, "1"} and kind in {"", "other", "public"}:
            scale.add("incomplete-chain", 0.3, "the search ended at the server's own certificate (depth 0)")
        elif depth not in {None, "0"} or (sent is not None and sent != "1"):
            scale.add("untrusted-issuer", 0.5, "intermediates were sent; what is missing is above them")
            scale.times("incomplete-chain", 0.3)
    if "self-issued" in facts and depth == "0":
        scale.add("self-signed", 0.9, "subject and issuer of the only certificate are the same")
    if "made-anew" in facts and kind != "public":
        scale.add("same-name-other-key", 0.35, f"it says {facts['made-anew']!r}: an older CA may still be trusted")
    if "self-made" in facts and "self-signed" in scale.weights and kind != "public":
        scale.add("self-signed", 0.4, f"it says {facts['self-made']!r}")


def _issuer_by_bundle(scale: Scale, around: Surroundings) -> None:  # noqa: PLR0912 - a list of facts
    facts, kind = around.facts, around.kind
    known = kind == "public"
    brings_its_own = around.client in {"requests", "pip", "conda", "boto3", "httpx", "uv"} and "urllib" not in facts
    if "mac-python" in facts and not brings_its_own:
        scale.add(
            "no-trust-anchors", 1.2, "python.org's Python for macOS has no trust anchors until they are installed"
        )
    if around.client == "php" and kind not in {"localhost", "ip", "private"}:
        scale.add("no-trust-anchors", 0.8, "PHP on Windows comes without a CA bundle (curl.cainfo)")
    if "slim" in facts and kind not in {"localhost", "ip", "private"}:
        scale.add("no-trust-anchors", 0.6, f"{facts['slim']}: such machines often lack the CA bundle")
    if "no-bundle-named" in facts:
        scale.add("no-trust-anchors", 0.45, "it names no CA file at all")
    named = facts.get("variable")
    if named is not None and "product" not in facts:
        if known:
            scale.add(
                "bundle-replaces-defaults", 1.1, f"{named.upper()} replaces the public CAs, it does not add to them"
            )
        elif named in {"ssl_cert_file", "ssl_cert_dir"} and around.client in {"requests", "pip", "boto3", "conda"}:
            scale.add("environment-ignored", 1.1, f"{around.client} does not look at {named.upper()}")
        else:
            scale.add("untrusted-issuer", 0.2, f"{named.upper()} names the bundle in force")
            scale.add("bundle-replaces-defaults", 0.15, f"{named.upper()} replaces the public CAs")
    elif around.bundle and "certifi" not in around.bundle and "/ca-certificates.crt" not in around.bundle:
        if known:
            scale.add("bundle-replaces-defaults", 0.8, f"{around.bundle} replaces the public CAs")
        else:
            scale.add("untrusted-issuer", 0.2, f"{around.bundle} was given and does not hold the issuer")
            scale.add("anchor-not-self-signed", 0.12, f"{around.bundle} may hold the server's own certificate")
    if "directory" in facts and not known:
        scale.add("bundle-directory-unhashed", 0.5, f"{facts['directory']}: a directory needs hashed names")
    elif (
        "environment-ignored" in facts
        and named is None
        and around.client in {"requests", "pip", "conda", "httpx", "boto3"}
        and not known
    ):
        scale.add(
            "environment-ignored", 0.5, f"it says {facts['environment-ignored']!r}, and {around.client} uses certifi"
        )
    if "reset" in facts and not known:
        scale.add("bundle-was-reset", 0.6, f"it says {facts['reset']!r}: an update throws away what was appended")


def _self_signed(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    """OpenSSL's 18: the server's certificate signed itself."""
    facts = around.facts
    if "product" in facts:
        scale.add("interception-suspected", 1.3, f"it names {facts['product']}, which opens TLS and signs anew")
    elif around.kind == "public":
        scale.add("interception-suspected", 0.9, f"{around.host} never shows a self-signed certificate itself")
    elif "company" in facts and around.kind == "other":
        scale.add("interception-suspected", 0.5, f"it speaks of {facts['company']!r}")
    if "made-anew" in facts or (around.bundle and around.kind in {"localhost", "ip", "private"}):
        scale.add("same-name-other-key", 0.25, "a certificate is trusted, and it is another one")


def _names(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """The certificate is for somebody else, or for nobody."""
    facts, host = around.facts, around.host
    names = [name.rstrip(".,") if name != f"{host}." else name for name in around.names]
    if wording["certainty"] > _MOST and not (around.kind == "ip" and "subjectaltname" in wording["text"]):
        return
    for finding in ("missing-san", "default-virtual-host", "wildcard-scope"):
        scale.weights.setdefault(finding, 0.02)
    if around.kind == "public":
        scale.add("interception-suspected", 0.2, f"{host} has its own name right: somebody else answered")
    if around.kind == "ip" or ("ip-asked" in facts and not host):
        address = host or facts["ip-asked"]
        scale.top("ip-not-in-san", f"an IP address was asked for ({address}), and a certificate for a name has none")
        if host in names:
            scale.add("ip-in-dns-name", 0.5, "the address is in the certificate, as the text of a name")
        return
    if around.names and not any(names):
        scale.top("missing-san", "the certificate's list of names is empty")
        return
    wild = [name for name in names if "*" in name]
    if wild and host:
        scale.weights["name-mismatch"] = max(scale.weights.get("name-mismatch", 0), 0.6)
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
    if "default-site" in facts and facts["default-site"] not in {"sni", "vhost"}:
        scale.add("default-virtual-host", 0.3, f"{facts['default-site']!r} looks like a server's default site")
    own = around.kind == "localhost" and around.client not in _READS_CN
    if own and wording["text"].lower() in {"hostname mismatch", "err_cert_common_name_invalid"}:
        scale.top("missing-san", "a self-made certificate for localhost usually has its name in the CN alone")
    if "no-name" in facts and around.kind != "public":
        scale.top("missing-san", f"it says {facts['no-name']!r}: the CN is not looked at any more")


def _malformed(name: str, host: str) -> bool:
    return "://" in name or name.endswith(".") or (":" in name and bool(host) and name.startswith(f"{host}:"))


def _time(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """A date has passed: whose, and by which clock."""
    facts = around.facts
    if "expired" not in wording["findings"]:
        return
    depth = facts.get("depth")
    if depth is not None and depth != "0":
        scale.top("expired-issuer", f"the error stands at depth {depth}, above the server's own certificate")
        scale.add("expired-anchor", 0.25, "the root may be the one that has ended")
    if "old-root" in facts and ("old-client" in facts or facts["old-root"] not in {"let's encrypt", "x3", "r3"}):
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
    elif "proxy-error" in facts:
        scale.top("proxy-speaks-plaintext", f"it says {facts['proxy-error']!r}: the proxy itself was spoken to in TLS")
    elif "server-side" in facts:
        scale.top("plaintext-to-tls-port", "a server says it: a client spoke no TLS to its TLS port")
    if "old-client" in facts:
        scale.add("old-protocol", 0.15, f"it names {facts['old-client']!r}")


def _handshake(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    """The server refused without a reason (alert 40)."""
    facts = around.facts
    if "client-certificate" in facts:
        scale.top("client-certificate-required", f"it speaks of {facts['client-certificate']!r}")
    elif "old-client" in facts:
        scale.add("old-protocol", 0.35, f"it names {facts['old-client']!r}")


def _client_certificate(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:
    """An alert about a certificate: the client's own, or, in a server's log, the server's."""
    text = wording["text"].lower()
    if "server-side" in around.facts:
        reason = "a server's log: its client did not accept the server's certificate"
        if "expired" in text:
            scale.top("expired", reason)
        else:
            scale.top("untrusted-issuer", reason)
            scale.add("self-signed", 0.4, reason)
            scale.times("client-certificate-required", 0.2)
    elif "bad certificate" in text or "bad_certificate" in text:
        scale.add("client-certificate-required", 0.08, "some servers say so when there is none at all")


def _files(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    """A file of certificates could not be read: by a client, or by a server that then did not start."""
    facts = around.facts
    serves = "load_cert_chain" in facts and around.client not in {"requests", "urllib3", "pip", "boto3"}
    if serves or "server-side" in facts or around.client in {"nginx", "apache", "haproxy"}:
        scale.top("server-refused-to-start", "it is the server that reads its certificate and key")
    if "certifi-path" in facts:
        scale.top("no-trust-anchors", "the missing file is certifi's own bundle")
    elif around.client in {"curl", "git", "php"} and around.bundle.startswith(("/etc/ssl", "/etc/pki")):
        scale.top("no-trust-anchors", f"{around.bundle} is the system's own bundle: its package is not installed")


def _closed(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    facts = around.facts
    if "plain-url" in facts:
        scale.top("plaintext-to-tls-port", "an http:// URL: the port may speak TLS")
    if "client-certificate" in facts:
        scale.add("client-certificate-required", 0.3, f"it speaks of {facts['client-certificate']!r}")
    if "proxy-error" in facts and "cannot connect to proxy" in facts.values():
        scale.add("proxy-speaks-plaintext", 0.3, "the proxy itself was spoken to in TLS")


def _quiet(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
    if is_private_address(around.host):
        scale.times("interception-suspected", 0.3)


_FAMILIES: tuple[tuple[_Test, _Shift], ...] = (
    (lambda first, wording: first in _ISSUER and "untrusted-issuer" in wording["findings"], _issuer),
    (
        lambda first, wording: first == "self-signed" and "untrusted-issuer" in wording["findings"],
        _issuer,
    ),
    (lambda first, wording: first == "self-signed" and "untrusted-issuer" not in wording["findings"], _self_signed),
    (lambda first, _: first in _NAMES, _names),
    (lambda first, _: first in _TIME, _time),
    (lambda first, _: first == "not-yet-valid", _too_early),
    (lambda first, _: first == "plaintext-on-tls-port", _plaintext),
    (lambda first, wording: first == "no-shared-cipher" and "old-protocol" in wording["findings"], _handshake),
    (lambda first, _: first == "client-certificate-rejected", _client_certificate),
    (lambda first, _: first in {"bundle-unreadable"}, _files),
    (lambda first, _: first == "connection-closed", _closed),
    (lambda first, _: first in _ISSUER, _quiet),
)
