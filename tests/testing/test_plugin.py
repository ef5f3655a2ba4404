"""The pytest plugin, as somebody's suite sees it: suites of a few lines, run by pytest itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

CLIENT = """
import socket, ssl, pytest

def accepts(case, context=None):
    context = context or case.ssl_context()
    try:
        with socket.create_connection((case.host, case.port), 5) as plain:
            with context.wrap_socket(plain, server_hostname=case.host):
                return True
    except ssl.SSLCertVerificationError:
        return False
"""


@pytest.fixture
def suite(pytester):
    """Runs a suite whose client is the standard library's ssl, warnings being errors."""

    def run(text, *options, client=CLIENT):
        pytester.makepyfile(test_it=client + text)
        return pytester.runpytest_inprocess("-W", "error", "-p", "no:cacheprovider", *options)

    return run


def test_a_client_that_refuses_passes(suite):
    result = suite(
        """
def test_it(tls_scenario):
    with tls_scenario("expired") as s:
        assert s.url == f"https://localhost:{s.port}/"
        assert not accepts(s)
        assert (s.log.hellos, s.log.handshakes, s.log.alerts) == (1, 0, ("certificate_expired",))
"""
    )
    result.assert_outcomes(passed=1)


def test_a_client_that_accepts_fails_with_our_explanation(suite):
    result = suite(
        """
def test_it(tls_scenario):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with tls_scenario("expired", seed="told") as s:
        assert not accepts(s, context)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- tls-clinic: expired -*",
            "expired · *",
            "A client of which nothing is known ought to refuse this server.",
            "expired · *",
            "  Fix, for whoever issued the certificate: *",
            "The server saw:",
            "  handshake: TLSv1.3, *",
            "Seed told. More: simulate expired",
        ]
    )


def test_a_case_that_fails_is_explained_too(suite):
    result = suite(
        """
@pytest.mark.tls_scenarios("wrong-host", traits=["x509-strict"])
def test_it(tls_case):
    assert accepts(tls_case)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*- tls-clinic: wrong-host -*", "A client with the traits x509-strict ought to refuse*"]
    )


NEVER_THERE = {
    "nothing is tried": "pass",
    "a refusal of its own": "refuse()",
    "a connection without a handshake": "socket.create_connection((s.host, s.port), 5).close()",
}


@pytest.mark.parametrize("client", NEVER_THERE.values(), ids=NEVER_THERE)
@pytest.mark.parametrize("fixture", ["tls_scenario", "tls_case"])
def test_a_refusal_before_the_handshake_is_no_virtue(suite, client, fixture):
    result = suite(
        f"""
def refuse():
    try:
        raise OSError("Name or service not known")
    except OSError:
        pass

def test_scenario(tls_scenario):
    with tls_scenario("expired") as s:
        {client}

@pytest.mark.tls_scenarios("expired")
def test_case(tls_case):
    s = tls_case
    {client}
""",
        "-k",
        fixture.replace("tls_", "test_"),
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["expired: no client began a TLS handshake with https://localhost:*"])


