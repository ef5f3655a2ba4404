"""The lab's own DER beside two libraries that are not ours: what cryptography can build, and what asn1crypto writes."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1
from asn1crypto.core import Integer, Null, ObjectIdentifier
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from simulator.changes.baselines import BASELINES, build
from simulator.errors import UsageError
from simulator.lab import der, peek
from simulator.lab.mint import Mint
from simulator.model.deployment import DAY, YEAR, CertificateSpec, Key, NameConstraints, RevocationList
from simulator.scenario import loader
from simulator.testing.strategies import host_names
from tests.lab.deployments import CODES, baseline, certificate

AS_OF = 1_790_000_000.0
MINT = Mint("writing", AS_OF)
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_cert_sign", "crl_sign",
)  # fmt: skip
PURPOSES = (
    "server_auth",
    "client_auth",
    "code_signing",
    "any",
    "1.3.6.1.4.1.311.10.3.3",
    "2.25.3298007356985866292956",
)

words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF), min_size=1, max_size=60)
ascii_words = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20)
attributes = st.one_of(
    st.tuples(st.sampled_from(["CN", "O", "OU", "ST", "L", "UID"]), words),
    st.tuples(st.sampled_from(["DC", "SERIALNUMBER", "emailAddress"]), ascii_words),
    st.tuples(st.just("C"), st.sampled_from(["DE", "FR"])),
)
names = st.lists(attributes, max_size=4).map(tuple)
addresses = st.ip_addresses().map(lambda address: f"IP:{address}")
identifiers = st.one_of(
    host_names(addresses=False).map("DNS:{}".format),
    addresses,
    ascii_words.map("URI:https://{}.test/".format),
    ascii_words.map("email:{}@mail.test".format),
    ascii_words.map("DIR:O=Someone,CN={}".format),
)
subtrees = st.lists(
    st.one_of(
        host_names(addresses=False).map("DNS:{}".format),
        st.sampled_from(["IP:10.0.0.0/8", "IP:::/0", "IP:127.0.0.1/32", "IP:2001:db8::/33"]),
        ascii_words.map("DIR:O={}".format),
    ),
    max_size=3,
).map(tuple)
constraints = st.builds(NameConstraints, permitted=subtrees, excluded=subtrees).filter(
    lambda drawn: drawn.permitted or drawn.excluded
)
dates = st.integers(-70 * YEAR, 60 * YEAR)
specs = st.builds(
    CertificateSpec,
    role=st.just("leaf"),
    subject=names,
    signer=st.just("root"),
    key=st.builds(Key, name=ascii_words, kind=st.sampled_from(["p-256", "p-384", "ed25519", "rsa-2048"])),
    issuer=st.none() | names,
    san=st.none() | st.lists(identifiers, min_size=1, max_size=40).map(tuple),
    san_critical=st.booleans(),
    ca=st.none() | st.booleans(),
    ca_critical=st.booleans(),
    path_length=st.none() | st.integers(0, 300),
    key_usage=st.none() | st.sets(st.sampled_from(USAGES), min_size=1).map(sorted).map(tuple),
    extended_key_usage=st.none() | st.lists(st.sampled_from(PURPOSES), min_size=1, unique=True).map(tuple),
    authority_key_identifier=st.sampled_from(["issuer", "absent", "other"]),
    subject_key_identifier=st.sampled_from(["own", "absent"]),
    not_before=dates,
    not_after=dates,
    signature_hash=st.sampled_from(["sha256", "sha384", "sha512"]),
    name_constraints=st.none() | constraints,
    ca_issuers=st.none() | st.just("http://localhost/ca.der"),
    crl_url=st.none() | st.just("http://localhost/ca.crl"),
    unknown_critical_extension=st.booleans(),
    serial=st.none() | st.integers(1, (1 << 159) - 1),
)


def rebuilt(written: bytes) -> bytes:
    """What cryptography's builder writes for what it has read in a certificate that the two-tier root has signed."""
    read = x509.load_der_x509_certificate(written)

    def again(name: x509.Name) -> x509.Name:
        return x509.Name([x509.NameAttribute(one.oid, one.value) for one in name])  # with the string type of its choice

    builder = x509.CertificateBuilder(
        again(read.issuer),
        again(read.subject),
        read.public_key(),
        read.serial_number,
        read.not_valid_before_utc,
        read.not_valid_after_utc,
        list(read.extensions),
    )
    root: Any = MINT.key(baseline().spec("root").key).private
    signed = builder.sign(root, read.signature_hash_algorithm, ecdsa_deterministic=True)
    return signed.public_bytes(Encoding.DER)


