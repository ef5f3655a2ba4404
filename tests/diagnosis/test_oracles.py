"""Others are asked the same questions: Python's own `ssl` (verdict and code), `service-identity` (names),
`cryptography`'s verifier (paths). A fault and its check cannot share one misunderstanding with all of them."""

from __future__ import annotations

import random
import time
import warnings
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.diagnosis import identity
from simulator.diagnosis.certificate import parse
from simulator.diagnosis.diagnose import diagnose, predict
from simulator.model.evidence import Evidence
from tests.diagnosis import mint as m
from tests.diagnosis import oracle
from tests.diagnosis.chains import Chain, random_chain
from tests.diagnosis.seen import evidence

SEEDS = st.integers(0, 1 << 40)
FLAGS = ((), ("x509-strict",), ("partial-chain",), ("partial-chain", "x509-strict"))
FALLBACK = ("common-name-fallback",)


def of(chain: Chain, traits: tuple[str, ...] = ()) -> Evidence:
    return evidence(
        chain.served, chain.anchors, host=chain.host, client_time=time.time(), traits=tuple(sorted(traits)),
    )  # fmt: skip


def agree(chain: Chain, done: list[str], fallbacks: tuple[tuple[str, ...], ...]) -> None:
    try:
        serving = oracle.server(chain.served, chain.key)
    except oracle.NotServable:
        return
    for flags in FLAGS:
        for more in fallbacks:
            traits = frozenset((*flags, *more))
            try:
                real = oracle.verify_code(serving, oracle.client(chain.anchors, traits), chain.host)
            except oracle.NotServable:
                continue
            ours = predict(of(chain, (*flags, *more)), traits)
            assert (ours.verify_code or 0, ours.verdict) == (real, "rejected" if real else "accepted"), (done, traits)
            findings = diagnose(of(chain, (*flags, *more)))
            assert any(f.severity == "error" for f in findings) == bool(real), (done, traits, findings)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(SEEDS)
def test_verdict_and_code_are_openssls(seed: int) -> None:
    chain, done = random_chain(random.Random(seed))  # noqa: S311 - tests, not keys
    agree(chain, done, ((), FALLBACK) if seed % 3 == 0 else ((),))


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(SEEDS)
def test_verdict_and_code_are_openssls_for_extensions_that_cannot_be_read(seed: int) -> None:
    chain, done = random_chain(random.Random(seed), invalid=True)  # noqa: S311 - tests, not keys
    agree(chain, done, ((),))


@pytest.mark.parametrize("count", [100, 101])
def test_a_path_of_a_hundred_cas_is_whole_and_one_of_more_is_too_long(count: int) -> None:
    top = above = m.root()
    middle: list[bytes] = []
    for number in range(count):
        own = m.key("p256", 1000 + number)
        above = m.under(above, f"Level {number}", own, extensions=m.ca_extensions(own, above.key))
        middle.insert(0, above.der())
    last = m.leaf(above)
    chain = Chain(random.Random(0), [last], served=[last.der(), *middle], anchors=[top.der()], key=last.key)  # noqa: S311 - tests, not keys
    agree(chain, ["long"], ((),))
    assert predict(of(chain), frozenset()).verify_code == (None if count == 100 else 22)


