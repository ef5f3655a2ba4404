"""No false errors: healthy chains of every key, host and shape that real ones have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator.diagnosis.diagnose import diagnose, predict
from tests.diagnosis import mint as m
from tests.diagnosis.mint import leaf, root, under
from tests.diagnosis.seen import STRICT, errors, evidence, ids

KEYS = ["p256", "p384", "p521", "rsa2048", "rsa3072", "rsa4096", "ed25519"]
SLOW = ("rsa3072", "rsa4096")  # one key for all: making one takes seconds


def three(kind: str = "p256", host: str = "DNS:localhost", **change: Any) -> tuple[m.Spec, m.Spec, m.Spec]:
    first, second, third = (1, 2, 3) if kind not in SLOW else (1, 1, 1)
    top = root(private=m.key(kind, first))
    middle = under(top, private=m.key(kind, second))
    return leaf(middle, host, private=m.key(kind, third), **change), middle, top


def healthy(chain: list[Any], trust: list[Any], host: str = "localhost") -> None:
    for traits in ((), STRICT, ("common-name-fallback",), ("common-name-fallback", *STRICT)):
        seen = evidence(chain, trust, host=host, traits=tuple(sorted(traits)))
        assert errors(seen) == []
        assert predict(seen, frozenset(traits)).verdict == "accepted"


@pytest.mark.parametrize("kind", KEYS)
def test_every_kind_of_key(kind: str) -> None:
    end, middle, top = three(kind)
    healthy([end, middle], [top])
    own = leaf(None, private=m.key(kind, 1))
    healthy([own], [own])


def test_rsa_pss_signatures_and_keys() -> None:
    top = root(private=m.key("rsa2048", 1), digest="pss")
    middle = under(top, private=m.key("rsa2048", 2), digest="pss", pss_key=True)
    healthy([leaf(middle, digest="pss"), middle], [top])


@pytest.mark.parametrize(
    ("presented", "host"),
    [
        ("DNS:localhost", "localhost"), ("IP:127.0.0.1", "127.0.0.1"), ("IP:::1", "::1"), ("IP:::1", "0:0:0:0:0:0:0:1"),
        ("DNS:*.app.test", "www.app.test"), ("DNS:xn--bcher-kva.test", "bücher.test"),
        ("DNS:xn--bcher-kva.test", "xn--bcher-kva.test"), (f"DNS:{'a' * 63}.test", f"{'a' * 63}.test"),
        ("DNS:LOCALHOST", "localhost"), ("DNS:localhost", "LOCALHOST"), ("DNS:a_b.app.test", "a_b.app.test"),
        ("DNS:*.xn--bcher-kva.test", "a.bücher.test"),
    ],
)  # fmt: skip
def test_every_form_of_host(presented: str, host: str) -> None:
    end, middle, top = three(host=presented)
    healthy([end, middle], [top], host)


def test_requests_takes_the_trailing_dot_off_the_host() -> None:
    end, middle, top = three()
    assert predict(evidence([end, middle], [top], host="localhost."), frozenset()).verdict == "accepted"


def test_every_shape_of_chain() -> None:
    end, middle, top = three()
    other = root("Other", m.key("p256", 9))
    crossed = under(other, "Crossed", top.key, subject=top.subject, extensions=m.ca_extensions(top.key, other.key))
    for chain in (
        [end, middle], [end, middle, top], [end, end, middle, middle], [end, middle, other], [end, other, middle],
        [end, top, middle], [end, middle, crossed], [end, crossed, middle], [end, middle, crossed, other, top],
    ):  # fmt: skip
        healthy(chain, [top])
        healthy(chain, [other, top])
    healthy([end, middle, crossed], [other])


def test_remarks_about_the_served_chain() -> None:
    end, middle, top = three()
    other = root("Other", m.key("p256", 9))
    assert ids(evidence([end, middle, top], [top])) == ["root-in-served-chain"]
    assert ids(evidence([end, middle, other], [top])) == ["unrelated-certificate"]
    assert ids(evidence([end, end, middle, middle], [top])) == []
    seen = diagnose(evidence([end, top, middle], [top]))
    assert [(f.id, f.certificate) for f in seen] == [
        ("chain-out-of-order", "served[1]"), ("root-in-served-chain", "served[1]"),
    ]  # fmt: skip


def test_a_healthy_client_certificate_and_crl() -> None:
    end, middle, top = three()
    seen = evidence([end, middle], [top], certificate=(end.der(),))
    assert ids(seen) == []
    assert ids(replace(seen, environment=(("SSL_CERT_FILE", "/x"),))) == []