@given(specs)
def test_what_a_library_can_build_it_builds_byte_for_byte_the_same(spec: CertificateSpec) -> None:
    if spec.not_after < spec.not_before:  # the builder refuses it
        spec = replace(spec, not_before=spec.not_after, not_after=spec.not_before)
    deployment = baseline().with_certificate(spec)
    written = MINT.issue(deployment, "leaf").der
    assert rebuilt(written) == written


@given(specs)
def test_every_field_says_what_the_spec_says(spec: CertificateSpec) -> None:
    read = x509.load_der_x509_certificate(MINT.issue(baseline().with_certificate(spec), "leaf").der)
    assert tuple(one.value for one in read.subject) == tuple(value for _, value in spec.subject)
    assert read.not_valid_before_utc.timestamp() == AS_OF + spec.not_before
    assert read.not_valid_after_utc.timestamp() == AS_OF + spec.not_after
    found = {type(one.value): one for one in read.extensions}
    assert (x509.BasicConstraints in found) == (spec.ca is not None)
    if spec.ca is not None:
        basic: Any = found[x509.BasicConstraints]
        assert (basic.value.ca, basic.critical) == (spec.ca, spec.ca_critical)
        assert basic.value.path_length == (spec.path_length if spec.ca else None)
    assert (x509.KeyUsage in found) == (spec.key_usage is not None)
    if spec.key_usage is not None:
        usage = found[x509.KeyUsage].value
        assert {name for name in USAGES if getattr(usage, name)} == set(spec.key_usage)
    assert (x509.SubjectAlternativeName in found) == (spec.san is not None)
    if spec.san is not None:
        san: Any = found[x509.SubjectAlternativeName]
        hosts = san.value.get_values_for_type(x509.DNSName)
        assert hosts == [text[4:] for text in spec.san if text.startswith("DNS:")]
        ips = san.value.get_values_for_type(x509.IPAddress)
        assert [f"IP:{ip}" for ip in ips] == [text for text in spec.san if text.startswith("IP:")]
        assert san.critical == spec.san_critical
    assert (x509.ExtendedKeyUsage in found) == (spec.extended_key_usage is not None)
    assert (x509.NameConstraints in found) == (spec.name_constraints is not None)
    if spec.name_constraints is not None:
        limits: Any = found[x509.NameConstraints].value
        assert len(limits.permitted_subtrees or ()) == len(spec.name_constraints.permitted)
        assert len(limits.excluded_subtrees or ()) == len(spec.name_constraints.excluded)


def test_all_that_scenarios_issue_is_read_and_written_back_the_same_by_another_library() -> None:
    deployments = [build(id, key=kind) for id in BASELINES for kind in ("p-256", "rsa-2048", "ed25519")]
    deployments += [deployment for deployment, _, _ in CODES.values()]
    deployments += [loader.load(entry.id).broken() for entry in loader.ids()]
    for deployment in deployments:
        for one in deployment.certificates:
            written = MINT.issue(deployment, one.role).der
            assert asn1.Certificate.load(written, strict=True).dump(force=True) == written
        for revocations in deployment.revocation_lists:
            written = MINT.crl(deployment, revocations)
            assert asn1_crl.CertificateList.load(written, strict=True).dump(force=True) == written


@pytest.mark.parametrize("hashed", ["sha1", "md5", "sha256"])
def test_an_rsa_algorithm_identifier_has_a_null(hashed: str) -> None:
    """RFC 4055 §5: the parameters MUST be NULL, and some verifiers insist."""
    written = MINT.issue(certificate(baseline(key="rsa-2048"), "leaf", signature_hash=hashed), "leaf").der
    assert asn1.Certificate.load(written)["signature_algorithm"]["parameters"].dump() == Null().dump()


@pytest.mark.parametrize(("days", "tag"), [(-100 * 365, 0x18), (-70 * 365, 0x17), (20 * 365, 0x17), (30 * 365, 0x18)])
def test_two_digit_years_from_1950_to_2049(days: int, tag: int) -> None:
    written = MINT.issue(certificate(baseline(), "leaf", not_before=days * DAY), "leaf").der
    validity = der.elements(peek._fields(written)[3][1])
    assert validity[0][0] == tag
    assert asn1.Certificate.load(written).not_valid_before.timestamp() == AS_OF + days * DAY


