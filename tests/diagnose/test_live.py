"""Servers that are not the lab's: what is seen, what the real client says, and what was sent."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import api
from simulator.errors import UsageError
from tests.diagnose import files, servers
from tests.diagnose.files import INTER, KEY, LEAF, ROOT
from tests.diagnose.servers import Server
from tests.diagnosis import mint as m


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    return files.pem(tmp_path / "ca.pem", ROOT)


@pytest.fixture
def healthy() -> Iterator[Server]:
    with servers.https([LEAF, INTER], KEY) as server:
        yield server


def ids(report: object) -> list[str]:
    return [finding.id for finding in report.findings]  # type: ignore[attr-defined]


@pytest.mark.parametrize("client", ["requests", "stdlib"])
def test_a_healthy_server(client: str, healthy: Server, trust: Path) -> None:
    report = api.diagnose(f"{healthy.url}path?q=1", trust=trust, client=client)
    assert (report.verdict, ids(report), report.live, report.ok) == ("accepted", [], True, True)
    (attempt,) = report.evidence.attempts
    assert (attempt.client, attempt.status, attempt.stage) == (client, 200, "answer")
    assert report.evidence.served == (LEAF.der(), INTER.der())
    assert "the server speaks TLS 1.2, TLS 1.3" in report.notes
    assert report.evidence.server_time == 1795500000.0
    (request,) = healthy.requests  # nothing but one GET, and no credentials
    assert request.startswith(b"GET /path?q=1 HTTP/1.1\r\n")
    assert b"Authorization" not in request


def test_a_redirect_is_not_followed_and_no_netrc_is_read(
    trust: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login bob password hunter2\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    seen: list[bytes] = []
    tls = servers.context([LEAF, INTER], KEY)

    def handle(connection: object, _stop: threading.Event) -> None:
        with tls.wrap_socket(connection, server_side=True) as secure:  # type: ignore[arg-type]
            if request := secure.recv(65_536):
                seen.append(request)
                secure.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n")

    with servers.raw(handle) as server:
        report = api.diagnose(server.url, trust=trust)
    assert (report.verdict, report.evidence.attempts[0].status) == ("accepted", 302)
    assert len(seen) == 1
    assert b"Authorization" not in seen[0]


def test_an_unknown_issuer_and_another_name_at_once(healthy: Server, tmp_path: Path) -> None:
    other = files.pem(tmp_path / "other.pem", m.root("Other", m.key("p256", 50)))
    report = api.diagnose(f"https://127.0.0.1:{healthy.port}/", trust=other)
    assert ids(report) == ["untrusted-issuer", "ip-not-in-san"]
    assert report.evidence.attempts[0].verify_code == 20
    assert [told.verify_code for told in report.foretold] == [20, 20]


def test_host_and_port_are_a_server(healthy: Server, trust: Path) -> None:
    report = api.diagnose(f"localhost:{healthy.port}", trust=trust)
    assert (report.target, report.verdict) == (f"https://localhost:{healthy.port}/", "accepted")
    report = api.diagnose(f"https://bob:hunter2@localhost:{healthy.port}/x", trust=trust)
    assert (report.target, report.verdict) == (f"https://localhost:{healthy.port}/x", "accepted")
    assert not any(b"Authorization" in request for request in healthy.requests)


def test_the_shells_variable_counts_for_the_real_client(
    healthy: Server, trust: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trust))
    report = api.diagnose(healthy.url)
    assert report.verdict == "accepted"
    assert f"trust comes from {trust} (REQUESTS_CA_BUNDLE)" in report.notes
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setenv("SSL_CERT_FILE", str(trust))
    assert ids(api.diagnose(healthy.url)) == ["environment-ignored"]
    assert api.diagnose(healthy.url, client="stdlib").verdict == "accepted"


def test_another_site_on_the_same_port(trust: Path) -> None:
    mine = servers.context([LEAF, INTER], KEY)
    other = m.leaf(INTER, "DNS:other.test", private=m.key("p256", 9), subject=m.cn("other.test"))
    default = servers.context([other, INTER], other.key)

    def choose(connection: ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        if name == "shop.test":
            connection.context = mine

    default.sni_callback = choose

    def handle(connection: object, _stop: threading.Event) -> None:
        with default.wrap_socket(connection, server_side=True) as secure:  # type: ignore[arg-type]
            secure.recv(1)

    with servers.raw(handle) as server:
        report = api.diagnose(server.url, trust=trust)
    assert ids(report) == ["name-mismatch"]  # no SNI brings the same one: nothing tells that it is a default


def test_plain_http_on_the_port(trust: Path) -> None:
    def handle(connection: object, _stop: threading.Event) -> None:
        connection.recv(4096)  # type: ignore[attr-defined]
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

    with servers.raw(handle) as server:
        report = api.diagnose(server.url, trust=trust)
    assert ids(report) == ["plaintext-on-tls-port"]
    assert report.verdict == "rejected"


def test_http_to_a_tls_port(healthy: Server, trust: Path) -> None:
    report = api.diagnose(healthy.url.replace("https", "http"), trust=trust)
    assert ids(report) == ["plaintext-to-tls-port"]


def test_an_old_protocol(trust: Path) -> None:
    old = servers.context([LEAF, INTER], KEY)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1

    def handle(connection: object, _stop: threading.Event) -> None:
        with old.wrap_socket(connection, server_side=True) as secure:  # type: ignore[arg-type]
            secure.recv(1)

    with servers.raw(handle) as server:
        report = api.diagnose(server.url, trust=trust)
    assert ids(report)[0] == "old-protocol"
    assert "the server speaks TLS 1.0" in report.notes


def test_a_client_certificate_is_asked_for(trust: Path) -> None:
    asking = servers.context([LEAF, INTER], KEY, verify_mode=ssl.CERT_REQUIRED)
    asking.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(ROOT.der()))

    def handle(connection: object, _stop: threading.Event) -> None:
        with asking.wrap_socket(connection, server_side=True) as secure:  # type: ignore[arg-type]
            secure.recv(1)

    with servers.raw(handle) as server:
        report = api.diagnose(server.url, trust=trust)
    assert ids(report) == ["client-certificate-required"]
    assert "the server asks for a client certificate" in report.notes


def test_nobody_there(trust: Path) -> None:
    with servers.raw(lambda _connection, _stop: None) as server:
        url = server.url
    report = api.diagnose(url, trust=trust)
    assert (ids(report), report.verdict) == (["nothing-listening"], "rejected")


def test_a_name_that_leads_nowhere(trust: Path) -> None:
    report = api.diagnose("https://nowhere.invalid/", trust=trust)
    assert ids(report) == ["name-not-resolved"]


@pytest.mark.parametrize(
    "url",
    ["https://", "ftp://localhost/", "https://local host/", "https://localhost:99999/", "https://[::1/", "https://\n/"],
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(UsageError, match="is no URL"):
        api.diagnose(url)


def test_a_revoked_certificate(healthy: Server, trust: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.crl"
    listed.write_bytes(files.armour(files.crl(INTER, LEAF.serial), "X509 CRL"))
    report = api.diagnose(healthy.url, trust=trust, crl=listed)
    assert ids(report) == ["revoked"]
    assert report.evidence.attempts[0].verify_code == 23
