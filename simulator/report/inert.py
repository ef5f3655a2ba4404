"""Outside data made harmless to look at.

Law: what leaves `inert` cannot move a cursor, turn the reading direction round, hide a letter or start a line; and
`cells` says how many columns it takes (`rich` knows that).
"""

from __future__ import annotations

import unicodedata

_OWN = frozenset("└─✗✓→▔…·“”§ \u2013\u2014\u2018\u2019\u00d7")
"""Characters of our own texts that need no look-up."""
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def inert(text: str) -> str:
    """The text with control, format and direction characters written out (`\\u202e`). Line ends and tabs are escaped
    too: a caller that wants lines splits first."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in _OWN or unicodedata.category(c) not in _ESCAPED else _written_out(c) for c in text)


def _written_out(character: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    if named:
        return named
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def cells(text: str) -> int:
    """How many columns a terminal gives to the text (which is inert): wide letters take two, combining marks none."""
    if text.isascii():  # most are, and then nobody need be asked
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> int:
    """The longest start of the text, in characters, that fits into `width` columns; at least one character."""
    if text.isascii():
        return max(1, min(width, len(text)))
    from rich.cells import chop_cells

    return max(1, len(chop_cells(text, width)[0]))


ASCII = str.maketrans(
    {
        "└": "`",
        "─": "-",
        "✗": "x",
        "✓": "+",
        "→": ">",
        "▔": "^",
        "…": "~",
        "·": "|",
        "\u2014": "-",
        "\u2013": "-",
        "\u2018": "'",
        "\u2019": "'",
        "“": '"',
        "”": '"',
        "\u00d7": "x",
        "§": "S",
        "\u00a0": " ",
    }
)
"""For a terminal that cannot show more: one column for one column."""
