"""One Playwright for each worker of the test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.browser import chromium


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    chromium.program()
    with sync_playwright() as started:
        yield started
