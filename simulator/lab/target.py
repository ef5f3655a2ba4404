"""A server that is not the lab's → evidence: the observer's visits, and a real client's try beside them.

Law: nothing is sent but handshakes and one GET (of which the head alone is read); everything is bounded in time and
memory; the client sees this shell's variables, the observer verifies nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.lab import http, target_trust
from simulator.lab.alerts import alert_of
from simulator.lab.target_proxy import Proxy
from simulator.lab.target_visits import Observer, where
from simulator.lab.worker import GRACE, Pending, Worker
from simulator.model.evidence import Attempt, Bundle, ClientSettings, Evidence, Visit

_VARIABLES = (
    *target_trust.FOR_REQUESTS,
    *target_trust.FOR_OPENSSL,
    *(f(n) for n in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for f in (str, str.upper)),
)
"""The shell's variables that a client sees, besides PATH and LANG: no HOME, so no .netrc and no password of it."""
_NAMES = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}


class Look:
    """One diagnosis of a live server under way. Start it early: its client imports meanwhile."""

    def __init__(self, url: str, *, client: str = "requests", within: float = 10.0) -> None:
        self.where = where(url)
        self._limit = time.monotonic() + within
        self._worker = Worker(client)
        self.notes: list[str] = []

    def close(self) -> None:
        """Ends the client."""
        self._worker.close()

    def evidence(
        self,
        *,
        trust: Sequence[str] = (),
        proxy: str = "",
        crls: Sequence[bytes] = (),
        crl_file: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Evidence:
        """Looks. `trust`: paths (see `target_trust.given`); `proxy`: a URL; `crls` with their file: the client checks
        them. `environment`: the shell's variables (None: this process's). Raises UsageError, MachineError."""
        shell = os.environ if environment is None else environment
        variables = {name: shell[name] for name in _VARIABLES if shell.get(name)}
        through = Proxy.of(self.where.scheme, self.where.wire, self.where.port, variables, proxy)
        observer = Observer(self.where, through, self._limit)
        from simulator.lab.target_bundle import joined

        with joined(trust) as (path, shown):
            first = observer.first()
            pending = self._try(through, observer.address, path, crl_file, variables)
            made = [first, *observer.more(first)]
            answered = pending.result()
            attempt = self._attempt(answered, shown)
            reported = answered.get("settings", {})
            winner = str(reported.get("source") or target_trust.source(self._worker.kind, trust, variables))
            default = self._worker.hello.get("bundle") or target_trust.certifi()
            found = target_trust.bundles(self._worker.kind, trust, variables, default, winner)
        self.notes += target_trust.notes(found, self._worker.kind)
        self.notes += through.notes
        self.notes += _said(made)
        return self._evidence(
            answered, attempt, made=made, found=found, variables=variables, through=through, crls=crls
        )

    def _evidence(
        self, answered: Mapping[str, Any], attempt: Attempt, *, made: list[Visit], found: tuple[Bundle, ...],
        variables: Mapping[str, str], through: Proxy, crls: Sequence[bytes],
    ) -> Evidence:  # fmt: skip
        hello = self._worker.hello
        settings = ClientSettings(
            client=self._worker.kind,
            traits=tuple(hello.get("traits", ())),
            security_level=hello.get("security_level", 2),
            proxy=through.shown or None,
            checks_crls=bool(crls),
        )
        return Evidence(
            url=self.where.url,
            reference=self.where.host,
            settings=settings,
            attempts=(attempt,),
            visits=tuple(made),
            bundles=found,
            environment=tuple(sorted((name, through.hide(value)) for name, value in variables.items())),
            crls=tuple(crls),
            server_time=http.moment(answered.get("date")),
            client_time=answered.get("now") or time.time(),
        )

    # the client

    def _try(
        self, through: Proxy, address: str, path: str | None, crl_file: str | None, variables: Mapping[str, str]
    ) -> Pending:
        name, port = (through.host.lower(), through.port) if through.host else (self.where.wire, self.where.port)
        kept = {n: v for n, v in variables.items() if not (through.given and n.lower().endswith("_proxy"))}
        left = max(0.5, self._limit - time.monotonic())
        pending = self._worker.submit(
            {
                "url": self.where.url,
                "route": [[name, port, address, port]] if address else [],
                "reachable": [address] if address else [],
                "token": "",
                "look": True,
                "environment": {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent", **kept},
                "verify": path,
                "session_verify": None,
                "check_hostname": True,
                "cert": None,
                "check_crls": crl_file is not None,
                "crl_file": crl_file,
                "security_level": None,
                "proxy": through.url if through.given or self._worker.kind != "requests" else None,
                "certifi": None,
                "deadline": max(0.2, left * 0.7),
            }
        )
        # A client's own timeout is for one read: a server that drips is stopped here.
        pending.deadline = left - GRACE - 0.3
        return pending

    def _attempt(self, answer: Mapping[str, Any], shown: Mapping[str, str]) -> Attempt:
        error = str(answer["error"])[:20_000]
        if answer["verdict"] == "not-run":
            error = f"no answer within the time that was given: {error}"
        for real, name in shown.items():
            error = error.replace(real, name)
        hello = self._worker.hello
        return Attempt(
            client=self._worker.kind,
            version=hello.get("version", ""),
            traits=tuple(hello.get("traits", ())),
            verdict=answer["verdict"],
            error=error,
            exceptions=tuple(answer.get("exceptions", ())),
            verify_code=answer.get("verify_code"),
            alert=alert_of(answer.get("reason")),
            stage=answer["stage"],
            status=answer.get("status"),
            elapsed_ms=answer.get("elapsed_ms", 0.0),
        )


def _said(made: Sequence[Visit]) -> list[str]:
    """What the visits tell beside any fault."""
    lines = []
    spoken = [v.version for v in made if v.purpose == "version" and v.end == "handshake" and v.version]
    if spoken:
        lines.append(f"the server speaks {', '.join(_NAMES.get(v, v) for v in dict.fromkeys(spoken))}")
    if any(v.certificate_requested for v in made):
        lines.append("the server asks for a client certificate")
    return lines
