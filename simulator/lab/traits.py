"""The traits of a client that is asked about without a run. Law: measured on the client's own context, never inferred
from a version (urllib3 1.26 is not strict on Python 3.13).
"""

from __future__ import annotations

import ssl
from typing import NamedTuple


class Measured(NamedTuple):
    """What files are judged by. `security_level` is OpenSSL's SECLEVEL."""

    kind: str
    traits: tuple[str, ...]
    security_level: int


_STRICT, _PARTIAL = 0x20, 0x80000  # X509_V_FLAG_X509_STRICT, X509_V_FLAG_PARTIAL_CHAIN


def measure(client: str) -> Measured:
    """Traits of "requests" or "stdlib" in this interpreter, or in another one ("requests@/path/to/python"). Raises
    UsageError for an unknown client, MachineError where its interpreter cannot be started."""
    kind, _, interpreter = client.partition("@")
    if interpreter or kind not in ("requests", "stdlib"):
        return _asked(client)
    if kind == "requests":
        try:
            from urllib3.util.ssl_ import create_urllib3_context
        except ImportError:
            return _asked(client)
        context = create_urllib3_context()
    else:
        context = ssl.create_default_context()
    flags = int(context.verify_flags)
    found = {"x509-strict": flags & _STRICT, "partial-chain": flags & _PARTIAL}
    found["common-name-fallback"] = int(getattr(context, "hostname_checks_common_name", False))
    level = getattr(context, "security_level", 2)  # since Python 3.10
    return Measured(kind, tuple(sorted(name for name, there in found.items() if there)), level)


def _asked(client: str) -> Measured:
    from simulator.errors import MachineError
    from simulator.lab.worker import Worker

    worker = Worker(client)
    try:
        hello = worker.greeting()
    finally:
        worker.close()
    if not hello:
        raise MachineError(f"the client {client} could not start", "--as requests")
    return Measured(worker.kind, tuple(hello.get("traits", ())), hello.get("security_level", 2))
