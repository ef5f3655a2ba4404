"""The answer sheet: what a learner declares. Law: words and names of files, never code; every problem of a sheet is
told at once, with its line; what is read here is plain values of known kinds and bounded number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from simulator.errors import UsageError
from simulator.model.finding import FINDINGS, Party
from simulator.scenario.plain import Path, Plain, Value, read
from simulator.scenario.problem import nearest

Place = Literal["server", "issuer", "anchor", "none"]
PLACES: tuple[Place, ...] = get_args(Place)
PARTIES: tuple[Party, ...] = get_args(Party)
MOST_FINDINGS = 100
MOST_PATIENTS = 20
HINT = "simulate challenge words lists the words that fit"

FILE, WORD, SWITCH, LEVEL, NAME = "file", "word", "yes or no", "number", "host"
SERVER: dict[str, tuple[str, tuple[str, ...]]] = {
    "chain": (FILE, ()),
    "key": (FILE, ()),
    "minimum-version": (WORD, ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
    "maximum-version": (WORD, ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
    "ciphers": (WORD, ("default",)),
    "speaks": (WORD, ("tls", "plain-http")),
    "clients-ca": (FILE, ("nobody",)),
}
"""What a repair may say of the server: the kind of value, and words that it may be."""
CLIENT: dict[str, tuple[str, tuple[str, ...]]] = {
    "trust": (FILE, ("default",)),
    "session-trust": (FILE, ("default", "off")),
    "certifi": (FILE, ("reinstalled",)),
    "verify": (SWITCH, ()),
    "check-hostname": (SWITCH, ()),
    "certificate": (FILE, ("none",)),
    "security-level": (LEVEL, ("default",)),
    "check-crls": (SWITCH, ()),
    "crls": (WORD, ("loaded", "renewed", "none")),
    "url-scheme": (WORD, ("https", "http")),
    "url-host": (NAME, ()),
    "environment": ("variables", ()),
}
"""What a repair may say of the client."""
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_FILE = re.compile(r"(?:repair|patient-\d{1,2})(?:/[\w][\w.-]{0,80}){1,3}")
_HOST = re.compile(r"[a-z0-9.:-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that a learner says is wrong. `None`: they did not say."""

    finding: str
    certificate: Place | None = None
    field: str | None = None
    who: Party | None = None


