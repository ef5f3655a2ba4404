"""`make bench`: every ratio, one line each; exit 1 where a bound is missed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.conftest import TLS_VARIABLES as _CLEANED  # importing it cleans the environment

MODULES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in ("__init__", "__main__", "pairs"))


def main() -> int:
    """Runs the modules named on the command line, or all."""
    assert _CLEANED
    good = True
    for name in sys.argv[1:] or MODULES:
        for ratio in importlib.import_module(f"benchmarks.{name}").ratios():
            print(ratio, flush=True)
            good = good and ratio.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
