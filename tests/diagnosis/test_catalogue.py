"""Each row of the catalogue's tables: its evidence, and the findings in the order in which they surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulator.diagnosis.diagnose import diagnose, predict
from simulator.model.evidence import Attempt, Evidence, StartRefusal
from tests.diagnosis import mint as m
from tests.diagnosis.mint import DAY, NOW, but, leaf, root, under, without
from tests.diagnosis.seen import STRICT, bundle, evidence, ids, one, visit

ROOT = root()
OTHER = root("Other Root", m.key("p256", 50))
AIA = m.aia()
INTER = under(ROOT)


def inter(**change: Any) -> m.Spec:
    return under(ROOT, **change)


def aia_leaf(*names: str) -> m.Spec:
    made = leaf(INTER, *names)
    assert made.extensions is not None
    made.extensions.append(AIA)
    return made


def self_signed(*names: str, ca: bool = False, number: int = 3) -> m.Spec:
    made = leaf(None, *names, private=m.key("p256", number))
    return but(without(made, m.KU), m.bc(True)) if ca else made


def two(change: m.Spec | None = None, trust: Any = None, **more: Any) -> Evidence:
    return evidence([change or leaf(ROOT)], [trust or ROOT], **more)


def three(middle: m.Spec | None = None, **more: Any) -> Evidence:
    middle = middle or INTER
    return evidence([leaf(middle), middle], [ROOT], **more)


def leaked() -> m.Spec:
    from hashlib import sha256

    from cryptography.hazmat.primitives.asymmetric import ec

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    value = int.from_bytes(sha256(b"tls-clinic leaked CA key").digest()) % (order - 1) + 1
    return root("Vendor CA", ec.derive_private_key(value, ec.SECP256R1()))


def crossed() -> Evidence:
    """The client knows the old root alone, which has ended; the new one comes cross-signed by it."""
    old = root("Old Root", m.key("p256", 60), ends=NOW - 30 * DAY)
    new = root("New Root", m.key("p256", 61))
    cross = under(old, "New Root", new.key, subject=new.subject, extensions=m.ca_extensions(new.key, old.key))
    issuing = under(new, "Issuing", m.key("p256", 62))
    return evidence([leaf(issuing), issuing, cross], [old])


def san(*names: str) -> m.Spec:
    return leaf(ROOT, *names)


def virtual_host() -> Evidence:
    mine = leaf(ROOT, "DNS:default.test")
    sibling = leaf(ROOT, "DNS:sibling.test")
    return evidence(
        host="app.test", trust=[ROOT],
        visits=(visit(mine), visit(sibling, purpose="sibling", host="sibling.test", server_name="sibling.test")),
    )  # fmt: skip


def intercepted() -> Evidence:
    proxy = root("Acme Web Gateway CA", m.key("p256", 70))
    return evidence(
        host="app.test", trust=[ROOT], proxy="http://proxy.test:3128",
        visits=(
            visit(leaf(proxy, "DNS:app.test")),
            visit(leaf(proxy, "DNS:b.test"), purpose="other-site", host="b.test"),
        ),
    )  # fmt: skip


def reversed_chain() -> Evidence:
    upper = under(ROOT, "Upper", m.key("p256", 20), extensions=m.ca_extensions(m.key("p256", 20), ROOT.key, 1))
    lower = under(upper, "Lower", m.key("p256", 21))
    return evidence([leaf(lower), upper, lower], [ROOT])


def too_many_cas() -> Evidence:
    upper = under(ROOT, "Upper", m.key("p256", 20))
    lower = under(upper, "Lower", m.key("p256", 21))
    return evidence([leaf(lower), lower, upper], [ROOT])


def wrong_same_name() -> Evidence:
    return two(trust=root(private=m.key("p256", 51)))


def forged() -> Evidence:
    made = leaf(ROOT)
    made.signer = m.key("p256", 52)
    return two(made)


def refusal(chain: list[m.Spec], private: Any) -> Evidence:
    told = StartRefusal(
        message="key values mismatch", chain_file=tuple(c.der() for c in chain), public_key=m.public(private)
    )
    return evidence(trust=[ROOT], refusal=told, visits=(visit(end="refused"),))


SIGNED_RSA = root(private=m.key("rsa2048", 1))

ROWS: dict[str, tuple[Callable[[], Evidence], list[str]]] = {
    "healthy": (two, []),
    "healthy-three-tier": (three, []),
    "healthy-self-signed": (lambda: evidence([self_signed()], [self_signed()]), []),
    "self-signed": (lambda: two(self_signed(ca=True)), ["self-signed", "leaf-is-ca"]),
    "wrong-ca": (lambda: two(trust=OTHER), ["untrusted-issuer"]),
    "wrong-ca-same-name": (wrong_same_name, ["untrusted-issuer", "same-name-other-key"]),
    "forged-issuer": (forged, ["bad-signature"]),
    "untrusted-root": (
        lambda: evidence([leaf(ROOT), ROOT], [OTHER]), ["untrusted-issuer", "root-in-served-chain"],
    ),
    "intermediate-as-anchor": (lambda: evidence([leaf(INTER), INTER], [INTER]), ["anchor-not-self-signed"]),
    "leaf-as-anchor": (lambda: evidence([leaf(ROOT)], [leaf(ROOT)]), ["anchor-not-self-signed"]),
    "rotated-pin": (
        lambda: evidence([self_signed()], [self_signed(number=30)]), ["self-signed", "same-name-other-key"],
    ),
    "intercepting-proxy": (intercepted, ["untrusted-issuer", "interception-suspected"]),
    "leaked-ca": (lambda: evidence([leaf(ROOT)], [ROOT, leaked()]), ["leaked-anchor"]),
    "incomplete-chain": (lambda: evidence([aia_leaf()], [ROOT]), ["incomplete-chain"]),
    "unrelated-intermediate": (
        lambda: evidence([aia_leaf(), under(OTHER, "Elsewhere")], [ROOT]),
        ["incomplete-chain", "unrelated-certificate"],
    ),
    "reversed-chain": (reversed_chain, ["chain-out-of-order"]),
    "leaf-not-first": (
        lambda: refusal([INTER, leaf(INTER)], leaf(INTER).key), ["server-refused-to-start", "leaf-not-first"],
    ),
    "expired-cross-sign": (crossed, ["expired-anchor"]),
    "missing-san": (lambda: two(without(leaf(ROOT), m.SAN)), ["missing-san"]),
    "self-signed-missing-san": (
        lambda: evidence([without(self_signed(), m.SAN)], [without(self_signed(), m.SAN)]), ["missing-san"],
    ),
    "wrong-host": (lambda: two(san("DNS:other.test")), ["name-mismatch"]),
    "wrong-virtual-host": (virtual_host, ["name-mismatch", "default-virtual-host"]),
    "ip-not-in-san": (lambda: two(san("DNS:localhost"), host="127.0.0.1"), ["ip-not-in-san"]),
    "ip-as-dns-name": (lambda: two(san("DNS:127.0.0.1"), host="127.0.0.1"), ["ip-not-in-san", "ip-in-dns-name"]),
    "wildcard-too-deep": (lambda: two(san("DNS:*.app.test"), host="a.b.app.test"), ["name-mismatch", "wildcard-scope"]),
    "wildcard-apex": (lambda: two(san("DNS:*.app.test"), host="app.test"), ["name-mismatch", "wildcard-scope"]),
    "wildcard-on-tld": (lambda: two(san("DNS:*.test"), host="app.test"), ["name-mismatch", "wildcard-scope"]),
    "wildcard-partial": (lambda: two(san("DNS:a*.app.test"), host="ab.app.test"), ["name-mismatch", "wildcard-scope"]),
    "san-with-port": (lambda: two(san("DNS:localhost:8443")), ["name-mismatch", "malformed-san"]),
    "san-with-url": (lambda: two(san("DNS:https://localhost")), ["name-mismatch", "malformed-san"]),
    "san-trailing-dot": (lambda: two(san("DNS:localhost.")), ["name-mismatch", "malformed-san"]),
    "expired": (lambda: two(leaf(ROOT, ends=NOW - DAY)), ["expired"]),
    "not-yet-valid": (lambda: two(leaf(ROOT, begins=NOW + 2 * DAY)), ["not-yet-valid"]),
    "expired-intermediate": (lambda: three(inter(ends=NOW - DAY)), ["expired-issuer"]),
    "expired-root": (lambda: two(trust=root(ends=NOW - DAY)), ["expired-anchor"]),
    "clock-behind": (
        lambda: two(client_time=NOW - 365.0 * DAY, server_time=float(NOW)), ["not-yet-valid", "clock-suspected"],
    ),
    "clock-ahead": (lambda: two(client_time=NOW + 365.0 * DAY, server_time=float(NOW)), ["expired", "clock-suspected"]),
    "inverted-validity": (
        lambda: two(leaf(ROOT, begins=NOW + DAY, ends=NOW - DAY)), ["not-yet-valid", "expired", "inverted-validity"],
    ),
    "valid-too-long": (lambda: two(leaf(ROOT, ends=NOW + 820 * DAY)), ["validity-too-long"]),
    "issuer-not-ca": (lambda: three(but(inter(), m.bc(False), m.ku("digitalSignature"))), ["issuer-not-ca"]),
    "issuer-not-ca-usage-left": (lambda: three(but(inter(), m.bc(False))), ["issuer-not-ca"]),
    "path-length-exceeded": (too_many_cas, ["path-length-exceeded"]),
    "ca-cannot-sign": (lambda: three(but(inter(), m.ku("cRLSign"))), ["issuer-cannot-sign"]),
    "ca-not-critical": (lambda: two(trust=but(root(), m.bc(True, critical=False))), ["ca-not-critical"]),
    "ca-missing-key-usage": (lambda: two(trust=without(root(), m.KU)), ["ca-missing-key-usage"]),
    "missing-ski": (lambda: two(trust=without(root(), m.SKI)), ["missing-ski"]),
    "missing-aki": (lambda: two(without(leaf(ROOT), m.AKI)), ["missing-aki"]),
    "aki-mismatch": (lambda: two(but(leaf(ROOT), m.aki(m.key("p256", 55)))), ["aki-mismatch"]),
    "v1-root": (lambda: two(trust=root(version=1, extensions=None)), ["v1-ca"]),
    "empty-subject": (lambda: two(leaf(ROOT, subject=m.seq())), ["empty-subject-san-not-critical"]),
    "client-certificate-as-server": (lambda: two(but(leaf(ROOT), m.eku(m.CLIENT))), ["wrong-purpose"]),
    "name-constraint-violated": (
        lambda: two(trust=but(root(), m.nc(("DNS:example.test",)))), ["name-constraint-violated"],
    ),
    "name-constraint-excluded": (
        lambda: two(trust=but(root(), m.nc((), ("DNS:localhost",)))), ["name-constraint-violated"],
    ),
    "unknown-critical-extension": (
        lambda: two(but(leaf(ROOT), m.ext("1.3.6.1.4.1.55555.1", m.tlv(5), True))), ["unknown-critical-extension"],
    ),
    "leaf-is-ca": (lambda: evidence([self_signed(ca=True)], [self_signed(ca=True)]), ["leaf-is-ca"]),
    "weak-key": (lambda: two(leaf(ROOT, private=m.key("rsa1024"))), ["weak-key"]),
    "weak-signature": (
        lambda: two(leaf(SIGNED_RSA, digest="sha1"), trust=SIGNED_RSA), ["weak-signature"],
    ),
    "bad-signature": (lambda: two(leaf(ROOT, flipped=True)), ["bad-signature"]),
    "key-mismatch": (
        lambda: refusal([leaf(ROOT)], m.key("p256", 58)), ["server-refused-to-start", "key-mismatch"],
    ),
    "ed25519": (lambda: two(leaf(ROOT, private=m.key("ed25519"))), ["browser-unsupported-key"]),
    "duplicate-extension": (lambda: two(_twice(leaf(ROOT))), ["duplicate-extension"]),
    "serial-not-positive": (lambda: two(leaf(ROOT, serial=-7)), ["serial-not-positive"]),
    "issuer-not-yet-valid": (lambda: three(inter(begins=NOW + DAY)), ["issuer-not-yet-valid"]),
    "anchor-not-yet-valid": (lambda: two(trust=root(begins=NOW + DAY)), ["anchor-not-yet-valid"]),
    "ca-false-with-ca-usage": (
        lambda: two(but(leaf(ROOT), m.ku("digitalSignature", "keyCertSign"))), ["ca-false-with-ca-usage"],
    ),
    "path-length-without-key-usage": (
        lambda: two(trust=but(root(), m.bc(True, 3), m.ku("cRLSign", "keyCertSign"))), [],
    ),
    "unreadable-san": (lambda: two(but(leaf(ROOT), m.ext(m.SAN, b"\x30\x05\x01"))), ["malformed-san"]),
    "expired-wrong-host": (lambda: two(leaf(ROOT, "DNS:x.test", ends=NOW - DAY)), ["name-mismatch", "expired"]),
    "incomplete-and-expired": (
        lambda: evidence([but(leaf(INTER, ends=NOW - DAY), AIA)], [ROOT]), ["incomplete-chain", "expired"],
    ),
    "wrong-ca-and-wrong-host": (lambda: two(san("DNS:x.test"), trust=OTHER), ["untrusted-issuer", "name-mismatch"]),
    "tampered-and-expired": (lambda: two(leaf(ROOT, flipped=True, ends=NOW - DAY)), ["bad-signature", "expired"]),
    "aki-mismatch-behind-which-more-waits": (
        lambda: two(but(leaf(ROOT, ends=NOW - DAY), m.aki(m.key("p256", 55))), trust=root(ends=NOW - DAY)),
        ["aki-mismatch", "expired-anchor", "expired"],
    ),
}  # fmt: skip


def _twice(spec: m.Spec) -> m.Spec:
    assert spec.extensions is not None
    spec.extensions.append(spec.extensions[0])
    return spec


@pytest.mark.parametrize("row", ROWS)
def test_findings_are_the_catalogues(row: str) -> None:
    make, expected = ROWS[row]
    assert ids(make()) == expected


STRICT_ONLY = {
    "ca-not-critical": ("ca-not-critical", 89), "ca-missing-key-usage": ("ca-missing-key-usage", 92),
    "missing-ski": ("missing-ski", 86), "missing-aki": ("missing-aki", 85), "v1-root": ("v1-ca", 79),
    "empty-subject": ("empty-subject-san-not-critical", 88), "ca-false-with-ca-usage": ("ca-false-with-ca-usage", 82),
}  # fmt: skip


@pytest.mark.parametrize("row", STRICT_ONLY)
def test_strict_rules_are_errors_for_strict_clients_and_notes_for_others(row: str) -> None:
    id, code = STRICT_ONLY[row]
    plain = ROWS[row][0]()
    strict = replace(plain, settings=replace(plain.settings, traits=STRICT))
    assert one(plain, id).severity == "note"
    assert predict(plain, frozenset()).verdict == "accepted"
    assert one(strict, id).severity == "error"
    assert predict(strict, frozenset(STRICT)).verify_code == code


@pytest.mark.parametrize("row", ["intermediate-as-anchor", "leaf-as-anchor"])
def test_partial_chains_make_any_anchor_good(row: str) -> None:
    plain = ROWS[row][0]()
    assert one(plain, "anchor-not-self-signed").severity == "error"
    relaxed = replace(plain, settings=replace(plain.settings, traits=("partial-chain",)))
    assert [(f.id, f.severity) for f in diagnose(relaxed)] == [("anchor-not-self-signed", "note")]
    assert predict(plain, frozenset({"partial-chain"})).verdict == "accepted"


CODES = {
    "self-signed": 18, "wrong-ca": 20, "wrong-ca-same-name": 20, "forged-issuer": 7, "untrusted-root": 19,
    "intermediate-as-anchor": 2, "leaf-as-anchor": 20, "rotated-pin": 18, "intercepting-proxy": 20,
    "incomplete-chain": 20, "unrelated-intermediate": 20, "reversed-chain": None, "expired-cross-sign": 10,
    "missing-san": 62, "wrong-host": 62, "ip-not-in-san": 64, "expired": 10, "not-yet-valid": 9,
    "inverted-validity": 9, "issuer-not-ca": 79, "path-length-exceeded": 25, "ca-cannot-sign": 79, "aki-mismatch": 20,
    "client-certificate-as-server": 26, "name-constraint-violated": 47, "name-constraint-excluded": 48,
    "unknown-critical-extension": 34, "leaf-is-ca": None, "weak-key": 66, "weak-signature": 68, "bad-signature": 7,
    "expired-wrong-host": 62, "duplicate-extension": 20, "serial-not-positive": None, "unreadable-san": 20,
}  # fmt: skip


@pytest.mark.parametrize("row", CODES)
def test_predictions_are_the_measured_codes(row: str) -> None:
    said = predict(ROWS[row][0](), frozenset())
    assert said.verify_code == CODES[row]
    assert said.verdict == ("accepted" if CODES[row] is None else "rejected")


def test_words_are_those_of_the_clients() -> None:
    assert predict(ROWS["wrong-host"][0](), frozenset()).words == (
        "Hostname mismatch, certificate is not valid for 'localhost'."
    )
    assert predict(ROWS["ip-not-in-san"][0](), frozenset()).words == (
        "IP address mismatch, certificate is not valid for '127.0.0.1'."
    )
    assert predict(ROWS["expired"][0](), frozenset()).words == "certificate has expired"


RIVALS = {
    "wrong-ca": {"untrusted-issuer": ("incomplete-chain",)},
    "forged-issuer": {"bad-signature": ("same-name-other-key",)},
    "bad-signature": {"bad-signature": ("same-name-other-key",)},
    "incomplete-chain": {"incomplete-chain": ("untrusted-issuer",)},
    "untrusted-root": {"untrusted-issuer": ()},
}


@pytest.mark.parametrize("row", RIVALS)
def test_rivals_are_named(row: str) -> None:
    for id, rivals in RIVALS[row].items():
        assert one(ROWS[row][0](), id).rivals == rivals


def test_a_default_bundle_may_have_been_reset() -> None:
    unknown = evidence([leaf(ROOT)], bundles=(bundle(OTHER, named_by="default", path="certifi/cacert.pem"),))
    assert one(unknown, "untrusted-issuer").rivals == ("incomplete-chain", "bundle-was-reset")
    proven = replace(unknown, bundles=(replace(unknown.bundles[0], earlier=(ROOT.der(), OTHER.der())),))
    assert ids(proven) == ["bundle-was-reset"]


def test_the_common_name_counts_for_whom_it_counts() -> None:
    named = two(without(leaf(ROOT), m.SAN), traits=("common-name-fallback",))
    assert one(named, "missing-san").severity == "note"
    assert predict(named, frozenset({"common-name-fallback"})).verdict == "accepted"
    assert predict(named, frozenset()).verify_code == 62
    other = two(without(leaf(ROOT, subject=m.cn("other.test")), m.SAN), traits=("common-name-fallback",))
    assert one(other, "missing-san").severity == "error"


def test_switched_off_checks_warn_and_accept() -> None:
    expired = ROWS["expired-wrong-host"][0]()
    off = replace(expired, settings=replace(expired.settings, verify=False, check_hostname=False))
    assert [(f.id, f.severity) for f in diagnose(off)] == [
        ("verification-disabled", "warning"), ("expired", "warning"), ("name-mismatch", "warning"),
    ]  # fmt: skip
    assert predict(off, frozenset()).verdict == "accepted"
    half = replace(expired, settings=replace(expired.settings, check_hostname=False))
    assert [(f.id, f.severity) for f in diagnose(half)] == [
        ("expired", "error"), ("hostname-check-disabled", "warning"), ("name-mismatch", "warning"),
    ]  # fmt: skip
    assert ids(two(verify=False)) == ["verification-disabled"]
    assert ids(evidence([leaf(ROOT)], verify=False)) == ["verification-disabled"]
    assert ids(two(check_hostname=False)) == ["hostname-check-disabled"]


UNREADABLE = ["missing", "denied", "empty", "der", "private-key", "truncated", "no-certificates"]


@pytest.mark.parametrize("readability", UNREADABLE)
def test_unreadable_bundles_come_first_and_alone(readability: Any) -> None:
    named = evidence([leaf(ROOT)], bundles=(bundle(ROOT, readability=readability),))
    assert ids(named) == ["bundle-unreadable"]
    said = predict(named, frozenset())
    assert (said.verdict, said.verify_code) == ("rejected", None)
    assert said.words
    default = evidence([leaf(ROOT)], bundles=(bundle(readability=readability, named_by="default"),))
    assert ids(default) == ["no-trust-anchors"]
    also = evidence([leaf(ROOT, ends=NOW - DAY)], bundles=(bundle(ROOT, readability=readability),))
    assert ids(also) == ["bundle-unreadable", "expired"]


def test_the_observers_failure_tells_nothing_of_a_client_that_has_a_certificate() -> None:
    seen = evidence(
        trust=[ROOT], visits=(visit(leaf(ROOT, ends=NOW - DAY), **ASKED),), certificate=(leaf(ROOT).der(),),
        attempts=(_told("certificate has expired", verify_code=10, stage="handshake"),),
    )  # fmt: skip
    assert ids(seen) == ["expired"]


def test_the_standard_library_passes_over_a_missing_default_bundle() -> None:
    chain, missing = [leaf(ROOT)], bundle(readability="missing", named_by="default")
    silent = evidence(chain, bundles=(missing,), client="stdlib", traits=("common-name-fallback",))
    assert ids(silent) == ["no-trust-anchors"]
    assert predict(silent, frozenset({"common-name-fallback"})).verify_code == 20
    assert predict(silent, frozenset()).verify_code is None
    named = evidence(chain, bundles=(bundle(readability="missing"),), client="stdlib", traits=("common-name-fallback",))
    assert predict(named, frozenset({"common-name-fallback"})).words == "No such file or directory"


def test_an_anchor_in_the_path_explains_more_than_a_setting() -> None:
    pinned = bundle(leaf(ROOT), path="pin.pem")
    default = bundle(ROOT, path="cacert.pem", named_by="default", in_force=False)
    assert _bundles(pinned, default) == [("anchor-not-self-signed", "error")]


def _bundles(*bundles: Any, chain: Any = None, **more: Any) -> list[tuple[str, str]]:
    return [(f.id, f.severity) for f in diagnose(evidence(chain or [leaf(ROOT)], bundles=bundles, **more))]


def test_settings_take_the_place_of_untrusted_issuer_where_they_are_proven() -> None:
    env = bundle(OTHER, path="/env.pem", named_by="REQUESTS_CA_BUNDLE")
    session = bundle(ROOT, path="/session.pem", named_by="session", in_force=False)
    default = bundle(ROOT, path="cacert.pem", named_by="default", in_force=False)
    ignored = bundle(ROOT, path="/ssl.pem", named_by="SSL_CERT_FILE", in_force=False)
    used = bundle(OTHER, path="cacert.pem", named_by="default")
    folder = bundle(ROOT, path="/certs", readability="unhashed-directory")
    error = "error"
    assert _bundles(env, session, session_verify="/session.pem") == [("environment-overrides-session", error)]
    assert _bundles(env, used, session_verify="False") == [("environment-overrides-session", error)]
    assert _bundles(env, default) == [("bundle-replaces-defaults", error)]
    assert _bundles(used, ignored) == [("environment-ignored", error)]
    assert _bundles(folder) == [("bundle-directory-unhashed", error)]
    assert _bundles(folder, chain=[self_signed()]) == [("self-signed", error), ("bundle-directory-unhashed", "warning")]
    works = bundle(ROOT, path="/env.pem", named_by="REQUESTS_CA_BUNDLE")
    assert _bundles(works, session, session_verify="/session.pem") == [("environment-overrides-session", "warning")]
    assert _bundles(bundle(ROOT), ignored) == []
    assert _bundles(used, bundle(OTHER, named_by="SSL_CERT_FILE", in_force=False)) == [("untrusted-issuer", error)]


def test_a_changed_default_bundle_is_a_warning() -> None:
    changed = bundle(OTHER, ROOT, named_by="default", path="cacert.pem", matches_record=False, added=(ROOT.der(),))
    assert _bundles(changed) == [("bundle-modified", "warning")]


def _seen(**change: Any) -> Evidence:
    return evidence(trust=[ROOT], visits=(visit(**change),))


def _told(error: str, **change: Any) -> Attempt:
    return Attempt(client="requests", verdict="rejected", error=error, **change)


ASKED = {"end": "alert", "alert": "handshake_failure", "certificate_requested": True}
PROTOCOL: dict[str, tuple[Callable[[], Evidence], list[str]]] = {
    "plain-http-port": (
        lambda: _seen(end="bytes", first_bytes=b"HTTP/1.0 400 Bad Request\r\n", reason="WRONG_VERSION_NUMBER"),
        ["plaintext-on-tls-port"],
    ),
    "tls-port-plain-url": (
        lambda: replace(two(), url="http://localhost:8443/", attempts=(_told("Connection reset by peer"),)),
        ["plaintext-to-tls-port"],
    ),
    "old-tls": (lambda: _seen(end="alert", alert="protocol_version"), ["old-protocol"]),
    "old-tls-seen": (lambda: evidence(trust=[ROOT], visits=(visit(leaf(ROOT), version="TLSv1"),)), ["old-protocol"]),
    "no-shared-cipher": (lambda: _seen(end="alert", alert="handshake_failure"), ["no-shared-cipher"]),
    "weak-dh": (lambda: evidence(trust=[ROOT], visits=(visit(leaf(ROOT), group_bits=1024),)), ["weak-key-exchange"]),
    "unrecognized-name": (lambda: _seen(end="alert", alert="unrecognized_name"), ["unrecognized-name"]),
    "client-certificate-missing": (
        lambda: evidence(trust=[ROOT], visits=(visit(leaf(ROOT), **ASKED),)), ["client-certificate-required"],
    ),
    "client-certificate-missing-late": (
        lambda: evidence(
            trust=[ROOT], visits=(visit(leaf(ROOT), certificate_requested=True),),
            attempts=(_told("Connection reset by peer", stage="answer"),),
        ),
        ["client-certificate-required"],
    ),
    "client-certificate-untrusted": (
        lambda: evidence(
            trust=[ROOT], visits=(visit(leaf(ROOT), end="alert", alert="unknown_ca", certificate_requested=True),),
            certificate=(leaf(OTHER).der(),),
        ),
        ["client-certificate-rejected"],
    ),
    "client-certificate-optional": (
        lambda: evidence(trust=[ROOT], visits=(visit(leaf(ROOT), certificate_requested=True),)), [],
    ),
    "connection-closed": (lambda: _seen(end="eof"), ["connection-closed"]),
    "server-hangs": (lambda: _seen(end="timeout"), ["handshake-timeout"]),
    "nothing-listening": (lambda: _seen(end="refused"), ["nothing-listening"]),
    "name-not-resolved": (lambda: _seen(end="unresolved"), ["name-not-resolved"]),
    "proxy-speaks-plaintext": (
        lambda: evidence(
            trust=[ROOT], proxy="https://proxy.test:3128",
            visits=(visit(purpose="proxy", end="bytes"), visit(end="error")),
        ),
        ["proxy-speaks-plaintext"],
    ),
    "no-secure-renegotiation": (
        lambda: evidence(trust=[ROOT], attempts=(_told("[SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED]"),)),
        ["no-secure-renegotiation"],
    ),
    "ssl-module-missing": (
        lambda: evidence(attempts=(_told("Can't connect to HTTPS URL because the SSL module is not available."),)),
        ["ssl-module-missing"],
    ),
    "wrong-context-purpose": (
        lambda: evidence(
            [leaf(ROOT)], [ROOT],
            attempts=(_told("Cannot create a client socket with a PROTOCOL_TLS_SERVER context (_ssl.c:811)"),),
        ),
        ["wrong-context-purpose"],
    ),
    "old-tls-as-the-client-was-told": (
        lambda: evidence(
            trust=[ROOT], visits=(visit(**ASKED),), attempts=(_told("", alert="protocol_version", stage="handshake"),)
        ),
        ["old-protocol"],
    ),
    "nothing-listening-behind-a-proxy": (
        lambda: evidence(
            trust=[ROOT], proxy="http://proxy.test:3128", visits=(visit(end="error", reason="PROXY_REFUSED"),),
        ),
        ["nothing-listening"],
    ),
    "the-observer-saw-less-than-the-client": (
        lambda: evidence(
            trust=[ROOT], visits=(visit(end="alert", alert="handshake_failure"),),
            attempts=(_told("EE certificate key too weak", verify_code=66),),
        ),
        ["cannot-tell"],
    ),
    "plain-url-and-hanging-up": (
        lambda: replace(_seen(end="eof"), url="http://localhost/", attempts=(_told("Remote end closed"),)),
        ["connection-closed"],
    ),
    "cannot-tell": (lambda: evidence([leaf(ROOT)], [ROOT], attempts=(_told("flux capacitor"),)), ["cannot-tell"]),
}  # fmt: skip


@pytest.mark.parametrize("row", PROTOCOL)
def test_protocol_findings(row: str) -> None:
    make, expected = PROTOCOL[row]
    assert ids(make()) == expected
    if expected and expected != ["cannot-tell"]:
        assert predict(make(), frozenset()).verdict == "rejected"
        off = make()
        assert predict(replace(off, settings=replace(off.settings, verify=False)), frozenset()).verdict == "rejected"
