"""Long work that can stop and go on: where jobs run, and what was done.

Law: a job is a key and a plain argument, its result is JSON. A result counts once it is in the journal, and no key is
ever there twice; so a job may run again after a crash, and must be safe to repeat.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from simulator.errors import MachineError, UsageError

Job = tuple[str, Any]
"""A key, unique within its work, and the argument: something that `pickle` can carry."""
Result = tuple[str, Any]
"""The key, and what the function returned: something that JSON can carry."""

IN_FLIGHT = 4
"""Jobs handed out ahead for each worker: enough that none waits, few enough that memory stays flat."""
TRIES = 2
"""How often a job may take its worker down with it before it is given up."""


class Journal:
    """What was done: a SQLite file in WAL mode, so that `kill -9` loses the job in flight and nothing else.

    `about` says what the work is; a file about something else is refused, so that two works never mix.
    Raises `MachineError` where the file cannot be written.
    """

    def __init__(self, path: str, about: str) -> None:
        """Opens the journal at `path`, or starts it."""
        import sqlite3

        self._path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("CREATE TABLE IF NOT EXISTS about (text TEXT NOT NULL)")
            self._db.execute("CREATE TABLE IF NOT EXISTS done (key TEXT PRIMARY KEY, result TEXT NOT NULL)")
            known = self._db.execute("SELECT text FROM about").fetchone()
        except sqlite3.Error as error:
            if hasattr(self, "_db"):
                self.close()
            raise MachineError(f"cannot keep a journal at {path}: {error}", "name a folder of your own") from None
        if known is None:
            self._db.execute("INSERT INTO about VALUES (?)", (about,))
        elif known[0] != about:
            self.close()
            raise UsageError(f"{path} is the journal of other work", "name another file, or remove that one")

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def __contains__(self, key: str) -> bool:
        return self._db.execute("SELECT 1 FROM done WHERE key = ?", (key,)).fetchone() is not None

    def record(self, key: str, result: Any) -> bool:
        """Writes a result down. False where the key has one already: that one stays."""
        text = json.dumps(result, sort_keys=True)
        return self._db.execute("INSERT OR IGNORE INTO done VALUES (?, ?)", (key, text)).rowcount == 1

    def results(self) -> Iterator[Result]:
        """Everything that was done, by key."""
        with closing(self._db.cursor()) as cursor:
            for key, text in cursor.execute("SELECT key, result FROM done ORDER BY key"):
                yield key, json.loads(text)


class Executor(Protocol):
    """Where jobs run. Results come as they are ready; a job that took its worker down `TRIES` times comes as `Lost`."""

    def map(self, function: Callable[[Any], Any], jobs: Iterable[Job]) -> Iterator[Result]:
        """Runs `function` on every job's argument."""
        ...

    def close(self) -> None:
        """Ends what it started."""
        ...


@dataclass(frozen=True, slots=True)
class Lost:
    """What stands in a result's place where no worker survived the job: why, for people."""

    why: str


class InProcess:
    """One job after the other, here."""

    def map(self, function: Callable[[Any], Any], jobs: Iterable[Job]) -> Iterator[Result]:
        """Runs `function` on every job's argument, in order."""
        for key, argument in jobs:
            yield key, function(argument)

    def close(self) -> None:
        """Nothing was started."""


