"""Which interpreters the suite can run clients under. Law: what is missing is said, never skipped silently."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from functools import cache
from pathlib import Path


@cache
def strict_python() -> str | None:
    """An interpreter whose default contexts are strict (Python 3.13 or newer) and that has requests, or None."""
    if _is_strict():
        return sys.executable
    candidates = [os.environ.get("TLS_CLINIC_STRICT_PYTHON", "")]
    return next((c for c in candidates if c and _has_requests(c)), None)


def _is_strict() -> bool:
    return bool(ssl.create_default_context().verify_flags & ssl.VERIFY_X509_STRICT)


def _has_requests(python: str) -> bool:
    if not Path(python).is_file():
        return False
    return subprocess.run([python, "-c", "import requests"], check=False, capture_output=True).returncode == 0


def clients() -> list[str]:
    """requests and ssl under this interpreter, and under a strict one where it is another one and is there."""
    found = ["requests", "stdlib"]
    other = strict_python()
    if other and other != sys.executable:
        found += [f"requests@{other}", f"stdlib@{other}"]
    return found
