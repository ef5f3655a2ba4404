"""An attacker's bytes: no exception leaves the room, the work stays bounded, and what is shown is escaped."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.diagnosis.diagnose import diagnose, path_nodes, predict
from simulator.model.evidence import Evidence
from tests.diagnosis import mint as m
from tests.diagnosis.chains import random_chain
from tests.diagnosis.mint import but, leaf, root, under
from tests.diagnosis.seen import evidence, ids

ROOT = root()


def ask(seen: Evidence) -> None:
    found = diagnose(seen)
    for traits in (frozenset[str](), frozenset({"x509-strict", "partial-chain"})):
        predict(seen, traits)
    path_nodes(seen, found)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 1 << 40))
def test_mutated_certificates_raise_nothing(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - tests, not keys
    chain, _ = random_chain(rng, invalid=True)

    def mutated(der: bytes) -> bytes:
        data = bytearray(der)
        for _ in range(rng.choice((0, 1, 1, 2, 5))):
            at = rng.randrange(len(data))
            kind = rng.randrange(4)
            if kind == 0:
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                data[at] = rng.randrange(256)
            elif kind == 2:
                del data[at : at + rng.randrange(1, 4)]
            else:
                data[at:at] = rng.randbytes(rng.randrange(1, 4))
            if not data:
                break
        return bytes(data)

    served = [mutated(der) for der in chain.served]
    anchors = [mutated(der) for der in chain.anchors]
    ask(evidence(served, anchors, host=chain.host, crls=(mutated(served[0]),), checks_crls=True))


@given(st.binary(max_size=60))
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
def test_rubbish_raises_nothing(data: bytes) -> None:
    ask(evidence([data], [data], crls=(data,), checks_crls=True, certificate=(data,)))
    end = leaf(ROOT)
    for kind in (m.SAN, m.KU, m.EKU, m.BC, m.AKI, m.SKI, m.NC, m.CRLDP, m.PROXY, m.NS_TYPE, m.AIA):
        ask(evidence([but(leaf(ROOT), m.ext(kind, data))], [ROOT, but(root(), m.ext(kind, data))]))
    ask(evidence([m.leaf(ROOT, m.tlv(0x82, data))], [ROOT]))
    ask(evidence([end], [ROOT], host=data.decode("latin-1")))


def _thousand_names() -> Evidence:
    names = [f"DNS:h{n}.test" for n in range(10_000)]
    return evidence([leaf(ROOT, *names)], [ROOT])


def _megabyte() -> Evidence:
    return evidence([but(leaf(ROOT), m.ext("1.3.6.1.4.1.55555.3", bytes(1 << 20)))], [ROOT])


def _many_cross_signs() -> Evidence:
    """Fifteen levels with fifteen certificates each: 15^15 paths for whoever tries them all."""
    served = []
    tops = [root("Level 0", m.key("p256", 200 + n)) for n in range(2)]
    for level in range(1, 15):
        own = m.key("p256", 300 + level)
        for n in range(15):
            served.append(
                m.Spec(
                    subject=m.cn(f"Level {level}"), issuer=m.cn(f"Level {level - 1}"), key=own,
                    signer=m.key("p256", 300 + level - 1), serial=n + 1, extensions=[m.bc(True)],
                )
            )  # fmt: skip
    end = leaf(None, private=m.key("p256", 3), issuer=m.cn("Level 14"), signer=m.key("p256", 314))
    return evidence([end, *served[::-1]], tops)


def _loop() -> Evidence:
    a = m.Spec(
        subject=m.cn("A"), issuer=m.cn("B"), key=m.key("p256", 1), signer=m.key("p256", 2), extensions=[m.bc(True)]
    )
    b = m.Spec(
        subject=m.cn("B"), issuer=m.cn("A"), key=m.key("p256", 2), signer=m.key("p256", 1), extensions=[m.bc(True)]
    )
    end = leaf(None, issuer=m.cn("A"), signer=m.key("p256", 1))
    return evidence([m.without(end, m.AKI), a, b, a, b], [a, b])


def _namesakes() -> Evidence:
    """A thousand anchors and two hundred served CAs with the same name and no key identifiers."""
    anchors = [root(serial=n + 1, extensions=[m.bc(True)]) for n in range(300)]
    end = m.but(leaf(ROOT), m.aki(m.key("p256", 90)))
    return evidence([end, *anchors[:100]], anchors)


def _constraints() -> Evidence:
    top = but(root(), m.nc(tuple(f"DNS:n{n}.test" for n in range(3000))))
    return evidence([leaf(top, *(f"DNS:h{n}.test" for n in range(3000)))], [top])


def _deep_names() -> Evidence:
    name = m.name(*((m.ORG, f"unit {n}") for n in range(5000)))
    return evidence([leaf(ROOT, subject=name)], [ROOT])


LARGE: list[tuple[Callable[[], Evidence], float]] = [
    (_thousand_names, 2.0), (_megabyte, 1.0), (_many_cross_signs, 2.0), (_loop, 1.0), (_namesakes, 3.0),
    (_constraints, 4.0), (_deep_names, 2.0),
]  # fmt: skip


@pytest.mark.parametrize(("make", "limit"), LARGE, ids=[make.__name__ for make, _ in LARGE])
def test_large_and_endless_chains_cost_little(make: Callable[[], Evidence], limit: float) -> None:
    seen = make()
    start = time.perf_counter()
    found = diagnose(seen)
    assert time.perf_counter() - start < limit
    assert all(len(f.seen) < 400 and len(f.expected) < 400 for f in found)


def test_long_lists_are_cut() -> None:
    too_large, finding = diagnose(_thousand_names())
    assert (too_large.id, too_large.severity) == ("cannot-tell", "error")
    assert finding.id == "name-mismatch"
    assert finding.seen == "DNS:h0.test, DNS:h1.test and 9,998 more"


def test_control_and_bidirectional_characters_are_escaped() -> None:
    evil = "\x1b[31mred\u202etxt\r\n"
    named = m.cn(evil)
    end = leaf(None, f"DNS:{evil}", subject=named, issuer=named)
    middle = under(ROOT, evil)
    for seen in (evidence([end], [ROOT]), evidence([leaf(middle), middle], [root("x", m.key("p256", 9))])):
        found = diagnose(seen)
        assert found
        shown = "".join(f.seen + f.expected for f in found) + "".join(n.subject for n in path_nodes(seen, found))
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\\x1b" in shown


def test_a_certificate_that_cannot_be_read_is_said_to_be_so() -> None:
    assert ids(evidence([b"\x30\x82\x01"], [ROOT])) == ["cannot-tell"]
    said = predict(evidence([b"\x30\x82\x01"], [ROOT]), frozenset())
    assert (said.verdict, said.verify_code) == ("rejected", None)
    assert ids(evidence([leaf(ROOT), b"junk"], [ROOT])) == ["cannot-tell"]
