"""What every probe has around it: jobs in, answers out. Law: one job at a time, and a job replaces everything.

Runs in a child interpreter, any Python from 3.8. Jobs come as JSON lines on standard input, answers leave as JSON lines
on a descriptor of their own, because clients print. End of file ends it. Each job brings its whole environment and its
whole name resolution; nothing is left of the job before. Only loopback addresses can be connected to.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import ssl
import sys
import time
from typing import Any

_connect = socket.socket.connect
_handshake = ssl.SSLSocket.do_handshake


class _State:
    """What the patched functions below know of the running job."""

    route: dict[tuple[str, int], tuple[str, int]] = {}  # noqa: RUF012  # replaced whole by each job
    stage = "setup"
    connected = False
    tls = True
    reachable: frozenset[str] = frozenset()
    """Addresses beyond loopback that the job names: a diagnosis of somebody's own server. The lab names none."""
    ports: list[int] = []  # noqa: RUF012  # as above


def _resolve(host: Any, port: Any, *_hints: Any, **_more: Any) -> list[Any]:
    """`socket.getaddrinfo` with the job's route table: URL, Host, SNI and the name check stay what they are."""
    name = host.decode("ascii") if isinstance(host, bytes) else str(host)
    name = name.lower().strip("[]")
    number = int(port or 0)
    _State.stage = "connect"
    address, number = _State.route.get((name, number), (name, number))
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    except OSError:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
    if ":" in address:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, number, 0, 0))]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, number))]


def _record_connect(self: socket.socket, address: Any) -> None:
    if not (address[0].startswith("127.") or address[0] == "::1" or address[0] in _State.reachable):
        raise OSError("the lab connects to loopback only, not to " + str(address[0]))
    _connect(self, address)
    _State.ports.append(self.getsockname()[1])
    _State.connected = True
    if not _State.tls:
        _State.stage = "answer"


def _record_handshake(self: ssl.SSLSocket, block: bool = False) -> None:
    _State.stage = "handshake"
    _handshake(self, block)
    _State.stage = "answer"


def _causes(error: BaseException) -> list[BaseException]:
    """From the outermost exception to its root cause, along urllib3's reason, causes and contexts."""
    found: list[BaseException] = []
    current: Any = error
    while isinstance(current, BaseException) and all(current is not e for e in found):
        found.append(current)
        nested = [a for a in current.args if isinstance(a, BaseException)]
        reason = getattr(current, "reason", None)
        steps = [reason, current.__cause__, current.__context__, *nested]
        current = next((s for s in steps if isinstance(s, BaseException)), None)
    return found


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__


def _run(probe: Any, job: dict[str, Any]) -> dict[str, Any]:
    os.environ.clear()
    os.environ.update(job["environment"])
    _State.route = {(h, p): (a, q) for h, p, a, q in job["route"]}
    _State.stage, _State.connected, _State.ports = "setup", False, []
    _State.tls = job["url"].startswith("https:")
    _State.reachable = frozenset(job.get("reachable", ()))
    answer: dict[str, Any] = {"id": job["id"], "verdict": "accepted", "error": "", "exceptions": []}
    start = time.perf_counter()
    try:
        probe.attempt(job, answer)
    except Exception as error:  # a client's refusal, whatever it is, is the answer
        answer["elapsed_ms"] = (time.perf_counter() - start) * 1000
        causes = _causes(error)
        tls = [e for e in causes if isinstance(e, ssl.SSLError)]
        answer.update(verdict="rejected", error=str(error), exceptions=[_name(e) for e in causes])
        answer["verify_code"] = next((e.verify_code for e in tls if hasattr(e, "verify_code")), None)
        answer["reason"] = next((e.reason for e in reversed(tls) if isinstance(e.reason, str)), None)
        if _State.stage == "connect" and _State.connected and tls:
            _State.stage = "setup"  # urllib3 reads its trust anchors after TCP and before TLS
    else:
        answer["elapsed_ms"] = (time.perf_counter() - start) * 1000
    answer.update(stage=_State.stage, ports=_State.ports, now=time.time())
    return answer


TIDY = 50
"""Jobs between two collections: a job leaves little, and a collection in its middle would be timed with it."""


def main(name: str, descriptor: int) -> None:
    """Serves jobs with the probe module `name` until end of file; answers go to `descriptor`."""
    gc.disable()  # a tenth of the time that importing takes; what is imported never becomes garbage
    with os.fdopen(descriptor, "w", buffering=1, encoding="utf-8") as out:
        try:
            probe = importlib.import_module(name)
            hello = probe.describe()
        except ImportError as error:
            print(json.dumps({"error": str(error)}), file=out)
            return
        gc.freeze()
        socket.getaddrinfo = _resolve
        socket.socket.connect = _record_connect  # type: ignore[method-assign, assignment]
        ssl.SSLSocket.do_handshake = _record_handshake  # type: ignore[method-assign]
        print(json.dumps(hello), file=out)
        for number, line in enumerate(sys.stdin.buffer, 1):
            print(json.dumps(_run(probe, json.loads(line))), file=out)
            if number % TIDY == 0:
                gc.collect()  # behind an answer, where nobody waits for it
        out.flush()
        os._exit(0)  # tidying up an interpreter costs 10 ms and serves nobody
