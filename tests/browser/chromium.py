"""Chromium with a home of its own. Law: nobody's own profile or trust store is touched, and no request leaves loopback;
what is missing on a machine is said, never skipped silently.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 15_000


def program() -> str:
    """The browser. Skips the test, and says so, where there is none."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no Chromium here: apt-get install chromium")


def certutil() -> str:
    """What writes trust stores for it. Skips the test, and says so, where it is missing."""
    found = shutil.which("certutil")
    if not found:
        pytest.skip("no certutil here: apt-get install libnss3-tools")
    return found


def trusting(home: Path, certificates: Sequence[tuple[bytes, str]]) -> None:
    """Makes a trust store in this home: PEM and NSS trust flags, `C,,` for a CA, `P,,` for a certificate itself."""
    store = home / ".pki/nssdb"
    store.mkdir(parents=True)
    tool = certutil()
    subprocess.run([tool, "-d", f"sql:{store}", "-N", "--empty-password"], check=True, capture_output=True)
    for number, (pem, flags) in enumerate(certificates):
        path = home / f"{number}.pem"
        path.write_bytes(pem)
        arguments = ["-A", "-t", flags, "-n", f"lab-{number}", "-i", str(path)]
        subprocess.run([tool, "-d", f"sql:{store}", *arguments], check=True, capture_output=True)


@contextmanager
def launched(playwright: Playwright, home: Path, rules: str = "") -> Iterator[Browser]:
    """A browser whose names lead to loopback or nowhere. `rules` come first: "MAP ca.test:80 127.0.0.1:4711"."""
    clean = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG")}
    every = ", ".join(
        filter(None, [rules, "MAP *.test 127.0.0.1", "MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE ::1"])
    )
    browser = playwright.chromium.launch(
        executable_path=program(),
        env={**clean, "HOME": str(home)},
        args=[f"--host-resolver-rules={every}, EXCLUDE 127.0.0.1"],
    )
    try:
        yield browser
    finally:
        browser.close()


def visit(browser: Browser, url: str) -> str:
    """What the browser makes of it: "OK", or its error code. A context of its own each time: a page that showed an
    error cannot be used again."""
    context = browser.new_context()
    try:
        context.new_page().goto(url, wait_until="commit", timeout=PATIENCE_MS)
    except PlaywrightError as error:
        found = re.search(r"net::(ERR_\w+)", error.message)
        return found[1] if found else error.message
    finally:
        context.close()
    return "OK"
