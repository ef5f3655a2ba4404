"""The weights of a text's causes while facts shift them. Law: whoever moves a weight says why."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs three milliseconds at each start
    from typing import Any


MOST = 0.79
"""The highest certainty where the text alone does not decide."""
_TAIL = (0.5, 0.26, 0.14, 0.07, 0.03)
"""What each rival, the likeliest first, gets of what the first cause leaves."""
Weights = dict[str, float]
Reasons = dict[str, str]


def bare(wording: Mapping[str, Any]) -> bool:
    """Whether a wording says that a certificate was refused, and not why: its causes reach from issuer to name."""
    return {"untrusted-issuer", "name-mismatch"} <= set(wording["findings"])


def spread(findings: list[str], certainty: float) -> Weights:
    """Before any fact is looked at: the first cause has its certainty, and its rivals share what is left."""
    weights = {findings[0]: certainty}
    for finding, share in zip(findings[1:], _TAIL, strict=False):
        weights[finding] = min((1 - certainty) * share, 0.85 * certainty)
    return weights


class Scale:
    """Weights that are being shifted, and why."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.reasons: Reasons = {}
        self.moved = False

    def add(self, finding: str, weight: float, reason: str) -> None:
        """A fact speaks for a finding."""
        self.weights[finding] = self.weights.get(finding, 0.0) + weight
        self.reasons.setdefault(finding, reason)
        self.moved = True

    def times(self, finding: str, factor: float) -> None:
        """A fact speaks against a finding."""
        if finding in self.weights:
            self.weights[finding] *= factor
            self.moved = True

    def top(self, finding: str, reason: str) -> None:
        """A fact decides between the causes of this text."""
        rest = max((weight for other, weight in self.weights.items() if other != finding), default=0.0)
        self.add(finding, max(0.0, rest * 1.35 - self.weights.get(finding, 0.0)) + 0.05, reason)
