"""requests: a client that reads a trust file."""

import pytest
import requests


def fetch(url, ca, proxy=None):
    """The client under test: replace it by yours."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, verify=ca, proxies={"https": proxy}, timeout=10)


def test_refuses_an_expired_certificate(tls_scenario):
    with tls_scenario("expired") as s:
        with pytest.raises(requests.exceptions.SSLError, match="certificate has expired"):
            fetch(s.url, s.trust_file)
        assert s.log.alerts == ("certificate_expired",)


def test_no_impostor_gets_the_token(tls_scenario):
    with tls_scenario("wrong-ca", host="127.0.0.1") as s, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {s.token}"
        with pytest.raises(requests.exceptions.SSLError):
            session.get(s.url, verify=s.trust_file, timeout=10)
        assert s.token not in s.log.tokens


def traits():
    """What requests is like here, measured on the context that it uses."""
    from urllib3.util.ssl_ import create_urllib3_context

    return create_urllib3_context()


@pytest.mark.tls_scenarios("names", "time", "healthy", "trust", ssl_context=traits())
def test_accepts_what_it_should_and_nothing_else(tls_case):
    try:
        accepted = fetch(tls_case.url, tls_case.trust_file, tls_case.proxy_url).ok
    except requests.exceptions.SSLError:
        accepted = False
    assert accepted == tls_case.should_accept
