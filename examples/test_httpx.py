"""httpx, sync and async."""

import asyncio
import ssl

import httpx
import pytest


@pytest.mark.tls_scenarios("names", "wrong-ca", "healthy", ssl_context=ssl.create_default_context())
def test_httpx(tls_case):
    with httpx.Client(verify=tls_case.ssl_context(), proxy=tls_case.proxy_url, trust_env=False, timeout=10) as client:
        try:
            accepted = client.get(tls_case.url).is_success
        except httpx.ConnectError:
            accepted = False
    assert accepted == tls_case.should_accept


def test_httpx_async(tls_scenario):
    async def fetch(s):
        async with httpx.AsyncClient(verify=s.ssl_context(), trust_env=False, timeout=10) as client:
            await client.get(s.url)

    with tls_scenario("wrong-host") as s:
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            asyncio.run(fetch(s))
        assert s.log.hellos == 1
        assert s.log.handshakes == 0
