"""Does somebody between client and site re-sign its certificates?

Law: a suspicion, never a proof: it stands beside `untrusted-issuer` and takes no finding's place.
"""

from __future__ import annotations

from simulator.diagnosis import oids
from simulator.diagnosis.certificate import Certificate, parse
from simulator.diagnosis.der import Malformed
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.identity import ip_address
from simulator.diagnosis.path import Path, store
from simulator.diagnosis.plain import clean
from simulator.model.evidence import Evidence

PRODUCTS = (
    "zscaler", "netskope", "fortinet", "fortigate", "palo alto", "blue coat", "bluecoat", "symantec web", "mcafee web",
    "forcepoint", "websense", "cisco umbrella", "sophos", "check point", "checkpoint", "barracuda", "sonicwall",
    "watchguard", "untangle", "kaspersky", "avast", "avg web", "eset ssl", "bitdefender", "superfish", "mitmproxy",
    "charles proxy", "fiddler", "burp", "portswigger", "squid", "privoxy", "smoothwall", "lightspeed", "securly",
    "goguardian", "cato networks", "iboss", "menlo", "trend micro", "adguard", "nextdns", "egedge", "proxyman",
    "cloudflare gateway", "cloudflare for teams", "owasp zap", "zed attack",
)  # fmt: skip
"""Products that re-sign, as their CAs name themselves, in small letters."""
_WORDS = (
    "proxy",
    "inspection",
    "interception",
    "firewall",
    "gateway",
    "web filter",
    "webfilter",
    "ssl filter",
    "decrypt",
)
_PRIVATE = (
    "localhost", "test", "example", "invalid", "local", "internal", "intranet", "private", "corp", "home", "lan",
    "arpa", "onion",
)  # fmt: skip


def suspicion(evidence: Evidence, path: Path) -> list[Fault]:
    """`interception-suspected` for a path that no anchor of the client's ends; empty where nothing speaks for it, or
    where some bundle of this machine knows the issuer."""
    issuer = path.chain[-1].issuer.canonical
    if any(store(bundle.certificates).named(issuer) for bundle in evidence.bundles):
        return []
    why = _why(evidence, path)
    if not why:
        return []
    at = len(path.chain) - 1
    return [
        Fault("interception-suspected", 0, at, "issuer", "the site's own certificate", why, refuses=False, beside=True)
    ]


def _why(evidence: Evidence, path: Path) -> str:
    last, leaf = path.chain[-1], path.chain[0]
    issuers = [*(c.subject.text for c in path.chain[1:]), last.issuer.text]
    proxy = evidence.settings.proxy
    for text in issuers:
        small = text.lower()
        if any(product in small for product in PRODUCTS) or (proxy and any(word in small for word in _WORDS)):
            return f"an issuer that re-signs other sites: {text}"
    for visit in evidence.visits:
        if visit.purpose not in ("other-site", "proxy", "sni") or not visit.chain or visit.chain[0] == leaf.der:
            continue
        other = _leaf(visit.chain[0])
        if other is None or other.self_issued:
            continue
        same = other.issuer.canonical == leaf.issuer.canonical
        if visit.purpose == "other-site" and same and visit.host != evidence.reference:
            return f"the same issuer for {clean(visit.host)}: {leaf.issuer.text}"
        if visit.purpose != "other-site" and not same and visit.host == evidence.reference:
            return f"two issuers for one site, by the way there: {leaf.issuer.text} and {other.issuer.text}"
    if _is_public(evidence.reference) and not leaf.self_issued and not _public_marks(leaf):
        return f"a private issuer for a public site: {last.issuer.text}"
    return ""


def _leaf(der: bytes) -> Certificate | None:
    try:
        return parse(der)
    except Malformed:
        return None


def _is_public(host: str) -> bool:
    """Whether a public CA may name this host: no address, no single label, no name reserved for private use."""
    labels = host.lower().rstrip(".").split(".")
    return len(labels) > 1 and ip_address(host) is None and ":" not in host and labels[-1] not in _PRIVATE


def _public_marks(leaf: Certificate) -> bool:
    """What every public CA has to put into a certificate and few private ones do."""
    present = leaf.x.present
    return oids.AUTHORITY_INFORMATION in present or oids.TRANSPARENCY in present or oids.CERTIFICATE_POLICIES in present
