"""What is left behind: nothing."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from simulator.errors import MachineError, UsageError
from simulator.lab.observe import Lab
from simulator.model.deployment import TrustFile
from tests.lab.deployments import baseline, client, server


def descriptors() -> set[str]:
    return {p.name for p in Path("/proc/self/fd").iterdir()} if Path("/proc/self/fd").is_dir() else set()


def children() -> list[str]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return listed.read_text().split() if listed.is_file() else []


def test_no_thread_descriptor_child_or_file_is_left(tmp_path):
    with Lab(seed="warm", folder=str(tmp_path)):  # what modules open once is not what is asked about
        pass
    before = descriptors(), threading.active_count(), children()
    with Lab(seed="s", clients=("requests", "stdlib"), folder=str(tmp_path)) as lab:
        for id in ("two-tier", "virtual-hosts", "mutual-tls", "behind-proxy"):
            for who in ("requests", "stdlib"):
                lab.begin(baseline(id), who).evidence  # noqa: B018  # waits
        for behaviour in ("closes", "hangs", "absent", "plain-http"):
            lab.begin(server(baseline(), behaviour=behaviour)).evidence  # noqa: B018  # waits
        lab.begin(server(baseline(), behaviour="hangs"), "stdlib", visits=False)  # not waited for
        lab.issuers(baseline("three-tier"))
    assert (descriptors(), threading.active_count(), children()) == before
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_as_little(tmp_path):
    before = threading.active_count(), children()

    def fail() -> None:
        with Lab(seed="s", folder=str(tmp_path)) as lab:
            lab.begin(baseline())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (threading.active_count(), children()) == before
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import sys, time
sys.path[:0] = sys.argv[1:2]
from simulator.lab.observe import Lab
from tests.lab.deployments import baseline, server
with Lab(seed="s", folder=sys.argv[2]) as lab:
    lab.begin(baseline("mutual-tls")).evidence
    print(lab._workers["requests"].pid, flush=True)
    lab.begin(server(baseline(), behaviour="hangs"), visits=False)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_when_the_caller_ends_its_client_ends(tmp_path, how):
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, root, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.send_signal(how)
        process.communicate(timeout=10)
    limit = time.monotonic() + 5
    while time.monotonic() < limit and Path(f"/proc/{pid}").exists():
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()
    if how is signal.SIGINT:
        assert list(tmp_path.iterdir()) == []


def test_keys_are_readable_by_their_owner_alone(tmp_path):
    with Lab(seed="s", folder=str(tmp_path)) as lab:
        lab.begin(client(baseline("mutual-tls"), trust=TrustFile(roles=("root",), form="key"))).evidence  # noqa: B018
        (folder,) = tmp_path.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        secrets = [p for p in folder.rglob("*") if p.is_file() and b"PRIVATE KEY" in p.read_bytes()]
        assert {p.name for p in secrets} == {"client-key.pem", "ca.pem"}
        assert {stat.S_IMODE(p.stat().st_mode) for p in secrets} == {0o600}


def test_keep_writes_telling_names_and_closed_keys(tmp_path):
    with Lab(seed="s") as lab:
        written = lab.keep(baseline("three-tier"), str(tmp_path / "kept"))
        assert {Path(p).name for p in written} >= {"ca.pem", "cert.pem", "chain.pem", "key.pem"}
        for path in map(Path, written):
            assert (b"PRIVATE KEY" in path.read_bytes()) == (stat.S_IMODE(path.stat().st_mode) == 0o600)
        assert (tmp_path / "kept" / "chain.pem").read_bytes().count(b"BEGIN") == 2
        with pytest.raises(UsageError, match="not empty"):
            lab.keep(baseline(), str(tmp_path / "kept"))
        (tmp_path / "file").write_text("")
        with pytest.raises(UsageError, match="is no folder"):
            lab.keep(baseline(), str(tmp_path / "file"))
        with pytest.raises((UsageError, MachineError)):
            lab.keep(baseline(), "/proc/nope")


def test_a_server_on_a_chosen_port_tells_what_it_sees():
    with Lab(seed="s") as lab, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(MachineError, match=f"port {taken.getsockname()[1]} .*use") as caught:
            lab.serve(baseline(), taken.getsockname()[1])
        assert "--port" in caught.value.hint
        free = taken.getsockname()[1]
        taken.close()
        heard: list[str] = []
        site = lab.serve(baseline(), free, heard.append)
        assert site.port == free
        run = lab.begin(client(baseline(), trust=None), visits=False, url_port=None)
        assert run.port != free
        import ssl

        context = ssl.create_default_context(cadata=lab.mint.issue(baseline(), "root").pem.decode())
        with (
            socket.create_connection(("127.0.0.1", free)) as sock,
            context.wrap_socket(sock, server_hostname="localhost") as tls,
        ):
            tls.sendall(b"GET /test.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while more := tls.recv(4096):
                answer += more
        assert b"200 OK" in answer
        assert answer.endswith(b"Hello from the lab.\n")
        assert heard[0].startswith("handshake: TLSv1.3")
        assert heard[1] == "answered GET /test.txt with 200 OK"


def test_nothing_listens_beyond_loopback():
    with Lab(seed="s") as lab:
        for id in ("two-tier", "behind-proxy"):
            lab.begin(baseline(id)).evidence  # noqa: B018  # waits
        for running in lab._sites._closing:
            port = running.server.port if hasattr(running, "server") else running._port
            assert {held.getsockname()[0] for held in port.sockets} <= {"127.0.0.1", "::1"}


def test_many_sites_do_not_use_up_the_descriptors(monkeypatch):
    monkeypatch.setattr("simulator.lab.sites._MOST", 5)
    with Lab(seed="s") as lab:
        for number in range(12):
            attempt = lab.begin(baseline(host=f"host{number}.test"), visits=bool(number % 2)).attempt
            assert attempt.verdict == "accepted"
        assert len(lab._sites._sites) <= 6 + 12 // 2  # those that were to be looked at, and were not, stay
