"""`simulate explain TEXT…`, or a log on standard input: the likely causes of an error, ranked.

Law: nothing is looked up but the text; ends in 1 for "cannot tell".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from simulator.cli import screen
from simulator.cli.options import OUTPUT, Option, parse, usage
from simulator.errors import UsageError

OPTIONS = (Option("--format", "FORMAT", "how to write it", choices=("terminal", "json")), OUTPUT)
EXAMPLES = (
    "python job.py 2>&1 | simulate explain",
    "simulate explain 'certificate verify failed: unable to get local issuer certificate'",
    "simulate explain build.log",
)
_BLOCK = 1 << 20
TYPE_CHECKING = False  # `typing` costs half of an empty Python
if TYPE_CHECKING:
    from typing import BinaryIO

    from simulator.diagnosis.wordings import Explanation


def run(arguments: Sequence[str]) -> int:
    """Explains a text, a file or standard input."""
    given = parse("simulate explain", OPTIONS, arguments)
    if given.has("help"):
        about = (
            "An error text of any client (requests, curl, git, pip, Node, Go, Java, browsers …), or a whole log on "
            "standard input: what it may mean, and how to tell the causes apart."
        )
        screen.write(usage("simulate explain [TEXT…] [options]", about, OPTIONS, EXAMPLES))
        return 0
    from simulator.cli.scenario import check_output

    check_output(given)
    explanation = _explanation(given.rest)
    from simulator.report import explanation as leaf

    if given.get("format") == "json":
        text = leaf.document(explanation.candidates, explanation.excerpt, explanation.url, explanation.client)
    else:
        text = leaf.render(
            explanation.candidates,
            explanation.excerpt,
            width=screen.width(),
            colour=screen.colour(),
            plain=screen.plain(),
            url=explanation.url,
        )
    screen.save(given.get("output", "-"), text)
    return 1 if explanation.candidates[0].finding == "cannot-tell" else 0


def _explanation(words: Sequence[str]) -> Explanation:
    from simulator import api

    if words and list(words) != ["-"]:
        if len(words) == 1 and os.path.isfile(words[0]):  # noqa: PTH113  # pathlib costs 4 ms
            try:
                with open(words[0], "rb") as file:  # noqa: PTH123  # as above
                    return api.explain(_lines(file))
            except OSError as error:
                raise UsageError(f"cannot read {words[0]}: {error.strerror}", "simulate explain TEXT") from None
        return api.explain(" ".join(words))
    if not words and screen.is_terminal(sys.stdin):
        raise UsageError("explain needs an error text", EXAMPLES[1])
    if sys.stdin is None:
        raise UsageError("there is no standard input to read", EXAMPLES[1])
    return api.explain(_lines(sys.stdin.buffer))


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a log, whatever bytes they are made of; a line without end comes in pieces."""
    while line := stream.readline(_BLOCK):
        yield line.decode("utf-8", "backslashreplace")
