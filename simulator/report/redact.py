"""What is not a report's to show. Law: applied to every text that comes from outside; the lab's own stolen tokens stay,
because they are the lesson.
"""

from __future__ import annotations

import os
import re

_SECRETS = re.compile(
    r"-----BEGIN (?P<pem>[A-Z ]*PRIVATE KEY)-----.*?(?:-----END (?P=pem)-----|\Z)"
    r"|(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^\s/@:'\"]*):[^\s/@'\"]*@"
    r"|(?P<auth>\b(?:[Bb]earer|[Bb]asic)\s+)(?P<credential>[A-Za-z0-9._~+/=-]{8,})"
    r"|(?P<key>\b[A-Za-z_-]*(?:token|api[_-]?key|passw(?:or)?d|secret)[\"']?\s*[=:]\s*[\"']?)(?P<value>[^\s&,;'\"()]{6,})"
    r"|(?P<shape>\b(?:gh[pousr]_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*))",
    re.DOTALL | re.IGNORECASE,
)
GONE = "[redacted]"


def redact(text: str, *, keep: frozenset[str] = frozenset(), home: str | None = None) -> str:
    """The text without private keys, passwords in URLs, tokens that are not in `keep`, and the user's home folder."""
    if not text:
        return text
    folder = (os.path.expanduser("~") if home is None else home).rstrip("/\\")  # noqa: PTH111  # pathlib costs 4 ms
    if len(folder) > 1 and folder in text:
        text = re.sub(re.escape(folder) + r"(?![A-Za-z0-9_.-])", "~", text)
    return _SECRETS.sub(lambda match: _without(match, keep), text)


def _without(match: re.Match[str], keep: frozenset[str]) -> str:
    if match["pem"]:
        return "[private key left out]"
    if match["scheme"]:
        return f"{match['scheme']}{match['user']}:{GONE}@"
    if match["auth"]:
        return match[0] if match["credential"] in keep else match["auth"] + GONE
    if match["key"]:
        return match[0] if match["value"] in keep else match["key"] + GONE
    return match[0] if match["shape"] in keep else GONE
