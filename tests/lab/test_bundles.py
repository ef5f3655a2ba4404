"""Reading trust files and folders: what lies there, as OpenSSL would take it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from simulator.lab import bundles
from simulator.lab.files import Folder
from simulator.lab.mint import Mint
from simulator.lab.pem import armour
from simulator.lab.subject_hash import subject_hash
from simulator.lab.trust import write, write_with_record
from simulator.model.deployment import TrustFile
from tests.lab.deployments import baseline, certificate

MINT = Mint("s", 1_790_000_000)
ROOT = MINT.issue(baseline(), "root")
PUBLIC = MINT.issue(baseline(), "public-root")


@pytest.fixture
def folder(tmp_path):
    made = Folder(str(tmp_path))
    yield made
    made.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("form", "readability", "count"),
    [
        ("pem", "readable", 2),
        ("der", "der", 1),
        ("empty", "empty", 0),
        ("missing", "missing", 0),
        ("key", "private-key", 0),
        ("truncated", "truncated", 1),
        ("directory", "unhashed-directory", 2),
        ("hashed-directory", "readable", 2),
    ],
)
def test_every_form_of_a_trust_file_is_told_for_what_it_is(folder, form, readability, count):
    path = write(TrustFile(roles=("root", "public-root"), form=form), [ROOT, PUBLIC], folder)
    assert bundles.read(path).readability == readability
    # A folder's certificates come in the order of its names.
    assert set(bundles.read(path).certificates) == set((ROOT.der, PUBLIC.der)[:count])


@pytest.mark.parametrize(
    "text",
    [
        ROOT.pem.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + ROOT.pem,
        b"# Our CA, ask Ann\nsubject=CN=...\n\n" + ROOT.pem + b"-- \nAnn\n",
        ROOT.pem.rstrip(b"\n"),
        armour(ROOT.der + b"\x30\x06\x0c\x04Name", "TRUSTED CERTIFICATE"),
        ROOT.key.pem + ROOT.pem,
        armour(b"0\x03\x02\x01\x01", "X509 CRL") + ROOT.pem,
    ],
    ids=["CRLF", "byte-order mark", "words around", "no newline at the end", "TRUSTED", "key first", "CRL first"],
)
def test_what_is_harmless_to_openssl_is_harmless_here(text):
    assert bundles.parse(text) == ("readable", (ROOT.der,))


@pytest.mark.parametrize(
    ("data", "readability"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"hello", "no-certificates"),
        (b"\x30\x82\xff\xff1", "no-certificates"),
        (ROOT.pem[:200], "truncated"),
        (ROOT.pem.replace(b"MII", b"M!I", 1), "truncated"),
        (ROOT.pem[:300] + PUBLIC.pem, "truncated"),
        (armour(b"rubbish"), "truncated"),
        (armour(b"0\x03\x02\x01\x01", "X509 CRL"), "no-certificates"),
    ],
)
def test_what_is_no_bundle_is_told_and_nothing_is_raised(data, readability):
    assert bundles.parse(data).readability == readability


def test_a_hashed_name_that_does_not_fit_is_not_found(folder):
    path = folder.empty("ca")
    Path(path, "00000000.0").write_bytes(ROOT.pem)
    assert bundles.read(path) == ("empty", ())


def test_a_huge_file_is_not_read_whole(tmp_path):
    (tmp_path / "big.pem").write_bytes(b"x" * (bundles.LIMIT + 1))
    assert bundles.read(str(tmp_path / "big.pem")).readability == "no-certificates"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl program here")
@pytest.mark.parametrize(
    "subject",
    [
        (("CN", "localhost"),),
        (("C", "DE"), ("O", "  Grüße   und  MEHR "), ("CN", "Simulator Root CA")),
        (("DC", "test"), ("emailAddress", "Ann@Example.TEST")),
        (),
    ],
)
def test_the_subject_hash_is_openssls(subject):
    issued = MINT.issue(certificate(baseline(), "leaf", subject=subject), "leaf")
    done = subprocess.run(
        ["openssl", "x509", "-subject_hash", "-noout"], input=issued.pem, capture_output=True, check=True
    )
    assert subject_hash(issued.der) == done.stdout.decode().strip()


def test_record_tells_an_appended_certificate(folder):
    trust = TrustFile(roles=("public-root",), name="certifi/cacert.pem")
    path = write_with_record(trust, [PUBLIC], PUBLIC.pem, folder)
    assert bundles.matches_record(path) is True
    Path(path).write_bytes(PUBLIC.pem + ROOT.pem)
    assert bundles.matches_record(path) is False
    assert bundles.matches_record(write(TrustFile(roles=()), [], folder)) is None


def test_temporary_paths_are_never_shown(folder):
    path = folder.write("certifi/cacert.pem", b"")
    assert folder.hide(path) == "certifi/cacert.pem"
    assert folder.hide(f"invalid path: {path}") == "invalid path: certifi/cacert.pem"
    assert folder.hide(f"in {folder.path}") == "in …"
    assert folder.hide("/nonexistent") == "/nonexistent"
