"""asyncio's own streams, as client and as server."""

import asyncio
import ssl

import pytest


async def shakes_hands(case):
    """The client under test."""
    try:
        _, writer = await asyncio.open_connection(case.host, case.port, ssl=case.ssl_context())
    except ssl.SSLCertVerificationError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.tls_scenarios("ca", ssl_context=ssl.create_default_context())
def test_streams(tls_case):
    if tls_case.proxy_url:
        pytest.skip("this client knows no proxies")
    assert asyncio.run(shakes_hands(tls_case)) == tls_case.should_accept


def test_a_server_of_ones_own(tls_ca):
    served, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    tls_ca.issue("localhost", "127.0.0.1").configure_cert(served)
    tls_ca.configure_trust(trusting)

    async def hello(_reader, writer):
        writer.write(b"hello")
        writer.close()
        await writer.wait_closed()

    async def meet():
        async with await asyncio.start_server(hello, "127.0.0.1", 0, ssl=served) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
            return said

    assert asyncio.run(meet()) == b"hello"
