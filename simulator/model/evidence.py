"""What was seen, and nothing of what was planned.

Law: evidence is bytes, texts, times and settings that an observer outside the deployment could collect: from the lab,
from a real server, or from files. It never names a scenario, a fault or a role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["accepted", "rejected", "not-run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of one real client. A refusal is a value here, never an exception of ours."""

    client: str
    """requests, stdlib, curl, …"""
    version: str = ""
    """As the client says it: "requests 2.34.2, urllib3 2.8.0, Python 3.11.7, OpenSSL 3.0.19"."""
    traits: tuple[str, ...] = ()
    """Measured on the client's own context: x509-strict, partial-chain, common-name-fallback. Sorted."""
    verdict: Verdict
    error: str = ""
    """The client's own words, whole; the reason, where it was not run."""
    exceptions: tuple[str, ...] = ()
    """Qualified type names from the outermost exception to its root cause."""
    verify_code: int | None = None
    """X509_V_ERR number, where the client tells it."""
    alert: str | None = None
    """The TLS alert received, in RFC 8446's words (unrecognized_name), where there was one."""
    stage: Literal["setup", "connect", "handshake", "answer", ""] = ""
    """How far it came: reading its own settings, TCP, TLS, the HTTP answer (where an accepted attempt ends)."""
    status: int | None = None
    """The HTTP status of an accepted attempt."""
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One connection of the observer's own, to look rather than to judge: it verifies nothing and accepts weak keys."""

    purpose: Literal["sni", "no-sni", "sibling", "proxy", "other-site", "version"]
    host: str
    """The host that was asked for."""
    server_name: str | None = None
    """What was sent in SNI."""
    address: str | None = None
    """The address that answered, "127.0.0.1:43111"."""
    chain: tuple[bytes, ...] = ()
    """The served chain as sent, DER, in the order of the wire."""
    end: Literal["handshake", "bytes", "alert", "eof", "reset", "timeout", "refused", "unresolved", "error"]
    """How it ended: "handshake" is a completed one; "bytes" that what came was not TLS."""
    first_bytes: bytes = b""
    """The first bytes that came, where they were not TLS."""
    alert: str | None = None
    reason: str | None = None
    """OpenSSL's reason name, such as WRONG_VERSION_NUMBER."""
    version: str | None = None
    cipher: str | None = None
    group_bits: int | None = None
    """The size of a finite-field Diffie-Hellman group, where the server used one."""
    certificate_requested: bool | None = None
    """Whether the server asked for a client certificate; None: unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRefusal:
    """A server that could not start: the operator's error text, and what it was given: a chain file and a key."""

    message: str
    chain_file: tuple[bytes, ...] = ()
    public_key: bytes | None = None
    """SubjectPublicKeyInfo, DER."""


Readability = Literal[
    "readable", "missing", "denied", "empty", "der", "private-key", "truncated", "no-certificates", "unhashed-directory"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A source of trust anchors that was named or would be used: what is in it, and who named it."""

    path: str
    named_by: str
    """"call", "session", "default", or the name of the variable ("REQUESTS_CA_BUNDLE")."""
    in_force: bool = True
    """Whether the client reads its anchors from here (another may have won, or it does not look here)."""
    certificates: tuple[bytes, ...] = ()
    """DER, in the order of the file. For a private key, a truncated file or a folder: what could be found."""
    readability: Readability = "readable"
    matches_record: bool | None = None
    """Whether the file is what its wheel's RECORD says; None: no such record is known."""
    added: tuple[bytes, ...] = ()
    """Where a pristine copy is at hand: the certificates that it lacks, DER."""
    earlier: tuple[bytes, ...] | None = None
    """Certificates of an earlier copy of the same file, where one was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """The settings in force in the client, as it reports them itself."""

    client: str = "requests"
    verify: bool = True
    check_hostname: bool = True
    traits: tuple[str, ...] = ()
    security_level: int = 2
    """OpenSSL's SECLEVEL: 2 asks for 112 bits (RSA and DH of 2048, no SHA-1)."""
    session_verify: str | None = None
    """What `session.verify` was set to: "False" or a path; None: untouched or unknown."""
    proxy: str | None = None
    """URL of the proxy, without its password."""
    certificate: tuple[bytes, ...] = ()
    """The client's own certificate chain, DER, leaf first."""
    checks_crls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a diagnosis may read."""

    url: str
    reference: str
    """The reference identifier (RFC 9525 §2): the URL's host, without brackets."""
    settings: ClientSettings = ClientSettings()
    attempts: tuple[Attempt, ...] = ()
    visits: tuple[Visit, ...] = ()
    """The first one with purpose "sni" holds the chain that the client would see."""
    refusal: StartRefusal | None = None
    bundles: tuple[Bundle, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    """The variables about TLS that the client's process had, sorted by name."""
    crls: tuple[bytes, ...] = ()
    """CRLs that the client was given, DER."""
    server_time: float | None = None
    """The server's Date header, in seconds since 1970 UTC."""
    client_time: float
    """The client's own clock, in seconds since 1970 UTC: dates are judged by it."""
    server_log: tuple[str, ...] = ()

    @property
    def served(self) -> tuple[bytes, ...]:
        """The served chain: of the first visit that has one, with SNI, as the client sends it."""
        for visit in self.visits:
            if visit.purpose == "sni" and visit.chain:
                return visit.chain
        return ()

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """The trust anchors in force, DER, each once, in order."""
        seen: dict[bytes, None] = {}
        for bundle in self.bundles:
            if bundle.in_force and bundle.readability == "readable":
                seen.update(dict.fromkeys(bundle.certificates))
        return tuple(seen)
