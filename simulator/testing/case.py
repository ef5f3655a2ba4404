"""A scenario alive for one test: its server, and what a client of anybody's needs to meet it.

Law: everything that it starts and writes is gone when it ends: threads, sockets, files. It listens on loopback alone.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from simulator.errors import UsageError
from simulator.lab.observe import Lab
from simulator.testing import selection
from simulator.testing.expecting import measure, should_accept

VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CERT")
"""Variables by which programs are told of a trust file."""
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


class Log(NamedTuple):
    """What the server saw, until now."""

    entries: tuple[str, ...]
    """In its own words, in order."""
    hellos: int
    """ClientHellos that arrived: how often a client was ready to shake hands."""
    handshakes: int
    """Handshakes that were completed."""
    alerts: tuple[str, ...]
    """TLS alerts that clients sent, in RFC 8446's words: unknown_ca, certificate_expired."""
    tokens: tuple[str, ...]
    """Bearer tokens that arrived: what an impostor would have been handed."""


class Case:
    """Starts with `with`. `host`: another one than the scenario's; `seed` and `as_of` (seconds since 1970 UTC) fix the
    certificates' bytes. `traits` or `ssl_context`: what is known of the client under test. `folders`: scenarios of
    your own. Raises `UsageError` for a scenario that there is not, or against which no client can be tried."""

    def __init__(
        self,
        id: str,
        *,
        host: str | None = None,
        seed: str | None = None,
        as_of: float | None = None,
        traits: Collection[str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        folders: Sequence[str] = (),
    ) -> None:
        self.scenario = selection.at(selection.load(id, folders), host)
        self.deployment = self.scenario.broken()
        reason = selection.impossible(self.deployment)
        if reason:
            raise UsageError(f"{id}: {reason}", "name another scenario")
        self.traits = None if traits is None else frozenset(traits)
        if ssl_context is not None:
            self.traits = measure(ssl_context)
        self._seed, self._as_of = seed, as_of
        self.is_open = False
        self.explanation = ""
        """What the simulator says of it; filled in where a test failed."""

    def __enter__(self) -> Case:
        self.folder = tempfile.mkdtemp(prefix="tls-clinic-")
        self._lab = Lab(seed=self._seed, as_of=self._as_of, clients=())
        try:
            self._site = self._lab.serve(self.deployment)
            if self._site.refusal is not None:
                raise UsageError(f"{self.id}: its server does not start: {self._site.refusal.message}")
            self._lab.keep(self.deployment, self.folder)
            found = self.deployment.client.proxy is not None or self.host not in selection.LOOPBACK
            self.proxy_url = self._lab.way(self._site) if found else None
        except BaseException:
            self._close()
            raise
        self.is_open = True
        self.token = os.urandom(12).hex()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_open:
            self._last = self.log
            self.is_open = False
            self._close()

    def _close(self) -> None:
        self._lab.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def id(self) -> str:
        """The scenario's id."""
        return self.scenario.id

    @property
    def seed(self) -> str:
        """The seed of its keys, given or drawn: with it the same certificates can be had again."""
        return self._lab.seed

    @property
    def host(self) -> str:
        """What the client asks for: a name, or an IP address without brackets."""
        return self.deployment.client.host

    @property
    def port(self) -> int:
        """The port, from the kernel."""
        return self._site.port

    @property
    def url(self) -> str:
        """Where the client is to go. Where the host is not localhost or an IP address, by `proxy_url`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.deployment.client.scheme}://{host}:{self.port}/"

    proxy_url: str | None
    """A CONNECT proxy on loopback, where the host would not resolve; None where none is needed."""
    folder: str
    """The scenario's files, keys included: `simulate SCENARIO --keep` writes the same."""
    token: str
    """For `Authorization: Bearer …`: `log.tokens` shows whether it arrived."""

    @property
    def trust_file(self) -> str:
        """What the client is to trust: a PEM file, or what the scenario made of it."""
        trust = self.deployment.client.trust or self.deployment.ambient.certifi
        name = Path(trust.name).name
        own = Path(self.folder, f"trusted-{name}")  # where the server has another file of this name
        return str(own if own.exists() else Path(self.folder, name))

    @property
    def trust_pem(self) -> str:
        """The same as text; empty where it is no readable file."""
        try:
            return Path(self.trust_file).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    @property
    def client_certificate(self) -> tuple[str, str] | None:
        """Files of the client's own certificate and key, where the scenario gives it one."""
        if not self.deployment.client.certificate:
            return None
        return str(Path(self.folder, "client.pem")), str(Path(self.folder, "client-key.pem"))

    @property
    def crl_file(self) -> str | None:
        """The revocation lists that the client has, PEM; None where it has none."""
        if not (self.deployment.revocation_lists and self.deployment.client.has_crls):
            return None
        return str(Path(self.folder, "crl.pem"))

    def ssl_context(self) -> ssl.SSLContext:
        """A context as `ssl.create_default_context` makes it, with the scenario's trust, client certificate and
        revocation lists. Raises what `ssl` raises where the trust file is not readable."""
        client = self.deployment.client
        if Path(self.trust_file).is_dir():
            context = ssl.create_default_context(capath=self.trust_file)
        else:
            context = ssl.create_default_context(cafile=self.trust_file)
        if self.client_certificate:
            context.load_cert_chain(*self.client_certificate)
        if client.check_crls:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
            if self.crl_file:
                context.load_verify_locations(self.crl_file)
        return context

    @cached_property
    def environ(self) -> dict[str, str]:
        """A whole environment for a subprocess: this process's, with the trust file and the proxy in the variables
        that programs read, and nothing of anybody else's."""
        ours = {*VARIABLES, *PROXIES, *(name.lower() for name in PROXIES), "SSL_CERT_DIR", "SSLKEYLOGFILE"}
        found = {name: value for name, value in os.environ.items() if name not in ours}
        found |= dict.fromkeys(VARIABLES, self.trust_file)
        nothing = Path(self.folder, "no-certificates")
        nothing.mkdir(exist_ok=True)
        found["SSL_CERT_DIR"] = str(nothing)
        if self.proxy_url:
            found |= {"HTTPS_PROXY": self.proxy_url, "https_proxy": self.proxy_url}
        return found

    @property
    def log(self) -> Log:
        """What the server saw. Waits until the connections that are open have ended, half a second at the longest."""
        if not self.is_open:
            return self._last
        journal = self._site.journal
        journal.quiet()
        told = journal.entries()
        alerts = tuple(e.removeprefix("alert received: ") for e in told if e.startswith("alert received: "))
        done = sum(entry.startswith("handshake: ") for entry in told)
        return Log(told, journal.greetings, done, alerts, journal.tokens())

    @property
    def should_accept(self) -> bool:
        """Whether the client under test ought to accept: by its measured traits where they were given, else what the
        catalogue's clients agree on."""
        return should_accept(self.scenario, self.traits)

    def should(self, *, traits: Collection[str] | None = None, ssl_context: ssl.SSLContext | None = None) -> bool:
        """The same of another client than the one that the case was opened for."""
        return should_accept(self.scenario, measure(ssl_context) if ssl_context is not None else traits)

    def unreached(self) -> str:
        """Why nothing was shown of the client's judgement: no handshake was ever begun; "" where one was."""
        if self.log.hellos:
            return ""
        how = f"; {self.host} resolves nowhere, so give it the proxy {self.proxy_url}" if self.proxy_url else ""
        return (
            f"{self.id}: no client began a TLS handshake with {self.url}{how}. "
            "Whatever it refused, it was not the certificate."
        )

    def explain(self) -> str:
        """What the simulator says of this scenario, for whoever reads a failed test. Needs the server to be up."""
        if not self.explanation and self.is_open:
            from simulator.testing.explaining import explain

            seen = self.log  # before our own visits
            self.explanation = explain(self.scenario, self._lab.look(self._site), self.trust_file, self, seen.entries)
        return self.explanation
