"""`with simulator.explained():`: a note, and nothing else changes."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

import simulator
from tests.diagnose import files, servers
from tests.diagnose.files import INTER, KEY, LEAF, ROOT
from tests.diagnose.servers import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.https([LEAF, INTER], KEY) as running:
        yield running


@pytest.fixture
def trust(tmp_path: Path) -> str:
    return str(files.pem(tmp_path / "ca.pem", ROOT))


def notes(call: Callable[[], object], **settings: bool) -> list[str]:
    with pytest.raises(BaseException) as caught, simulator.explained(**settings):  # type: ignore[arg-type]  # noqa: PT011
        call()
    return list(getattr(caught.value, "__notes__", ()))


def test_requests(server: Server) -> None:
    (note,) = notes(lambda: requests.get(server.url, timeout=5))
    assert note.startswith("tls-clinic: untrusted-issuer · ")
    assert f"More: simulate diagnose {server.url}" in note
    assert "Fix, for whoever runs the client" in note


def test_requests_with_the_trust_of_the_call(server: Server, trust: str) -> None:
    (note,) = notes(lambda: requests.get(f"https://127.0.0.1:{server.port}/", verify=trust, timeout=5))
    assert note.startswith("tls-clinic: ip-not-in-san · ")


def test_urllib_with_its_own_context(server: Server, trust: str) -> None:
    context = ssl.create_default_context(cafile=trust)
    url = f"https://127.0.0.1:{server.port}/"
    (note,) = notes(lambda: urllib.request.urlopen(url, context=context))
    assert note.startswith("tls-clinic: ip-not-in-san · ")


def test_asyncio(server: Server, trust: str) -> None:
    async def connect() -> None:
        context = ssl.create_default_context(cafile=trust)
        await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname="other.test")

    (note,) = notes(lambda: asyncio.run(connect()))
    assert note.startswith("tls-clinic: ")
    assert "name-mismatch" in note


def test_connection_refused_is_told_without_a_visit() -> None:
    (note,) = notes(lambda: requests.get("https://localhost:1/", timeout=5))
    assert "nothing-listening" in note


def test_a_missing_bundle(server: Server) -> None:
    (note,) = notes(lambda: requests.get(server.url, verify="/nowhere.pem", timeout=5))
    assert "bundle-unreadable" in note


def test_without_a_visit_the_words_are_all_there_is(server: Server) -> None:
    (note,) = notes(lambda: requests.get(server.url, timeout=5), visit=False)
    assert note.startswith("tls-clinic: by its words most likely ")


def test_type_and_traceback_are_as_they_were(server: Server) -> None:
    def call() -> None:
        requests.get(server.url, timeout=5)

    def shown(inside: bool) -> tuple[type, list[str]]:
        try:
            if inside:
                with simulator.explained():
                    call()
            else:
                call()
        except requests.exceptions.RequestException as error:
            return type(error), [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        raise AssertionError

    assert shown(True) == shown(False)


def test_an_error_that_was_caused_by_one(server: Server) -> None:
    def job() -> None:
        try:
            requests.get(server.url, timeout=5)
        except requests.RequestException as error:
            raise RuntimeError("the job failed") from error

    (note,) = notes(job)
    assert note.startswith("tls-clinic: untrusted-issuer")


def test_an_error_that_came_up_while_one_was_handled_has_nothing_to_do_with_it(server: Server) -> None:
    def job() -> None:
        try:
            requests.get(server.url, timeout=5)
        except requests.RequestException:
            int("x")

    assert notes(job) == []


def test_groups(server: Server) -> None:
    def many() -> None:
        errors: list[Exception] = [ValueError("no")]
        for url in (server.url, "https://localhost:1/"):
            try:
                requests.get(url, timeout=5)
            except requests.RequestException as error:
                errors.append(error)
        raise ExceptionGroup("outer", [ExceptionGroup("inner", errors)])

    with pytest.raises(ExceptionGroup) as caught, simulator.explained():
        many()
    (inner,) = caught.value.exceptions
    assert isinstance(inner, ExceptionGroup)
    told = [getattr(error, "__notes__", []) for error in inner.exceptions]
    assert told[0] == []
    assert "untrusted-issuer" in told[1][0]
    assert "nothing-listening" in told[2][0]


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError(1), KeyboardInterrupt(), SystemExit(3), TimeoutError("slow")]
)
def test_other_errors_are_left_alone(error: BaseException) -> None:
    def fail() -> None:
        raise error

    assert notes(fail) == []


def test_it_never_raises_itself() -> None:
    class HostileError(ConnectionError):
        """Everything that it is asked for blows up."""

        @property
        def request(self) -> object:
            raise RuntimeError("request")

        def __str__(self) -> str:
            raise RuntimeError("str")

        def add_note(self, _note: str) -> None:
            raise RuntimeError("note")

    def fail() -> None:
        raise HostileError

    with pytest.raises(HostileError), simulator.explained():
        fail()


def test_names_of_clients_that_are_not_installed_here() -> None:
    kind = type("TransportError", (Exception,), {"__module__": "httpx"})
    sub = type("ConnectError", (kind,), {"__module__": "httpx"})

    def fail() -> None:
        raise sub("[Errno -2] Name or service not known")

    (note,) = notes(fail)
    assert "name-not-resolved" in note


def test_nothing_is_imported_while_all_goes_well() -> None:
    code = (
        "from __future__ import annotations\nimport sys; before = set(sys.modules); import simulator\n"
        "with simulator.explained(): pass\n"
        "print(sorted(n for n in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['simulator', 'simulator.notes']"


def test_the_api_exports_it() -> None:
    from simulator import api, notes

    assert api.explained is notes.explained is simulator.explained
