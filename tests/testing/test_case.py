"""What a case gives to a client, and what it says that the client ought to do."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.scenario import loader
from simulator.testing.authority import Authority
from simulator.testing.case import Case
from simulator.testing.expecting import FALLBACK, PARTIAL, STRICT, consensus, measure, should_accept
from simulator.testing.handshakes import openssl
from simulator.testing.memory import World, readable
from simulator.testing.plan import Plan
from simulator.testing.selection import at, beside_the_point, load, select

IDS = [entry.id for entry in loader.ids()]
THEREFORE = [id for id in IDS if not beside_the_point(load(id))]


def test_most_scenarios_say_something_of_anybodys_client():
    assert len(THEREFORE) >= 70


@pytest.mark.parametrize("strict", [False, True], ids=["lax", "strict"])
def test_what_a_client_ought_to_do_is_what_openssl_does(strict):
    world = World()
    traits = {STRICT, PARTIAL} if strict else set()
    looked_at = 0
    for id in THEREFORE:
        scenario = at(load(id), None)
        if readable(Plan(baseline=scenario.baseline, faults=scenario.faults)):
            looked_at += 1
            said = openssl(world.view(scenario.broken()), strict=strict)
            assert should_accept(scenario, traits) == said.accepted, id
    assert looked_at >= 60


def test_traits_are_measured_on_the_context():
    context = ssl.create_default_context()
    context.verify_flags = ssl.VERIFY_X509_STRICT
    context.hostname_checks_common_name = False
    assert measure(context) == {STRICT}
    context.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN
    context.hostname_checks_common_name = True
    assert measure(context) == {PARTIAL, FALLBACK}


@pytest.mark.parametrize(
    ("id", "traits", "accepts"),
    [
        ("missing-san", [FALLBACK], True),
        ("missing-san", [], False),
        ("missing-san", None, False),  # the catalogue is split, and requests decides
        ("missing-aki", [STRICT], False),
        ("missing-aki", None, True),
        ("expired-root", None, False),  # Java alone accepts it
        ("ed25519", None, True),  # Chromium alone refuses it
        ("wildcard-partial", None, False),
    ],
)
def test_whose_word_counts(id, traits, accepts):
    assert should_accept(load(id), traits) == accepts


def test_a_split_catalogue_follows_requests():
    for id in THEREFORE:
        scenario = load(id)
        line = scenario.expectation("requests", frozenset())
        if id.startswith("wildcard"):
            assert consensus(scenario) == (line.verdict == "accepted"), id


def test_the_host_is_one_that_everybody_finds_where_it_can_be():
    assert at(load("healthy-public"), None).broken().client.host == "localhost"
    assert at(load("wildcard-too-deep"), None).broken().client.host == "api.eu.shop.test"
    assert at(load("expired"), "127.0.0.1").broken().client.host == "127.0.0.1"


def test_another_client_of_the_same_case():
    with Case("missing-aki") as case:
        assert case.should_accept
        assert not case.should(traits=[STRICT])
        context = ssl.create_default_context()
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        assert not case.should(ssl_context=context)
    assert not Case("missing-aki", ssl_context=context).should_accept


def test_the_same_seed_and_day_make_the_same_bytes():
    def served():
        with Case("expired", seed="fixed", as_of=1_795_000_000) as case:
            assert case.seed == "fixed"
            return Path(case.folder, "chain.pem").read_bytes(), case.trust_pem

    assert served() == served()


def test_a_pin_is_not_the_servers_certificate():
    with Case("rotated-pin") as case:
        assert case.trust_pem
        assert case.trust_pem != Path(case.folder, "cert.pem").read_text()


def test_an_ipv6_host_stands_in_brackets():
    with Case("expired", host="::1") as case:
        assert case.url == f"https://[::1]:{case.port}/"
        assert case.proxy_url is None


def test_by_the_proxy_the_name_is_found():
    with Case("wrong-virtual-host") as case:
        proxy = case.proxy_url.rpartition("/")[2].split(":")
        with socket.create_connection((proxy[0], int(proxy[1])), 5) as plain:
            plain.sendall(f"CONNECT {case.host}:{case.port} HTTP/1.1\r\n\r\n".encode())
            assert b" 200 " in plain.recv(4096)
            with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
                case.ssl_context().wrap_socket(plain, server_hostname=case.host)
        assert not case.unreached()


def test_the_token_that_arrived():
    with Case("healthy") as case:
        with (
            socket.create_connection(("localhost", case.port), 5) as plain,
            case.ssl_context().wrap_socket(plain, server_hostname="localhost") as tls,
        ):
            tls.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {case.token}\r\n\r\n".encode())
            assert b" 200 " in tls.recv(4096)
        assert case.log.tokens == (case.token,)
        assert case.log.handshakes == 1
    assert case.log.tokens == (case.token,)  # and afterwards


def test_a_programs_environment_is_ours_alone(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/somewhere")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    with Case("expired") as case:
        assert case.environ["REQUESTS_CA_BUNDLE"] == case.environ["SSL_CERT_FILE"] == case.trust_file
        assert not list(Path(case.environ["SSL_CERT_DIR"]).iterdir())
        assert "https_proxy" not in case.environ
        assert case.environ["PATH"] == os.environ["PATH"]


def test_selecting():
    assert select(["time"], ["time"]) == []
    assert "expired" in select(["all"])
    assert set(select(["expired", "wrong-ca"])) == {"expired", "wrong-ca"}
    with pytest.raises(UsageError, match="no scenario and no family"):
        select(["time"], ["nonsense"])


def meet(server_side, client_side, host):
    """A handshake in memory."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(into, out, server_hostname=host)
    server = server_side.wrap_bio(out, into, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.version()


@pytest.mark.parametrize("key", ["p-256", "rsa-2048", "ed25519"])
def test_a_healthy_ca_pleases_the_strict(key):
    with Authority() as ca:
        trusting = ssl.create_default_context()
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT
        ca.configure_trust(trusting)
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue("localhost", "127.0.0.1", key=key).configure_cert(served)
        assert meet(served, trusting, "localhost") == meet(served, trusting, "127.0.0.1") == "TLSv1.3"
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            meet(served, trusting, "other.test")


def test_a_ca_for_pyopenssl_and_for_files():
    from OpenSSL import SSL

    with Authority(seed="a") as ca:
        leaf = ca.issue("localhost")
        server, client = SSL.Context(SSL.TLS_SERVER_METHOD), SSL.Context(SSL.TLS_CLIENT_METHOD)
        leaf.configure_cert(server)
        server.check_privatekey()
        ca.configure_trust(client)
        cert, key = leaf.files
        assert Path(cert).read_text() == leaf.cert_pem
        assert Path(key).stat().st_mode & 0o777 == 0o600
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
        assert Path(ca.trust_file).read_text() == ca.trust_pem
    assert not Path(key).exists()


def test_a_ca_tells_wrong_usage():
    with Authority() as ca:
        with pytest.raises(UsageError, match="at least one host"):
            ca.issue()
        with pytest.raises(UsageError, match="no key of the kind dsa"):
            ca.issue("localhost", key="dsa")
