"""Random certificate chains with random faults: what the oracles are asked about.

A case comes out of one `random.Random`; the same seed gives the same case. Most faults are rare in the wild; together
they walk through every branch of OpenSSL's verifier that a certificate can reach.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.diagnosis import mint as m
from tests.diagnosis.mint import DAY, NOW, Spec


@dataclass
class Chain:
    """A chain in the making: `specs` from the end entity to the root."""

    rng: random.Random
    specs: list[Spec]
    host: str = "localhost"
    served: list[bytes] = field(default_factory=list)
    anchors: list[bytes] = field(default_factory=list)
    key: Any = None

    def finish(self) -> None:
        ders = [spec.der() for spec in self.specs]
        self.key = self.specs[0].key
        self.served = ders[:-1] if len(ders) > 1 else ders
        self.anchors = ders[-1:]

    @property
    def leaf(self) -> Spec:
        return self.specs[0]

    def any_ca(self) -> Spec:
        return self.rng.choice(self.specs[1:] or self.specs)

    def below_root(self) -> Spec:
        return self.rng.choice(self.specs[:-1] or self.specs)

    def any(self) -> Spec:
        return self.rng.choice(self.specs)


KEYS = ("p256", "p256", "p256", "p384", "rsa2048", "ed25519", "p521")


def base(rng: random.Random, kinds_of_key: tuple[str, ...] = KEYS) -> Chain:
    """A healthy chain: zero to three CAs, several kinds of key, several kinds of host."""
    depth = rng.choice((0, 1, 1, 2, 2, 2, 3))
    host = rng.choice(("localhost", "localhost", "app.test", "127.0.0.1", "::1", "xn--bcher-kva.test", "a_b.app.test"))
    names = [f"IP:{host}" if host in ("127.0.0.1", "::1") else f"DNS:{host}"]
    kinds = [rng.choice(kinds_of_key) for _ in range(depth + 1)]
    if depth == 0:
        return Chain(rng, [m.leaf(None, *names, private=m.key(kinds[0], 3))], host)
    parent = m.root(private=m.key(kinds[-1], 1))
    specs = [parent]
    for level in range(depth - 1):
        own = m.key(kinds[level + 1], 10 + level)
        parent = m.under(parent, f"Lab CA {level}", own, extensions=m.ca_extensions(own, parent.key, depth - 2 - level))
        specs.insert(0, parent)
    specs.insert(0, m.leaf(parent, *names, private=m.key(kinds[0], 3)))
    return Chain(rng, specs, host)


def _ext(*extensions: bytes) -> Callable[[Spec], Any]:
    return lambda spec: m.but(spec, *extensions)


def _drop(*kinds: str) -> Callable[[Spec], Any]:
    return lambda spec: m.without(spec, *kinds)


def _set(**fields: Any) -> Callable[[Spec], Any]:
    def change(spec: Spec) -> None:
        for field_name, value in fields.items():
            setattr(spec, field_name, value)

    return change


def _signed_with_rsa(digest: str) -> Callable[[Spec], Any]:
    def change(spec: Spec) -> None:
        spec.digest = digest if not hasattr(spec.signer, "curve") and "RSA" in type(spec.signer).__name__ else "sha256"

    return change


def _ecdsa_sha1(spec: Spec) -> None:
    if hasattr(spec.signer, "curve"):
        spec.digest = "sha1"


BROKEN_SAN = m.ext(m.SAN, m.seq(m.tlv(0x9E, b"x")))
GARBAGE = b"\x30\x05\x01"
CRITICAL = m.ext("1.3.6.1.4.1.55555.1", m.tlv(5), True)
PROXY = m.ext(m.PROXY, m.seq(m.seq(m.oid("1.3.6.1.5.5.7.21.1"))), True)
OTHER = m.key("p256", 99)

AKI_ISSUER_SERIAL = m.ext(
    m.AKI, m.seq(m.tlv(0xA1, m.tlv(0xA4, m.cn("Lab Root"))), m.tlv(0x82, b"\x12\x67"))
)  # the root's own issuer and serial number, 4711
AKI_WRONG_SERIAL = m.ext(m.AKI, m.seq(m.tlv(0xA1, m.tlv(0xA4, m.cn("Lab Root"))), m.tlv(0x82, b"\x05")))
AKI_WRONG_NAME = m.ext(m.AKI, m.seq(m.tlv(0xA1, m.tlv(0xA4, m.cn("Another"))), m.tlv(0x82, b"\x12\x67")))

LEAF: dict[str, Callable[[Spec], Any]] = {
    "no-san": _drop(m.SAN),
    "no-san-cn-host": lambda s: (m.without(s, m.SAN), setattr(s, "subject", m.cn("app.test"))),
    "other-name": _ext(m.san("DNS:other.test")),
    "two-names": _ext(m.san("DNS:other.test", "DNS:localhost", "DNS:app.test", "IP:127.0.0.1", "IP:::1")),
    "upper-case": _ext(m.san("DNS:LOCALHOST", "DNS:APP.test")),
    "wildcard": _ext(m.san("DNS:*.test")),
    "wildcard-deep": _ext(m.san("DNS:*.app.test")),
    "wildcard-partial": _ext(m.san("DNS:a*.test", "DNS:l*", "DNS:*p.test")),
    "dot": _ext(m.san("DNS:localhost.", "DNS:app.test.")),
    "port": _ext(m.san("DNS:localhost:8443", "DNS:app.test:443")),
    "ip-as-dns": _ext(m.san("DNS:127.0.0.1", "DNS:::1")),
    "email-only": _ext(m.san("email:a@app.test")),
    "uri-only": _ext(m.san("URI:https://localhost/")),
    "ip-only": _ext(m.san("IP:127.0.0.1")),
    "empty-san": _ext(m.san()),
    "nul-in-name": _ext(m.san(m.tlv(0x82, b"localhost\0.evil.test"))),
    "client-purpose": _ext(m.eku(m.CLIENT)),
    "any-purpose": _ext(m.eku(m.ANY)),
    "sgc-purpose": _ext(m.eku(m.SGC)),
    "no-purpose": _drop(m.EKU),
    "empty-purpose": _ext(m.eku()),
    "usage-cert-sign": _ext(m.ku("keyCertSign")),
    "usage-encipher": _ext(m.ku("keyEncipherment")),
    "usage-agree": _ext(m.ku("keyAgreement")),
    "usage-crl": _ext(m.ku("cRLSign")),
    "usage-both": _ext(m.ku("digitalSignature", "keyCertSign")),
    "no-usage": _drop(m.KU),
    "no-bc": _drop(m.BC),
    "no-bc-cert-sign": lambda s: (m.without(s, m.BC), m.but(s, m.ku("digitalSignature", "keyCertSign"))),
    "leaf-ca": _ext(m.bc(True)),
    "leaf-ca-not-critical": _ext(m.bc(True, critical=False)),
    "leaf-ca-openssl": lambda s: (m.but(s, m.bc(True)), m.without(s, m.KU)),
    "leaf-pathlen": _ext(m.bc(False, 0)),
    "leaf-ca-pathlen": _ext(m.bc(True, 0)),
    "ns-client": _ext(m.ext(m.NS_TYPE, m.bit_string(b"\x80"))),
    "ns-server": _ext(m.ext(m.NS_TYPE, m.bit_string(b"\x40"))),
    "proxy": _ext(PROXY),
    "weak-rsa": lambda s: setattr(s, "key", m.key("rsa1024")),
    "weak-curve": lambda s: setattr(s, "key", m.key("p192")),
    "ed448": lambda s: setattr(s, "key", m.key("ed448")),
    "empty-subject": _set(subject=m.seq()),
    "empty-subject-critical": lambda s: (
        setattr(s, "subject", m.seq()), m.but(s, m.san("DNS:localhost", "DNS:app.test", critical=True)),
    ),
    "empty-everything": lambda s: (setattr(s, "subject", m.seq()), m.without(s, m.SAN)),
    "email-in-subject": _set(subject=m.name((m.CN, "app.test"), (m.EMAIL_ATTRIBUTE, "a@other.test"))),
    "dir-name-san": _ext(m.san("DNS:localhost", "DNS:app.test", "IP:127.0.0.1", "dir:Elsewhere", "URI:https://x.test/a")),
    "printable-subject": _set(subject=m.name((m.CN, "LOCALHOST"), tag=0x13)),
    "long-life": _set(begins=NOW - 400 * DAY, ends=NOW + 800 * DAY),
}  # fmt: skip

CA: dict[str, Callable[[Spec], Any]] = {
    "ca-false": _ext(m.bc(False)),
    "no-bc": _drop(m.BC),
    "no-bc-no-usage": _drop(m.BC, m.KU),
    "bc-not-critical": _ext(m.bc(True, critical=False)),
    "no-usage": _drop(m.KU),
    "usage-without-sign": _ext(m.ku("cRLSign", "digitalSignature")),
    "usage-sign-alone": _ext(m.ku("keyCertSign")),
    "pathlen-0": _ext(m.bc(True, 0)),
    "pathlen-1": _ext(m.bc(True, 1)),
    "pathlen-without-usage": lambda s: (m.but(s, m.bc(True, 3)), m.without(s, m.KU)),
    "ca-client-purpose": _ext(m.eku(m.CLIENT)),
    "ca-server-purpose": _ext(m.eku(m.SERVER)),
    "ca-any-purpose": _ext(m.eku(m.ANY)),
    "v1": _set(version=1, extensions=None),
    "v1-with-extensions": _set(version=1),
    "ns-ssl-ca": lambda s: (m.without(s, m.BC, m.KU), m.but(s, m.ext(m.NS_TYPE, m.bit_string(b"\x04")))),
    "weak-rsa": lambda _: None,  # see _weak_ca: the certificates below must be signed with the weak key
    "nc-permits": _ext(m.nc(("DNS:localhost", "DNS:test", "IP:127.0.0.0/255.0.0.0", "IP:::1/ffff::"))),
    "nc-permits-other": _ext(m.nc(("DNS:example.test",))),
    "nc-permits-other-ip": _ext(m.nc(("IP:10.0.0.0/255.0.0.0",))),
    "nc-excludes": _ext(m.nc((), ("DNS:localhost", "DNS:app.test"))),
    "nc-excludes-ip": _ext(m.nc((), ("IP:127.0.0.1/255.255.255.255",), critical=False)),
    "nc-dir": _ext(m.nc(("dir:Lab",))),
    "nc-dir-excluded": _ext(m.nc((), ("dir:Elsewhere",))),
    "nc-email": _ext(m.nc(("email:test", "email:.test"))),
    "nc-uri": _ext(m.nc(("URI:.test",))),
    "nc-dot": _ext(m.nc(("DNS:.test",))),
    "nc-empty-dns": _ext(m.nc((), ("DNS:",))),
    "nc-minimum": _ext(m.nc((m.tlv(0x82, b"localhost") + m.num(1, 0x80),))),
    "nc-bad-ip": _ext(m.nc((m.tlv(0x87, b"\x7f\0\0\1"),))),
}  # fmt: skip

ANY: dict[str, Callable[[Spec], Any]] = {
    "expired": _set(begins=NOW - 400 * DAY, ends=NOW - DAY),
    "not-yet": _set(begins=NOW + 2 * DAY, ends=NOW + 60 * DAY),
    "inverted": _set(begins=NOW + 2 * DAY, ends=NOW - 2 * DAY),
    "critical": _ext(CRITICAL),
    "critical-policies": _ext(m.ext(m.POLICIES, m.seq(m.seq(m.oid("1.2.3.4"))), True)),
    "no-aki": _drop(m.AKI),
    "wrong-aki": _ext(m.aki(OTHER)),
    "aki-without-key": _ext(m.ext(m.AKI, m.seq())),
    "aki-issuer-serial": _ext(AKI_ISSUER_SERIAL),
    "aki-wrong-serial": _ext(AKI_WRONG_SERIAL),
    "aki-wrong-name": _ext(AKI_WRONG_NAME),
    "aki-critical": lambda s: m.but(s, m.ext(m.AKI, m.seq(m.tlv(0x80, m.key_id(s.signer))), True)),
    "no-ski": _drop(m.SKI),
    "wrong-ski": _ext(m.ski(OTHER)),
    "ski-critical": lambda s: m.but(s, m.ext(m.SKI, m.octets(m.key_id(s.key)), True)),
    "no-identifiers": _drop(m.SKI, m.AKI),
    "flipped": _set(flipped=True),
    "negative-serial": _set(serial=-5),
    "serial-zero": _set(serial=0),
    "sha1": _signed_with_rsa("sha1"),
    "md5": _signed_with_rsa("md5"),
    "pss": _signed_with_rsa("pss"),
    "ecdsa-sha1": _ecdsa_sha1,
    "outer-differs": lambda s: setattr(s, "outer", m.algorithm(m.key("p256"), "sha384")),
    "v2": _set(version=2),
    "wrong-key": lambda s: setattr(s, "signer", m.key("p256", 77)) if hasattr(s.signer, "curve") else None,
    "twice-aia": lambda s: s.extensions is not None and s.extensions.extend([m.aia(), m.aia()]),
}

INVALID: dict[str, Callable[[Spec], Any]] = {
    "broken-san": _ext(BROKEN_SAN),
    "empty-usage": _ext(m.ext(m.KU, m.bit_string(b""))),
    "negative-pathlen": _ext(m.bc(True, -1)),
    "broken-bc": _ext(m.ext(m.BC, GARBAGE)),
    "broken-eku": _ext(m.ext(m.EKU, GARBAGE)),
    "broken-aki": _ext(m.ext(m.AKI, GARBAGE)),
    "broken-nc": _ext(m.ext(m.NC, GARBAGE)),
    "empty-dp": _ext(m.ext(m.CRLDP, m.seq(m.seq()))),
    "twice-bc": lambda s: s.extensions is not None and s.extensions.extend([m.bc(True), m.bc(True)]),
    "twice-ski": lambda s: s.extensions is not None and s.extensions.extend([m.ski(OTHER), m.ski(OTHER)]),
}


OTHER_ROOT = m.root("Other Root", OTHER)
SAME_NAME = m.root(private=m.key("p256", 98))
BARE_SAME_NAME = m.without(m.root(private=m.key("p256", 97)), m.SKI)


def _serve(*order: str) -> Callable[[Chain, list[bytes]], None]:
    """Serve the end entity ("leaf"), the CAs between ("middle") and others, in this order."""

    def change(chain: Chain, ders: list[bytes]) -> None:
        parts = {
            "leaf": ders[:1], "middle": ders[1:-1], "upside-down": ders[1:-1][::-1], "all": ders,
            "other": [OTHER_ROOT.der()],
        }  # fmt: skip
        chain.served = [der for part in order for der in parts[part]]

    return change


def _trust(*who: str) -> Callable[[Chain, list[bytes]], None]:
    def change(chain: Chain, ders: list[bytes]) -> None:
        known = {
            "other": [OTHER_ROOT.der()], "same-name": [SAME_NAME.der()], "bare": [BARE_SAME_NAME.der()],
            "root": ders[-1:], "leaf": ders[:1], "all": ders[::-1],
            "below": [chain.rng.choice(ders[:-1] or ders)],
        }  # fmt: skip
        chain.anchors = [der for part in who for der in known[part]]

    return change


def _forgotten(chain: Chain, ders: list[bytes]) -> None:
    middle = ders[1:-1]
    if middle:
        middle.pop(chain.rng.randrange(len(middle)))
    chain.served = [ders[0], *middle]


def _two_ages(chain: Chain, ders: list[bytes]) -> None:
    top = chain.specs[-1]
    top.ends = NOW - DAY
    old = top.der()
    chain.anchors = [old, ders[-1]] if chain.rng.random() < 0.7 else [old]


def _crossed(chain: Chain, ders: list[bytes]) -> None:
    top = chain.specs[-1]
    cross = m.under(OTHER_ROOT, "Cross", top.key, subject=top.subject).der()
    middle, other = ders[1:-1], OTHER_ROOT.der()
    chain.served = [ders[0], *middle, cross] if chain.rng.random() < 0.5 else [ders[0], cross, *middle]
    chain.anchors = chain.rng.choice(([other], [other, ders[-1]], [cross], [cross, other]))


def _old_twin(chain: Chain, ders: list[bytes]) -> None:
    if len(ders) > 2:
        twin = chain.specs[1]
        twin.ends, twin.serial = NOW - DAY, 7
        pair = [twin.der(), *ders[1:-1]]
        chain.served = [ders[0], *(pair if chain.rng.random() < 0.5 else pair[::-1])]


def _loop(chain: Chain, ders: list[bytes]) -> None:
    """Two CAs that signed each other stand between the end entity and nothing."""
    top = chain.specs[-1]
    second = m.under(top, "Loop", m.key("p256", 40))
    first = m.under(second, "Back", top.key, subject=top.subject)
    chain.served = [*ders[:-1], first.der(), second.der()]
    chain.anchors = chain.rng.choice(([], [first.der(), second.der()], ders[-1:]))


SHAPES: dict[str, Callable[[Chain, list[bytes]], None]] = {
    "plain": _serve("leaf", "middle"),
    "plainly": _serve("leaf", "middle"),
    "simply": _serve("leaf", "middle"),
    "upside-down": _serve("leaf", "upside-down"),
    "doubled": _serve("leaf", "middle", "leaf", "middle"),
    "root-sent": _serve("all"),
    "extra": _serve("leaf", "other", "middle"),
    "forgotten": _forgotten,
    "wrong-anchor": _trust("other"),
    "no-anchor": _trust(),
    "same-name-anchor": _trust("same-name"),
    "same-name-first": _trust("same-name", "root"),
    "bare-same-name-first": _trust("bare", "root"),
    "anchor-below": _trust("below"),
    "leaf-anchor": _trust("leaf"),
    "two-anchors": _trust("other", "root", "leaf"),
    "all-anchors": _trust("all"),
    "old-and-new-root": _two_ages,
    "cross": _crossed,
    "old-twin": _old_twin,
    "loop": _loop,
}
"""What is served and what is trusted."""


def random_chain(
    rng: random.Random, *, invalid: bool = False, avoid: frozenset[str] = frozenset(), keys: tuple[str, ...] = KEYS
) -> tuple[Chain, list[str]]:
    """A chain with up to three faults, and what was done to it. `invalid`: also extensions that cannot be decoded;
    `avoid`: faults and shapes by name that are not wanted."""
    chain = base(rng, keys)
    done = []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        table, target = rng.choice(
            (
                (LEAF, chain.leaf), (LEAF, chain.leaf), (CA, chain.any_ca()), (CA, chain.any_ca()), (ANY, chain.any()),
                (ANY, chain.below_root()),
            )
        )  # fmt: skip
        if invalid and rng.random() < 0.4:
            table, target = INVALID, chain.any()
        fault = rng.choice(sorted(set(table) - avoid))
        if target.extensions is not None:
            done.append(f"{fault}@{chain.specs.index(target)}")
            if fault == "weak-rsa" and table is CA:
                _weak_ca(chain, target)
            else:
                table[fault](target)
    chain.finish()
    shape = rng.choice([shape for shape in SHAPES if shape not in avoid])
    SHAPES[shape](chain, [spec.der() for spec in chain.specs])
    return chain, [*done, shape]


def _weak_ca(chain: Chain, target: Spec) -> None:
    at = chain.specs.index(target)
    weak = m.key("rsa1024")
    target.key = weak
    if at == len(chain.specs) - 1:
        target.signer = weak
    m.but(target, m.ski(weak))
    if at > 0:
        below = chain.specs[at - 1]
        below.signer = weak
        m.but(below, m.aki(weak))
