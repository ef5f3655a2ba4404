"""From a filled-in folder to what is handed in. Law: the form is checked here so that nobody loses points by it; what
is packed is the sheet, the files under repair/ and the record of hints, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.challenge import archive, bundle, marking, pems, sheet
from simulator.challenge.archive import Rejected
from simulator.challenge.opened import Opened
from simulator.challenge.roster import Learner
from simulator.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What is handed in. `notes`: what a learner may have forgotten, one sentence each."""

    name: str
    data: bytes
    answer: sheet.Answer
    notes: tuple[str, ...]


def pack(opened: Opened) -> Packed:
    """Checks the sheet in an unpacked bundle and packs it. Raises `UsageError` with everything wrong with its form."""
    if not opened.folder:
        raise UsageError(
            f"{opened.path} is the bundle as it came", "unpack it, fill in answer.yaml, and name the folder"
        )
    answer = sheet.parse(opened.files[bundle.SHEET])
    problems = list(_problems(opened, answer))
    if problems:
        raise sheet.SheetError("\n".join(f"{bundle.SHEET}: {one}" for one in problems), sheet.HINT)
    kept = [(bundle.SHEET, opened.files[bundle.SHEET])]
    kept += [(name, data) for name, data in sorted(opened.files.items()) if name.startswith("repair/")]
    if marking.HINTS in opened.files:
        kept.append((marking.HINTS, opened.files[marking.HINTS]))
    try:
        data = archive.write(kept)
        archive.read(data)
    except UnicodeEncodeError:
        raise UsageError(
            "a file under repair/ has letters in its name that a zip file may not hold", "rename it"
        ) from None
    except Rejected as rejected:
        raise UsageError(rejected.message, "hand in certificates and keys alone") from None
    name = f"{Learner(id=answer.learner).slug}-answer.zip"
    return Packed(name=name, data=data, answer=answer, notes=tuple(_notes(opened, answer)))


def _problems(opened: Opened, answer: sheet.Answer) -> list[str]:
    found = []
    for one in answer.patients:
        if one.number not in opened.patients:
            found.append(f"there is no patient {one.number} in this bundle")
        for name in one.named:
            if name not in opened.files:
                found.append(f"patient {one.number} names {name}, and there is no such file")
                continue
            try:
                read = [pems.checked(der, name) for der in pems.certificates(opened.files[name], name)]
                held = pems.keys(opened.files[name], name)
            except Rejected as rejected:
                found.append(rejected.message)
                continue
            if name == one.server.get("key") and not held:
                found.append(f"{name} holds no private key")
            if name == one.server.get("chain") and not read:
                found.append(f"{name} holds no certificate in PEM")
    return found


def _notes(opened: Opened, answer: sheet.Answer) -> list[str]:
    told = []
    answered = {one.number: one for one in answer.patients}
    for number in opened.patients:
        one = answered.get(number)
        if one is None or not one.claims:
            told.append(f"Patient {number}: no finding yet.")
        if one is None or not one.repairs:
            told.append(f"Patient {number}: no repair yet.")
        if one is not None and any(None in (c.certificate, c.field, c.who) for c in one.claims):
            told.append(f"Patient {number}: a finding says no certificate, field or who.")
    return told


def self_check(opened: Opened, packed: Packed) -> dict[str, Any] | None:
    """The marks, where the bundle was made with --self-check; None where it was not. Raises `UsageError`."""
    if bundle.SEAL not in opened.files:
        return None
    import time
    from datetime import UTC, datetime

    from simulator.challenge import seeds
    from simulator.lab.observe import Lab

    try:
        told = bundle.unsealed(opened.files[bundle.SEAL])
        first = datetime.fromisoformat(str(told["from"])).replace(tzinfo=UTC)
        patients = bundle.of(
            [tuple(map(str, one)) for one in told["diseases"]],  # type: ignore[attr-defined]  # what is no list raises
            tuple(map(str, told["folders"])),  # type: ignore[call-overload]  # as above
            str(told["seed"]),
            opens=int(first.timestamp()),
            days=int(str(told["days"])),
        )
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{bundle.SEAL} is damaged", "unpack the bundle anew") from None
    with Lab(seed=seeds.WORLD) as lab:
        files = archive.read(packed.data)
        return {"learner": told["learner"], **marking.marks(patients, packed.answer, files, lab, time.time())}
