"""What the evidence shows: one frozen type, and the table of all findings.

Law: ids are published; they never change and never change their meaning. Words are not here: a finding's page in
`report_templates/findings/` says them, filled with the finding's own fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Party = Literal["issuer", "server", "client"]
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, and where. `expected` and `seen` are short texts for people, without markup."""

    id: str
    severity: Severity
    """For the client asked about: error, it refuses for this; warning, it accepts and someone is in danger; note, it
    accepts and a stricter or another client will not."""
    party: Party
    """Who can mend it."""
    certificate: str = ""
    """served[0] is the first one sent, anchor[0] a trust anchor in force, built[i] a place in the path; or ""."""
    field: str = ""
    """The field, extension or setting, in the standard's own spelling: subjectAltName, notAfter, verify."""
    expected: str = ""
    seen: str = ""
    rivals: tuple[str, ...] = ()
    """Findings that the same evidence would show, had they been the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathNode:
    """One certificate of the drawn chain: anchor first, end entity last."""

    subject: str
    not_after: float
    """Seconds since 1970 UTC."""
    place: str
    """"anchor", "served" or "missing"."""
    marks: tuple[str, ...] = ()
    """Ids of the findings that are about this certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingKind:
    """What is always true of a finding's id: its usual severity and party, and which parts of evidence it reads."""

    id: str
    severity: Severity
    party: Party
    reads: tuple[str, ...]


def _row(id: str, severity: Severity, party: Party, reads: str) -> FindingKind:
    return FindingKind(id=id, severity=severity, party=party, reads=tuple(reads.split(",")))


