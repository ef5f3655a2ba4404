"""Python's own `ssl` and `http.client`. Law: `ssl.create_default_context` as its documentation shows it.

Runs in a child interpreter under `probe_frame`; imports nothing of ours.
"""

from __future__ import annotations

import http.client
import os
import platform
import ssl
from typing import Any
from urllib.parse import urlsplit


def describe() -> dict[str, Any]:
    """Versions, and traits measured on `ssl.create_default_context()`."""
    context = ssl.create_default_context()
    traits = []
    if context.verify_flags & 0x20:
        traits.append("x509-strict")
    if context.verify_flags & 0x80000:
        traits.append("partial-chain")
    if getattr(context, "hostname_checks_common_name", False):
        traits.append("common-name-fallback")
    version = "Python {}, {}".format(platform.python_version(), " ".join(ssl.OPENSSL_VERSION.split()[:2]))
    level = getattr(context, "security_level", 2)
    default = ssl.get_default_verify_paths()
    bundle = default.openssl_cafile if os.path.isfile(default.openssl_cafile) else default.openssl_capath  # noqa: PTH113  # as learners write it
    traits.sort()
    return {"client": "stdlib", "version": version, "traits": traits, "security_level": level, "bundle": bundle}


def _context(job: dict[str, Any], answer: dict[str, Any]) -> ssl.SSLContext:
    # There is no session here: a program that would have set one up hands its trust to the context.
    trust = job["verify"] if job["verify"] is not None else job["session_verify"]
    source = "call" if trust is not None else "default"
    answer["settings"] = {"verify": True if trust is None else trust, "source": source, "proxy": job["proxy"]}
    if isinstance(trust, str):
        if os.path.isdir(trust):  # noqa: PTH112  # as learners write it
            context = ssl.create_default_context(capath=trust)
        else:
            context = ssl.create_default_context(cafile=trust)
    else:
        context = ssl.create_default_context()
    if not job["check_hostname"] or trust is False:
        context.check_hostname = False
    if trust is False:
        context.verify_mode = ssl.CERT_NONE
    if job["security_level"] is not None:
        context.set_ciphers(f"DEFAULT@SECLEVEL={job['security_level']}")
    if job["check_crls"]:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    if job["crl_file"]:
        context.load_verify_locations(job["crl_file"])
    if job["cert"]:
        context.load_cert_chain(*job["cert"])
    return context


def attempt(job: dict[str, Any], answer: dict[str, Any]) -> None:
    """One GET over a fresh connection. Fills `answer`; raises what the standard library raises."""
    url = urlsplit(job["url"])
    context = _context(job, answer)
    proxy = urlsplit(job["proxy"]) if job["proxy"] else None
    where = proxy or url
    host, port = where.hostname or "", where.port
    connection: http.client.HTTPConnection
    if url.scheme == "https":
        # Like urllib, it does not look at the proxy's scheme: it speaks plain HTTP to it.
        connection = http.client.HTTPSConnection(host, port, timeout=job["deadline"], context=context)
        if proxy is not None:
            connection.set_tunnel(url.hostname or "", url.port)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=job["deadline"])
    try:
        look = job.get("look", False)  # at a server that is not the lab's: no token, no body
        path = (url.path or "/") + ("?" + url.query if url.query else "")
        headers = {"User-Agent": "tls-clinic"} if look else {"Authorization": "Bearer " + job["token"]}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        if not look:
            response.read()
        answer["status"] = response.status
        answer["date"] = response.headers.get("Date")
    finally:
        connection.close()
