"""What a text speaks of, where nobody's wording is known. Law: a topic is a guess, and is printed as one.

A program we have never heard of still says "hostname", "expired" or "timed out". `wordings.json` lists the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_ABOUT = (
    r"\b(?:ssl|tls|mtls|https|x\.?509|cert|certs|certificates?|handshake|pkix|keystore|truststore|pem|secure channel)"
)
_NETWORK = frozenset({"handshake-timeout", "nothing-listening", "name-not-resolved", "connection-closed"})
_NET = r"\b(?:connect|connection|host|server|socket|url|http|request|dns|peer|upstream)"


def topics(low: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    """Findings whose words stand in the text, the one with most of them first."""
    if low.count("\\x") + low.count("\ufffd") > len(low) // 50:
        return []  # bytes that are no text hold any word
    about, network = bool(re.search(_ABOUT, low)), bool(re.search(_NET, low))
    flat = " ".join(low.split())
    counts: dict[str, int] = {}
    for finding, needles in words.items():
        if about or (network and finding in _NETWORK):
            count = sum(needle in flat for needle in needles)
            if count:
                counts[finding] = count
    return sorted(counts, key=lambda finding: -counts[finding])