def test_the_reason_names_the_proxy_where_the_host_resolves_nowhere(suite):
    result = suite(
        """
@pytest.mark.tls_scenarios("wildcard-too-deep")
def test_case(tls_case):
    assert tls_case.host == "api.eu.shop.test"
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*api.eu.shop.test resolves nowhere, so give it the proxy http://127.0.0.1:*"])


def test_one_test_a_scenario_with_ids_that_can_be_read(suite):
    result = suite(
        """
@pytest.mark.tls_scenarios("time", "wrong-ca", exclude=["clock-ahead", "clock-behind"])
def test_it(tls_case):
    assert accepts(tls_case) == tls_case.should_accept
""",
        "-v",
    )
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["*::test_it?expired? PASSED*", "*::test_it?wrong-ca? PASSED*"])
    assert "clock-ahead" not in result.stdout.str()


def test_what_says_nothing_of_this_client_is_listed_as_not_run(suite):
    result = suite(
        """
@pytest.mark.tls_scenarios("client", "protocol", "revocation", exclude=["unrecognized-name"])
def test_it(tls_case):
    try:
        accepts(tls_case)
    except OSError:
        pass
""",
        "-rs",
    )
    assert "failed" not in result.parseoutcomes()
    told = result.stdout.str()
    for reason in (
        "bundle-missing is not run: it is about reading the trust file",
        "verification-disabled is not run: it is about whether the client verifies at all",
        "nothing-listening is not run: no server starts in it",
        "client-certificate-missing is not run: it wants a client certificate",
        "server-hangs is not run: its server never answers",
        "revoked is not run: it wants a client that checks revocation lists",
        "tls-port-plain-url is not run: its URL says http://",
    ):
        assert reason in told


def test_what_a_test_names_on_purpose_is_run(suite):
    result = suite(
        """
@pytest.mark.tls_scenarios("revoked", "healthy-crl-checked", "healthy-mutual-tls")
def test_it(tls_case):
    assert accepts(tls_case) == (tls_case.id != "revoked")
    assert bool(tls_case.client_certificate) == (tls_case.id == "healthy-mutual-tls")
"""
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '@pytest.mark.tls_scenarios("nmaes")\ndef test_it(tls_case): pass',
            "no scenario and no family nmaes. did you mean",
        ),
        ("def test_it(tls_case): pass", "tls_case needs its marker"),
        (
            'def test_it(tls_scenario):\n    with tls_scenario("expird"): pass',
            "did you mean|no scenario and no family expird",
        ),
        ('def test_it(tls_scenario):\n    with tls_scenario("key-mismatch"): pass', "no server starts in it"),
        (
            'def test_it(tls_scenario):\n    with tls_scenario("wildcard-apex", host="::1"): pass',
            "cannot be had on ::1",
        ),
    ],
)
def test_wrong_usage_is_told_in_one_line(suite, text, told):
    result = suite(text)
    result.stdout.re_match_lines([f".*({told}).*"])
    assert result.ret != 0


def test_nothing_is_left_behind(suite):
    result = suite(
        """
import os, tempfile, threading
from pathlib import Path

def census():
    return sorted(thread.name for thread in threading.enumerate()), len(os.listdir("/dev/fd"))

def test_it(tls_scenario, tls_ca, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # others write into the system's own
    monkeypatch.setattr(tempfile, "tempdir", None)
    with tls_scenario("expired") as s:
        assert not accepts(s)
    before = census()
    for id in ("expired", "wrong-host", "wrong-virtual-host", "server-hangs"):
        with tls_scenario(id) as s:
            with socket.create_connection(("localhost", s.port)) as plain:
                plain.settimeout(0.2)
                try:
                    s.ssl_context().wrap_socket(plain, server_hostname=s.host)
                except OSError:
                    pass
            assert Path(s.folder).parent == tmp_path
    assert census() == before
    assert list(tmp_path.iterdir()) == []
"""
    )
    result.assert_outcomes(passed=1)


def test_side_by_side_in_two_processes(pytester):
    pytester.makepyfile(
        CLIENT
        + """
@pytest.mark.tls_scenarios("time", "trust", "healthy", ssl_context=ssl.create_default_context())
def test_it(tls_case):
    if tls_case.proxy_url:
        pytest.skip("no proxy here")
    assert accepts(tls_case) == tls_case.should_accept

@pytest.mark.parametrize("n", range(8))
def test_ca(tls_ca, n):
    assert tls_ca.issue("localhost").cert_pem
"""
    )
    result = pytester.runpytest_subprocess("-n", "2", "-W", "error", "-p", "no:cacheprovider")
    outcomes = result.parseoutcomes()
    assert set(outcomes) <= {"passed", "skipped"}
    assert outcomes["passed"] > 25


def test_at_load_nothing_but_pytest_is_imported():
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import simulator.testing.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.split() == ["simulator", "simulator.testing", "simulator.testing.pytest_plugin"]
