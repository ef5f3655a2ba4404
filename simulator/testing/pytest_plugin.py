"""The pytest plugin: `tls_scenario`, `tls_case` with its marker, `tls_ca`. Law: at load it imports pytest and nothing
else, because it is loaded in suites that never use it.

Documented in docs/pytest.md.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

TYPE_CHECKING = False  # the rest is imported where a fixture is used
if TYPE_CHECKING:
    from simulator.testing.authority import Authority
    from simulator.testing.case import Case

_CASES = pytest.StashKey[list[Any]]()
MARKER = "tls_scenarios"


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(*families_or_ids, exclude=(), traits=None, ssl_context=None, host=None, seed=None, as_of=None, "
        "folders=()): runs the test, which takes tls_case, once for each of these scenarios of tls-clinic",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a scenario."""
    if "tls_case" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None or not marker.args:
        pytest.fail(f'tls_case needs its marker, such as @pytest.mark.{MARKER}("names")', pytrace=False)
    from simulator.errors import SimulatorError
    from simulator.testing.selection import select

    try:
        ids = select(marker.args, marker.kwargs.get("exclude", ()), marker.kwargs.get("folders", ()))
    except SimulatorError as error:
        pytest.fail(f"{error.message}. {error.hint}", pytrace=False)
    metafunc.parametrize("tls_case", ids, ids=ids, indirect=True)


@pytest.fixture
def tls_scenario(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[Case]]:
    """Opens a scenario: `with tls_scenario("expired") as s:`. Options as of `simulator.testing.Case`."""

    def scenario(id: str, **options: Any) -> AbstractContextManager[Case]:
        return _opened(request.node, id, **options)

    return scenario


@pytest.fixture
def tls_case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """The scenario of this test, by the marker `tls_scenarios`."""
    from simulator.testing.case import Case
    from simulator.testing.selection import beside_the_point, load

    marker = request.node.get_closest_marker(MARKER)
    options = {key: value for key, value in marker.kwargs.items() if key != "exclude"}
    if request.param not in marker.args:
        reason = beside_the_point(load(request.param, options.get("folders", ())))
        if reason:
            pytest.skip(f"{request.param} is not run: {reason}")
    with Case(request.param, **options) as case:
        request.node.stash.setdefault(_CASES, []).append(case)
        yield case


@pytest.fixture(scope="session")
def tls_ca() -> Iterator[Authority]:
    """A healthy CA: `tls_ca.issue("localhost").configure_cert(server)`, `tls_ca.configure_trust(client)`."""
    from simulator.testing.authority import Authority

    with Authority() as authority:
        yield authority


@contextmanager
def _opened(node: Any, id: str, **options: Any) -> Iterator[Case]:
    from simulator.testing.case import Case

    with Case(id, **options) as case:
        node.stash.setdefault(_CASES, []).append(case)
        try:
            yield case
        except Exception:
            case.explain()
            raise
        _reached(case)


def _reached(case: Case) -> None:
    """A refusal that never came to a handshake is no virtue."""
    reason = case.unreached()
    if reason:
        case.explain()
        pytest.fail(reason, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Looks, after a test that passed, whether its cases were met at all."""
    yield
    for case in item.stash.get(_CASES, ()):
        if case.is_open:
            _reached(case)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts the simulator's own explanation into the report of a test that failed."""
    report = yield
    if report.failed and call.when == "call":
        for case in item.stash.get(_CASES, ()):
            text = case.explain()
            if text:
                report.sections.append((f"tls-clinic: {case.id}", text))
    return report
