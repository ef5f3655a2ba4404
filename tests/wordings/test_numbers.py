"""Numbers that stand alone mean what their specification says."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from simulator.diagnosis.wordings import explain
from simulator.diagnosis.wordings.explaining import _data
from simulator.diagnosis.wordings.numbers import in_words


def first(text: str) -> str:
    return explain(text).candidates[0].finding


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("verify error:num=10", "expired"),
        ("Verify return code: 18 (", "self-signed"),
        ("error 26 at 0 depth", "wrong-purpose"),
        ("TLS error from peer (alert code 70)", "old-protocol"),
        ("got fatal alert: [112]", "unrecognized-name"),
        ("mbedtls: got an alert message, type: [2:116]", "client-certificate-required"),
        ("lib(20):func(119):reason(252)", "plaintext-on-tls-port"),
        ("error:1408A0C1:lib(20)", "no-shared-cipher"),
        ("error:0A00018E:SSL rou", "weak-signature"),
        ("error:0A000416:", "untrusted-issuer"),  # alert 46, heard by whoever asked nobody: a server
        ("error:80000 06F:", "cannot-tell"),
        ("handshake failed; returned -1, SSL error code 1, net_error -201", "expired"),
        ("NSS error -12276", "name-mismatch"),
        ("connect:errno=111", "nothing-listening"),
        ("[WinError 10060]", "handshake-timeout"),
        ("error:8000274D:system library", "nothing-listening"),
        ("error:0200206F:system library", "nothing-listening"),
    ],
)
def test_a_number_alone_has_its_meaning(text: str, finding: str) -> None:
    assert first(text) == finding


def test_a_number_is_passed_over_where_words_say_it() -> None:
    text = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired; net_error -202"
    assert first(text) == "expired"


def test_the_reason_behind_a_file_that_was_not_loaded() -> None:
    assert first("could not load PEM client certificate, OpenSSL error error:0A00018F:SSL rou") == "weak-key"


@pytest.mark.parametrize("text", ["error:FFFFFFFF:", "alert code 999", "errno=99999", "net_error -999", "reason(9)"])
def test_a_number_without_a_meaning_says_nothing(text: str) -> None:
    assert in_words(text.lower(), _data()["numbers"]) == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here: its table of reasons is not compared")
def test_the_table_of_reasons_is_openssls() -> None:
    reasons = _data()["numbers"]["openssl"]
    for number in ("134", "193", "258", "267", "394", "398", "399", "1040", "1042", "1048", "1070", "1112", "1116"):
        code = f"{20 << 23 | int(number):08X}"
        said = subprocess.run(["openssl", "errstr", code], capture_output=True, text=True, check=True).stdout
        # 3.2 and later say "ssl/tls alert" where 3.0 says "sslv3 alert".
        told = re.sub(r"^ssl/tls", "sslv3", said.strip().rpartition("::")[2])
        assert told == reasons[number]
