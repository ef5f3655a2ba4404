"""What every test starts from: an environment without the caller's TLS settings, and stores that nobody may write."""

from __future__ import annotations

import hashlib
import os
import signal
import ssl
from pathlib import Path

import pytest

TLS_VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSLKEYLOGFILE",
)

# At import, before any fixture: what a test module builds while it is collected is clean as well.
for _name in TLS_VARIABLES:
    os.environ.pop(_name, None)

# Whoever started us in the background had SIGINT ignored, and our children would inherit that: tests of Ctrl-C start
# from what a terminal gives.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _stores() -> dict[str, str]:
    import certifi

    paths = [Path(certifi.where())]
    default = ssl.get_default_verify_paths()
    paths += [Path(p) for p in (default.openssl_cafile, default.cafile) if p]
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.is_file()}


@pytest.fixture(scope="session", autouse=True)
def _untouched_stores():
    """The installed certifi and the system's store are the same, byte for byte, after the whole suite."""
    before = _stores()
    yield
    assert _stores() == before
