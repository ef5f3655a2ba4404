"""What a check reports: a finding in the making, with OpenSSL's number beside it.

Law: one list of faults serves both questions. In the order in which OpenSSL 3.0 would come upon them they are the
findings; the first that this client refuses for is its verdict.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.model.finding import Party, Severity


class Fault(NamedTuple):
    """One thing wrong. `code`: X509_V_ERR, 0 where there is none. `at`: a place in the path (0: the end entity)."""

    id: str
    code: int
    at: int
    field: str
    expected: str
    seen: str
    refuses: bool = True
    """Whether the client asked about refuses for it."""
    rivals: tuple[str, ...] = ()
    party: Party | None = None
    """Who can mend it, where it is another than the table says."""
    severity: Severity | None = None
    """Of a fault that the client does not refuse for, where it is another than the table says."""
    place: str = ""
    """Where it is, for what is not on the path: "served[2]", "anchor[0]"."""
    beside: bool = False
    """Stands right behind the fault before it, though the client does not refuse for it."""