Setting = str | dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAnswer:
    """What a learner says about one patient."""

    number: int
    claims: tuple[Claim, ...] = ()
    server: dict[str, Setting] = field(default_factory=dict)
    client: dict[str, Setting] = field(default_factory=dict)

    @property
    def repairs(self) -> bool:
        """Whether any repair is declared."""
        return bool(self.server or self.client)

    @property
    def named(self) -> tuple[str, ...]:
        """The files that the repair names."""
        values: list[str] = []
        for value in (*self.server.values(), *self.client.values()):
            values += value.values() if isinstance(value, dict) else [value]
        return tuple(v for v in values if _FILE.fullmatch(v))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole sheet."""

    learner: str
    code: str
    patients: tuple[PatientAnswer, ...]


class SheetError(UsageError):
    """A sheet that cannot be marked; one line for each problem."""


def parse(data: bytes, name: str = "answer.yaml") -> Answer:
    """The sheet in these bytes. Raises `SheetError`."""
    try:
        sheet = read(data, name, HINT)
    except UsageError as error:
        raise SheetError(error.message, HINT) from None
    reader = _Reader(sheet)
    answer = reader.answer()
    if reader.problems:
        raise SheetError("\n".join(reader.problems[:20]), HINT)
    return answer


class _Reader:
    def __init__(self, sheet: Plain) -> None:
        self.problems: list[str] = []
        self._sheet = sheet

    def _wrong(self, path: Path, what: str, hint: str = "") -> None:
        shown = "".join(c if c.isprintable() else "·" for c in what)
        self.problems.append(f"{self._sheet.name}:{self._sheet.line(path)}: {shown}{f': {hint}' if hint else ''}")

    def _unknown(self, path: Path, word: str, words: tuple[str, ...], of: str) -> None:
        near = nearest(word, words, most=1, alike=0.6)
        listed = f"write one of {', '.join(words)}" if len(words) <= 14 else HINT
        self._wrong(path, f"{word[:60]!r} is no {of}", f"did you mean {near[0]}?" if near else listed)

    def answer(self) -> Answer:
        top = self._sheet.value
        for key in top:
            if key not in ("learner", "bundle", "patients"):
                self._unknown((key,), key, ("learner", "bundle", "patients"), "part of a sheet")
        texts = {}
        for key in ("learner", "bundle"):
            value = top.get(key, "")
            texts[key] = value if isinstance(value, str) else ""
            if not texts[key] or len(texts[key]) > 200:
                self._wrong((key,), f"{key} is missing", "leave that line of the sheet as it was")
        patients = top.get("patients", [])
        found: dict[int, PatientAnswer] = {}
        if not isinstance(patients, list) or not patients or len(patients) > MOST_PATIENTS:
            self._wrong(("patients",), "patients is no list of patients", "leave the shape of the sheet as it was")
            patients = []
        for n, one in enumerate(patients):
            patient = self._patient(("patients", n), one)
            if patient is not None and patient.number in found:
                self._wrong(("patients", n), f"patient {patient.number} stands here twice")
            elif patient is not None:
                found[patient.number] = patient
        return Answer(learner=texts["learner"], code=texts["bundle"], patients=tuple(found.values()))

    def _patient(self, path: Path, value: Value) -> PatientAnswer | None:
        if not isinstance(value, dict):
            self._wrong(path, "a patient is a mapping", "write - patient: 1")
            return None
        for key in value:
            if key not in ("patient", "findings", "repair"):
                self._unknown((*path, key), key, ("patient", "findings", "repair"), "part of a patient")
        number = value.get("patient", "")
        if not isinstance(number, str) or not re.fullmatch(r"[1-9]\d?", number):
            self._wrong((*path, "patient"), "a patient has a number", "write patient: 1")
            return None
        claims = value.get("findings", [])
        if claims == "":
            claims = []
        if not isinstance(claims, list) or len(claims) > MOST_FINDINGS:
            self._wrong((*path, "findings"), "findings is a list", "write - {finding: …} below it")
            claims = []
        repair = value.get("repair", {}) or {}
        parts: dict[str, dict[str, Setting]] = {"server": {}, "client": {}}
        if not isinstance(repair, dict):
            self._wrong((*path, "repair"), "repair has the parts server and client", "write repair: {client: {…}}")
            repair = {}
        for part, settings in repair.items():
            at = (*path, "repair", part)
            if part not in parts:
                self._unknown(at, part, ("server", "client"), "part of a repair")
            elif settings and not isinstance(settings, dict):
                self._wrong(at, f"{part} is a mapping", f"write {part}: {{…}}")
            elif isinstance(settings, dict):
                parts[part] = self._settings(at, settings, SERVER if part == "server" else CLIENT, part)
        found = [claim for n, one in enumerate(claims) if (claim := self._claim((*path, "findings", n), one))]
        return PatientAnswer(number=int(number), claims=tuple(found), **parts)

    def _claim(self, path: Path, value: Value) -> Claim | None:
        if isinstance(value, str):
            value = {"finding": value}
        if not isinstance(value, dict):
            self._wrong(path, "a finding is a mapping", "write {finding: …, certificate: …, field: …, who: …}")
            return None
        known = ("finding", "certificate", "field", "who")
        texts: dict[str, str] = {}
        for key, one in value.items():
            if key not in known:
                self._unknown((*path, key), key, known, "part of a finding")
            elif not isinstance(one, str) or len(one) > 100:
                self._wrong((*path, key), f"{key} is one word")
            else:
                texts[key] = one.strip()
        id = texts.get("finding", "")
        if id not in FINDINGS:
            self._unknown((*path, "finding"), id, tuple(FINDINGS), "finding")
            return None
        place, who = texts.get("certificate", "").lower(), texts.get("who", "").lower()
        if place and place not in PLACES:
            self._unknown((*path, "certificate"), place, PLACES, "place of a certificate")
        if who and who not in PARTIES:
            self._unknown((*path, "who"), who, PARTIES, "party")
        return Claim(
            finding=id,
            certificate=next((one for one in PLACES if one == place), None),
            field=texts.get("field") or None,
            who=next((one for one in PARTIES if one == who), None),
        )

    def _settings(
        self, path: Path, value: dict[str, Value], known: dict[str, tuple[str, tuple[str, ...]]], part: str
    ) -> dict[str, Setting]:
        found: dict[str, Setting] = {}
        for key, one in value.items():
            at = (*path, key)
            if key not in known:
                self._unknown(at, key, tuple(known), f"setting of a {part}")
            elif key == "environment":
                if isinstance(one, dict):
                    found[key] = self._variables(at, one)
                else:
                    self._wrong(at, "environment is a mapping", "write environment: {REQUESTS_CA_BUNDLE: unset}")
            elif not isinstance(one, str):
                self._wrong(at, f"{key} is one word")
            elif self._fits(at, key, one, *known[key]):
                found[key] = one
        return found

    def _variables(self, path: Path, value: dict[str, Value]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, one in value.items():
            if name not in VARIABLES:
                self._unknown((*path, name), name, VARIABLES, "variable that matters here")
            elif isinstance(one, str) and self._fits((*path, name), name, one, FILE, ("unset",)):
                found[name] = one
        return found

    def _fits(self, path: Path, key: str, text: str, kind: str, words: tuple[str, ...]) -> bool:
        if text in words:
            return True
        if kind == FILE and _FILE.fullmatch(text):
            return True
        if kind == SWITCH and text.lower() in ("yes", "no", "true", "false"):
            return True
        if kind == LEVEL and re.fullmatch("[0-5]", text):
            return True
        if kind == NAME and _HOST.fullmatch(text):
            return True
        wanted = {
            FILE: "a file of the bundle (patient-1/ca/ca.pem) or of yours (repair/NAME)",
            SWITCH: "yes or no",
            LEVEL: "a number from 0 to 5",
            NAME: "a host",
        }.get(kind, "")
        choice = " or ".join(filter(None, (wanted, *words)))
        self._wrong(path, f"{key}: {text[:60]!r} does not fit", f"write {choice}")
        return False
