"""aiohttp."""

import asyncio
import gc
import ssl

import aiohttp
import pytest


async def accepts(case):
    """The client under test."""
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.get(case.url, ssl=case.ssl_context(), proxy=case.proxy_url) as answer:
                return answer.status == 200
        except aiohttp.ClientConnectorCertificateError:
            return False


# aiohttp leaves the transport of a refused connection to the garbage collector now and then; that is not ours to judge.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.tls_scenarios("time", "wrong-ca", "healthy", ssl_context=ssl.create_default_context())
def test_aiohttp(tls_case):
    accepted = asyncio.run(accepts(tls_case))
    gc.collect()
    assert accepted == tls_case.should_accept
