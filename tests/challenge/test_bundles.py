"""What is handed out: the same for the same seed, different for each learner, and silent about the disease."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile

import pytest
from cryptography import x509

from simulator.challenge import archive, bundle, disease, leaks, making, seeds
from simulator.challenge import plan as plans
from simulator.challenge.individual import individual, rebased, renamed
from simulator.challenge.roster import count
from simulator.challenge.said import evidence
from simulator.diagnosis.diagnose import diagnose
from simulator.errors import UsageError
from tests.challenge.classes import ADA, BOB, SECRET, TODAY, files, host, plan

FIT = disease.fit()


def findings(deployment):
    return [(one.id, one.certificate, one.field) for one in diagnose(evidence(deployment))]


def test_a_bundle_is_the_same_bytes_wherever_it_is_made():
    """The suite runs on Python 3.11 and 3.13: both find these digests of everything that is made, not worded."""
    made = {}
    for id in ("missing-san", "incomplete-chain", "weak-key"):
        of = plan(id, start="2026-03-01")
        pems = b"".join(data for name, data in bundle.files(of, ADA) if name.endswith(".pem"))
        made[id] = hashlib.sha256(pems).hexdigest()[:16]
        assert bundle.make(of, ADA) == bundle.make(plan(id, start="2026-03-01", learners=(BOB, ADA)), ADA)
    assert made == {
        "missing-san": "1ec0533c7e05c135",
        "incomplete-chain": "2ca59dfe01d77b16",
        "weak-key": "392c935891f81567",
    }


def test_everything_about_a_patient_differs_from_learner_to_learner():
    of = plan("missing-san", learners=count(40))
    seen = []
    for learner in of.learners:
        made = files(of, learner)
        leaf = x509.load_pem_x509_certificate(made["patient-1/server/chain.pem"])
        seen.append((host(made), leaf.serial_number, leaf.not_valid_before_utc, leaf.public_key().public_numbers()))
    for column in zip(*seen, strict=True):
        assert len(set(column)) > 35
    assert len({leaf_issuer(files(of, learner)) for learner in of.learners}) > 15
    assert len({files(of, learner)["answer.yaml"] for learner in of.learners}) == 40


def leaf_issuer(made):
    return x509.load_pem_x509_certificate(made["patient-1/server/chain.pem"]).issuer.rfc4514_string()


def test_the_order_of_patients_and_the_second_fault_differ():
    of = plan("missing-san", "expired", learners=count(20))
    assert len({of.diseases(of.seed(one.id)) for one in of.learners}) == 2
    drawn = making.slots(["missing-san"], level=None, faults=2, folders=())
    of = plans.Plan(secret=SECRET, start=TODAY, days=3, slots=drawn, learners=count(30))
    second = {of.diseases(of.seed(one.id))[0][1] for one in of.learners}
    assert len(second) > 5
    assert "missing-san" not in second


@pytest.mark.parametrize("scenario", FIT, ids=lambda one: one.id)
def test_an_individual_has_the_disease_and_nothing_else(scenario):
    """On the first day of the window and on the last."""
    broken = scenario.broken()
    for days, later in ((0, 0), (60, 0), (60, -60)):
        mine = rebased(individual(broken, seeds.of_learner(SECRET, "ada"), days=days), later * 86_400)
        assert mine.client.host == broken.client.host or mine.client.host.endswith(".localhost")
        assert findings(mine) == findings(broken), (days, later)


@pytest.mark.parametrize("scenario", FIT, ids=lambda one: one.id)
def test_no_bundle_names_its_disease(scenario):
    made = bundle.make(plan(scenario.id), ADA)
    assert leaks.search(made, (*leaks.telling(), *disease.case((scenario.id,)).told, SECRET)) == []


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("patient-1/story.txt", b"The certificate names nobody.\n", "The certificate names nobody"),
        ("patient-1/missing-san.pem", b"", "missing-san"),
        ("patient-1/server/site.conf", b"# fault: omit-san\n", "omit-san"),
        ("patient-1/setup.json", b'{"hints": ["bWlzc2luZy1zYW4gaXMgaXQ="]}', "missing-san"),
        (
            "patient-1/server/chain.pem",
            b"-----BEGIN CERTIFICATE-----\nAGV4cGlyZWQA\n-----END CERTIFICATE-----",
            "expired",
        ),
    ],
)
def test_a_leak_is_found_wherever_it_is(name, data, what):
    made = archive.write([*((n, d) for n, d in bundle.files(plan("missing-san"), ADA) if n != name), (name, data)])
    assert what.lower() in [leak.what for leak in leaks.search(made, leaks.telling()) if leak.where == name]


def test_the_clients_own_words_are_no_leak_and_a_word_within_a_word_is_none():
    made = bundle.make(plan("expired"), ADA)
    assert b"certificate has expired" in archive.read(made)["patient-1/error.txt"]
    assert leaks.search(made, ["expired"]) == []
    odd = archive.write([("a.txt", b"unexpired expired-intermediates")])
    assert leaks.search(odd, ["expired"]) == []


def test_bookkeeping_tells_nothing():
    made = bundle.make(plan("missing-san"), ADA)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert opened.testzip() is None
        for one in opened.infolist():
            assert (one.date_time, one.extra, one.comment, one.compress_type) == ((1980, 1, 1, 0, 0, 0), b"", b"", 0)
            assert bool(one.external_attr >> 16 & 0o077) == ("key" not in one.filename)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as other:
        other.writestr("a.txt", "a" * 99)
        other.comment = b"made for ada"
    assert {leak.what.split()[0] for leak in leaks.search(out.getvalue(), [])} == {"a", "the", "compression,"}


def test_the_secret_lies_in_the_instructors_folder_alone(tmp_path):
    of = plan("missing-san", learners=count(3))
    key, names = making.make(of, str(tmp_path / "out"))
    assert names == ["learner-01.zip", "learner-02.zip", "learner-03.zip"]
    assert stat.S_IMODE((tmp_path / "out/instructor").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "out/instructor/plan.json").stat().st_mode) == 0o600
    for name in names:
        data = (tmp_path / "out/bundles" / name).read_bytes()
        assert SECRET.encode() not in data
        assert of.seed("learner-01").encode() not in data
    assert plans.load(key) == of
    with pytest.raises(UsageError, match="there already"):
        making.make(of, str(tmp_path / "out"))


def test_other_processes_make_the_same_bundles(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "FEW", 0)
    monkeypatch.setattr(making, "CHUNK", 2)
    of = plan("missing-san", learners=count(5))
    making.make(of, str(tmp_path / "two"), workers=2)
    for learner in of.learners:
        assert (tmp_path / "two/bundles" / f"{learner.id}.zip").read_bytes() == bundle.make(of, learner)


def test_a_seed_word_is_stretched_and_a_drawn_seed_has_128_bits():
    assert seeds.stretch("rosebud") == seeds.stretch("rosebud") != seeds.stretch("rosebuc")
    assert len(bytes.fromhex(seeds.draw())) == 16
    assert seeds.draw() != seeds.draw()


def test_a_story_that_says_too_much_is_refused(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "title: Blue moon\nlevel: 1\nstory: It is a blue moon.\nbaseline: two-tier\nfaults:\n  - fault: omit-san\n"
        "expect:\n  - {client: any, verdict: rejected}\nsurfaces: [missing-san]\nhints:\n  - Look.\nfixes:\n"
        "  - {title: Mend, undo: [omit-san], claim: cure}\n"
    )
    of = plans.Plan(secret=SECRET, start=TODAY, days=3, slots=((("own",),),), learners=(ADA,), folders=(str(tmp_path),))
    with pytest.raises(UsageError, match="would say 'blue moon' in patient-1/story"):
        making.check(of)


@pytest.mark.parametrize("id", ["server-hangs", "intercepting-proxy", "revoked-unnoticed", "clock-ahead", "healthy"])
def test_what_no_sheet_can_mend_is_no_challenge(id):
    with pytest.raises(UsageError, match="cannot be a challenge"):
        making.slots([id], level=None, faults=1, folders=())


def test_names_keep_their_shape():
    seed = seeds.of_learner(SECRET, "ada")
    told = renamed("localhost, api.shop.test, *.shop.test, test.txt, my.testing, 127.0.0.1", seed, "localhost")
    one, api, star, *rest = told.split(", ")
    assert one.endswith(".localhost")
    assert api.split(".")[1:] == star.split(".")[1:]
    assert star.startswith("*.")
    assert rest == ["test.txt", "my.testing", "127.0.0.1"]


def test_windows():
    assert plans.window("2026-01-01", "2026-01-31", "") == ("2026-01-01", 30)
    assert plans.window("", "", "2026-05-05") == ("2026-05-05", 30)
    for start, until in (("2026-01-01", "2026-12-31"), ("2026-02-01", "2026-01-01"), ("tomorrow", "")):
        with pytest.raises(UsageError):
            plans.window(start, until, TODAY)


def test_a_self_check_holds_this_learners_answers_and_nobody_elses():
    of = plan("missing-san", self_check=True)
    told = bundle.unsealed(files(of)[bundle.SEAL])
    assert told["diseases"] == [["missing-san"]]
    assert told["seed"] == of.seed("ada")
    assert SECRET not in json.dumps(told)