PATTERNS = (
    "*.a-b.test", "*.-a.test", "a*.b.test", "*.*.test", "x.*.b.test", "*.test.", "*.a_b.test", "*", "*.B.TEST",
    "x.b.test", "*.xn--p1ai.test", "xn--*.b.test", "1.2.3.4", "*.2.3.4", "x.b.test\0.c", "*.b..test", "_x.b.test",
    "b.test", ".b.test",
)  # fmt: skip
HOSTS = (
    "x.a-b.test", "x.-a.test", "ax.b.test", "x.b.test", "x.y.test", "x.y.b.test", "x.test", "x.a_b.test", "_x.b.test",
    "X.B.TEST", "x_y.b.test", "x.xn--p1ai.test", "xn--a.b.test", "1.2.3.4", "x.2.3.4", "b.test", "test", "y.x.b.test",
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("where", ["subjectAltName", "common name"])
def test_host_names_are_openssls(pattern: str, where: str) -> None:
    top = m.root()
    if where == "common name":
        end = m.without(m.leaf(top, subject=m.cn(pattern)), m.SAN)
    else:
        end = m.leaf(top, m.tlv(0x82, pattern.encode()))
    serving = oracle.server([end.der()], end.key)
    for traits in (frozenset[str](), frozenset(FALLBACK)):
        looking = oracle.client([top.der()], traits)
        for host in HOSTS:
            asked = evidence([end], [top], host=host, client_time=time.time())
            assert (predict(asked, traits).verify_code or 0) == oracle.verify_code(serving, looking, host), host


@pytest.mark.parametrize("level", range(6))
def test_security_levels_are_openssls(level: int) -> None:
    top = m.root(private=m.key("rsa3072", 1))
    for kind in ("rsa1024", "rsa2048", "p192", "p256", "p384", "p521", "ed25519"):
        for digest in ("sha1", "sha256", "sha512"):
            middle = m.under(top, private=m.key(kind, 5), digest=digest)
            end = m.leaf(middle)
            alone = m.leaf(top, private=m.key(kind, 5), digest=digest)
            for chain, private in (([end.der(), middle.der()], end.key), ([alone.der()], alone.key)):
                looking = oracle.client([top.der()], frozenset())
                looking.set_ciphers(f"ALL:@SECLEVEL={level}")
                try:
                    real = oracle.verify_code(oracle.server(chain, private), looking, "localhost")
                except oracle.NotServable:
                    continue
                asked = evidence(chain, [top], client_time=time.time(), security_level=level)
                assert (predict(asked, frozenset()).verify_code or 0) == real, (kind, digest, len(chain))


# What `cryptography` decides otherwise than OpenSSL 3.0, and why no chain with it is compared.
DIFFERENCES = {
    "weak-rsa": "keys by its own list, anchors included",
    "weak-curve": "as above",
    "ed448": "as above",
    "no-purpose": "extendedKeyUsage must be there (CA/Browser Forum)",
    "any-purpose": "anyExtendedKeyUsage will do; OpenSSL wants serverAuth",
    "sgc-purpose": "old names of serverAuth are not known",
    "ca-any-purpose": "as any-purpose",
    "ns-client": "Netscape's extension is not known",
    "ns-ssl-ca": "as above",
    "leaf-ca": "an end entity must not be a CA",
    "leaf-ca-not-critical": "as above",
    "leaf-ca-openssl": "as above",
    "leaf-ca-pathlen": "as above",
    "usage-both": "an end entity must not have keyCertSign",
    "usage-cert-sign": "keyUsage of an end entity is not looked at otherwise",
    "usage-crl": "as above",
    "no-bc-cert-sign": "as usage-both",
    "wildcard": "a star directly under a top-level name will do",
    "wildcard-deep": "a star also covers labels with underscores",
    "wildcard-partial": "an invalid pattern is a malformed certificate",
    "dot": "as above",
    "port": "as above",
    "nul-in-name": "as above",
    "uri-only": "subjectAltName without a host is looked at no further",
    "email-only": "as above",
    "empty-san": "as above",
    "no-san": "as above",
    "no-san-cn-host": "as above",
    "empty-everything": "as above",
    "empty-subject": "the SAN must then be critical; OpenSSL asks for that only when strict",
    "empty-subject-critical": "as above, in issuers",
    "email-in-subject": "email constraints hold for subjects in OpenSSL",
    "dir-name-san": "as above, for directory names",
    "v1": "version 3 alone",
    "v1-with-extensions": "as above",
    "v2": "as above",
    "no-aki": "the key identifier must be there; OpenSSL asks for it only when strict",
    "no-ski": "as above",
    "no-identifiers": "as above",
    "wrong-aki": "key identifiers are not compared",
    "wrong-ski": "as above",
    "aki-wrong-serial": "as above",
    "aki-wrong-name": "as above",
    "aki-issuer-serial": "a key identifier must be in it",
    "aki-without-key": "as above",
    "aki-critical": "must not be critical, but is known",
    "ski-critical": "as above",
    "critical-policies": "policies are not known",
    "negative-serial": "serial numbers must be above zero",
    "serial-zero": "as above",
    "md5": "digests by its own list, at anchors too",
    "sha1": "as above",
    "ecdsa-sha1": "as above",
    "pss": "as above",
    "outer-differs": "checked at the anchor too",
    "twice-aia": "every repetition is an error",
    "inverted": "an anchor's dates are not looked at",
    "bc-not-critical": "must be critical; OpenSSL asks only when strict",
    "no-usage": "as above, for CAs",
    "pathlen-without-usage": "as above",
    "no-bc-no-usage": "as above",
    "leaf-pathlen": "as above",
    "nc-dir": "directory names in critical constraints are not supported",
    "nc-dir-excluded": "as above",
    "nc-email": "as above",
    "nc-uri": "as above",
    "nc-minimum": "minimum and maximum are let pass",
    "nc-bad-ip": "a malformed certificate",
    "nc-empty-dns": "as above",
    "nc-dot": "a leading dot is a malformed constraint",
    "flipped": "an anchor's own signature is not looked at by OpenSSL, nor its dates by cryptography",
    "expired": "an anchor's dates are not looked at",
    "not-yet": "as above",
    "anchor-below": "every anchor ends a path",
    "leaf-anchor": "as above",
    "two-anchors": "as above",
    "all-anchors": "as above",
    "same-name-first": "other candidates are tried when a signature does not fit",
    "bare-same-name-first": "as above",
    "old-and-new-root": "an anchor's dates are not looked at",
    "cross": "OpenSSL never takes a step back",
    "loop": "as above",
    "old-twin": "as above",
}  # fmt: skip


def verified_by_cryptography(chain: Chain) -> bool:
    from cryptography import x509
    from cryptography.x509 import verification

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = verification.Store([x509.load_der_x509_certificate(der) for der in chain.anchors])
        leaf, *more = (x509.load_der_x509_certificate(der) for der in chain.served)
        try:
            wanted: Any = x509.IPAddress(ip_address(chain.host))
        except ValueError:
            wanted = x509.DNSName(chain.host)
        builder = verification.PolicyBuilder().store(store).time(datetime.now(UTC).replace(tzinfo=None))
        try:
            builder.build_server_verifier(wanted).verify(leaf, more)
        except (verification.VerificationError, ValueError):
            return False
    return True


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(SEEDS)
def test_paths_are_cryptographys_but_for_a_table_of_differences(seed: int) -> None:
    avoid = frozenset(DIFFERENCES) | {"no-anchor"}
    chain, done = random_chain(random.Random(seed), avoid=avoid, keys=("p256", "p384", "rsa2048"))  # noqa: S311 - tests, not keys
    if "_" in chain.host:
        return  # no host name at all for cryptography
    if len(chain.specs) == 1 or any(fault.endswith(f"@{len(chain.specs) - 1}") for fault in done):
        return  # a pinned certificate, or a fault in an anchor: OpenSSL looks at anchors, cryptography does not
    ours = predict(of(chain), frozenset()).verdict == "accepted"
    assert ours == verified_by_cryptography(chain), done


LABELS = st.sampled_from(["a", "b", "www", "xn--bcher-kva", "a-b", "*", "localhost", "test", "x" * 63, "A"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


def named_by_service_identity(presented: list[str], host: str) -> bool:
    from service_identity import VerificationError
    from service_identity.exceptions import CertificateError
    from service_identity.hazmat import DNS_ID, DNSPattern, IPAddress_ID, IPAddressPattern, verify_service_identity

    patterns: list[Any] = []
    for text in presented:
        kind, _, value = text.partition(":")
        try:
            patterns.append(
                IPAddressPattern(ip_address(value)) if kind == "IP" else DNSPattern.from_bytes(value.encode())
            )
        except CertificateError:
            continue
    try:
        wanted: Any = IPAddress_ID(host)
    except ValueError:
        wanted = DNS_ID(host)
    try:
        verify_service_identity(patterns, obligatory_ids=[wanted], optional_ids=[])
    except (VerificationError, CertificateError):
        return False
    return True


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(st.lists(NAMES.map("DNS:".__add__), max_size=3), NAMES.filter(lambda n: "*" not in n))
def test_names_are_service_identitys(presented: list[str], host: str) -> None:
    """One difference: a star right above a top-level name (`*.test`) covers `app.test` there, nothing in OpenSSL."""
    presented = [p for p in presented if not (p.startswith("DNS:*.") and p.count(".") == 1)]
    leaf = m.leaf(m.root(), *presented)
    if not presented:
        m.but(leaf, m.san())
    ours = not [f for f in identity.faults(parse(leaf.der()), identity.reference(host, False), False) if f.refuses]
    assert ours == named_by_service_identity(presented, host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.0.0.1"])
@pytest.mark.parametrize(
    "presented", [["IP:127.0.0.1"], ["IP:::1"], ["DNS:127.0.0.1"], ["DNS:localhost", "IP:10.0.0.1"]]
)
def test_addresses_are_service_identitys(presented: list[str], host: str) -> None:
    leaf = parse(m.leaf(m.root(), *presented).der())
    ours = not identity.faults(leaf, identity.reference(host, False), False)
    assert ours == named_by_service_identity(presented, host)
