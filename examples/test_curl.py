"""curl, a program of its own: it is told of trust file and proxy by its environment."""

import shutil
import subprocess

import pytest

CERTIFICATE_REFUSED = 60  # curl's exit code for it; every other one is another problem

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def accepts(case):
    """The client under test."""
    command = ["curl", "--silent", "--show-error", "--max-time", "10", case.url]
    ended = subprocess.run(command, env=case.environ, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, CERTIFICATE_REFUSED), ended.stderr
    return ended.returncode == 0


@pytest.mark.tls_scenarios("time", "wrong-ca", "wrong-host", "wildcard-too-deep", "healthy")
def test_curl(tls_case):
    assert accepts(tls_case) == tls_case.should_accept
