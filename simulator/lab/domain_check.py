"""How a public CA finds out that a site is yours: an exchange shaped like http-01 (RFC 8555 §8.3), on loopback alone.

Law: no real CA is asked; the requests and answers are real HTTP, and the name leads to the site's port on loopback, as
DNS would lead it there.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.lab import http as answers
from simulator.lab import ports
from simulator.lab.acceptor import Acceptor
from simulator.lab.conversation import drain, read_head
from simulator.model.deployment import (
    LEAF,
    PUBLIC_ROOT,
    YEAR,
    CertificateSpec,
    ClientSpec,
    Deployment,
    Key,
    ServerSpec,
    common_name,
)

if TYPE_CHECKING:
    from simulator.lab.acceptor import Connection
    from simulator.lab.keys import KeyPair
    from simulator.lab.mint import Mint

SITE = "shop.test"
PATH = "/.well-known/acme-challenge/"
_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of what was said: who said it, and what."""

    who: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request for a certificate, from its beginning to the CA's decision."""

    applicant: str
    lines: tuple[Line, ...]
    certificate: bytes | None
    """What the CA signed, DER; None: it refused."""

    @property
    def issued(self) -> bool:
        """Whether the CA signed."""
        return self.certificate is not None


def exchanges(mint: Mint) -> tuple[Exchange, Exchange]:
    """Two people ask for a certificate for the same site: its owner, and somebody who is not."""
    site = _Site()
    try:
        return _ask(mint, site, "the owner", owns=True), _ask(mint, site, "mallory", owns=False)
    finally:
        site.close()


class _Site:
    """The web server of the site. Only its owner can put files there."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self._acceptor = Acceptor()
        self._port = ports.reserve()
        self._port.listen()
        self._acceptor.add(self._port.sockets, self._serve)

    def fetch(self, path: str) -> tuple[int, str]:
        """What the CA gets when it asks the site for a path: the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port.number, timeout=_TIMEOUT)
        try:
            connection.request("GET", path, headers={"Host": SITE})
            answer = connection.getresponse()
            return answer.status, answer.read(4096).decode("ascii", "replace")
        finally:
            connection.close()

    def close(self) -> None:
        self._acceptor.close()

    def _serve(self, connection: Connection) -> None:
        head = read_head(connection.sock)
        if head:
            files: Mapping[str, tuple[str, bytes]] = dict(self.files)
            connection.sock.sendall(answers.answer(answers.parse(head), files, time.time())[1])
            drain(connection)


def _ask(mint: Mint, site: _Site, applicant: str, *, owns: bool) -> Exchange:
    account = mint.key(Key(name=f"account/{applicant}"))
    token = _base64(hashlib.sha256(f"{mint.seed}/http-01/{applicant}".encode()).digest()[:12])
    expected = f"{token}.{thumbprint(account)}"
    lines = [
        Line(who=applicant, text=f"I want a certificate for {SITE}."),
        Line(who="CA", text=f"Then put a file at http://{SITE}{PATH}{token}, with this in it: {_short(expected)}"),
    ]
    if owns:
        site.files = {PATH + token: ("application/octet-stream", expected.encode())}
        lines.append(Line(who=applicant, text="Done: it is my server."))
    else:
        lines.append(Line(who=applicant, text="Done! (It is not: the server belongs to somebody else.)"))
    status, body = site.fetch(PATH + token)
    found = _short(body) if status == 200 else body.strip()
    lines.append(Line(who="CA", text=f"GET http://{SITE}{PATH}{token}"))
    lines.append(Line(who=SITE, text=f"{answers_in_words(status)}: {found}"))
    certificate = _signed(mint) if status == 200 and body == expected else None
    if certificate:
        lines.append(
            Line(who="CA", text=f"That is it. Here is a certificate with subjectAltName DNS:{SITE}, for 89 days.")
        )
    else:
        lines.append(Line(who="CA", text="That is not what I asked for. No certificate."))
    return Exchange(applicant=applicant, lines=tuple(lines), certificate=certificate)


def _signed(mint: Mint) -> bytes:
    """The certificate for the site, from the stand-in public CA."""
    root = CertificateSpec(
        role=PUBLIC_ROOT,
        subject=common_name("Simulator Public Root CA"),
        signer=PUBLIC_ROOT,
        key=Key(name=PUBLIC_ROOT),
        ca=True,
        key_usage=("crl_sign", "key_cert_sign"),
        not_before=-YEAR,
        not_after=10 * YEAR,
    )
    leaf = CertificateSpec(
        role=LEAF,
        subject=common_name(SITE),
        signer=PUBLIC_ROOT,
        key=Key(name=SITE),
        san=(f"DNS:{SITE}",),
        extended_key_usage=("server_auth",),
    )
    server = ServerSpec(chain=(LEAF,), private_key=LEAF)
    return mint.issue(Deployment(certificates=(root, leaf), server=server, client=ClientSpec(host=SITE)), LEAF).der


def answers_in_words(status: int) -> str:
    """200 OK."""
    return f"{status} {http.client.responses.get(status, '')}".strip()


def thumbprint(account: KeyPair) -> str:
    """The thumbprint of an account's P-256 key (RFC 7638 §3): with it, a token is bound to who asked."""
    point = account.spki[-64:]  # an uncompressed point ends the structure (RFC 5480 §2.2)
    key = {"crv": "P-256", "kty": "EC", "x": _base64(point[:32]), "y": _base64(point[32:])}
    return _base64(hashlib.sha256(json.dumps(key, separators=(",", ":"), sort_keys=True).encode()).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _short(text: str) -> str:
    return text[:24] + "…" if len(text) > 25 else text
