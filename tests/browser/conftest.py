"""One Playwright for each module of the browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.browser import chromium


# A module at a time: while it is open, Playwright has an event loop running, and other tests want their own.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    chromium.program()
    with sync_playwright() as started:
        yield started
