"""One lab for the tests that only look."""

from __future__ import annotations

import pytest

from simulator.lab.observe import Lab
from tests.lab.interpreters import clients


@pytest.fixture(scope="package")
def lab():
    with Lab(seed="tests of the lab", clients=clients()) as lab:
        yield lab
