"""The tour: one source, whatever is typed is answered, and what it shows was run."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from cryptography import x509
from nbclient import NotebookClient

from simulator.cli import screen, tour, tour_export, tour_lesson, tour_talk, tour_typed
from simulator.cli.tour_stage import Classroom
from simulator.errors import UsageError
from simulator.lab import domain_check
from simulator.lab.mint import Mint
from simulator.model.deployment import Key
from tests.cli.test_cli import one_line, simulate
from tests.cli.test_cli_lab import free_port

LESSON = tour_lesson.load()
Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Plays the tour with these typed lines, and gives what was on the screen."""
    shown: list[str] = []
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(screen, "write", shown.append)

    def play(*typed: str, arguments: tuple[str, ...] = ()) -> str:
        lines = list(typed)

        def read(prompt: str) -> str:
            shown.append(prompt)
            if not lines:
                raise EOFError
            shown.append(lines[0] + "\n")
            return lines.pop(0)

        monkeypatch.setattr(tour, "_read", read)
        shown.clear()
        assert tour.run(["--port", str(free_port()), *arguments]) == 0
        assert not lines, f"never asked for: {lines}"
        return "".join(shown)

    return play


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_each_question_has_one_right_answer_and_a_reply_to_each_guess() -> None:
    asked = [part for step in LESSON.steps for part in step.parts if part.kind == "ask"]
    assert len(asked) >= len(LESSON.steps)
    for part in asked:
        assert sum(option.right for option in part.options) == 1, part.text
        assert all(option.reply and option.text and option.words for option in part.options), part.text
        words = [option.words for option in part.options]
        assert not set.intersection(*map(set, words)), part.text
    for step in LESSON.steps:
        kinds = [part.kind for part in step.parts]
        assert kinds.index("ask") < (kinds.index("show") if "show" in kinds else len(kinds)), step.id


def test_an_authors_slip_in_the_lesson_is_an_error() -> None:
    with pytest.raises(ValueError, match="a block that nothing shows"):
        tour_lesson.parse("# T\n\n## a · b\n\n```picture\nx\n```\n")


def test_what_the_lesson_says_is_what_happens() -> None:
    """Every claim of the lesson's right answers, against the real client."""
    with Classroom(free_port(), seed="tour") as room:
        seen = {step.id: room.begin(step.stage) for step in LESSON.steps if step.stage}
        said = {id: stage.seen().attempt for id, stage in seen.items()}
        verdicts = {id: attempt.verdict for id, attempt in said.items()}
        assert verdicts == {
            "self-signed": "rejected",
            "verify-false": "accepted",
            "missing-name": "rejected",
            "certifi": "accepted",
            "borrowed": "rejected",
            "own-ca": "accepted",
            "browser": "rejected",
        }
        assert "self-signed certificate" in said["self-signed"].error
        assert "Hostname mismatch" in said["missing-name"].error
        assert "signature failure" in said["borrowed"].error
        fix = 'Make it again, with -addext "subjectAltName=DNS:localhost"'
        assert seen["missing-name"].fixed(fix).attempt.verdict == "accepted"
        admitted = {
            id: [attack.id for attack in stage.trial().attacks if attack.outcome == "admitted"]
            for id, stage in seen.items()
            if id in ("verify-false", "certifi", "own-ca")
        }
        assert len(admitted["verify-false"]) == 6
        assert admitted["certifi"] == ["stolen-ca-key"]
        assert admitted["own-ca"] == []
        assert {len(seen[id].trial().attacks) for id in admitted} == {8}


def test_a_whole_tour_with_every_guess(say: Say) -> None:
    guesses = [
        *("b", "self-signed certificate", ""),
        *("it works", "a", ""),
        *("refused", "next"),
        *("yes", "any site", ""),
        *("b", ""),
        *("c", "n"),
        *("put a file there", ""),
        *("b", ""),
    ]
    text = squeezed(say(*guesses))
    for step in LESSON.steps:
        assert step.title in text
    assert "Not quite. It is encrypted, yes" in text
    assert "You guessed 11 times, and 9 were right." in text
    assert "6 of 8 attacks got in" in text
    assert "shop.test" in text
    assert "404 Not Found" in text
    assert "Next: simulate list" in text


