"""The general rules, each by a text made for it: who speaks, which clause decides, what stands beside it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from simulator.diagnosis.wordings import explain

CORPUS = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="utf-8"))


def _found(text: str) -> list[str]:
    return [candidate.finding for candidate in explain(text).candidates]


def test_a_text_that_was_cut_off_is_never_wrong_and_certain() -> None:
    wrong = []
    for entry in CORPUS[::6]:
        text = entry["text"]
        for part in (text[: len(text) // 2], text[len(text) // 2 :], text[len(text) // 4 : -len(text) // 4]):
            wrong += [
                (candidate.finding, candidate.certainty, part[-120:])
                for candidate in explain(part).candidates
                if candidate.certainty >= 0.8 and candidate.finding not in entry["findings"]
            ]
    assert not wrong


def test_an_alert_says_less_than_the_side_that_refused() -> None:
    client = "http: TLS handshake error from 10.1.1.7:41234: remote error: tls: unknown certificate authority"
    server = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)"
    assert _found(f"{client}\n{server}")[0] == "expired"
    assert _found(f"tlsv1 alert unknown ca\n{server}")[0] == "expired"


def test_who_could_not_load_a_file_is_followed_by_the_reason() -> None:
    assert _found("Could not load certificate chain: [SSL: EE_KEY_TOO_SMALL] ee key too small")[0] == "weak-key"


def test_a_proxy_s_phrase_gives_way_to_the_tls_error_that_it_wraps() -> None:
    said = "upstream connect error or disconnect/reset before headers. TLS error: 1:SSL routines:OPENSSL_internal:"
    assert _found(said + "WRONG_VERSION_NUMBER")[0] == "plaintext-on-tls-port"
    assert "untrusted-issuer" in _found(said + "CERTIFICATE_VERIFY_FAILED")[:3]


def test_a_product_s_name_inside_a_word_is_no_product() -> None:
    text = "reset reason: SSL certificate problem: unable to get local issuer certificate (https://shop.example.net/)"
    assert _found(text)[0] != "interception-suspected"
    assert _found(text.replace("reset reason", "ESET reason"))[0] == "interception-suspected"


@pytest.mark.parametrize("command", ["pip install numpy", "[nltk_data] Error loading punkt:", "az login"])
def test_a_command_that_implies_its_host_says_whom_it_asked(command: str) -> None:
    text = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate"
    found = _found(f"{command}\n{text} (_ssl.c:1006)")
    assert {"interception-suspected", "no-trust-anchors"}.intersection(found[:2])


def test_a_line_of_just_eighty_may_end_with_a_word_or_within_one() -> None:
    start, end = "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP", " SANs"
    assert len(start) == 80
    assert _found(f"{start}\n{end.strip()}")[0] == "ip-not-in-san"
    said = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local "
    cut = f"{said}issuer certificate (_ssl.c:1006)"
    assert _found(f"{cut[:79]}\n{cut[79:]}") == _found(f"{cut[:80]}\n{cut[80:]}") == _found(cut)


def test_a_server_s_log_accuses_its_client() -> None:
    said = "SSL Error on 6 ('127.0.0.1', 56430): [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:590)"
    assert _found(f"[W 08:22:47.934 NotebookApp] {said}")[0] == "plaintext-to-tls-port"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("curl: (6)", "name-not-resolved"),
        ("curl: (7)", "nothing-listening"),
        ("curl: (77)", "bundle-unreadable"),
        ("The process '/usr/bin/curl' failed with exit code 60 (curl)", "untrusted-issuer"),
    ],
)
def test_a_number_of_curl_s_is_enough(text: str, finding: str) -> None:
    assert finding in _found(text)[:3]


@pytest.mark.parametrize(
    "hostile",
    [
        "curl " * 50_000,
        "ssl -0x" * 36_000,
        "x-reset " * 32_000,
        "error:0A0" * 28_000,
        "alert " * 42_000,
        "16030" * 50_000,
    ],
)
def test_hostile_texts_for_the_patterns_take_bounded_time(hostile: str) -> None:
    begun = time.process_time()
    assert explain(hostile).candidates
    assert time.process_time() - begun < 15


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        # A text that breaks off in a word, and one that ends with one.
        ("Error([('SSL routines', 'ssl3_get_record', 'wrong ver", "plaintext-on-tls-port"),
        ("zorp: 'wrong verdict'", "cannot-tell"),
        # A proxy for https:// URLs that is named by an https:// URL.
        ('proxies = {"https": "https://10.0.0.8:8080"}\n[SSL: WRONG_VERSION_NUMBER] wrong', "proxy-speaks-plaintext"),
        ('proxies = {"https": "http://10.0.0.8:8080"}\n[SSL: WRONG_VERSION_NUMBER] wrong', "plaintext-on-tls-port"),
        # Sites for tests say what is wrong with them.
        ("https://expired.badssl.com/ [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "expired"),
        ("https://wrong.host.badssl.com/ [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "name-mismatch"),
        # A wildcard directly under a top; an address that is there as a name.
        ("ERR_TLS_CERT_ALTNAME_INVALID: Host: ruby.lab. is not in the cert's altnames: DNS:*.lab", "wildcard-scope"),
        ("hostname '10.1.2.3' doesn't match either of '10.1.2.3', 'a.lab'", "ip-in-dns-name"),
        # Whoever starts, or reads its own keys, is a server.
        (
            "nginx: [emerg] SSL_CTX_new() failed (SSL: error:140A90A1: library has no ciphers)",
            "server-refused-to-start",
        ),
        ("Error: PEM routines:get_name:no start line\n  c.context.setCert(cert);", "server-refused-to-start"),
        ("openssl verify -CAfile ca.pem nginx.pem\nunable to load certificate\nno start line", "bundle-unreadable"),
        # nginx does not name its upstream; the peer is who stands behind `upstream:`.
        ("sslv3 alert handshake failure) while SSL handshaking to upstream, client: 1.2.3.4", "unrecognized-name"),
        # A clock that starts at zero.
        ("--1970-01-01 00:01:13-- ERROR: The certificate of 'a.test' is not yet activated.", "not-yet-valid"),
        # The weeks after the end of a root that many had.
        ("--2021-10-06 08:26:19-- SSL certificate problem: certificate has expired", "expired-anchor"),
    ],
)
def test_what_stands_around_decides(text: str, finding: str) -> None:
    assert _found(text)[0] == finding


def test_a_vague_text_leaves_room_for_doubt() -> None:
    assert "cannot-tell" in _found("GnuTLS: something. Unable to establish SSL connection.")[:3]


def test_the_peer_of_nginx_is_its_upstream() -> None:
    text = 'verify failed) while SSL handshaking to upstream, upstream: "https://10.0.0.9:8443/", host: "a.com"'
    assert explain(text).url == "https://10.0.0.9:8443/"


def test_a_warning_gives_way_to_what_keeps_a_server_from_starting() -> None:
    warning = 'nginx: [warn] "ssl_stapling" ignored, host not found in OCSP responder "ocsp.example.net"'
    reason = "nginx: [emerg] SSL_CTX_use_PrivateKey_file(a.key) failed (SSL: error:0B080074:key values mismatch)"
    assert _found(warning)[0] == "crl-unavailable"
    assert _found(f"{warning}\n{reason}")[0] == "key-mismatch"


def test_a_text_that_names_two_causes_is_certain_of_neither() -> None:
    first, second = "unsafe legacy renegotiation disabled", "dh key too small"
    assert explain(first).candidates[0].certainty >= 0.8
    assert explain(second).candidates[0].certainty >= 0.8
    assert explain(f"{first}\n{second}").candidates[0].certainty < 0.8


def test_what_a_server_says_of_its_client_is_the_clients() -> None:
    said = 'rejected connection (error "tls: failed to verify client\'s certificate: x509: certificate has expired")'
    assert _found(said)[0] == "client-certificate-rejected"
