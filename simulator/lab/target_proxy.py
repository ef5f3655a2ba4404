"""Which proxy a client would go through, by what was given and by the shell's variables. Law: requests' rules, as its
source has them: the small spelling of a variable wins, NO_PROXY names hosts by their ends, networks by CIDR.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from simulator.errors import UsageError


class Proxy:
    """The proxy in force; `host` is "" where there is none."""

    def __init__(self, url: str = "", given: bool = False, named_by: str = "") -> None:
        """`given`: with the call, so that no variable counts."""
        self.url = url
        self.given = given
        self.notes: list[str] = []
        self.scheme = self.host = self.shown = self.authorization = ""
        self.port = 0
        if not url:
            return
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            self.host, self.port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            self.host = ""
        if not self.host:
            raise UsageError(f"{named_by or '--proxy'} is no URL of a proxy", "--proxy http://proxy.example:3128")
        self.scheme = parts.scheme
        written = f"[{self.host}]" if ":" in self.host else self.host
        self.shown = f"{self.scheme}://{written}:{self.port}"
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self.authorization = "Basic " + b64encode(pair.encode()).decode("ascii")
        self.notes.append(f"through the proxy {self.shown} ({named_by or '--proxy'})")

    def hide(self, value: str) -> str:
        """A variable's value without the proxy's password."""
        if "@" not in value or "://" not in value:
            return value
        scheme, _, rest = value.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"

    @classmethod
    def of(cls, scheme: str, host: str, port: int, variables: Mapping[str, str], given: str) -> Proxy:
        """The proxy for a URL. Raises UsageError for a proxy's URL that is none."""
        if given:
            return cls(given, given=True)
        for name in (f"{scheme}_proxy", "all_proxy"):
            for spelled in (name, name.upper()):
                value = variables.get(spelled)
                if not value:
                    continue
                excepted = bypassed(host, port, variables.get("no_proxy") or variables.get("NO_PROXY") or "")
                if excepted:
                    direct = cls()
                    direct.notes.append(f"{spelled} is set, and does not count: NO_PROXY names {excepted}")
                    return direct
                return cls(value, named_by=spelled)
        return cls()


def bypassed(host: str, port: int, no_proxy: str) -> str:
    """The entry of NO_PROXY that takes this host out, or "". requests.utils.should_bypass_proxies, and what urllib adds
    to it."""
    for entry in no_proxy.replace(" ", "").split(","):
        bare = entry.lower().lstrip(".")
        if not bare:
            continue
        if bare in ("*", host) or f"{host}:{port}".endswith(bare) or host.endswith(bare):
            return entry
        if "/" in bare and _in_network(host, bare):
            return entry
    return ""


def _in_network(host: str, network: str) -> bool:
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
