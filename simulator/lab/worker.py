"""Real clients as long-lived child processes. Law: a job that is late, or whose worker died, is `not-run` with the
reason, never a verdict; and no child outlives its parent, because end of file ends it.

Jobs are JSON lines. They go out as fast as the pipe takes them and wait here otherwise, so that any number can be
submitted before the first answer is read, and neither side can block the other.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
from collections import deque
from typing import Any

from simulator.errors import MachineError, UsageError
from simulator.lab import spawn

GRACE = 5.0
"""Seconds beyond a job's own deadline after which its worker is taken for dead."""
_START = 30.0  # seconds for a cold interpreter to import its client


class Pending:
    """An answer to come."""

    __slots__ = ("_worker", "answer", "deadline", "job", "submitted")

    def __init__(self, worker: Worker, job: dict[str, Any]) -> None:
        self._worker = worker
        self.job = job
        self.deadline: float = job["deadline"]
        self.submitted = time.monotonic()
        self.answer: dict[str, Any] | None = None

    def result(self) -> dict[str, Any]:
        """Waits for the answer: what the probe said, or `{"verdict": "not-run", "error": reason}`."""
        return self._worker.wait(self)


class Worker:
    """One client in one child process, replaced when it dies. Made and started at once: it imports meanwhile."""

    def __init__(self, client: str) -> None:
        kind, _, interpreter = client.partition("@")
        if kind not in spawn.PROBES:
            raise UsageError(
                f"there is no client {kind}", f"clients are {', '.join(spawn.PROBES)}, and {kind}@/path/to/python"
            )
        self.client = client
        self.kind = kind
        self.interpreter = interpreter or sys.executable
        self.hello: dict[str, Any] = {}
        self.pid = 0
        self._lock = threading.RLock()
        self._sent: deque[Pending] = deque()  # oldest first; what was written may still wait in the pipe
        self._unsent = bytearray()
        self._received = bytearray()
        self._input = self._output = -1
        self._broken = ""
        self._number = 0
        self._since = 0.0
        self._start()

    def submit(self, job: dict[str, Any]) -> Pending:
        """Queues a job and returns at once."""
        with self._lock:
            self._number += 1
            pending = Pending(self, {**job, "id": self._number})
            if not self._broken:
                self._sent.append(pending)
                self._queue(pending)
                self._write()
            return pending

    def greeting(self) -> dict[str, Any]:
        """What the client says of itself (version, traits), waiting for it if need be; empty where it cannot start."""
        with self._lock:
            limit = time.monotonic() + _START
            while not self.hello and not self._broken and time.monotonic() < limit:
                self._pump(limit)
            return self.hello

    def wait(self, pending: Pending) -> dict[str, Any]:
        """The answer of `pending`; see `Pending.result`."""
        while True:
            with self._lock:  # let go now and then: other threads submit, and wait for their own
                if self._broken and pending.answer is None:
                    pending.answer = _not_run(pending, self._broken)
                if pending.answer is not None:
                    return pending.answer
                limit = self._limit()
                self._pump(min(limit, time.monotonic() + 0.1))
                if time.monotonic() > limit and limit == self._limit():
                    self._replace("it did not end in time, so it was stopped")

    def close(self) -> None:
        """Ends the child: end of file first, and the signal where it is busy."""
        with self._lock:
            self._broken = self._broken or "the lab is closed"
            idle = not self._sent and bool(self.hello)
            self._sent.clear()
            self._end(0.5 if idle else 0.0)

    def _start(self) -> None:
        self._received.clear()
        self._unsent.clear()
        self.hello = {}
        try:
            self.pid, self._input, self._output = spawn.child(self.client)
        except OSError as error:
            raise MachineError(
                f"{self.interpreter} cannot be started: {error.strerror}", f"name a Python: {self.kind}@/path/to/python"
            ) from error
        self._since = time.monotonic()

    def _queue(self, pending: Pending) -> None:
        self._unsent += json.dumps(pending.job).encode() + b"\n"

    def _write(self) -> None:
        with contextlib.suppress(BlockingIOError, BrokenPipeError):  # a dead child is seen where its output ends
            while self._unsent:
                del self._unsent[: os.write(self._input, self._unsent)]

    def _limit(self) -> float:
        if not self.hello:
            return self._since + _START
        if not self._sent:
            return time.monotonic() + 1.0
        oldest = self._sent[0]
        return max(self._since, oldest.submitted) + oldest.deadline + GRACE

    def _pump(self, limit: float) -> None:
        """Moves what can be moved, waiting until `limit` at the longest for something to move."""
        poll = select.poll()  # select() knows no descriptors above 1,023
        poll.register(self._output, select.POLLIN)
        if self._unsent:
            poll.register(self._input, select.POLLOUT)
        ready = dict(poll.poll(max(0.0, limit - time.monotonic()) * 1000))
        if self._input in ready:
            self._write()
        if self._output not in ready:
            return
        data = os.read(self._output, 1 << 16)
        if not data:
            self._replace(self._epitaph())
            return
        self._received += data
        *lines, rest = self._received.split(b"\n")
        self._received = rest
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if not self.hello:
            if "error" in message:
                self._give_up(f"{self.interpreter} cannot import {self.kind}: {message['error']}")
                return
            self.hello = message
        elif self._sent:
            self._sent.popleft().answer = message
        self._since = time.monotonic()

    def _epitaph(self) -> str:
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        code = os.waitstatus_to_exitcode(status)
        return f"it was ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with exit status {code}"

    def _replace(self, reason: str) -> None:
        started = bool(self.hello)
        self._end(0.0)
        if not started:
            self._give_up(f"the client {self.client} could not start: {reason}")
            return
        if self._sent:
            late = self._sent.popleft()
            late.answer = _not_run(late, f"the client's process was lost: {reason}")
        self._start()
        for pending in self._sent:
            self._queue(pending)
        self._write()

    def _give_up(self, reason: str) -> None:
        self._broken = reason
        self._sent.clear()
        self._end(0.0)

    def _end(self, patience: float) -> None:
        """Ends the child process; `patience` seconds for it to see the end of its input before the signal."""
        if self._input >= 0:
            os.close(self._input)
            self._input = -1
        if self.pid:
            limit = time.monotonic() + patience
            gone = 0
            while not gone and time.monotonic() < limit:
                gone, _ = os.waitpid(self.pid, os.WNOHANG)
                if not gone:
                    time.sleep(0.0005)
            if not gone:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            self.pid = 0
        self._shut()

    def _shut(self) -> None:
        for descriptor in (self._input, self._output):
            if descriptor >= 0:
                os.close(descriptor)
        self._input = self._output = -1


def _not_run(pending: Pending, reason: str) -> dict[str, Any]:
    return {
        "id": pending.job["id"],
        "verdict": "not-run",
        "error": reason,
        "stage": "",
        "ports": [],
        "now": time.time(),
    }