FINDINGS: dict[str, FindingKind] = {
    kind.id: kind
    for kind in (
        # trust
        _row("self-signed", "error", "issuer", "served,anchors"),
        _row("untrusted-issuer", "error", "client", "served,anchors"),
        _row("same-name-other-key", "warning", "client", "served,anchors"),
        _row("bad-signature", "error", "issuer", "served,anchors"),
        _row("root-in-served-chain", "note", "server", "served"),
        _row("anchor-not-self-signed", "error", "client", "served,anchors"),
        _row("interception-suspected", "warning", "client", "served,visits,anchors"),
        _row("leaked-anchor", "warning", "client", "anchors"),
        # chain
        _row("incomplete-chain", "error", "server", "served,anchors"),
        _row("unrelated-certificate", "note", "server", "served"),
        _row("chain-out-of-order", "warning", "server", "served"),
        _row("server-refused-to-start", "error", "server", "refusal"),
        _row("leaf-not-first", "error", "server", "refusal,served"),
        _row("expired-anchor", "error", "client", "served,anchors,clock"),
        # names
        _row("missing-san", "error", "issuer", "served,reference"),
        _row("name-mismatch", "error", "issuer", "served,reference"),
        _row("default-virtual-host", "error", "server", "served,visits,reference"),
        _row("ip-not-in-san", "error", "issuer", "served,reference"),
        _row("ip-in-dns-name", "error", "issuer", "served,reference"),
        _row("wildcard-scope", "error", "issuer", "served,reference"),
        _row("malformed-san", "error", "issuer", "served,reference"),
        # time
        _row("expired", "error", "issuer", "served,clock"),
        _row("not-yet-valid", "error", "issuer", "served,clock"),
        _row("expired-issuer", "error", "issuer", "served,clock"),
        _row("issuer-not-yet-valid", "error", "issuer", "served,clock"),
        _row("anchor-not-yet-valid", "error", "client", "anchors,clock"),
        _row("clock-suspected", "warning", "client", "served,clock"),
        _row("inverted-validity", "error", "issuer", "served"),
        _row("validity-too-long", "note", "issuer", "served"),
        # ca
        _row("issuer-not-ca", "error", "issuer", "served,anchors"),
        _row("path-length-exceeded", "error", "issuer", "served,anchors"),
        _row("issuer-cannot-sign", "error", "issuer", "served,anchors"),
        _row("ca-not-critical", "note", "issuer", "served,anchors"),
        _row("ca-missing-key-usage", "note", "issuer", "served,anchors"),
        _row("missing-ski", "note", "issuer", "served,anchors"),
        _row("missing-aki", "note", "issuer", "served,anchors"),
        _row("aki-mismatch", "error", "issuer", "served,anchors"),
        _row("v1-ca", "note", "issuer", "served,anchors"),
        _row("empty-subject-san-not-critical", "note", "issuer", "served,anchors"),
        _row("ca-false-with-ca-usage", "note", "issuer", "served,anchors"),
        _row("path-length-without-key-usage", "note", "issuer", "served,anchors"),
        _row("wrong-purpose", "error", "issuer", "served,anchors"),
        _row("name-constraint-violated", "error", "issuer", "served,anchors"),
        _row("unknown-critical-extension", "error", "issuer", "served,anchors"),
        _row("duplicate-extension", "error", "issuer", "served,anchors"),
        _row("serial-not-positive", "note", "issuer", "served,anchors"),
        _row("leaf-is-ca", "warning", "issuer", "served,anchors"),
        # crypto
        _row("weak-key", "error", "issuer", "served,anchors"),
        _row("weak-signature", "error", "issuer", "served,anchors"),
        _row("key-mismatch", "error", "server", "refusal"),
        _row("browser-unsupported-key", "note", "issuer", "served"),
        # protocol
        _row("plaintext-on-tls-port", "error", "server", "visits,attempts"),
        _row("plaintext-to-tls-port", "error", "client", "visits,attempts"),
        _row("old-protocol", "error", "server", "visits,attempts"),
        _row("no-shared-cipher", "error", "server", "visits,attempts"),
        _row("no-secure-renegotiation", "error", "server", "attempts"),
        _row("weak-key-exchange", "error", "server", "visits,attempts"),
        _row("unrecognized-name", "error", "server", "visits,attempts"),
        _row("client-certificate-required", "error", "client", "visits,attempts"),
        _row("client-certificate-rejected", "error", "client", "visits,attempts"),
        _row("connection-closed", "error", "server", "visits,attempts"),
        _row("handshake-timeout", "error", "server", "visits,attempts"),
        _row("nothing-listening", "error", "server", "visits,attempts"),
        _row("name-not-resolved", "error", "client", "visits,attempts"),
        _row("proxy-speaks-plaintext", "error", "client", "visits,attempts"),
        # client
        _row("verification-disabled", "warning", "client", "settings"),
        _row("hostname-check-disabled", "warning", "client", "settings"),
        _row("bundle-unreadable", "error", "client", "bundles"),
        _row("bundle-directory-unhashed", "error", "client", "bundles,served"),
        _row("environment-overrides-session", "warning", "client", "bundles,environment,settings"),
        _row("environment-ignored", "error", "client", "bundles,environment,served"),
        _row("bundle-replaces-defaults", "error", "client", "bundles,environment,served"),
        _row("bundle-modified", "warning", "client", "bundles"),
        _row("bundle-was-reset", "error", "client", "bundles,served"),
        _row("no-trust-anchors", "error", "client", "bundles"),
        _row("ssl-module-missing", "error", "client", "attempts"),
        _row("wrong-context-purpose", "error", "client", "attempts"),
        _row("key-readable-by-others", "warning", "client", "machine"),
        # revocation
        _row("revoked", "error", "issuer", "crls,served"),
        _row("crl-unavailable", "error", "client", "crls,settings"),
        _row("crl-expired", "error", "issuer", "crls,clock"),
        # otherwise
        _row("cannot-tell", "note", "client", "attempts"),
    )
}
"""Every finding there is, in the order of the catalogue. Severity and party are the usual ones; a finding's own may
differ with the client asked about (strict rules) or the cause that the evidence proves."""
