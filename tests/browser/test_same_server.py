"""The same server in a real browser: its error codes, each with the root or the self-signed certificate imported, since
an unknown CA hides everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from simulator.lab.observe import Lab
from simulator.model.deployment import ROOT, CertificateSpec, Deployment
from simulator.scenario import loader
from tests.browser import chromium

NAME, DATE, AUTHORITY = "ERR_CERT_COMMON_NAME_INVALID", "ERR_CERT_DATE_INVALID", "ERR_CERT_AUTHORITY_INVALID"
INVALID, MISMATCH = "ERR_CERT_INVALID", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"
CODES = {
    "missing-san": NAME,
    "wrong-host": NAME,
    "ip-not-in-san": NAME,
    "wildcard-too-deep": NAME,
    "san-with-port": NAME,
    "expired": DATE,
    "not-yet-valid": DATE,
    "expired-intermediate": DATE,
    "bad-signature": AUTHORITY,
    "issuer-not-ca": INVALID,
    "path-length-exceeded": INVALID,
    "client-certificate-as-server": INVALID,
    "name-constraint-violated": INVALID,
    "unknown-critical-extension": INVALID,
    "weak-signature": INVALID,
    "empty-subject": INVALID,
    "ed25519": MISMATCH,
    "old-tls": MISMATCH,
    "no-shared-cipher": MISMATCH,
    "weak-dh": MISMATCH,
    "plain-http-port": "ERR_SSL_PROTOCOL_ERROR",
    # What a browser forgives, or never looks at.
    "valid-too-long": "OK",
    "reversed-chain": "OK",
    "missing-aki": "OK",
}
"""Scenario to code, measured with Chromium 156."""
STRANGERS = ("unknown-ca", "self-signed", "wrong-ca")
"""With nothing imported."""


def scenario(id: str) -> Deployment:
    entry = next(entry for entry in loader.ids() if entry.id == id)
    return loader.load_file(entry.path, family=entry.family).broken()


def healthy(id: str) -> Deployment:
    entry = next(entry for entry in loader.ids() if entry.id == id)
    return loader.load_file(entry.path, family=entry.family).healthy()


class Browsers:
    """One browser for each trust store that the scenarios need."""

    def __init__(self, playwright: Playwright, lab: Lab, folder: Path, stack: ExitStack) -> None:
        self.lab = lab
        self._playwright = playwright
        self._folder = folder
        self._stack = stack
        self._made: dict[tuple[bytes, str], Browser] = {}

    def trusting(self, deployment: Deployment | None, rules: str = "", *, alone: bool = False) -> Browser:
        """A browser that trusts this deployment's root, or its self-signed certificate, or nothing at all."""
        anchor = self.anchor(deployment) if deployment else (b"", "")
        if alone or anchor not in self._made:
            home = self._folder / f"home-{len(list(self._folder.iterdir()))}"
            chromium.trusting(home, [anchor] if anchor[0] else [])
            browser = self._stack.enter_context(chromium.launched(self._playwright, home, rules))
            if alone:
                return browser
            self._made[anchor] = browser
        return self._made[anchor]

    def anchor(self, deployment: Deployment) -> tuple[bytes, str]:
        roles = [certificate.role for certificate in deployment.certificates]
        role = ROOT if ROOT in roles else deployment.server.chain[0]
        spec = deployment.certificate(role)
        flags = "C,," if role == ROOT else "P,,"
        assert isinstance(spec, CertificateSpec)
        return self.lab.mint.issue(deployment, role).pem, flags

    def code(self, deployment: Deployment, browser: Browser) -> str:
        site = self.lab.serve(deployment)
        host = deployment.client.host
        return chromium.visit(browser, f"https://{f'[{host}]' if ':' in host else host}:{site.port}/test.txt")


@pytest.fixture(scope="module")
def browsers(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    chromium.certutil()
    with ExitStack() as stack, Lab(clients=(), seed="browser") as lab:
        yield Browsers(playwright, lab, tmp_path_factory.mktemp("homes"), stack)


@pytest.mark.parametrize("id", CODES)
def test_the_code_of_a_scenario_and_that_its_control_loads(id: str, browsers: Browsers) -> None:
    deployment = scenario(id)
    assert browsers.code(deployment, browsers.trusting(deployment)) == CODES[id]
    control = healthy(id)
    assert browsers.code(control, browsers.trusting(control)) == "OK"


@pytest.mark.parametrize("id", STRANGERS)
def test_a_browser_that_was_told_nothing_knows_no_issuer(id: str, browsers: Browsers) -> None:
    assert browsers.code(scenario(id), browsers.trusting(None)) == AUTHORITY


def test_a_self_signed_certificate_that_is_no_ca_is_trusted_by_itself(browsers: Browsers) -> None:
    deployment = healthy("self-signed-missing-san")
    _, flags = browsers.anchor(deployment)
    assert flags == "P,,"
    assert browsers.code(deployment, browsers.trusting(deployment)) == "OK"
    assert browsers.code(scenario("self-signed-missing-san"), browsers.trusting(None)) == AUTHORITY


def test_a_browser_fetches_the_forgotten_intermediate_where_it_can(browsers: Browsers) -> None:
    deployment = scenario("incomplete-chain")
    port = browsers.lab.issuers(deployment)
    reachable = browsers.trusting(deployment, f"MAP ca.test:80 127.0.0.1:{port}", alone=True)
    unreachable = browsers.trusting(deployment, "MAP ca.test ~NOTFOUND", alone=True)
    assert browsers.code(deployment, reachable) == "OK"
    assert browsers.code(deployment, unreachable) == AUTHORITY
