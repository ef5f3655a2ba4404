"""`diagnose` and `explain` as people run them: a whole process against the start-up floor."""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.pairs import EMPTY, FLOOR, PYTHON, SIMULATE, Ratio, pair, process

_ERROR = (
    "requests.exceptions.SSLError: HTTPSConnectionPool(host='api.test', port=443): Max retries exceeded with url: / "
    "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
    "unable to get local issuer certificate (_ssl.c:1006)')))"
)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def ratios() -> Iterable[Ratio]:
    """The bounds of diagnose and explain."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as (chain, trust, url):
        files = process([SIMULATE, "diagnose", "--chain", chain, "--trust", trust, "--host", "localhost"])
        yield pair("diagnose on files", files, FLOOR, limit=1.5)
        broken = process([SIMULATE, "diagnose", "--chain", chain, "--trust", trust, "--host", "other.test"])
        yield pair("diagnose on files with a finding", broken, FLOOR, limit=1.5)
        live = process([SIMULATE, "diagnose", url, "--trust", trust])
        yield pair("diagnose on a live local server", live, FLOOR, limit=2)
        yield pair("explain", process([SIMULATE, "explain", _ERROR]), EMPTY, limit=8)
        inside = process([PYTHON, "-c", "import simulator\nwith simulator.explained(): pass"])
        yield pair("explained, when all goes well", inside, EMPTY, limit=1.2)


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[tuple[str, str, str]]:
    """A chain file, a trust file, and a server on loopback that serves the chain."""
    from tests.diagnose import files

    chain = files.pem(folder / "chain.pem", files.LEAF, files.INTER)
    trust = files.pem(folder / "ca.pem", files.ROOT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, files.key(folder / "key.pem", files.KEY))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                connection.settimeout(2)
                with context.wrap_socket(connection, server_side=True) as tls:
                    if tls.recv(4096):
                        tls.sendall(_ANSWER)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield str(chain), str(trust), f"https://localhost:{listener.getsockname()[1]}/"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


if __name__ == "__main__":
    for ratio in ratios():
        print(ratio)