def _end_with_parent() -> None:
    """Ends this process when its parent was killed. A pool's queue never tells: both of its ends are open here."""
    import atexit
    import threading
    from multiprocessing import parent_process

    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            atexit._run_exitfuncs()  # what a lab has on disk goes too
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Processes:
    """A pool of processes on this machine. They are started fresh (spawn): forking a process with threads is a trap."""

    def __init__(self, workers: int) -> None:
        """`workers` processes, started when the first job comes."""
        self._workers = workers
        self._pool: Any = None

    def map(self, function: Callable[[Any], Any], jobs: Iterable[Job]) -> Iterator[Result]:
        """Runs `function` on every job's argument; it must be importable in a new process."""
        from concurrent.futures import FIRST_COMPLETED, wait
        from concurrent.futures.process import BrokenProcessPool

        source = iter(jobs)
        waiting: dict[Any, Job] = {}
        again: list[Job] = []
        tries: dict[str, int] = {}
        while True:
            # After a crash the survivors go one by one: whoever takes the pool down then is the one who did it.
            room = (1 if again else IN_FLIGHT * self._workers) - len(waiting)
            batch = [again.pop()] if again and room > 0 else list(islice(source, max(0, room))) if not again else []
            try:
                for job in batch:
                    waiting[self._submit(function, job)] = job
            except BrokenProcessPool:
                again += [job for job in batch if job not in waiting.values()]
            if not waiting:
                if again:
                    self._restart()
                    continue
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            suspects: list[Job] = []
            for future in done:
                job = waiting.pop(future)
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    suspects.append(job)
                elif error is not None:
                    raise error
                else:
                    yield job[0], future.result()
            if suspects:
                suspects += waiting.values()
                waiting.clear()
                self._restart()
                if len(suspects) == 1:
                    key = suspects[0][0]
                    tries[key] = tries.get(key, 0) + 1
                    if tries[key] >= TRIES:
                        suspects.clear()
                        yield key, Lost(f"{key} took its worker down {TRIES} times")
                again += suspects

    def _submit(self, function: Callable[[Any], Any], job: Job) -> Any:
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            spawn = get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=spawn, initializer=_end_with_parent)
        return self._pool.submit(function, job[1])

    def _restart(self) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes that it started."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


class Cluster:
    """Workers of a Dask scheduler, on this machine or on others (the extra `cluster`)."""

    def __init__(self, address: str) -> None:
        """Connects to `address`, such as tcp://scheduler:8786. Raises `MachineError` where nobody answers."""
        try:
            from distributed import Client
        except ImportError:
            raise MachineError("a cluster needs Dask", "pip install 'tls-clinic[cluster]'") from None
        try:
            self._client = Client(address, timeout=10)
        except (OSError, TimeoutError) as error:
            raise MachineError(f"no scheduler answers at {address}: {error}", "start one: dask scheduler") from None

    def map(self, function: Callable[[Any], Any], jobs: Iterable[Job]) -> Iterator[Result]:
        """Runs `function` on every job's argument, at least once each."""
        from distributed import as_completed

        source = iter(jobs)
        window = IN_FLIGHT * max(1, len(self._client.scheduler_info()["workers"]))
        running: dict[str, str] = {}

        def submit(job: Job) -> Any:
            # pure=False: equal arguments are different jobs all the same.
            future = self._client.submit(function, job[1], pure=False, retries=TRIES)
            running[future.key] = job[0]
            return future

        pending = as_completed([submit(job) for job in islice(source, window)])
        for future in pending:
            yield running.pop(future.key), future.result()
            pending.update([submit(job) for job in islice(source, 1)])

    def close(self) -> None:
        """Leaves the cluster; it is not ours to stop."""
        self._client.close()


def executor(*, workers: int = 1, cluster: str | None = None) -> Executor:
    """Where work is to run: a Dask cluster, a pool of processes, or here where `workers` is 1."""
    if cluster is not None:
        return Cluster(cluster)
    return Processes(workers) if workers > 1 else InProcess()


def run(
    function: Callable[[Any], Any],
    jobs: Iterable[Job],
    *,
    where: Executor,
    journal: Journal | None = None,
) -> Iterator[Result]:
    """Runs what the journal does not have yet, and yields each new result once it is written down. A `Lost` is yielded
    and not written: the next run tries it again."""
    todo = jobs if journal is None else ((key, argument) for key, argument in jobs if key not in journal)
    for key, result in where.map(function, todo):
        if journal is None or isinstance(result, Lost) or journal.record(key, result):
            yield key, result
