"""urllib3: a pool with a context of its own."""

import pytest
import urllib3


def accepts(case):
    """The client under test."""
    manager = urllib3.ProxyManager(case.proxy_url, ca_certs=case.trust_file) if case.proxy_url else None
    with manager or urllib3.PoolManager(ca_certs=case.trust_file) as pool:
        try:
            return pool.request("GET", case.url, retries=False, timeout=10).status == 200
        except urllib3.exceptions.SSLError:
            return False


@pytest.mark.tls_scenarios("chain", "time", "wrong-host", ssl_context=urllib3.util.ssl_.create_urllib3_context())
def test_urllib3(tls_case):
    assert accepts(tls_case) == tls_case.should_accept
