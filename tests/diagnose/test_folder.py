"""A folder, or files in no order: which is the server's, what fits what, what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import api
from simulator.errors import UsageError
from tests.diagnose import files
from tests.diagnose.files import INTER, KEY, LEAF, ROOT
from tests.diagnosis import mint as m


def test_a_folder_is_sorted_out(tmp_path: Path) -> None:
    files.pem(tmp_path / "a-root.pem", ROOT)
    files.pem(tmp_path / "b-inter.crt", INTER)
    (tmp_path / "c-site.cer").write_bytes(LEAF.der())
    files.key(tmp_path / "d.key", KEY)
    files.key(tmp_path / "e-root.key", ROOT.key)
    (tmp_path / "readme.txt").write_text("hello")
    report = api.diagnose(tmp_path, host="localhost")
    assert [f.id for f in report.findings] == []
    assert report.evidence.served == (LEAF.der(), INTER.der())
    assert report.evidence.anchors == (ROOT.der(),)
    notes = "\n".join(report.notes)
    assert "the server's certificate is localhost, in c-site.cer" in notes
    assert "the key in d.key fits localhost" in notes
    assert "the key in e-root.key fits Lab Root" in notes
    assert "no file holds the whole chain" in notes
    assert "the roots among the files stand for what clients trust" in notes


def test_a_folder_with_a_whole_chain_uses_it_as_it_is(tmp_path: Path) -> None:
    files.pem(tmp_path / "cert.pem", LEAF)
    files.pem(tmp_path / "fullchain.pem", LEAF, INTER)
    files.pem(tmp_path / "chain.pem", INTER)
    files.key(tmp_path / "privkey.pem", KEY)
    report = api.diagnose(tmp_path, trust=files.pem(tmp_path / "ca.crt", ROOT), host="localhost")
    assert [f.id for f in report.findings] == []
    assert report.evidence.served == (LEAF.der(), INTER.der())


def test_what_is_missing_from_a_folder(tmp_path: Path) -> None:
    files.pem(tmp_path / "site.pem", LEAF)
    files.pem(tmp_path / "root.pem", ROOT)
    report = api.diagnose(tmp_path, host="localhost")
    assert [f.id for f in report.findings] == ["untrusted-issuer"]
    assert report.findings[0].rivals == ("incomplete-chain",)
    assert "the server's private key is not among the files" in report.notes


def test_a_folder_whose_only_key_fits_nothing(tmp_path: Path) -> None:
    files.pem(tmp_path / "full.pem", LEAF, INTER)
    files.pem(tmp_path / "root.pem", ROOT)
    files.key(tmp_path / "old.key", m.key("p256", 78), mode=0o640)
    report = api.diagnose(tmp_path, host="localhost")
    assert [f.id for f in report.findings] == ["server-refused-to-start", "key-mismatch", "key-readable-by-others"]
    assert "the key in old.key fits no certificate here" in report.notes


def test_a_folder_with_the_wrong_order_in_its_only_chain_file(tmp_path: Path) -> None:
    files.pem(tmp_path / "bundle.pem", INTER, LEAF)
    files.key(tmp_path / "site.key", KEY)
    files.pem(tmp_path / "root.pem", ROOT)
    assert [f.id for f in api.diagnose(tmp_path, host="localhost").findings] == [
        "server-refused-to-start", "leaf-not-first",
    ]  # fmt: skip


def test_of_two_sites_the_one_with_the_host_is_taken(tmp_path: Path) -> None:
    other = m.leaf(INTER, "DNS:other.test", private=m.key("p256", 9), subject=m.cn("other"))
    for name, item in (("1", other), ("2", LEAF), ("3", INTER), ("4", ROOT)):
        files.pem(tmp_path / f"{name}.pem", item)
    assert api.diagnose(tmp_path, host="localhost").evidence.served[0] == LEAF.der()
    assert api.diagnose(tmp_path, host="other.test").evidence.served[0] == other.der()


def test_a_self_signed_certificate_alone_is_the_servers_and_its_own_root(tmp_path: Path) -> None:
    alone = m.leaf(None)
    files.pem(tmp_path / "cert.pem", alone)
    files.key(tmp_path / "key.pem", alone.key)
    report = api.diagnose(tmp_path, host="localhost")
    assert (report.verdict, [f.id for f in report.findings]) == ("accepted", [])


def test_several_files_are_a_heap(tmp_path: Path) -> None:
    paths = [
        files.pem(tmp_path / "1.pem", ROOT),
        files.pem(tmp_path / "2.pem", INTER),
        files.pem(tmp_path / "3.pem", LEAF),
    ]
    assert [f.id for f in api.diagnose(*paths, host="localhost").findings] == []


def test_a_folder_without_certificates(tmp_path: Path) -> None:
    files.key(tmp_path / "only.key", KEY)
    with pytest.raises(UsageError, match=r"no certificate in .* \(1 file read\)"):
        api.diagnose(tmp_path)
