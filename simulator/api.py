"""What Python programs import: `simulate`, `diagnose`, `explain`, and `explained` around a call of one's own.

Law: functions from plain values to the model's values; nothing is printed, and importing this costs next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from simulator.diagnosis.wordings import Explanation
    from simulator.model.diagnosis import DiagnosisReport
    from simulator.model.report import Report

    Path = str | os.PathLike[str]


def simulate(scenario: str, *, client: str = "requests", folders: Sequence[Path] = ()) -> Report:
    """Runs a scenario by its id, for real and on loopback alone. `folders`: your own scenarios beside the shipped ones.

    Raises `UsageError` where there is no such scenario, `MachineError` where this machine cannot run it.
    """
    from simulator.errors import UsageError
    from simulator.scenario import loader

    entries = {entry.id: entry for entry in loader.ids([os.fspath(folder) for folder in folders])}
    if scenario not in entries:
        near = loader.nearest(scenario, list(entries))
        raise UsageError(f"there is no scenario {scenario[:80]}", f"did you mean {near[0]}?" if near else "")
    from simulator.report.notebook import shown
    from simulator.simulate import simulate as run

    return shown(run(loader.load_file(entries[scenario].path, family=entries[scenario].family), client=client))


def diagnose(
    *target: Path,
    chain: Path | Sequence[Path] = (),
    key: Path | None = None,
    trust: Path | Sequence[Path] = (),
    host: str | None = None,
    time: float | None = None,
    crl: Path | Sequence[Path] = (),
    password: bytes | None = None,
    client: str = "requests",
    proxy: str = "",
    within: float = 10.0,
) -> DiagnosisReport:
    """Everything that is wrong with a server or with files, at once.

    `target`: one URL (or HOST:PORT), which is visited; or a chain file; or a folder, or several files in no order.
    `chain`: files as a server would be given them. `trust`: files or folders of CA certificates, "certifi" or "system";
    none: what `client` would use in this process's environment. `time`: seconds since 1970 UTC, for files. `crl`:
    revocation lists, which the client then checks. `within`: seconds that a live server is given in all. RFC 5280, RFC
    9525.

    Raises `UsageError` for wrong usage and unreadable files, `MachineError` for what this machine cannot do; never for
    anything that a certificate or a server says.
    """
    from simulator import checkup
    from simulator.errors import UsageError
    from simulator.report.notebook import shown_diagnosis

    paths = [os.fspath(one) for one in target]
    chains, trusts, crls = _paths(chain), _paths(trust), _paths(crl)
    if any("://" in path for path in paths) or (len(paths) == 1 and is_server(paths[0])):
        if len(paths) > 1 or chains or key or host or time is not None:
            raise UsageError(
                "a server and files are two diagnoses: --chain, --key, --host and --time go with files",
                "simulate diagnose URL [--trust FILE]",
            )
        url = paths[0] if "://" in paths[0] else f"https://{paths[0]}"
        return shown_diagnosis(checkup.server(url, trust=trusts, crls=crls, client=client, proxy=proxy, within=within))
    if len(paths) == 1 and not os.path.exists(paths[0]):  # noqa: PTH110  # pathlib costs 11 ms
        raise UsageError(f"there is no file {paths[0]}", f"a server is named as https://{paths[0]}/")
    if proxy:
        raise UsageError("--proxy goes with a server's URL, not with files", "simulate diagnose https://HOST:PORT/")
    if not paths and not chains:
        raise UsageError("what is to be diagnosed?", "simulate diagnose https://localhost:1443/, or --chain FILE")
    asked = checkup.Files(
        paths=paths, chains=chains, key=None if key is None else os.fspath(key), host=host or "", password=password
    )
    return shown_diagnosis(checkup.files(asked, trust=trusts, crls=crls, time=time, client=client))


def explain(text: str | Iterable[str]) -> Explanation:
    """The likely causes of an error text, or of a log given as lines, ranked. Raises nothing, and asks no network."""
    from simulator.diagnosis import wordings

    return wordings.explain(text) if isinstance(text, str) else wordings.explain_lines(text)


def is_server(target: str) -> bool:
    """Whether a target without a scheme means a server (localhost:1443/path) and no file."""
    if os.path.exists(target):  # noqa: PTH110  # pathlib costs 11 ms
        return False
    authority = target.partition("/")[0]
    name, _, port = authority.rpartition(":")
    return bool(name and port.isdigit()) or authority == "localhost"


def _paths(given: Path | Sequence[Path]) -> list[str]:
    if isinstance(given, str | os.PathLike):
        return [os.fspath(given)]
    return [os.fspath(path) for path in given]


def __getattr__(name: str) -> object:
    """`explained` lives in a module of its own, which imports nothing before an error."""
    if name == "explained":
        from simulator.notes import explained

        return explained
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
