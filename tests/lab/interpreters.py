"""Other Pythons on this machine. Law: what is not there is said in the output, never skipped in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

NAMES = ("TLS_CLINIC_PYTHON313", "TLS_CLINIC_PYTHON311", "TLS_CLINIC_STRICT_PYTHON")


def _candidates() -> list[str]:
    named = [os.environ[name] for name in NAMES if os.environ.get(name)]
    beside = [str(p) for p in sorted(Path(sys.prefix).parent.glob("v31*/bin/python"))]
    pyenv = [str(p) for p in sorted(Path.home().glob(".pyenv/versions/3.1[1-9]*/bin/python"))]
    return [*named, *beside, *pyenv]


@cache
def other_python(modules: str) -> str | None:
    """An interpreter of another minor version that can import these modules ("cryptography"), or None."""
    for candidate in _candidates():
        if not Path(candidate).is_file():
            continue
        code = f"import sys, {modules}; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([candidate, "-I", "-c", code], check=False, capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.strip() != f"{sys.version_info[0]}.{sys.version_info[1]}":
            return candidate
    return None


def clients() -> tuple[str, ...]:
    """Both clients, under this interpreter and under another one where there is one."""
    other = other_python("requests")
    more = () if other is None else (f"requests@{other}", f"stdlib@{other}")
    return ("requests", "stdlib", *more)
