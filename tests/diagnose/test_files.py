"""Files in place of a server: every container, every order, every kind of rubbish."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from simulator import api
from simulator.errors import UsageError
from simulator.model.diagnosis import DiagnosisReport
from tests.diagnose import files
from tests.diagnose.files import INTER, KEY, LEAF, ROOT
from tests.diagnosis import mint as m


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    return files.pem(tmp_path / "ca.pem", ROOT)


def ids(report: DiagnosisReport) -> list[str]:
    return [finding.id for finding in report.findings]


def diagnose(chain: Path, trust: Path, **more: object) -> DiagnosisReport:
    return api.diagnose(chain=chain, trust=trust, host="localhost", **more)  # type: ignore[arg-type]


def test_a_healthy_chain_has_no_finding(tmp_path: Path, trust: Path) -> None:
    report = diagnose(files.pem(tmp_path / "full.pem", LEAF, INTER), trust, key=files.key(tmp_path / "key.pem", KEY))
    assert (report.verdict, ids(report), report.live, report.ok) == ("accepted", [], False, True)
    assert [told.verdict for told in report.foretold] == ["accepted", "accepted"]
    assert [(one.subject, one.issuer) for one in report.served] == [
        ("CN=localhost", "CN=Lab Intermediate"), ("CN=Lab Intermediate", "CN=Lab Root"),
    ]  # fmt: skip
    assert report.served[0].names == ("DNS:localhost",)
    assert [(node.subject, node.place) for node in report.path] == [
        ("Lab Root", "anchor"), ("Lab Intermediate", "served"), ("localhost", "served"),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["rubbish", "crlf", "bom", "utf-16", "der", "ders", "p7", "p7-pem", "p12", "trusted"])
def test_every_container_gives_the_same_chain(form: str, tmp_path: Path, trust: Path) -> None:
    path = tmp_path / "served"
    text = files.armour(LEAF.der()) + files.armour(INTER.der())
    whole = {
        "rubbish": b"Bag Attributes: \x00\xff\n" + text.replace(b"-----\n-----", b"-----\nsubject=x\n-----"),
        "crlf": text.replace(b"\n", b"\r\n"),
        "bom": b"\xef\xbb\xbf" + text,
        "utf-16": text.decode().encode("utf-16"),
        "der": LEAF.der(),
        "ders": LEAF.der() + INTER.der(),
        "p7": files.p7(LEAF, INTER),
        "p7-pem": files.armour(files.p7(LEAF, INTER), "PKCS7"),
        "trusted": files.armour(LEAF.der() + m.seq(), "TRUSTED CERTIFICATE") + files.armour(INTER.der()),
    }
    if form == "p12":
        files.p12(path, LEAF, INTER)
    else:
        path.write_bytes(whole[form])
    report = diagnose(path, trust)
    if form == "der":
        assert ids(report) == ["untrusted-issuer"]
        assert report.findings[0].rivals == ("incomplete-chain",)
        return
    assert ids(report) == []
    assert report.evidence.served == (LEAF.der(), INTER.der())
    assert any("UTF-16" in note for note in report.notes) is (form == "utf-16")


def test_pkcs7_in_ber_is_named_for_what_it_is(tmp_path: Path, trust: Path) -> None:
    path = tmp_path / "served.p7b"
    signed = files.p7(LEAF, INTER)
    inside = signed[signed.index(b"\x2a\x86") - 2 :]
    path.write_bytes(b"\x30\x80" + inside + b"\x00\x00")  # an indefinite length, X.690 §8.1.3.6
    with pytest.raises(UsageError, match="it is a PKCS#7 bundle that is no DER"):
        diagnose(path, trust)


def test_the_password_of_a_pkcs12_file(tmp_path: Path, trust: Path) -> None:
    path = files.p12(tmp_path / "server.p12", LEAF, INTER, password=b"secret")
    assert ids(diagnose(path, trust, password=b"secret")) == []
    with pytest.raises(UsageError, match=r"server\.p12 holds no certificate: .*it wants a password"):
        diagnose(path, trust)
    with pytest.raises(UsageError, match="the password is wrong"):
        diagnose(path, trust, password=b"other")


def test_two_chain_files_are_one_chain(tmp_path: Path, trust: Path) -> None:
    first, second = files.pem(tmp_path / "a.pem", LEAF), files.pem(tmp_path / "b.pem", INTER)
    assert ids(api.diagnose(chain=[first, second], trust=trust, host="localhost")) == []


def test_a_key_that_fits_a_later_certificate(tmp_path: Path, trust: Path) -> None:
    report = diagnose(files.pem(tmp_path / "c.pem", INTER, LEAF), trust, key=files.key(tmp_path / "k.pem", KEY))
    assert ids(report) == ["server-refused-to-start", "leaf-not-first"]
    assert report.verdict == "rejected"
    assert report.evidence.served == (LEAF.der(), INTER.der())


def test_a_chain_that_begins_with_the_intermediate_is_told_without_a_key(tmp_path: Path, trust: Path) -> None:
    report = diagnose(files.pem(tmp_path / "c.pem", INTER, LEAF), trust)
    assert ids(report) == ["server-refused-to-start", "leaf-not-first"]
    assert any("taken as if its key were given" in note for note in report.notes)


def test_a_key_that_fits_nothing(tmp_path: Path, trust: Path) -> None:
    stranger = files.key(tmp_path / "k.pem", m.key("p256", 77))
    report = diagnose(files.pem(tmp_path / "c.pem", LEAF, INTER), trust, key=stranger)
    assert ids(report) == ["server-refused-to-start", "key-mismatch"]


def test_a_key_that_others_can_read(tmp_path: Path, trust: Path) -> None:
    open_key = files.key(tmp_path / "k.pem", KEY, mode=0o644)
    report = diagnose(files.pem(tmp_path / "c.pem", LEAF, INTER), trust, key=open_key)
    (finding,) = report.findings
    assert (finding.id, finding.severity, finding.party) == ("key-readable-by-others", "warning", "server")
    assert finding.seen == f"{open_key}, mode 0644"
    assert report.verdict == "accepted"


def test_an_encrypted_key(tmp_path: Path, trust: Path) -> None:
    chain = files.pem(tmp_path / "c.pem", LEAF, INTER)
    locked = files.key(tmp_path / "k.pem", KEY, password=b"secret")
    assert ids(diagnose(chain, trust, key=locked, password=b"secret")) == []
    with pytest.raises(UsageError, match="it is encrypted: --password-file opens it"):
        diagnose(chain, trust, key=locked)


def test_the_time_is_the_one_that_was_given(tmp_path: Path, trust: Path) -> None:
    chain = files.pem(tmp_path / "c.pem", LEAF, INTER)
    report = diagnose(chain, trust, time=m.NOW + 61 * m.DAY)
    assert ids(report) == ["expired"]
    assert [(told.verify_code, told.words) for told in report.foretold] == [(10, "certificate has expired")] * 2


def test_both_pythons_are_asked_whichever_runs(tmp_path: Path) -> None:
    old = m.without(m.root(), m.KU)
    chain = files.pem(tmp_path / "c.pem", m.leaf(old))
    report = diagnose(chain, files.pem(tmp_path / "ca.pem", old))
    assert [(told.python, told.verdict, told.verify_code) for told in report.foretold] == [
        ("3.12 and older", "accepted", None), ("3.13 and newer", "rejected", 92),
    ]  # fmt: skip
    strict = bool(ssl.create_default_context().verify_flags & ssl.VERIFY_X509_STRICT)
    assert (report.verdict, report.findings[0].severity) == (("rejected", "error") if strict else ("accepted", "note"))
    assert ids(report) == ["ca-missing-key-usage"]


def test_a_revocation_list_is_checked_when_it_is_given(tmp_path: Path, trust: Path) -> None:
    chain = files.pem(tmp_path / "c.pem", LEAF, INTER)
    listed = tmp_path / "list.crl"
    listed.write_bytes(files.crl(INTER, LEAF.serial))
    report = diagnose(chain, trust, crl=listed)
    assert ids(report) == ["revoked"]
    assert report.foretold[0].verify_code == 23
    listed.write_bytes(files.armour(files.crl(INTER), "X509 CRL"))
    assert ids(diagnose(chain, trust, crl=listed)) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "an empty file"),
        (b"hello\n", "text without any certificate in it"),
        (b"<!DOCTYPE html><p>404", "a web page"),
        (b"\xfe\xed\xfe\xed\x00", "a Java key store"),
        (b"PK\x03\x04", "a zip file"),
        (b"\x00\x01\x02", "binary data that is no certificate"),
        (LEAF.der()[:200], "DER that is cut off or damaged"),
        (files.armour(LEAF.der())[:300], "a certificate that is cut off: its END line is missing"),
        (b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "a certificate whose base64 is broken"),
        (files.crl(INTER), "a CRL in DER"),
        (m.public(KEY), "a public key in DER"),
        (files.armour(m.public(KEY), "PUBLIC KEY"), "a public key is passed over"),
    ],
)
def test_what_a_file_is_instead(content: bytes, told: str, tmp_path: Path, trust: Path) -> None:
    path = tmp_path / "served.pem"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        diagnose(path, trust)
    assert str(path) in caught.value.message
    assert told in caught.value.message
    assert "\n" not in caught.value.message


def test_a_private_key_is_no_chain_and_a_certificate_no_key(tmp_path: Path, trust: Path) -> None:
    chain, private = files.pem(tmp_path / "c.pem", LEAF), files.key(tmp_path / "k.pem", KEY)
    with pytest.raises(UsageError, match=r"k\.pem holds no certificate: it is a private key in PEM"):
        diagnose(private, trust)
    with pytest.raises(UsageError, match=r"c\.pem holds no private key: it is a certificate in PEM"):
        diagnose(chain, trust, key=chain)
    with pytest.raises(UsageError, match=r"c\.pem holds no revocation list: it is a certificate in PEM"):
        diagnose(chain, trust, crl=chain)
    with pytest.raises(UsageError, match=r"gone\.pem: there is no such file"):
        diagnose(tmp_path / "gone.pem", trust)


def test_a_single_file_is_a_chain_file(tmp_path: Path, trust: Path) -> None:
    path = files.pem(tmp_path / "c.pem", LEAF, INTER)
    report = api.diagnose(path, trust=trust)
    assert (report.verdict, report.file, report.target) == ("accepted", str(path), str(path))
    assert any("no --host was given" in note for note in report.notes)


def test_server_and_files_do_not_mix(tmp_path: Path) -> None:
    path = files.pem(tmp_path / "c.pem", LEAF)
    for wrong in ({"chain": path}, {"host": "x"}, {"time": 1.0}, {"key": path}):
        with pytest.raises(UsageError, match="go with files"):
            api.diagnose("https://localhost:1/", **wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--proxy goes with a server"):
        api.diagnose(path, proxy="http://localhost:1")
    with pytest.raises(UsageError, match="what is to be diagnosed"):
        api.diagnose()
