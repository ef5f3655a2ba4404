"""Who could have signed, and who trusts whom. Law: what everybody knows (a public site, a product) outweighs a guess.

"Unable to get local issuer certificate" has eight causes; host, product, bundle and speaker tell them apart in part.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.diagnosis.wordings.scale import Scale, bare
from simulator.diagnosis.wordings.surroundings import Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


_BY_SYSTEM = frozenset({"urllib", "aiohttp", "python", "nltk"})
"""Clients that bring no trust anchors: python.org's Python for macOS has none until they are installed."""


def issuer(scale: Scale, around: Surroundings, wording: Mapping[str, Any]) -> None:  # noqa: PLR0912 - a list of facts
    """Nobody whom the client trusts vouches for the certificate: OpenSSL's 19, 20, 21 and their like."""
    facts, kind = around.facts, around.kind
    if "server-side" in facts and bare(wording):
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
        _public(scale, around, in_chain, unsaid=bare(wording))
    elif kind == "other" and around.port not in {"", "443"}:
        scale.add("untrusted-issuer", 0.2, f"port {around.port} is rarely a public site's: a private CA is likely")
    elif kind == "other" and not in_chain and not bare(wording):
        scale.add(
            "incomplete-chain", 0.28, f"{around.host} looks like a public site, which may forget its intermediate"
        )
    elif kind in {"localhost", "ip", "private"}:
        scale.add("untrusted-issuer", 0.4, f"{around.host} is nobody's public site: a private CA is likely")
        if kind == "localhost":
            scale.add("self-signed", 0.08, "a server on one's own machine often signs its own certificate")
    elif around.client in _BY_SYSTEM or "urllib" in facts:
        scale.add("no-trust-anchors", 0.3, "this client brings no trust anchors: it has those of the system, or none")
    if "public-issuer" in facts and not in_chain and kind != "public":
        scale.add(
            "incomplete-chain", 0.7, f"{facts['public-issuer']} is a public CA: its root is known, a link is missing"
        )
    if "clock" in facts:
        scale.add("clock-suspected", 0.6, f"it speaks of {facts['clock']!r}, and a wrong clock makes chains fail too")
    if "browser-works" in facts and kind != "public":
        scale.add("incomplete-chain", 0.45, "browsers fetch or remember a missing intermediate, this client does not")
    _issuer_by_bundle(scale, around)
    if "local-verify" in facts:
        scale.times("interception-suspected", 0.05)  # files on a disk were looked at: nobody stood between
        scale.times("no-trust-anchors", 0.5)
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


def _public(scale: Scale, around: Surroundings, in_chain: bool, *, unsaid: bool) -> None:
    """A site that everybody knows has a certificate that everybody trusts: the cause is here, or on the way."""
    facts = around.facts
    if "public-issuer" in facts and "product" not in facts:
        authority = facts["public-issuer"]
        scale.add("no-trust-anchors", 1.2, f"{authority} is a public CA: nobody opened TLS, its root is missing here")
    else:
        # "Verify failed" and no more may be any cause: of 29 such texts about public sites 27 were an unknown issuer.
        weight = 0.9 if in_chain else 0.25 if unsaid else 0.55
        scale.add("interception-suspected", weight, f"{around.host} has a certificate that everybody trusts")
    scale.times("untrusted-issuer", 1.0 if unsaid else 0.8)
    scale.times("incomplete-chain", 0.3)
    scale.times("self-signed", 0.3)
    if not in_chain:
        weight = 0.75 if around.client in _BY_SYSTEM or "urllib" in facts else 0.22
        scale.add("no-trust-anchors", weight, f"{around.host} is trusted wherever there are trust anchors")


def _issuer_by_bundle(scale: Scale, around: Surroundings) -> None:  # noqa: PLR0912 - a list of facts
    facts, kind = around.facts, around.kind
    known = kind == "public"
    brings_its_own = around.client in {"requests", "pip", "conda", "boto3", "httpx", "uv"} and "urllib" not in facts
    if "mac-python" in facts and not brings_its_own:
        scale.add(
            "no-trust-anchors", 1.2, "python.org's Python for macOS has no trust anchors until they are installed"
        )
    windows = "slim" in facts or ":\\" in around.bundle or kind == "public"
    if around.client == "php" and windows and kind not in {"localhost", "ip", "private"}:
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


def self_signed(scale: Scale, around: Surroundings, _wording: Mapping[str, Any]) -> None:
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