@pytest.mark.parametrize("days", [-3000 * 365, 9000 * 365])
def test_a_year_that_no_certificate_can_name_is_one_sentence(days: int) -> None:
    with pytest.raises(UsageError, match="years 1 and 9999"):
        MINT.issue(certificate(baseline(), "leaf", not_after=days * DAY), "leaf")


def test_a_certificate_may_be_longer_than_64_kilobytes() -> None:
    san = tuple(f"DNS:host-{number}.example.test" for number in range(4000))
    written = MINT.issue(certificate(baseline(), "leaf", san=san), "leaf").der
    assert len(written) > 1 << 16
    assert rebuilt(written) == written


@pytest.mark.parametrize("kind", ["p-256", "ed25519", "rsa-2048"])
@pytest.mark.parametrize("revoked", [(), ("leaf",)])
def test_a_crl_is_what_a_library_builds(kind: str, revoked: tuple[str, ...]) -> None:
    deployment = build("crl-checked", key=kind)
    written = MINT.crl(deployment, RevocationList(issuer="root", revoked=revoked))
    read = x509.load_der_x509_crl(written)
    assert read.next_update_utc is not None
    builder = x509.CertificateRevocationListBuilder(read.issuer, read.last_update_utc, read.next_update_utc)
    for extension in read.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    for entry in read:
        builder = builder.add_revoked_certificate(entry)
    root: Any = MINT.key(deployment.spec("root").key).private
    options: dict[str, Any] = {"ecdsa_deterministic": True} if isinstance(root, ec.EllipticCurvePrivateKey) else {}
    signed = builder.sign(root, None if kind == "ed25519" else SHA256(), **options)
    assert signed.public_bytes(Encoding.DER) == written


def test_a_crl_of_a_salted_signature_is_the_same_twice() -> None:
    deployment = build("crl-checked", key="rsa-pss-2048")
    lists = RevocationList(issuer="root")
    assert Mint("s", AS_OF).crl(deployment, lists) == Mint("s", AS_OF).crl(deployment, lists)


def test_a_certificate_with_a_negative_serial_number_can_be_revoked() -> None:
    deployment = certificate(build("crl-checked"), "leaf", serial=-5)
    written = MINT.crl(deployment, RevocationList(issuer="root", revoked=("leaf",)))
    entry = asn1_crl.CertificateList.load(written)["tbs_cert_list"]["revoked_certificates"][0]
    assert entry["user_certificate"].native == -5


def test_without_extensions_there_is_no_empty_list_of_them() -> None:
    bare = certificate(
        baseline(), "leaf", ca=None, key_usage=None, extended_key_usage=None, san=None,
        authority_key_identifier="absent", subject_key_identifier="absent",
    )  # fmt: skip
    written = MINT.issue(bare, "leaf").der
    assert [tag for tag, _ in peek._fields(written)].count(0xA3) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(x509.load_der_x509_certificate(written).extensions) == 0


@pytest.mark.parametrize("text", ["DNS:a", "IP:127.0.0.1", "IP:::1"])
def test_an_object_identifier_that_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(UsageError):
        MINT.issue(certificate(baseline(), "leaf", extended_key_usage=(text,)), "leaf")


@pytest.mark.parametrize(
    "dotted", ["1.2.840.113549.1.1.11", "2.5.29.37.0", "2.999.3", "0.9.2342.19200300.100.1.25", "2.25.340282366920938"]
)
def test_object_identifiers_are_those_of_another_library(dotted: str) -> None:
    assert der.oid(dotted) == ObjectIdentifier(dotted).dump()


@pytest.mark.parametrize("dotted", ["", "1", "3.1", "1.40", "1.x", "1.-2", "-1.2"])
def test_what_is_no_object_identifier_is_refused(dotted: str) -> None:
    with pytest.raises(ValueError, match="no object identifier"):
        der.oid(dotted)


@given(st.integers(-(1 << 200), 1 << 200))
def test_integers_are_as_short_as_they_can_be(value: int) -> None:
    assert der.integer(value) == Integer(value).dump()
