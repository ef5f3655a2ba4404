"""Revocation lists, the drawn path, where findings are, leaked keys, interception; and the wall around the room."""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from simulator.diagnosis import leaked
from simulator.diagnosis.diagnose import diagnose, path_nodes, predict
from simulator.model.evidence import Evidence
from simulator.model.finding import FINDINGS
from tests.diagnosis import mint as m
from tests.diagnosis import oracle
from tests.diagnosis.mint import DAY, NOW, but, leaf, num, root, seq, tlv, under, when, without
from tests.diagnosis.seen import STRICT, bundle, evidence, ids, one, visit
from tests.diagnosis.test_catalogue import ROWS

ROOT = root()


def crl(
    signer: m.Spec = ROOT, *serials: int, begins: float = NOW - DAY, ends: float | None = NOW + DAY, **change: Any
) -> bytes:
    how = m.algorithm(signer.key, "sha256")
    entries = [seq(*(seq(num(serial), when(NOW - 2 * DAY)) for serial in serials))] if serials else []
    body = seq(
        num(1), how, change.get("issuer", signer.subject), when(begins), *([when(ends)] if ends else []), *entries,
        tlv(0xA0, seq(change.get("aki", m.aki(signer.key)), m.ext("2.5.29.20", num(1)), *change.get("extra", ()))),
    )  # fmt: skip
    signature = m.sign(change.get("key", signer.key), "sha256", body)
    return seq(body, how, m.bit_string(signature))


def checked(*crls: bytes, checks: bool = True, trust: m.Spec = ROOT) -> Evidence:
    return evidence([leaf(trust)], [trust], crls=crls, checks_crls=checks)


def said(what: Evidence) -> tuple[list[str], int | None]:
    return ids(what), predict(what, frozenset()).verify_code


def test_revocation() -> None:
    assert said(checked(crl())) == ([], None)
    assert said(checked(crl(ROOT, 4711))) == (["revoked"], 23)
    assert said(checked()) == (["crl-unavailable"], 3)
    assert said(checked(crl(ends=NOW - 3600))) == (["crl-expired"], 12)
    assert said(checked(crl(begins=NOW + 3600))) == (["crl-expired"], 11)
    assert said(checked(crl(ROOT, 4711, ends=NOW - 3600))) == (["crl-expired", "revoked"], 12)
    assert said(checked(crl(ROOT, 4711, ends=NOW - 3600), crl())) == ([], None)
    assert said(checked(crl(key=m.key("p256", 8)))) == (["crl-unavailable"], 8)
    assert said(checked(crl(issuer=m.cn("Another")))) == (["crl-unavailable"], 3)
    assert said(checked(crl(aki=m.aki(m.key("p256", 8))))) == (["crl-unavailable"], 3)
    assert said(checked(crl(extra=(m.ext("1.3.6.1.4.1.55555.2", tlv(5), True),)))) == (["crl-unavailable"], 36)
    silent = but(root(), m.ku("keyCertSign"))
    assert said(checked(crl(silent), trust=silent)) == (["crl-unavailable"], 35)
    assert said(checked(crl(ends=None))) == ([], None)
    assert said(checked(b"\x30\x03junk")) == (["crl-unavailable"], 3)


def test_revocation_is_openssls(tmp_path: Path) -> None:
    silent = but(root(), m.ku("keyCertSign"))
    for trust, *crls in (
        (ROOT, crl()), (ROOT, crl(ROOT, 4711)), (ROOT,), (ROOT, crl(ends=NOW - 3600)), (ROOT, crl(begins=NOW + 90000)),
        (ROOT, crl(ROOT, 4711, ends=NOW - 3600)), (ROOT, crl(ROOT, 4711, ends=NOW - 3600), crl(ends=NOW + 9 * DAY)),
        (ROOT, crl(key=m.key("p256", 8))), (ROOT, crl(issuer=m.cn("Another"))), (silent, crl(silent)),
        (ROOT, crl(aki=m.aki(m.key("p256", 8)))), (ROOT, crl(ROOT, 4711, ends=None)), (ROOT, crl(ROOT, 5)),
        (ROOT, crl(extra=(m.ext("1.3.6.1.4.1.55555.2", tlv(5), True),))),
    ):  # fmt: skip
        end = leaf(trust)
        context = oracle.client([trust.der()], frozenset())
        if crls:
            file = tmp_path / "crls.pem"
            file.write_text("".join(oracle.pem(der).replace("CERTIFICATE", "X509 CRL") for der in crls))
            context.load_verify_locations(file)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        real = oracle.verify_code(oracle.server([end.der()], end.key), context, "localhost")
        asked = evidence([end], [trust], crls=tuple(crls), checks_crls=True, client_time=time.time())
        assert (predict(asked, frozenset()).verify_code or 0) == real


