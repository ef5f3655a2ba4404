"""Where the data that ships with the package lies: in a wheel under `_bundled`, in a checkout beside the package.

Law: it looks in these two places only, never along `sys.path`, so a stale copy is never found.
"""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # pathlib costs 4 ms at start-up


def folder(kind: str) -> str:
    """The folder `kind` ("scenarios" or "report_templates") as an absolute path. A checkout wins over an installed
    copy, which an editable install leaves behind stale."""
    checkout = os.path.join(os.path.dirname(_PACKAGE), kind)  # noqa: PTH118, PTH120  # as above
    if os.path.isfile(os.path.join(os.path.dirname(_PACKAGE), "pyproject.toml")) and os.path.isdir(checkout):  # noqa: PTH112, PTH113, PTH118, PTH120  # as above
        return checkout
    return os.path.join(_PACKAGE, "_bundled", kind)  # noqa: PTH118  # as above
