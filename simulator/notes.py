"""`with simulator.explained():` around any call: an error about TLS leaves with the diagnosis attached (PEP 678).

Law: nothing is imported and nothing is done before an error; an error leaves as it is, type and traceback, with one
note more; nothing that happens here ever replaces it.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from types import TracebackType


class explained:  # noqa: N801  # it reads as a verb: with explained():
    """A context manager. `visit`: whether to look at the server too, where the error names one, for at most `within`
    seconds; otherwise the error's own words are all there is."""

    __slots__ = ("_visit", "_within")

    def __init__(self, *, visit: bool = True, within: float = 5.0) -> None:
        self._visit = visit
        self._within = within

    def __enter__(self) -> explained:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and isinstance(error, (Exception, BaseExceptionGroup)):
            try:
                from simulator.noting import note

                note(error, visit=self._visit, within=self._within)
            except Exception:  # noqa: S110  # the error that is leaving matters, ours does not
                pass
