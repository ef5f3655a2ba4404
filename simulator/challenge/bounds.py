"""What one submission may cost. Law: memory, CPU time and wall-clock time each have an end that nothing in a submission
can move; where time runs out the process dies, and whoever started it says so.

A handler in Python would wait for C code to return, which is what a hanging one never does: so it is the kernel that
ends the process, by signals in their default action.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 30.0
"""Wall-clock time of one submission. An honest one takes less than one second for each patient."""
MEMORY = 4 * 2**30
"""Address space of a marking process: its threads and OpenSSL reserve more than they use."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends this process where the block takes longer, by the clock or by the CPU's. Main thread only."""
    timers = {signal.ITIMER_REAL: signal.SIGALRM, signal.ITIMER_PROF: signal.SIGPROF}
    before = {number: signal.signal(number, signal.SIG_DFL) for number in timers.values()}
    try:
        for timer in timers:
            signal.setitimer(timer, seconds)
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def bound_memory(limit: int = MEMORY) -> None:
    """From here on this process and its children get no more address space than this, in bytes."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = limit if most == resource.RLIM_INFINITY else min(limit, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
