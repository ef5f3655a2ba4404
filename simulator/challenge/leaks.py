"""Searches a bundle for what it must not say. Law: names, contents (decoded too), certificates' texts and the archive's
own bookkeeping are all looked at; the client's own words in `error.txt` are a symptom, and no leak.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.challenge import archive
from simulator.challenge.bundle import SEAL
from simulator.challenge.pems import BLOCK

_SYMPTOMS = ("error.txt",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One thing that a bundle says and should not: where, and what."""

    where: str
    what: str


def telling(folders: Sequence[str] = ()) -> tuple[str, ...]:
    """Every id and title of a scenario and every id of a change: what a search without a plan looks for."""
    from simulator.changes.catalogue import CHANGES
    from simulator.scenario import loader
    from simulator.scenario.summary import summary

    entries = loader.ids(folders)
    titles = [summary(entry.path, entry.family).title for entry in entries]
    return tuple(dict.fromkeys([*(entry.id for entry in entries), *titles, *CHANGES]))


def search(data: bytes, words: Iterable[str]) -> list[Leak]:
    """Where a bundle holds one of these words. Raises `archive.Rejected` where it is no bundle."""
    files = archive.read(data)
    found = _bookkeeping(data)
    wanted = [word.lower() for word in dict.fromkeys(words)]
    for name, content in files.items():
        if name == SEAL:  # it holds the answers by design, wrapped up
            continue
        texts = [name, _text(content), *_decoded(content)]
        if name.rpartition("/")[2] in _SYMPTOMS:
            texts = [name, *_text(content).splitlines()[:1]]
        found += [Leak(where=name, what=word) for word in wanted if any(_says(text, word) for text in texts)]
    return list(dict.fromkeys(found))


def _bookkeeping(data: bytes) -> list[Leak]:
    """Comments, extra fields, times and compression that an archive of ours does not have."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        leaks = [Leak(where="archive", what="a comment")] if found.comment else []
        for one in found.infolist():
            if one.comment or one.extra:
                leaks.append(Leak(where=one.filename, what="a comment or an extra field"))
            if one.date_time != (1980, 1, 1, 0, 0, 0):
                leaks.append(Leak(where=one.filename, what="the time at which it was made"))
            if one.compress_type != zipfile.ZIP_STORED:
                leaks.append(Leak(where=one.filename, what="compression, whose bytes differ from machine to machine"))
    return leaks


def _text(content: bytes) -> str:
    return content.decode("latin-1").lower()


def _decoded(content: bytes) -> Iterable[str]:
    """What stands in a file for those who decode it: certificates, keys, hints."""
    for _, body in BLOCK.findall(content):
        try:
            yield _text(binascii.a2b_base64(body))
        except binascii.Error:
            continue
    if content[:1] == b"\x30":
        yield _text(content)
    if content[:1] == b"{":
        try:
            for hint in json.loads(content).get("hints", ()):
                yield _text(base64.b64decode(hint))
        except (ValueError, AttributeError):
            return


def _says(text: str, word: str) -> bool:
    """Whether the word stands in the text as a word: `expired` is in “has expired”, and not in `unexpired`."""
    at = text.find(word)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(word) : at + len(word) + 1]
        if not (before.isalnum() or after.isalnum() or (after == "-" and text[at + len(word) + 1 :][:1].isalnum())):
            return True
        at = text.find(word, at + 1)
    return False