def test_a_pinned_leaf_has_no_crl() -> None:
    end = leaf(ROOT)
    pinned = evidence([end], [end], crls=(crl(),), checks_crls=True, traits=STRICT)
    assert predict(pinned, frozenset(STRICT)).verify_code == 3
    assert ids(pinned) == ["crl-unavailable", "anchor-not-self-signed"]


def test_a_client_that_does_not_look_accepts_what_is_revoked() -> None:
    unnoticed = checked(crl(ROOT, 4711), checks=False)
    finding = one(unnoticed, "revoked")
    assert (finding.severity, finding.party) == ("warning", "client")
    assert predict(unnoticed, frozenset()).verdict == "accepted"
    assert one(checked(crl(ROOT, 4711)), "revoked").party == "issuer"


def test_the_drawn_path_is_anchor_first() -> None:
    middle = under(ROOT, ends=NOW - DAY)
    seen = evidence([leaf(middle), middle], [ROOT])
    nodes = path_nodes(seen, diagnose(seen))
    assert [(n.subject, n.place, n.marks) for n in nodes] == [
        ("Lab Root", "anchor", ()), ("Lab Intermediate", "served", ("expired-issuer",)), ("localhost", "served", ()),
    ]  # fmt: skip


def test_the_drawn_path_names_the_missing_issuer() -> None:
    middle = under(ROOT)
    seen = evidence([leaf(middle)], [root("Other", m.key("p256", 9))])
    nodes = path_nodes(seen, diagnose(seen))
    assert [(n.subject, n.place) for n in nodes] == [("CN=Lab Intermediate", "missing"), ("localhost", "served")]
    assert nodes[0].marks == ("untrusted-issuer",)
    assert path_nodes(evidence(), ()) == ()


def test_findings_say_where_they_are() -> None:
    assert one(ROWS["expired-root"][0](), "expired-anchor").certificate == "anchor[0]"
    assert one(ROWS["expired-intermediate"][0](), "expired-issuer").certificate == "served[1]"
    assert one(ROWS["missing-san"][0](), "missing-san").certificate == "served[0]"
    assert one(ROWS["unrelated-intermediate"][0](), "unrelated-certificate").certificate == "served[1]"
    assert one(ROWS["leaked-ca"][0](), "leaked-anchor").certificate == "anchor[1]"
    assert one(ROWS["missing-san"][0](), "missing-san").seen == (
        "no name at all: no subjectAltName (CN=localhost is not looked at)"
    )


def test_every_field_of_a_finding_is_plain_and_short() -> None:
    for make, _ in ROWS.values():
        for finding in diagnose(make()):
            assert finding.expected.isprintable()
            assert finding.seen.isprintable()
            assert 0 < len(finding.seen) < 300
            assert 0 < len(finding.expected) < 300
            assert finding.id in FINDINGS


def test_the_labs_leaked_key_is_the_documented_one() -> None:
    from tests.diagnosis.test_catalogue import leaked as lab

    assert sha256(m.public(lab().key)).hexdigest() == leaked.LAB_LEAKED_SPKI


@pytest.mark.parametrize("issuer", ["Zscaler Root CA", "mitmproxy", "Fortinet CA", "avast! Web/Mail Shield Root"])
def test_products_that_intercept_are_known_by_name(issuer: str) -> None:
    proxy = root(issuer, m.key("p256", 70))
    seen = evidence([leaf(proxy, "DNS:app.test")], [ROOT], host="app.test")
    assert ids(seen) == ["untrusted-issuer", "interception-suspected"]


def test_a_private_issuer_for_a_public_site_is_suspicious_and_for_a_private_one_is_not() -> None:
    private = root("Private CA", m.key("p256", 70))
    public = evidence([leaf(private, "DNS:www.python.org")], [ROOT], host="www.python.org")
    assert ids(public) == ["untrusted-issuer", "interception-suspected"]
    for host in ("localhost", "app.test", "nas.local", "intranet"):
        assert ids(evidence([leaf(private, f"DNS:{host}")], [ROOT], host=host)) == ["untrusted-issuer"]


