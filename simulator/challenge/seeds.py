"""Where everything of a challenge comes from: one secret of the instructor's, and from it one of each learner's.

Law: a learner's secret follows from the instructor's and the learner's id alone, so the order and the number of
learners change nothing; and nothing that is handed out confirms a guess of that secret without the work of scrypt.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_SALT = b"tls-clinic challenge 1"
_COST = 2**15
"""scrypt's N (RFC 7914): about 0.1 s and 32 MiB for each guess of a word."""

WORLD = "diagnosis exercise"
"""The seed of every mint and lab of a challenge. It is no secret: names of keys carry the learner's."""


def draw() -> str:
    """128 random bits, in hexadecimal."""
    return os.urandom(16).hex()


def stretch(word: str) -> str:
    """A secret from a word: as good as the word is hard to guess, which a person's word seldom is."""
    return hashlib.scrypt(word.encode(), salt=_SALT, n=_COST, r=8, p=1, maxmem=2**26, dklen=16).hex()


def of_learner(secret: str, learner: str) -> str:
    """The secret of one learner, 256 bits in hexadecimal."""
    return _mac(secret, f"learner/{learner}").hex()


def code(learner_seed: str) -> str:
    """What an answer sheet carries so that nobody hands in another one's by mistake. It opens nothing."""
    return _mac(learner_seed, "code").hex()[:20]


def number(seed: str, purpose: str) -> int:
    """A large number that follows from a seed and what it is for."""
    return int.from_bytes(_mac(seed, purpose)[:16], "big")


def shuffled(items: Sequence[T], seed: str, purpose: str) -> list[T]:
    """The items in an order that follows from the seed."""
    return [items[n] for n in sorted(range(len(items)), key=lambda n: _mac(seed, f"{purpose}/{n}"))]


def _mac(key: str, text: str) -> bytes:
    return hmac.digest(key.encode(), text.encode(), "sha256")
