"""Through a proxy: given, named by the shell, or ruled out by NO_PROXY."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import api
from simulator.errors import UsageError
from simulator.lab.target_proxy import bypassed
from tests.diagnose import files, servers
from tests.diagnose.files import INTER, KEY, LEAF, ROOT


@contextlib.contextmanager
def tunnel(port: int) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that leads every CONNECT to `port`, and the heads of the requests that it got."""
    heads: list[bytes] = []

    def handle(connection: socket.socket, _stop: threading.Event) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
            head += more
        heads.append(head)
        with socket.create_connection(("127.0.0.1", port)) as onward:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pump, args=(onward, connection))
            back.start()
            _pump(connection, onward)
            back.join(20)

    with servers.raw(handle) as server:
        yield f"localhost:{server.port}", heads


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("client", ["requests", "stdlib"])
def test_a_proxy_that_is_given(client: str, tmp_path: Path) -> None:
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    with servers.https([LEAF, INTER], KEY) as server, tunnel(server.port) as (proxy, heads):
        report = api.diagnose(
            "https://localhost:44399/", trust=trust, proxy=f"http://bob:hunter2@{proxy}", client=client
        )
    assert (report.verdict, [f.id for f in report.findings]) == ("accepted", [])
    assert heads[0].startswith(b"CONNECT localhost:44399 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic Ym9iOmh1bnRlcjI=\r\n" in heads[0]
    assert f"through the proxy http://{proxy} (--proxy)" in report.notes
    assert report.evidence.settings.proxy == f"http://{proxy}"
    assert "hunter2" not in str(report)


def test_a_proxy_of_the_shell_and_an_exception_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    with servers.https([LEAF, INTER], KEY) as server, tunnel(server.port) as (proxy, heads):
        monkeypatch.setenv("HTTPS_PROXY", f"http://bob:hunter2@{proxy}")
        report = api.diagnose("https://localhost:44399/", trust=trust)
        assert report.verdict == "accepted"
        assert f"through the proxy http://{proxy} (HTTPS_PROXY)" in report.notes
        assert "hunter2" not in str(report)
        count = len(heads)
        monkeypatch.setenv("NO_PROXY", "example.com,localhost")
        report = api.diagnose(server.url, trust=trust)
        assert report.verdict == "accepted"
        assert "HTTPS_PROXY is set, and does not count: NO_PROXY names localhost" in report.notes
        assert len(heads) == count


def test_a_proxy_that_does_not_answer(tmp_path: Path) -> None:
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    report = api.diagnose("https://localhost:44399/", trust=trust, proxy="http://localhost:1")
    assert report.verdict == "rejected"
    assert any(f.severity == "error" for f in report.findings)


def test_a_proxy_that_is_no_url() -> None:
    with pytest.raises(UsageError, match="--proxy is no URL of a proxy"):
        api.diagnose("https://localhost:1/", proxy="http://:x/")


@pytest.mark.parametrize(
    ("host", "no_proxy", "entry"),
    [
        ("api.test", "example.com, .test", ".test"),
        ("api.test", "*", "*"),
        ("10.1.2.3", "10.0.0.0/8", "10.0.0.0/8"),
        ("api.test", "api.test:443", "api.test:443"),
        ("api.test", "api.test:444,other", ""),
        ("api.test", "", ""),
        ("11.1.2.3", "10.0.0.0/8", ""),
    ],
)
def test_no_proxy_as_requests_reads_it(host: str, no_proxy: str, entry: str) -> None:
    assert bypassed(host, 443, no_proxy) == entry
