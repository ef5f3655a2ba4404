"""`make mutants`: breaks the code on purpose, one place at a time, in a copy; each time a named test must turn red.

Law: a mutation is a sentence about what would be wrong, the text that is there, and the text that would be wrong. Where
the text is no longer there the list is out of date, and that is an error too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPIED = ("simulator", "tests", "scenarios", "report_templates", "pyproject.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """`wrong` says what would be wrong; `tests` are what must notice."""

    wrong: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


IDENTITY, PATH, TRUST = (f"simulator/diagnosis/{name}.py" for name in ("identity", "path", "trust"))
CERTIFICATE, RULES = "simulator/diagnosis/certificate.py", "simulator/diagnosis/rules.py"
REMEDY = "simulator/remedy.py"
NAMES = ("tests/diagnosis/test_details.py", "tests/diagnosis/test_oracles.py")
PATHS = ("tests/test_inversion.py", "tests/diagnosis/test_oracles.py")
GRADES = ("tests/test_grade.py",)

MUTATIONS = (
    Mutation(
        wrong="the common name counts for everybody",
        file=IDENTITY,
        old="by_common_name = fallback and not hosts",
        new="by_common_name = not hosts",
        tests=PATHS,
    ),
    Mutation(
        wrong="a star covers two labels",
        file=IDENTITY,
        old="return bool(dot) and dot + rest == pattern[1:]",
        new="return bool(dot) and host.endswith(pattern[1:])",
        tests=NAMES,
    ),
    Mutation(
        wrong="an address written as a DNS name counts",
        file=IDENTITY,
        old="    if wanted.ip is not None:\n        if wanted.ip in addresses:",
        new="    if wanted.ip is not None:\n        if wanted.ip in addresses or wanted.text.encode() in hosts:",
        tests=PATHS,
    ),
    Mutation(
        wrong="the signature is not checked",
        file="simulator/diagnosis/validity.py",
        old="subject.signed_by(path.chain[at + 1]) is False",
        new="False",
        tests=PATHS,
    ),
    Mutation(
        wrong="key identifiers are ignored",
        file=CERTIFICATE,
        old="        and identifies(issuer, subject.x.aki)\n",
        new="",
        tests=PATHS,
    ),
    Mutation(
        wrong="served issuers are tried before trusted ones",
        file=PATH,
        old="if issuer is not None and not last.self_signed:",
        new="if issuer is not None and not last.self_signed and not any(issued(c, last) for c in served):",
        tests=PATHS,
    ),
    Mutation(
        wrong="any anchor ends a path",
        file=PATH,
        old="if issuer.self_signed or partial:",
        new="if True:",
        tests=PATHS,
    ),
    Mutation(
        wrong="an intermediate's dates do not matter",
        file="simulator/diagnosis/validity.py",
        old="for at in range(top, -1, -1):",
        new="for at in (0,):",
        tests=PATHS,
    ),
    Mutation(
        wrong="a rival is dropped",
        file=TRUST,
        old='rivals = () if same_name else ("incomplete-chain", *reset)',
        new="rivals = ()",
        tests=("tests/diagnosis/test_catalogue.py",),
    ),
    Mutation(
        wrong="an attack that was not run counts as kept out",
        file=REMEDY,
        old='if any(outcome.outcome == "not-run" for outcome in (*attacks, *on_baseline)):',
        new="if False:",
        tests=GRADES,
    ),
    Mutation(
        wrong="any refusal keeps an attacker out",
        file=REMEDY,
        old="if attempt.verify_code is not None and attempt.verify_code in attack.codes:",
        new="if attempt.verify_code is not None:",
        tests=GRADES,
    ),
    Mutation(
        wrong="dangerous is decided after accepted",
        file=REMEDY,
        old='for outcome in attacks):\n        return "dangerous"',
        new='for outcome in attacks) and after.verdict == aim:\n        return "dangerous"',
        tests=GRADES,
    ),
    Mutation(
        wrong="what the baseline lets in is not asked",
        file=REMEDY,
        old='outcome.outcome == "admitted" and outcome.id not in known',
        new='outcome.outcome == "admitted"',
        tests=GRADES,
    ),
    Mutation(
        wrong="a fresh client is not asked",
        file=REMEDY,
        old="if remaining or any(attempt.verdict != aim for attempt in fresh):",
        new="if remaining:",
        tests=GRADES,
    ),
    Mutation(
        wrong="somebody else's token is an admission",
        file=REMEDY,
        old="if run.token in run.tokens:",
        new="if run.tokens:",
        tests=GRADES,
    ),
    Mutation(
        wrong="a victim that never went out was attacked",
        file=REMEDY,
        old='if attempt.stage == "setup" or',
        new="if False or",
        tests=GRADES,
    ),
)


def killed(mutation: Mutation) -> str:
    """ "" where a test noticed, else what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder)
        file = Path(folder, mutation.file)
        text = file.read_text()
        if text.count(mutation.old) != 1:
            return f"{mutation.file} has this {text.count(mutation.old)} times: {mutation.old!r}"
        file.write_text(text.replace(mutation.old, mutation.new))
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutation.tests]
        ended = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=300)
        # 1: tests failed. Anything else (a syntax error, nothing collected) proves nothing.
        return "" if ended.returncode == 1 else f"pytest ended in {ended.returncode}: {ended.stdout[-300:]}"


def main() -> int:
    """Runs all mutations, two at a time."""
    survivors = 0
    with ThreadPoolExecutor(2) as pool:
        for mutation, problem in zip(MUTATIONS, pool.map(killed, MUTATIONS), strict=True):
            survivors += bool(problem)
            print(f"{'SURVIVES' if problem else 'red     '} {mutation.wrong}{': ' + problem if problem else ''}")
    print(f"{len(MUTATIONS) - survivors} passed, {survivors} failed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
