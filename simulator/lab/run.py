"""One client's try of one deployment, under way or done. Law: settings, verdicts and traits are the client's own words;
nothing in the evidence comes from the plan that an observer could not have seen.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from simulator.lab import http
from simulator.lab.alerts import alert_of
from simulator.lab.sources import bundles
from simulator.model.deployment import Deployment, TrustFile, Variable
from simulator.model.evidence import Attempt, ClientSettings, Evidence, Visit

if TYPE_CHECKING:
    from simulator.lab.observe import Lab
    from simulator.lab.site import Site
    from simulator.lab.worker import Worker

HTTPS, HTTP = 443, 80


class Run:
    """Made by `Lab.begin`; the job is already on its way."""

    def __init__(
        self, lab: Lab, worker: Worker, deployment: Deployment, site: Site, *, visits: bool, url_port: int | None
    ) -> None:
        self.site = site
        self.deployment = deployment
        self.port = url_port or site.port
        client = deployment.client
        host = f"[{client.host}]" if ":" in client.host else client.host
        self.url = f"{client.scheme}://{host}:{self.port}/"
        self.token = hashlib.sha256(f"{lab.seed}/token/{lab._number()}".encode()).hexdigest()[:24]
        self._lab = lab
        self._worker = worker
        self._visits = visits
        self._evidence: Evidence | None = None
        self._answer: dict[str, Any] = {}
        self._proxy = lab._sites.proxy(deployment, site, self.port)
        self._crl_file, self._crls = lab._disk.crl_file(site.mint, deployment)
        self._certificate, self._chain = lab._disk.client_certificate(site.mint, deployment)
        self.job = self._make_job()
        site.users += 1
        self._using = True
        self._pending = worker.submit(self.job)

    @property
    def evidence(self) -> Evidence:
        """All that was seen. Waits for the client, and looks for itself meanwhile."""
        if self._evidence is None:
            self._evidence = self._collect()
            self._release()
        return self._evidence

    @property
    def attempt(self) -> Attempt:
        """The client's attempt. Waits for it, and for nothing else."""
        return self._attempt(self._wait())

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of this run's client that arrived at the answering server. Waits for the client."""
        self._wait()
        return tuple(token for token in self.site.journal.tokens() if token == self.token)

    def _wait(self) -> dict[str, Any]:
        if not self._answer:
            self._answer = self._pending.result()
            # The server may still be writing down what the client did last.
            self.site.journal.settle(self._answer["ports"])
            if not self._visits:
                self._release()
        return self._answer

    def _release(self) -> None:
        """This run needs the server no longer."""
        if self._using:
            self._using = False
            self.site.users -= 1

    def _make_job(self) -> dict[str, Any]:
        client, site, disk = self.deployment.client, self.site, self._lab._disk
        addresses = [
            [host.lower(), self.port, "::1" if host == "::1" else "127.0.0.1", site.port]
            for host in dict.fromkeys((client.host, _a_label(client.host), *site.names))
        ]
        environment = {
            "HOME": self._lab._home,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            # OpenSSL's default store is the machine's own; the lab's clients are led to the lab's.
            "SSL_CERT_FILE": disk.trust_file(site.mint, self.deployment, self.deployment.ambient.system),
            "SSL_CERT_DIR": self._lab._no_certificates,
        }
        environment.update(self._variables())
        session: str | bool | None = None
        if client.session_trust is not None:
            session = False if client.session_trust == "off" else self._path(client.session_trust)
        call: str | bool | None = None if client.trust is None else self._path(client.trust)
        return {
            "url": self.url,
            "route": addresses,
            "token": self.token,
            "environment": environment,
            "verify": call if client.verify else False,
            "session_verify": session,
            "check_hostname": client.check_hostname,
            "cert": self._certificate,
            "check_crls": client.check_crls,
            "crl_file": self._crl_file,
            "security_level": client.security_level,
            "proxy": self._proxy.url if self._proxy is not None else None,
            "certifi": disk.certifi(site.mint, self.deployment),
            "deadline": site.patience,
        }

    def _path(self, value: TrustFile) -> str:
        return self._lab._disk.trust_file(self.site.mint, self.deployment, value)

    def _variables(self) -> dict[str, str]:
        """The variables that the deployment sets, with real paths; the client's own win over the machine's."""
        found: dict[str, str] = {}
        for variable in (*self.deployment.ambient.environment, *self.deployment.client.environment):
            found[variable.name] = self._value(variable)
        return found

    def _value(self, variable: Variable) -> str:
        return self._path(variable.value) if isinstance(variable.value, TrustFile) else variable.value

    def _attempt(self, answer: dict[str, Any]) -> Attempt:
        hello = self._worker.hello
        hide = self._lab._hide
        return Attempt(
            client=self._worker.kind,
            version=hello.get("version", ""),
            traits=tuple(hello.get("traits", ())),
            verdict=answer["verdict"],
            error=hide(answer["error"]),
            exceptions=tuple(answer.get("exceptions", ())),
            verify_code=answer.get("verify_code"),
            alert=alert_of(answer.get("reason")),
            stage=answer["stage"],
            status=answer.get("status"),
            elapsed_ms=answer.get("elapsed_ms", 0.0),
        )

    def _collect(self) -> Evidence:
        client, site = self.deployment.client, self.site
        looked: tuple[Visit, ...] = ()
        ahead = None
        if self._visits:
            siblings = tuple(h for h in site.names if h != client.host)
            looked = site.look(client.host, siblings, self._proxy, self.port)
            ahead = site.ahead(client.host, self._proxy, self.port)
        answer = self._wait()
        told = http.moment(answer.get("date"))
        if told is None and ahead is not None:
            told = float(int(answer["now"] + ahead))  # to the second, as a Date header says it
        hello, hide = self._worker.hello, self._lab._hide
        reported = answer.get("settings", {})
        session = self.job["session_verify"] if self._worker.kind == "requests" else None
        level = client.security_level
        settings = ClientSettings(
            client=self._worker.kind,
            verify=bool(reported.get("verify", self.job["verify"] is not False)),
            check_hostname=client.check_hostname,
            traits=tuple(hello.get("traits", ())),
            security_level=hello.get("security_level", 2) if level is None else level,
            session_verify=None if session is None else hide(str(session)),
            proxy=reported.get("proxy"),
            certificate=self._chain,
            checks_crls=client.check_crls,
        )
        variables = self._variables()
        return Evidence(
            url=self.url,
            reference=client.host,
            settings=settings,
            attempts=(self._attempt(answer),),
            visits=looked,
            refusal=site.refusal,
            bundles=bundles(self._worker.kind, self.job, reported, variables, self._lab._disk),
            environment=tuple(sorted((name, hide(value)) for name, value in variables.items())),
            crls=self._crls,
            server_time=told,
            client_time=answer["now"],
            server_log=site.journal.entries({0, *answer["ports"]}),
        )


def _a_label(host: str) -> str:
    """A host as it is looked up in DNS (RFC 5890 §2.3.2.1): requests asks for that form, whatever the URL says."""
    return host if host.isascii() else host.encode("idna").decode("ascii")