def test_a_site_of_ones_own_behind_a_proxy_is_not_suspicious() -> None:
    private = root("Private CA", m.key("p256", 70))
    seen = evidence([leaf(private, "DNS:app.test")], [ROOT], host="app.test", proxy="http://proxy.test:3128")
    assert ids(seen) == ["untrusted-issuer"]


def test_an_issuer_that_some_bundle_knows_is_no_interceptor() -> None:
    private = root("Private Proxy CA", m.key("p256", 70))
    seen = evidence(
        [leaf(private, "DNS:app.test")], host="app.test", proxy="http://proxy.test:3128",
        bundles=(bundle(ROOT), bundle(private, path="old.pem", named_by="session", in_force=False)),
    )  # fmt: skip
    assert ids(seen) == ["untrusted-issuer"]


def test_two_ways_to_one_site_with_two_issuers_are_suspicious() -> None:
    private = root("Private CA", m.key("p256", 70))
    seen = evidence(
        trust=[ROOT], host="app.test",
        visits=(
            visit(leaf(private, "DNS:app.test"), host="app.test"),
            visit(leaf(ROOT, "DNS:app.test"), purpose="proxy", host="app.test"),
        ),
    )  # fmt: skip
    assert ids(seen) == ["untrusted-issuer", "interception-suspected"]


def test_same_name_with_the_right_key_behind_it() -> None:
    twin = without(root(private=m.key("p256", 97)), m.SKI)
    end = without(leaf(ROOT), m.AKI)
    seen = evidence([end], [twin, ROOT])
    assert said(seen) == (["same-name-other-key", "missing-aki", "missing-ski"], 7)
    assert one(seen, "same-name-other-key").severity == "error"


def test_an_identifier_that_does_not_fit_in_the_middle_or_at_the_top() -> None:
    middle = but(under(ROOT), m.aki(m.key("p256", 55)))
    assert said(evidence([leaf(middle), middle], [ROOT])) == (["aki-mismatch"], 20)
    top = but(root(), m.aki(m.key("p256", 55)))
    assert said(evidence([leaf(top)], [top])) == (["aki-mismatch"], 2)


def test_strict_rules_spare_a_path_of_one() -> None:
    own = without(leaf(None), m.AKI, m.SKI)
    strict = evidence([own], [own], traits=STRICT)
    assert said(strict)[0] == []
    assert predict(strict, frozenset(STRICT)).verdict == "accepted"


def test_a_clock_that_is_right_is_not_suspected() -> None:
    expired = evidence([leaf(ROOT, ends=NOW - DAY)], [ROOT], server_time=float(NOW))
    assert ids(expired) == ["expired"]
    both_old = evidence(
        [leaf(ROOT, begins=NOW - 500 * DAY, ends=NOW - 400 * DAY)], [ROOT], server_time=NOW - 100.0 * DAY
    )
    assert ids(both_old) == ["expired"]


def test_a_security_level_decides_what_is_weak() -> None:
    weak = leaf(ROOT, private=m.key("rsa1024"))
    codes = [predict(evidence([weak], [ROOT], security_level=n), frozenset()).verify_code for n in range(4)]
    assert codes == [None, None, 66, 66]


def test_the_anchor_that_a_setting_keeps_out_is_drawn_as_built() -> None:
    kept = bundle(replace_ends(ROOT), path="cacert.pem", named_by="default", in_force=False)
    seen = evidence([leaf(ROOT)], bundles=(bundle(path="x.pem", named_by="REQUESTS_CA_BUNDLE"), kept))
    found = diagnose(seen)
    assert [(f.id, f.certificate) for f in found] == [("bundle-replaces-defaults", ""), ("expired-anchor", "built[1]")]


def replace_ends(spec: m.Spec) -> m.Spec:
    return replace(spec, ends=NOW - DAY)


def test_the_wall() -> None:
    """The room imports nothing that knows the plan, opens sockets or is slow to load."""
    program = (
        "import sys; import simulator.diagnosis.diagnose as d; "
        "bad = {'ssl', 'socket', '_socket', 'subprocess', 'requests', 'asn1crypto', 'ipaddress', "
        "'simulator.model.deployment', 'simulator.model.report', 'simulator.scenario', 'simulator.changes', "
        "'simulator.lab', 'cryptography.x509'} & set(sys.modules); "
        "print(sorted(bad)); sys.exit(bool(bad))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