def test_whatever_is_typed_is_answered(say: Say) -> None:
    text = squeezed(
        say(
            "banana",
            "?",
            "curl https://localhost:1443/",
            "requests.get(url)",
            'requests.get("https://localhost/", verify="cert.pem")',
            "requests.get(url, verify=False)",
            "requests.get(url, verify='nothing.pem')",
            "requests.post(url)",
            "x" * 5000,
            "\x1b[31m\u202e",
            "__import__('os').system('exit')",
            "stop",
        )
    )
    assert "“banana” is nothing that I know. Type a, b or c, or Enter to see" in text
    assert "back, skip (to the next step)" in text
    assert "curl belongs in a second terminal" in text
    assert text.count("SSLError: HTTPSConnectionPool") == 1
    assert text.count("200 OK") == 2
    assert "Could not find a suitable TLS CA certificate bundle" in text
    assert "I can run requests.get(url)" in text
    assert "\x1b[31m" not in text.replace("› \x1b[31m", "")
    assert text.endswith("Stopped before step 1. simulate tour goes on from there.")


def test_back_skip_again_stop_and_coming_back(say: Say) -> None:
    text = say("skip", "skip", "back", "again", "a", "stop")
    headings = [int(n) for n in re.findall(r"step (\d) of 8", text)]
    assert headings == [1, 2, 3, 2, 2]
    text = say()
    assert "You stopped before step 2." in squeezed(text)
    assert "step 2 of 8" in text
    assert "step 1 of 8" in say(arguments=("--again",))
    text = say(arguments=("--from", "public-ca"))
    assert "step 7 of 8" in text
    assert "You stopped" not in text
    assert "step 3 of 8" in say("back", "skip", "stop", arguments=("--from", "4"))
    assert "step 1 of 8" in say("back", "back", "stop", arguments=("--from", "2"))
    say(*["skip"] * 8, arguments=("--again",))
    assert "You stopped" not in say()


def test_a_place_that_cannot_be_remembered_stops_nobody(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert "step 2 of 8" in say("skip", "stop")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "state/tls-clinic").mkdir(parents=True)
    (tmp_path / "state/tls-clinic/tour").write_text("ninety")
    assert "step 1 of 8" in say()


def test_a_second_terminals_client_is_seen(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    import urllib.error
    import urllib.request

    rooms: list[Classroom] = []
    original = Classroom.begin

    def begin(self: Classroom, part: tour_lesson.Part) -> object:
        rooms.append(self)
        return original(self, part)

    monkeypatch.setattr(Classroom, "begin", begin)
    wait = tour_talk.Talk.wait

    def waiting(self: tour_talk.Talk, stage: object) -> object:
        context = ssl.create_default_context()
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"https://localhost:{rooms[0].port}/", context=context)
        assert stage is not None
        while not rooms[0]._on_event.__self__:  # type: ignore[union-attr]  # the play's list, filled by the server's thread
            pass
        return wait(self, stage)  # type: ignore[arg-type]

    monkeypatch.setattr(tour_talk.Talk, "wait", waiting)
    assert "The server saw a client of yours: alert received: unknown_ca" in squeezed(say("b", "c", "stop"))


@pytest.mark.parametrize(
    ("text", "verify"),
    [
        ("requests.get(url)", True),
        ("get('x', timeout=3)", True),
        ("requests.get('x', verify=True)", True),
        ("requests.get('x', verify=False)", False),
        ("requests.get('x', verify='ca.pem')", "ca.pem"),
        ("requests.get('x', verify=1)", None),
        ("requests.get('x', verify=open('y'))", None),
        ("requests.get(", None),
        ("requests.post('x')", None),
        ("hello", None),
        ("", None),
        ("(" * 5000, None),
        ("\x00", None),
    ],
)
def test_a_typed_call_is_read_and_never_evaluated(text: str, verify: object) -> None:
    assert tour_typed.wanted(text) == verify
    assert type(tour_typed.wanted(text)) is type(verify)


