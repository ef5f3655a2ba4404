"""Every scenario that ships does what its file says: verdicts, decisive words, findings in order, grades."""

from __future__ import annotations

import pytest

from simulator.bundled import folder
from simulator.lab.observe import Lab
from simulator.scenario.loader import ids, load
from simulator.simulate import simulate
from tests.clients import clients, strict_python

FOLDERS = (folder("scenarios"),)
IDS = [entry.id for entry in ids(FOLDERS)]


@pytest.fixture(scope="module")
def lab():
    with Lab(seed="scenarios", clients=clients()) as lab:
        yield lab


@pytest.mark.parametrize("client", clients())
@pytest.mark.parametrize("id", IDS)
def test_a_scenario_does_what_its_file_says(lab, client, id):
    report = simulate(load(id, FOLDERS), client=client, lab=lab)
    assert report.problems == ()


def test_a_strict_client_is_there_or_the_run_says_so(record_property, capsys):
    if strict_python() is None:
        with capsys.disabled():
            print("\nno Python 3.13 with requests here: strict clients were not run (set TLS_CLINIC_STRICT_PYTHON)")
    record_property("strict_python", strict_python() or "none")
