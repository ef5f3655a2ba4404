"""requests, as people use it. Law: what learners could have written, nothing cleverer; each attempt a fresh session.

Runs in a child interpreter under `probe_frame`; imports nothing of ours.
"""

from __future__ import annotations

import os
import platform
import ssl
import urllib.request
import warnings
from typing import Any

# On macOS and Windows these also read the system's settings: no setting but the job's may reach a client.
urllib.request.getproxies = urllib.request.getproxies_environment
urllib.request.proxy_bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined, unused-ignore]

import requests  # noqa: E402  # after the two lines above, or it has the originals
import requests.adapters  # noqa: E402
import requests.certs  # noqa: E402
import requests.utils  # noqa: E402
import urllib3  # noqa: E402
from urllib3.util.ssl_ import create_urllib3_context  # noqa: E402

warnings.simplefilter("ignore")
_USER_AGENT = {"User-Agent": "tls-clinic"}
_INSTALLED = str(requests.utils.DEFAULT_CA_BUNDLE_PATH)


def describe() -> dict[str, Any]:
    """Versions, and traits measured on the context that urllib3 makes for requests."""
    context = create_urllib3_context()
    traits = []
    if context.verify_flags & 0x20:
        traits.append("x509-strict")
    if context.verify_flags & 0x80000:
        traits.append("partial-chain")
    if getattr(context, "hostname_checks_common_name", False):
        traits.append("common-name-fallback")
    version = "requests {}, urllib3 {}, Python {}, {}".format(
        requests.__version__,
        getattr(urllib3, "__version__", "?"),
        platform.python_version(),
        " ".join(ssl.OPENSSL_VERSION.split()[:2]),
    )
    level = getattr(context, "security_level", 2)
    traits.sort()
    return {"client": "requests", "version": version, "traits": traits, "security_level": level, "bundle": _INSTALLED}


class _Adapter(requests.adapters.HTTPAdapter):
    """An adapter with settings that requests has no argument for."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **{**kwargs, **self.settings})

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(*args, **{**kwargs, **self.settings})


def _adapter(job: dict[str, Any]) -> _Adapter | None:
    settings: dict[str, Any] = {}
    if not job["check_hostname"]:
        settings["assert_hostname"] = False
    if job["crl_file"] or job["security_level"] is not None:
        context = create_urllib3_context()
        if job["security_level"] is not None:
            context.set_ciphers(f"DEFAULT@SECLEVEL={job['security_level']}")
        if job["check_crls"]:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        if job["crl_file"]:
            context.load_verify_locations(job["crl_file"])
        settings["ssl_context"] = context
    elif job["check_crls"]:
        settings["ssl_context"] = create_urllib3_context()
        settings["ssl_context"].verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return _Adapter(settings) if settings else None


def _source(job: dict[str, Any], session: requests.Session) -> str:
    """Who named the trust that is in force, by the precedence of `merge_environment_settings`."""
    if job["verify"] is not None and job["verify"] is not True:
        return "call"
    if session.trust_env:
        for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            if os.environ.get(variable):
                return variable
    return "default" if session.verify is True else "session"


def attempt(job: dict[str, Any], answer: dict[str, Any]) -> None:
    """One GET with a fresh session. Fills `answer`; raises what requests raises."""
    # The bundle that requests reads by default; certifi's own file is never touched.
    certifi = job["certifi"] or _INSTALLED  # none is named where a server of somebody's own is looked at
    requests.adapters.DEFAULT_CA_BUNDLE_PATH = certifi
    requests.utils.DEFAULT_CA_BUNDLE_PATH = certifi
    requests.certs.where = lambda: certifi  # type: ignore[attr-defined, unused-ignore]
    if getattr(requests.adapters, "_preloaded_ssl_context", None) is not None:
        # requests 2.32.0 to 2.32.3 read certifi while they were imported; newer ones have no such name.
        setattr(requests.adapters, "_preloaded_ssl_context", None)  # noqa: B010  # as above
    with requests.Session() as session:
        if job["session_verify"] is not None:
            session.verify = job["session_verify"]
        proxies = {"http": job["proxy"], "https": job["proxy"]} if job["proxy"] else {}
        merged = session.merge_environment_settings(job["url"], dict(proxies), None, job["verify"], job["cert"])
        answer["settings"] = {
            "verify": merged["verify"],
            "source": _source(job, session),
            "proxy": merged["proxies"].get(job["url"].partition(":")[0]),
        }
        adapter = _adapter(job)
        if adapter is not None:
            session.mount("https://", adapter)
        options = {} if job["verify"] is None else {"verify": job["verify"]}
        look = job.get("look", False)  # at a server that is not the lab's: no token, no redirect, no body
        headers = _USER_AGENT if look else {"Authorization": "Bearer " + job["token"], **_USER_AGENT}
        response = session.get(
            job["url"],
            headers=headers,
            allow_redirects=not look,
            stream=look,
            timeout=job["deadline"],
            cert=job["cert"] and tuple(job["cert"]),
            proxies=proxies,
            **options,
        )
        answer["status"] = response.status_code
        answer["date"] = response.headers.get("Date")
