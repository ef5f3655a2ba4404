"""Makes one plain text of whatever was pasted. Law: layout never decides; nothing here knows what a certificate is.

The same error reaches us coloured, quoted in JSON, wrapped at column 80, behind timestamps or cut in the middle of a
word. `Reading` offers two views of it: `low`, lower case with its punctuation, for patterns and names; and `squash`,
letters and digits alone, in which "self signed", "self-signed" and "SELF_SIGNED" are one and a line break is nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_ESCAPES = r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|\^\[\[[0-9;]*m"
_PRINTED_ESCAPE = r"(?i)\\(?:u(00[2-7a-f][0-9a-f]|20[0-9a-f]{2})|x([2-7][0-9a-f]))"
_WINDOWS_PATH = r"\b[A-Za-z]:\\|\\[A-Z][a-z]+\\"
_CAREFUL_BREAK = r"\\{1,8}r?\\{0,8}n(?=[A-Z\s\[(\"'{<*\\-]|$)"
_WRITTEN_BREAK = r"\\{1,8}r\\{1,8}n|\\{1,8}n"
_WRITTEN_TAB = r"\\{1,8}[tr](?![a-z]*\\)"
_ENTITIES = {
    "&quot;": '"',
    "&#34;": '"',
    "&#39;": "'",
    "&#x27;": "'",
    "&apos;": "'",
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
}
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u3000\t\x0b\x0c", " "),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad\x00\x07\x08", None),
        "\u2026": "...",
        "\uff1a": ":",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)
_PREFIX = r"""(?x)\s*(?:
      \[?\d{4}[-/]\d\d[-/]\d\d[T\s]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?:?
    | \[?\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\]?(?=\s)
    | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d{1,2}\s\d\d:\d\d:\d\d\s\S+\s\S{1,60}:(?=\s)
    | [IWEF]\d{4}\s\d\d:\d\d:\d\d\.\d+\s+\d+\s\S+\.(?:go|cc):\d+\]
    | \#\d+\s+\d+\.\d+(?=\s)
    | [\w.-]{1,40}\s+\|(?=\s)
    | [>|](?=\s)
    | npm\s(?:ERR!|error|warn|WARN)(?=\s)
    | remote:(?=\s)
    | E(?=\s{2,})
    | \[?\[(?:error|warn(?:ing)?|info|debug|notice)\]:?
    )[ ]?"""
_BEFORE_A_DATE = (
    "current time",
    " time",
    "is after",
    "is before",
    "notafter:",
    "notbefore:",
    " is",
    " after",
    " before",
)
_PREFIX_STARTS = frozenset("0123456789[JFMASONDIWE#>|nr")
_TOKEN = re.compile(r"[a-z0-9]+")
_PUNCTUATION = {code: None for code in range(128) if not chr(code).isalnum()}
_WIDTHS = range(40, 401)
LIMIT = 262_144
"""Characters that are read at once; longer texts are first reduced to the lines that matter."""


class Reading:
    """One text in the forms in which it can be searched."""

    __slots__ = ("_ends", "_starts", "glued", "low", "raw", "squash", "text")

    def __init__(self, raw: str, *, glue: bool = True) -> None:
        raw = raw[:LIMIT]
        self.raw = raw.lower()
        self.text, self.glued = tidy(raw, glue=glue)
        low = self.text.lower()
        # A few letters (the Turkish dotted I) grow when they become small; then places would no longer fit.
        self.low = low if len(low) == len(self.text) else self.text.encode("ascii", "replace").decode("ascii").lower()
        tokens = _TOKEN.findall(self.low)
        self.squash = "".join(tokens)
        self._starts: list[int] = []
        self._ends: list[int] = []

    def place(self, squashed: int) -> int:
        """Where in `low` a place of `squash` stands."""
        if not self._starts:
            total = 0
            for token in _TOKEN.finditer(self.low):
                self._starts.append(total)
                self._ends.append(token.start())
                total += token.end() - token.start()
        at = max(bisect_right(self._starts, squashed) - 1, 0)
        return self._ends[at] + squashed - self._starts[at] if self._starts else 0

    def line_at(self, place: int) -> str:
        """The line that holds a place, short enough to print."""
        start = self.text.rfind("\n", 0, place) + 1
        end = self.text.find("\n", place)
        line = self.text[start : end if end >= 0 else None]
        if len(line) > 300:
            middle = place - start
            line = line[max(0, middle - 120) : middle + 180]
        return line.strip()


def squashed(text: str) -> str:
    """A wording as it would look in `Reading.squash`."""
    return text.lower().translate(_PUNCTUATION) if text.isascii() else "".join(_TOKEN.findall(text.lower()))


def tidy(text: str, *, glue: bool = True) -> tuple[str, bool]:
    """Without colours, escapes, typographic quotes, prefixes of log lines and hard line breaks; were there such?"""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" in text or "^[[" in text:
        text = re.sub(_ESCAPES, "", text)
    text = text.translate(_LOOKALIKES)
    if "&" in text:
        for entity, character in _ENTITIES.items():
            text = text.replace(entity, character)
    lines = text.split("\n")
    joined = _rejoined(lines) if glue else lines
    text = "\n".join(_without_prefixes(joined))
    if "\\" in text:
        text = _unquoted(text)
    return text, len(joined) < len(lines)


def _unquoted(text: str) -> str:
    """Undo JSON's and repr's escapes of what can be printed; a TLS record's bytes (\\x15\\x03) stay as they are."""
    text = re.sub(_PRINTED_ESCAPE, lambda match: chr(int(match[1] or match[2], 16)), text).translate(_LOOKALIKES)
    for escape in ('\\\\\\"', '\\\\"', '\\"'):
        text = text.replace(escape, '"')
    for escape in ("\\\\'", "\\'"):
        text = text.replace(escape, "'")
    return "\n".join(_breaks(line) for line in text.split("\n"))


def _breaks(line: str) -> str:
    """Written line breaks become real ones; where a Windows path may hold "\\n" too, only before what begins a line."""
    if "\\" not in line:
        return line
    if re.search(_WINDOWS_PATH, line):
        return re.sub(_CAREFUL_BREAK, "\n", line)
    return re.sub(_WRITTEN_TAB, " ", re.sub(_WRITTEN_BREAK, "\n", line))


def _without_prefixes(lines: list[str]) -> list[str]:
    """A wrapped sentence may go on with a date: "... current time" / "2026-01-01T00:00:00Z is before"."""
    stripped: list[str] = []
    before = ""
    for line in lines:
        stripped.append(line if before.endswith(_BEFORE_A_DATE) else _without_prefix(line))
        before = line[-20:].rstrip().lower()
    return stripped


def _without_prefix(line: str) -> str:
    for _ in range(4):
        first = line.lstrip(" ")[:1]
        # Most lines of a log are not worth a regular expression.
        if first not in _PREFIX_STARTS and " | " not in line[:44]:
            break
        match = re.match(_PREFIX, line)
        if match is None or line[match.end() :].lstrip().lower().startswith(("is after", "is before")):
            break
        line = line[match.end() :]
    return line


def _rejoined(lines: list[str]) -> list[str]:
    """Terminals cut lines at their width, in the middle of words: lines of exactly the greatest width go on."""
    if not 1 < len(lines) <= 400:
        return lines
    widths = [len(line) for line in lines]
    width = max(widths)
    if width not in _WIDTHS or (widths.count(width) < 2 and width not in (72, 79, 80, 100, 120, 132)):
        return lines
    joined: list[str] = []
    goes_on = False
    for line in lines:
        # A line that begins anew, with its own timestamp or with a URL, is no continuation.
        if goes_on and not line.startswith(("http://", "https://")) and _without_prefix(line) == line:
            joined[-1] += line
        else:
            joined.append(line)
        goes_on = len(line) == width
    return joined
