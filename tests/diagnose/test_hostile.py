"""An attacker's data: bounded time and memory, no traceback, and what can still be said is said."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import api
from simulator.cli.main import guarded
from simulator.errors import SimulatorError
from simulator.lab import containers
from simulator.report import diagnosis, diagnosis_json, diagnosis_junit, diagnosis_markdown, sarif
from tests.diagnose import files, servers
from tests.diagnose.files import INTER, KEY, LEAF, ROOT
from tests.diagnosis import mint as m


def rendered(report: object) -> list[str]:
    return [
        diagnosis.render(report, width=80, colour=False),  # type: ignore[arg-type]
        diagnosis_json.render(report),  # type: ignore[arg-type]
        diagnosis_junit.render(report),  # type: ignore[arg-type]
        diagnosis_markdown.render(report),  # type: ignore[arg-type]
        sarif.render(report.findings, report.evidence, file="x"),  # type: ignore[attr-defined]
    ]


@pytest.mark.parametrize("part", range(4))
def test_bytes_turned_over_in_real_files(part: int, tmp_path: Path) -> None:
    whole = {
        "pem": files.armour(LEAF.der()) + files.armour(INTER.der()),
        "der": LEAF.der(),
        "p7": files.p7(LEAF, INTER),
        "p12": files.p12(tmp_path / "x", LEAF, INTER).read_bytes(),
        "crl": files.crl(INTER, LEAF.serial),
        "key": files.key(tmp_path / "y", KEY).read_bytes(),
    }
    rng = random.Random(part)  # noqa: S311  # tests, not keys
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    path = tmp_path / "broken"
    said = 0
    for _ in range(120):
        kind = rng.choice(list(whole))
        data = bytearray(whole[kind])
        for _ in range(rng.choice((1, 1, 2, 5, 40))):
            at = rng.randrange(len(data))
            how = rng.random()
            if how < 0.6:
                data[at] = rng.randrange(256)
            elif how < 0.8:
                del data[at : at + rng.randrange(1, 9)]
            else:
                data[at:at] = rng.randbytes(rng.randrange(1, 9))
        path.write_bytes(data)
        try:
            report = api.diagnose(chain=path, trust=trust, host="localhost")
        except SimulatorError as error:
            lines = error.message.count("\n")
            assert not lines
            continue
        assert all(text.isprintable() or text == "\n" for page in rendered(report) for text in page)
        said += 1
    assert said > 15


def test_a_broken_leaf_is_told_and_so_is_what_follows(tmp_path: Path) -> None:
    broken = bytearray(LEAF.der())
    broken[8] ^= 0xFF
    chain = files.pem(tmp_path / "c.pem", bytes(broken), INTER)
    report = api.diagnose(chain=chain, trust=files.pem(tmp_path / "ca.pem", ROOT), host="localhost")
    assert [f.id for f in report.findings] == ["cannot-tell"]
    assert report.served[0].problem
    assert report.served[1].subject == "CN=Lab Intermediate"


NASTY = "\x1b]0;owned\x07\x1b[31m\u202emoc.live<script>alert(1)</script>`|[x](y)\u200b"


def test_names_cannot_reach_the_terminal_or_the_markup(tmp_path: Path) -> None:
    made = m.leaf(ROOT, f"DNS:{NASTY}", subject=m.cn(NASTY))
    report = api.diagnose(
        chain=files.pem(tmp_path / "c.pem", made), trust=files.pem(tmp_path / "ca.pem", ROOT), host="localhost"
    )
    for page in rendered(report):
        assert "\x1b" not in page
        assert "\u202e" not in page
        assert "\u200b" not in page
    assert "&lt;script&gt;" in diagnosis_junit.render(report)
    assert "\n<script>" not in diagnosis_markdown.render(report)
    assert "\\<script\\>" in diagnosis_markdown.render(report)
    assert "\\x1b" in diagnosis.render(report, width=80, colour=True)


def test_names_of_files_cannot_reach_the_terminal_either(tmp_path: Path) -> None:
    chain = files.pem(tmp_path / "\x1b[31m\u202e.pem", INTER, LEAF)
    report = api.diagnose(chain=chain, trust=files.pem(tmp_path / "ca.pem", ROOT), host="localhost")
    for page in rendered(report)[:1] + rendered(report)[2:]:  # JSON escapes by itself
        assert "\x1b" not in page
        assert "\u202e" not in page


def big(kind: str) -> list[m.Spec | bytes]:
    if kind == "ten thousand names":
        return [m.leaf(ROOT, *(f"DNS:n{n}.test" for n in range(10_000)))]
    if kind == "an extension of a megabyte":
        made = m.leaf(ROOT)
        assert made.extensions is not None
        made.extensions.append(m.ext("1.3.6.1.4.1.99999.1", b"\x00" * 1_000_000))
        return [made]
    if kind == "a subject of a megabyte":
        return [m.leaf(ROOT, subject=m.cn("x" * 1_000_000))]
    if kind == "a thousand issuers of one name":
        twins = [m.under(ROOT, "Twin", m.key("p256", 20), serial=n + 1).der() for n in range(1_000)]
        below = m.leaf(m.under(ROOT, "Twin", m.key("p256", 20)))
        return [below, *twins]
    if kind == "two hundred levels of twins":
        chain: list[m.Spec | bytes] = []
        own = m.key("p256", 21)
        for level in range(200):
            for serial in (1, 2):
                chain.append(
                    m.Spec(
                        subject=m.cn(f"L{level}"), issuer=m.cn(f"L{level + 1}"), key=own, signer=own, serial=serial,
                        extensions=m.ca_extensions(own, own),
                    ).der()
                )  # fmt: skip
        return [
            m.Spec(
                subject=m.cn("x"),
                issuer=m.cn("L0"),
                key=m.key(),
                signer=own,
                extensions=m.leaf_extensions(m.key(), own),
            ),
            *chain,
        ]
    constrained = m.under(
        ROOT,
        extensions=[*m.ca_extensions(m.key("p256", 2), ROOT.key), m.nc(tuple(f"DNS:p{n}.test" for n in range(3_000)))],
    )
    return [m.leaf(constrained, *(f"DNS:n{n}.test" for n in range(3_000))), constrained]


@pytest.mark.parametrize(
    "kind",
    [
        "ten thousand names", "an extension of a megabyte", "a subject of a megabyte", "a thousand issuers of one name",
        "two hundred levels of twins", "names times constraints",
    ],
)  # fmt: skip
def test_sizes_do_not_matter(kind: str, tmp_path: Path) -> None:
    chain = files.pem(tmp_path / "c.pem", *big(kind))
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    start = time.process_time()
    report = api.diagnose(chain=chain, trust=trust, host="localhost")
    pages = rendered(report)
    assert time.process_time() - start < 8
    assert all(len(page) < 400_000 for page in pages)
    assert report.findings


def test_more_certificates_than_any_server_sends(tmp_path: Path) -> None:
    chain = files.pem(tmp_path / "c.pem", *[LEAF.der()] * 3_000)
    report = api.diagnose(chain=chain, trust=files.pem(tmp_path / "ca.pem", ROOT), host="localhost")
    assert len(report.evidence.served) == 1_000
    assert any("only the first 1,000 of 3,000" in note for note in report.notes)


def test_a_file_of_no_end(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="has more than 10,000,000 bytes"):
        api.diagnose(chain=Path("/dev/zero"), trust=files.pem(tmp_path / "ca.pem", ROOT))


def test_begin_lines_without_end() -> None:
    start = time.process_time()
    held = containers.read(b"-----BEGIN CERTIFICATE-----\n" * 100_000)
    assert time.process_time() - start < 2
    assert held.certificates == ()


def silent(_connection: socket.socket, stop: threading.Event) -> None:
    stop.wait(20)


def drip(connection: socket.socket, stop: threading.Event) -> None:
    """A handshake record that announces much and comes a byte at a time."""
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
    while not stop.wait(0.2):
        connection.sendall(b"\x03")


def flood(connection: socket.socket, stop: threading.Event) -> None:
    """Well-formed records of warnings, for ever."""
    connection.recv(4096)
    while not stop.is_set():
        connection.sendall(b"\x15\x03\x03\x00\x02\x01\x5a" * 1_000)


def rubbish(connection: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        connection.sendall(b"\x00rubbish\xff" * 1_000)


def hang_up(connection: socket.socket, _stop: threading.Event) -> None:
    connection.recv(4096)


@pytest.mark.parametrize(
    ("behave", "finding"),
    [
        (silent, "handshake-timeout"), (drip, "handshake-timeout"), (rubbish, "plaintext-on-tls-port"),
        (hang_up, "connection-closed"), (flood, None),
    ],
)  # fmt: skip
def test_servers_that_waste_time(
    behave: Callable[[socket.socket, threading.Event], None], finding: str | None, tmp_path: Path
) -> None:
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    with servers.raw(behave) as server:
        start = time.monotonic()
        report = api.diagnose(server.url, trust=trust, within=3)
        assert time.monotonic() - start < 9  # a busy machine starts the client late
    assert report.verdict in ("rejected", "not-run")
    assert report.findings[0].severity == "error"
    assert finding in (None, report.findings[0].id)


def test_a_head_that_drips_is_cut_off(tmp_path: Path) -> None:
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    tls = servers.context([LEAF, INTER], KEY)

    def handle(connection: socket.socket, stop: threading.Event) -> None:
        with tls.wrap_socket(connection, server_side=True) as secure:
            if secure.recv(65_536):
                secure.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not stop.wait(0.2):
                    secure.sendall(b"x")

    with servers.raw(handle) as server:
        start = time.monotonic()
        report = api.diagnose(server.url, trust=trust, within=2)
        assert time.monotonic() - start < 5  # each read is in time: only the whole is not
    assert report.verdict == "not-run"
    assert "no answer within the time that was given" in report.evidence.attempts[0].error


def test_a_body_without_end_is_not_read(tmp_path: Path) -> None:
    trust = files.pem(tmp_path / "ca.pem", ROOT)
    tls = servers.context([LEAF, INTER], KEY)

    def handle(connection: socket.socket, stop: threading.Event) -> None:
        with tls.wrap_socket(connection, server_side=True) as secure:
            if secure.recv(65_536):
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
                while not stop.wait(0.2):
                    secure.sendall(b"x")

    with servers.raw(handle) as server:
        report = api.diagnose(server.url, trust=trust, within=8)
    assert (report.verdict, report.evidence.attempts[0].status) == ("accepted", 200)


def test_a_pipe_that_nobody_writes_to_ends_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    start = time.monotonic()
    assert guarded(["diagnose", "--chain", str(pipe), "--within", "0.5"]) == 3
    assert time.monotonic() - start < 5
    assert "this took more than 0.5 seconds" in capsys.readouterr().err
