"""`simulate new-ca`: what it makes, what it may sign, and that every line it prints works."""

from __future__ import annotations

import ipaddress
import os
import shlex
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import verification

from simulator.cli import new_ca
from simulator.errors import MachineError, SimulatorError, UsageError
from simulator.lab import own_ca
from simulator.lab.mint import Issued, Mint
from simulator.model.deployment import LEAF
from tests.cli.test_cli import one_line, simulate

DAY = 86_400
HOSTS = ("localhost", "127.0.0.1")


def read(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


def accepts(folder: Path, host: str, leaf: x509.Certificate | None = None) -> bool:
    """What cryptography's verifier, which is not ours, says."""
    store = verification.Store([read(folder, "ca.pem")])
    subject: x509.DNSName | x509.IPAddress = x509.DNSName(host)
    if host.replace(".", "").isdigit() or ":" in host:
        subject = x509.IPAddress(ipaddress.ip_address(host))
    verifier = verification.PolicyBuilder().store(store).build_server_verifier(subject)
    try:
        verifier.verify(leaf or read(folder, "cert.pem"), [])
    except verification.VerificationError:
        return False
    return True


def stolen(folder: Path, host: str) -> Issued:
    """What a thief with the CA's key signs for another host, with a key of their own."""
    root, *_ = own_ca._existing(str(folder))
    leaf = own_ca._leaf((host,), 5 * DAY)
    return Mint(None, time.time()).issue(own_ca._deployment(root, leaf, (host,)), LEAF)


def openssl(folder: Path, issued: Issued, host: str) -> str:
    """What Python's own ssl module says to a server with this certificate, in memory."""
    assert issued.key is not None
    file = folder.parent / "thief.pem"
    file.write_bytes(issued.key.pem + issued.pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cafile=folder / "ca.pem")
    to_client, from_client, to_server, from_server = (ssl.MemoryBIO() for _ in range(4))
    left = client.wrap_bio(to_client, from_client, server_hostname=host)
    right = server.wrap_bio(to_server, from_server, server_side=True)
    for _ in range(4):
        for side in (left, right):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
            to_server.write(from_client.read())
            to_client.write(from_server.read())
    return "accepted"


@pytest.mark.parametrize(
    "hosts",
    [
        ("localhost",),
        HOSTS,
        ("127.0.0.1",),
        ("::1",),
        ("localhost", "::1", "127.0.0.1"),
        ("*.nas.test", "nas.test"),
        ("xn--bcher-kva.test",),
        ("a" * 60 + ".test",),
    ],
)
def test_it_is_good_for_its_hosts_and_for_no_other(hosts: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    made = own_ca.make(str(folder), hosts)
    for host in hosts:
        assert accepts(folder, host.replace("*", "www"))
    assert not accepts(folder, "bank.test")
    for other in ("bank.test", "mallory.example", "192.0.2.7", "2001:db8::7"):
        thiefs = stolen(folder, other)
        assert not accepts(folder, other, x509.load_pem_x509_certificate(thiefs.pem)), other
        assert "subtree violation" in openssl(folder, thiefs, other), other
    control = stolen(folder, hosts[0].replace("*", "www"))
    assert openssl(folder, control, hosts[0].replace("*", "www")) == "accepted"
    assert made.hosts == hosts


def test_its_certificates_are_as_a_careful_ca_of_today_makes_them(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    made = own_ca.make(str(folder), HOSTS)
    root, leaf = read(folder, "ca.pem"), read(folder, "cert.pem")
    basic = root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert basic.value == x509.BasicConstraints(ca=True, path_length=0)
    constraints = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert [str(t.value) for t in constraints.value.permitted_subtrees or []] == ["localhost", "127.0.0.1/32"]
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert leaf.not_valid_after_utc.timestamp() == made.cert_ends
    assert root.not_valid_after_utc.timestamp() == made.ca_ends
    assert 88 * DAY < made.cert_ends - time.time() <= 90 * DAY
    assert 4.9 * 365 * DAY < made.ca_ends - time.time() < 5.1 * 365 * DAY
    other = tmp_path / "other"
    assert own_ca.make(str(other), HOSTS).name != made.name
    assert (other / "ca-key.pem").read_bytes() != (folder / "ca-key.pem").read_bytes()


def test_keys_are_their_owners_alone_and_nothing_else_is_written(tmp_path: Path) -> None:
    ended = simulate("new-ca", str(tmp_path / "my ca"), "--host", "localhost", HOME=str(tmp_path / "home"))
    assert ended.returncode == 0, ended.stderr
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "my ca").iterdir()}
    assert set(modes) == {"ca.pem", "ca-key.pem", "cert.pem", "key.pem"}
    assert modes["ca-key.pem"] == modes["key.pem"] == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["my ca"]
    for words in ("Good for", "the certificate 20", "the CA 20", "nowhere", "--renew before 20"):
        assert words in ended.stdout
    assert "PRIVATE KEY" not in ended.stdout


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert "is not empty" in one_line(simulate("new-ca", str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert simulate("new-ca", str(tmp_path)).returncode == 2


def test_renewing_replaces_the_certificate_and_its_key_and_leaves_the_ca(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    own_ca.make(str(folder), HOSTS)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    ended = simulate("new-ca", str(folder), "--renew")
    assert ended.returncode == 0, ended.stderr
    assert "need nothing new" in ended.stdout
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == {"cert.pem", "key.pem"}
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
    assert all(accepts(folder, host) for host in HOSTS)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder / "cert.pem", folder / "key.pem")
    own_ca.renew(str(folder), ("127.0.0.1",))
    assert not accepts(folder, "localhost")
    assert accepts(folder, "127.0.0.1")


def test_what_cannot_be_renewed_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ca"
    with pytest.raises(UsageError, match="there is no CA of ours"):
        own_ca.renew(str(folder))
    own_ca.make(str(folder), ("localhost",))
    with pytest.raises(UsageError, match=r"may not sign for bank\.test"):
        own_ca.renew(str(folder), ("localhost", "bank.test"))
    with pytest.raises(UsageError, match=r"may not sign for 127\.0\.0\.1"):
        own_ca.renew(str(folder), ("127.0.0.1",))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 6 * 365 * DAY)
    with pytest.raises(UsageError, match="has ended"):
        own_ca.renew(str(folder))
    monkeypatch.setattr(time, "time", lambda: real() + 4.99 * 365 * DAY)
    made = own_ca.renew(str(folder))
    assert made.cert_ends == made.ca_ends
    monkeypatch.undo()
    own_ca.make(str(tmp_path / "two"), ("localhost",))
    shutil.copy(tmp_path / "two/ca-key.pem", folder / "ca-key.pem")
    with pytest.raises(UsageError, match="is not the key of"):
        own_ca.renew(str(folder))
    (folder / "ca.pem").write_text("nothing")
    with pytest.raises(UsageError, match="is no CA of ours"):
        own_ca.renew(str(folder))


def test_a_folder_that_cannot_be_written_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises((UsageError, MachineError)) as told:
            own_ca.make(str(path), ("localhost",))
        assert "\n" not in told.value.message


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("localhost", "localhost"),
        ("LocalHost.", "localhost"),
        ("[::1]", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("*.nas.test", "*.nas.test"),
        ("bücher.test", "xn--bcher-kva.test"),
    ],
)
def test_hosts_as_people_write_them(typed: str, host: str) -> None:
    assert new_ca.host(typed) == host


@pytest.mark.parametrize(
    "typed", ["https://localhost/", "localhost:1443", "a b", "", "1.2.3", "256.1.1.1", "-x.test", "*.test", "a..b", "*"]
)
def test_what_is_no_host_is_a_line_with_the_next_step(typed: str) -> None:
    with pytest.raises(SimulatorError) as told:
        new_ca.host(typed)
    assert told.value.exit_code == 2
    assert told.value.hint


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, new_ca.Use], int]]:
    """The server of the printed lines, on a port of its own, and the other lines with that port."""
    folder = tmp_path_factory.mktemp("own")
    made = own_ca.make(str(folder / "my ca"), HOSTS)
    (folder / "public").mkdir()
    (folder / "public/test.txt").write_text("Hello\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    uses = {use.title.split()[0].strip(","): use for use in new_ca.uses(made)}
    for use in uses.values():
        use.lines = tuple(line.replace(str(new_ca.PORT), str(port)) for line in use.lines)
    program = "\n".join(uses["A"].lines).replace(
        "server.serve_forever()", "print('up', flush=True)\nserver.serve_forever()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        yield folder, uses, port
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def environment(folder: Path) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k in ("PATH", "LANG")} | {"HOME": str(folder)}


def test_the_printed_requests_line(served: tuple[Path, dict[str, new_ca.Use], int]) -> None:
    folder, uses, _ = served
    program = f"import requests\nprint({uses['requests'].lines[0]}.text)"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert ended.stdout == "Hello\n\n", ended.stderr


@pytest.mark.parametrize("name", ["curl", "Node"])
def test_the_printed_shell_lines(name: str, served: tuple[Path, dict[str, new_ca.Use], int]) -> None:
    folder, uses, _ = served
    if not shutil.which(name.lower()):
        pytest.skip(f"no {name} here")
    ended = subprocess.run(
        ["sh", "-c", uses[name].lines[0]],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert ended.stdout.strip() == "Hello", ended.stderr


def test_the_printed_browser_lines(served: tuple[Path, dict[str, new_ca.Use], int]) -> None:
    from tests.browser import chromium

    chromium.program()
    chromium.certutil()
    folder, uses, port = served
    *prepare, start = uses["Chromium"].lines
    for line in prepare:
        subprocess.run(["sh", "-c", line], cwd=folder, env=environment(folder), check=True, capture_output=True)
    home, command = start.split(" chromium ", 1)
    url = shlex.split(command)[-1]
    assert url == f"https://localhost:{port}/test.txt"
    rules = "MAP * ~NOTFOUND, EXCLUDE localhost"
    options = ["--headless", "--no-sandbox", "--dump-dom", "--timeout=8000", f"--host-resolver-rules={rules}"]
    line = f"{home} {chromium.program()} {shlex.join(options)} {command}"
    ended = subprocess.run(
        ["sh", "-c", f"exec env {line}"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        check=False,
        text=True,
        timeout=50,
    )
    assert "Hello" in ended.stdout, ended.stderr[-500:]


def test_the_commands_of_the_page_about_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs/new-ca.md").read_text(encoding="utf-8")
    commands = [line.strip() for line in page.splitlines() if line.startswith("    simulate ")]
    assert len(commands) == 2
    monkeypatch.chdir(tmp_path)
    for command in commands:
        ended = simulate(*shlex.split(command)[1:])
        assert ended.returncode == 0, ended.stderr