def test_without_a_person_it_is_one_text(tmp_path: Path) -> None:
    port = free_port()
    for columns in ("80", "40"):
        ended = simulate("tour", "--non-interactive", "--port", str(port), COLUMNS=columns, TMPDIR=str(tmp_path))
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr == ""
        assert max(len(line) for line in ended.stdout.splitlines()) <= int(columns)
        text = squeezed(ended.stdout)
        for step in LESSON.steps:
            assert step.title in text
        assert "The answer: requests refuses, with an error." in text
        assert "Your guess" not in text
        assert list(tmp_path.iterdir()) == []
    assert "\x1b" not in ended.stdout


def test_a_closed_input_stops_it_and_wrong_usage_is_a_line(tmp_path: Path) -> None:
    ended = simulate("tour", "--port", str(free_port()), XDG_STATE_HOME=str(tmp_path))
    assert ended.returncode == 0
    assert "Stopped before step 1" in ended.stdout
    assert "--from 1 to 8" in one_line(simulate("tour", "--from", "9"))
    assert "simulate tour --from borrowed" in one_line(simulate("tour", "borrowed"))
    with pytest.raises(UsageError, match="is no port"):
        tour.run(["--port", "x"])


def test_a_port_in_use_is_replaced() -> None:
    with Classroom(free_port()) as first:
        first.enter("own-ca")
        with Classroom(first.port) as second:
            second.enter("own-ca")
            assert second.port != first.port


def test_an_unknown_stage_is_an_error() -> None:
    with Classroom(free_port()) as room:
        with pytest.raises(KeyError):
            room.enter("nowhere")
        with pytest.raises(KeyError):
            room.enter("own-ca").file("nothing.pem")


def test_the_handout_in_the_docs_is_the_one_that_the_tour_writes() -> None:
    with Classroom(1443, seed="tour") as room:
        text = tour_export.handout(LESSON, room).replace(f":{room.port}/", ":1443/")
    kept = (Path(__file__).parents[2] / "docs/tour.md").read_text(encoding="utf-8")

    def alike(handout: str) -> str:
        """Line numbers of C files are Python's; port and token are the run's."""
        return re.sub(r"_ssl\.c:\d+|port=\d+", "…", handout)

    assert alike(text) in alike(kept)
    assert text.count("- [ ] ") == sum(len(p.options) for s in LESSON.steps for p in s.parts if p.kind == "ask")


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    port = free_port()
    source = tour_export.notebook(LESSON, port)
    assert source == tour_export.notebook(LESSON, port)
    document = nbformat.reads(source, as_version=4)
    nbformat.validate(document)
    NotebookClient(document, timeout=60, kernel_name="python3").execute()
    printed = "".join(
        output.text
        for cell in document.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text" in output
    )
    for words in (
        "self-signed certificate",
        "Hostname mismatch",
        "certificate signature failure",
        "Hello from the lab.",
        "admitted: impostor-self-signed",
        "admitted: stolen-ca-key",
        "CA: That is not what I asked for. No certificate.",
        "In your browser: https://localhost:",
    ):
        assert words in printed, words
    assert printed.count("Hello from the lab.") == 3


def test_only_the_owner_of_a_site_gets_a_certificate_for_it() -> None:
    mint = Mint("tour", 0)
    owner, mallory = domain_check.exchanges(mint)
    assert (owner.issued, mallory.issued) == (True, False)
    certificate = x509.load_der_x509_certificate(owner.certificate or b"")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["shop.test"]
    assert certificate.not_valid_after_utc.timestamp() == 89 * 86_400
    assert [line.who for line in owner.lines] == ["the owner", "CA", "the owner", "CA", "shop.test", "CA"]
    assert "404 Not Found" in mallory.lines[4].text
    assert owner == domain_check.exchanges(Mint("tour", 0))[0]


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    """Against an independent reading of the key's numbers."""
    import base64
    import hashlib

    pair = Mint("tour", 0).key(Key(name="account/the owner"))
    spki = pair.spki  # P-256: the last 64 bytes are x and y
    x, y = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (spki[-64:-32], spki[-32:]))
    whole = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    wanted = base64.urlsafe_b64encode(hashlib.sha256(whole.encode()).digest()).rstrip(b"=").decode()
    assert domain_check.thumbprint(pair) == wanted
