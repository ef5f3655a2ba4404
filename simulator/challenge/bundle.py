"""What a learner gets: one stored zip file. Law: it follows from the plan and the learner's id, byte for byte, on every
machine; and nothing in it names the disease.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence

from simulator.challenge import archive, seeds
from simulator.challenge.disease import case
from simulator.challenge.patient import Patient
from simulator.challenge.plan import Plan
from simulator.challenge.roster import Learner

SHEET = "answer.yaml"
README = "README.txt"
SEAL = "self-check.txt"
"""What `answer` needs to mark at once. It holds this learner's answers, wrapped up, not locked."""

_README = """\
Diagnose this
=============

{patients} Each has a folder with what you would have in real life:

  story.txt          what people told
  error.txt          what the client says
  client/            the client's program, what it trusts, its machine
  server/            the server's settings, the certificates it sends, its key
  ca/                who issues: the CA's certificate and key, for your repairs

Run it (pip install tls-clinic):

  simulate challenge play .                the server of patient 1, until Ctrl-C
  simulate challenge play . --patient 2    another one, where there is one
  simulate challenge play . --hint         one hint; the next time, the next one

Look at it with whatever you like, openssl for one:

  openssl x509 -in patient-1/server/chain.pem -noout -text

Answer: fill in answer.yaml, put new files of yours into a folder repair/, and then

  simulate challenge answer .

checks the form and packs what you hand in. Everything holds from {start} to {until}.
"""
_SHEET = """\
# Your answers. `simulate challenge words` lists the words that fit; `simulate challenge answer .` checks the form.
learner: {learner}
bundle: {code}
patients:
{patients}"""
_SHEET_PATIENT = """\
  - patient: {number}
    # What is wrong: one line for each thing. A wrong line costs what a right one earns.
    #   finding:      one of the words of `simulate challenge words`
    #   certificate:  where you see it: server, issuer, anchor (what the client trusts), or none
    #   field:        the field, extension or setting: notAfter, subjectAltName, verify …
    #   who:          who can mend it: issuer, server or client
    # - {{finding: …, certificate: …, field: …, who: …}}
    findings: []
    # How you mend it. Name files of the bundle as they are, and new ones as repair/NAME; leave out what stays.
    #   server: {{chain: repair/chain.pem, key: repair/key.pem}}     what the server sends, first its own certificate
    #   client: {{trust: repair/ca.pem}}                            what the client's verify= names
    repair: {{}}
"""


def make(plan: Plan, learner: Learner) -> bytes:
    """The bundle of one learner."""
    return archive.write(files(plan, learner))


def files(plan: Plan, learner: Learner) -> list[tuple[str, bytes]]:
    """The files of one learner's bundle, in their order."""
    seed = plan.seed(learner.id)
    found = patients(plan, seed)
    one = "One service does not work as it should."
    many = f"{len(found)} services do not work as they should; they have nothing to do with each other."
    readme = _README.format(patients=one if len(found) == 1 else many, start=plan.start, until=plan.until)
    sheet = _SHEET.format(
        learner=json.dumps(learner.id, ensure_ascii=False),
        code=seeds.code(seed),
        patients="".join(_SHEET_PATIENT.format(number=n) for n in range(1, len(found) + 1)),
    )
    made = [(README, readme.encode()), (SHEET, sheet.encode())]
    for number, patient in enumerate(found, 1):
        made += [(f"patient-{number}/{name}", data) for name, data in patient.files()]
    if plan.self_check:
        made.append((SEAL, _sealed(plan, learner, seed)))
    return made


def patients(plan: Plan, seed: str) -> list[Patient]:
    """The patients of the learner with this seed, in the order of the bundle."""
    return of(plan.diseases(seed), plan.folders, seed, opens=plan.opens, days=plan.days)


def of(
    diseases: Sequence[tuple[str, ...]], folders: tuple[str, ...], seed: str, *, opens: int, days: int
) -> list[Patient]:
    """Patients with these diseases."""
    return [
        Patient(case(tuple(disease), folders), f"{seed}/{number}" if number else seed, opens=opens, days=days)
        for number, disease in enumerate(diseases)
    ]


def _sealed(plan: Plan, learner: Learner, seed: str) -> bytes:
    """This learner's part of the plan. The class's secret is not in it."""
    told = {
        "learner": learner.id,
        "seed": seed,
        "from": plan.start,
        "days": plan.days,
        "diseases": plan.diseases(seed),
        "folders": plan.folders,
    }
    packed = base64.b64encode(zlib.compress(json.dumps(told).encode(), 9)).decode()
    lines = [packed[i : i + 76] for i in range(0, len(packed), 76)]
    return ("The answers are wrapped up here, for `simulate challenge answer .`\n" + "\n".join(lines) + "\n").encode()


def unsealed(data: bytes) -> dict[str, object]:
    """What `_sealed` wrapped up. Raises `ValueError`."""
    packed = b"".join(data.splitlines()[1:])
    try:
        plain = zlib.decompressobj().decompress(base64.b64decode(packed), 100_000)
    except (zlib.error, ValueError) as error:
        raise ValueError(f"the self-check is damaged: {error}") from None
    told = json.loads(plain)
    if not isinstance(told, dict):
        raise ValueError("the self-check is damaged")
    return told
