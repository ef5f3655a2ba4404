"""Deployments against real clients: what is refused, why, and what the evidence holds."""

from __future__ import annotations

import random
import re
import socket
from dataclasses import replace

import pytest

from simulator.changes.baselines import BASELINES, KEY_KINDS, build
from simulator.errors import MachineError
from simulator.lab import ports
from simulator.lab.observe import Lab
from simulator.lab.peek import presented_names
from simulator.model.deployment import YEAR, Ambient, Proxy, TrustFile, Variable
from tests.lab.deployments import CODES, baseline, certificate, client, server
from tests.lab.interpreters import clients, other_python

CLIENTS = clients()


def test_another_python_is_there_or_the_run_says_so(capsys):
    if other_python("requests") is None:
        with capsys.disabled():
            print("\nno other Python with requests here: the lab ran this one's clients alone (TLS_CLINIC_PYTHON313)")


@pytest.mark.parametrize("who", CLIENTS)
@pytest.mark.parametrize("id", BASELINES)
def test_every_baseline_is_accepted(lab, id, who):
    run = lab.begin(build(id), who)
    (attempt,) = run.evidence.attempts
    assert (attempt.verdict, attempt.status, attempt.stage, attempt.error) == ("accepted", 200, "answer", "")
    assert run.tokens == (run.token,)


@pytest.mark.parametrize("host", ["app.test", "127.0.0.1", "::1", "xn--bcher-kva.test", "APP.Test", "a_b.test"])
def test_every_form_of_host_is_accepted(lab, host):
    for who in CLIENTS:
        attempt = lab.begin(baseline(host=host), who).evidence.attempts[0]
        assert attempt.verdict == "accepted", attempt.error


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_every_key_type_is_accepted(lab, kind):
    for who in CLIENTS:
        attempt = lab.begin(baseline("three-tier", key=kind), who).evidence.attempts[0]
        assert attempt.verdict == "accepted", attempt.error


@pytest.mark.parametrize("id", CODES)
def test_requests_says_what_was_measured(lab, id):
    deployment, lenient, strict = CODES[id]
    for who in CLIENTS:
        if not who.startswith("requests"):
            continue
        attempt = lab.begin(deployment, who).evidence.attempts[0]
        expected = strict if "x509-strict" in attempt.traits else lenient
        assert (attempt.verify_code or 0) == expected, attempt.error
        assert attempt.verdict == ("rejected" if expected else "accepted")


BEHAVIOURS = {
    "plain-http": (server(baseline(), behaviour="plain-http"), "handshake", "WRONG_VERSION_NUMBER", "bytes"),
    "closes": (server(baseline(), behaviour="closes"), "handshake", "EOF occurred in violation", "eof"),
    "hangs": (server(baseline(), behaviour="hangs"), "handshake", "timed out", "timeout"),
    "absent": (server(baseline(), behaviour="absent"), "connect", "Connection refused", "refused"),
    "unrecognized-name": (
        server(baseline(), behaviour="unrecognized-name"),
        "handshake",
        "TLSV1_UNRECOGNIZED_NAME",
        "alert",
    ),
    "old-tls": (
        server(baseline(), minimum_version="TLSv1", maximum_version="TLSv1"),
        "handshake",
        "PROTOCOL_VERSION",
        "handshake",
    ),
    "no-shared-cipher": (
        server(baseline(), ciphers="AES128-SHA", maximum_version="TLSv1.2"),
        "handshake",
        "HANDSHAKE_FAILURE",
        "alert",
    ),
    "weak-dh": (server(baseline(key="rsa-2048"), dh_bits=1024), "handshake", "DH_KEY_TOO_SMALL", "handshake"),
    "tls-port-plain-url": (client(baseline(), scheme="http"), "answer", "", "handshake"),
    "key-mismatch": (server(baseline(), private_key="root"), "connect", "Connection refused", "refused"),
    "leaf-not-first": (
        server(baseline("three-tier"), chain=("intermediate", "leaf")),
        "connect",
        "Connection refused",
        "refused",
    ),
}


@pytest.mark.parametrize("who", CLIENTS)
@pytest.mark.parametrize("id", BEHAVIOURS)
def test_a_server_that_misbehaves(lab, id, who):
    deployment, stage, words, end = BEHAVIOURS[id]
    run = lab.begin(deployment, who)
    attempt, visit = run.evidence.attempts[0], run.evidence.visits[0]
    assert (attempt.verdict, attempt.stage, visit.end) == ("rejected", stage, end)
    assert words in attempt.error
    assert run.tokens == ()
    assert attempt.elapsed_ms < 1_900


def test_what_the_visits_saw(lab):
    def first(id: str):
        return lab.begin(BEHAVIOURS[id][0]).evidence.visits[0]

    assert first("plain-http").first_bytes.startswith(b"HTTP/1.1 400")
    assert first("unrecognized-name").alert == "unrecognized_name"
    assert first("weak-dh").group_bits == 1024
    assert first("old-tls").version == "TLSv1"
    assert first("absent").address == f"127.0.0.1:{lab.begin(BEHAVIOURS['absent'][0]).port}"
    versions = [v for v in lab.begin(BEHAVIOURS["old-tls"][0]).evidence.visits if v.purpose == "version"]
    assert [(v.version, v.end == "handshake") for v in versions] == [
        ("TLSv1", True),
        ("TLSv1.1", False),
        ("TLSv1.2", False),
        ("TLSv1.3", False),
    ]


def test_a_server_that_cannot_start_says_why(lab):
    refusal = lab.begin(BEHAVIOURS["leaf-not-first"][0]).evidence.refusal
    assert "KEY_VALUES_MISMATCH" in refusal.message
    assert len(refusal.chain_file) == 2
    key = lab.mint.private_key(baseline("three-tier"), "leaf").spki
    assert refusal.public_key == key
    assert lab.begin(baseline()).evidence.refusal is None


def test_an_extension_twice_is_served_all_the_same(lab):
    pytest.importorskip("OpenSSL")
    evidence = lab.begin(certificate(baseline(), "leaf", duplicate_extension=True)).evidence
    assert evidence.attempts[0].verify_code == 20
    assert len(evidence.served) == 1


def test_without_pyopenssl_such_a_server_does_not_start(lab, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "OpenSSL", None)
    deployment = certificate(baseline(), "leaf", duplicate_extension=True, not_after=3600 * 24 * 80)
    evidence = lab.begin(deployment).evidence
    assert evidence.refusal is not None
    assert evidence.attempts[0].stage == "connect"


@pytest.mark.parametrize("who", CLIENTS)
def test_client_certificates(lab, who):
    missing = lab.begin(client(baseline("mutual-tls"), certificate=()), who)
    foreign = lab.begin(client(baseline("mutual-tls"), certificate=("leaf",)), who)
    for run in (missing, foreign):
        assert run.evidence.attempts[0].verdict == "rejected"
        assert run.evidence.visits[0].certificate_requested is True
        assert run.tokens == ()
    assert "refused: the client sent no certificate" in missing.evidence.server_log
    assert any("refused the client's certificate" in text for text in foreign.evidence.server_log)
    assert len(foreign.evidence.settings.certificate) == 1


def test_the_served_chain_is_read_in_the_order_of_the_wire(lab):
    deployment = server(baseline("three-tier"), chain=("leaf", "intermediate", "root"))
    evidence = lab.begin(deployment).evidence
    assert evidence.served == tuple(lab.mint.issue(deployment, role).der for role in ("leaf", "intermediate", "root"))
    assert evidence.anchors == (evidence.served[2],)


def test_virtual_hosts_are_told_apart_and_a_missing_one_falls_to_the_default(lab):
    whole = baseline("virtual-hosts")
    assert [v.purpose for v in lab.begin(whole).evidence.visits] == ["sni"]
    broken = server(whole, virtual_hosts=whole.server.virtual_hosts[1:])
    evidence = lab.begin(broken).evidence
    assert evidence.attempts[0].verify_code == 62
    names = {(v.purpose, v.host): presented_names(v.chain[0]) for v in evidence.visits}
    assert names["sni", "app.test"] == names["no-sni", "app.test"] == names["sibling", "www.test"] == ("www.test",)
    assert names["sibling", "shop.test"] == ("shop.test",)


def test_evidence_depends_on_nobody_elses_run():
    """Two deployments that serve the same share a server, and see no more of each other."""
    with Lab(seed="s") as lab:
        lab.begin(baseline(host="app.test")).evidence  # noqa: B018  # waits
        wrong = client(baseline(host="app.test"), host="other.test")
        shared = lab.begin(wrong).evidence
    with Lab(seed="s") as lab:
        alone = lab.begin(wrong).evidence
    assert [(v.purpose, v.host) for v in shared.visits] == [(v.purpose, v.host) for v in alone.visits]
    assert shared.server_log == alone.server_log


@pytest.mark.parametrize("skew", [YEAR, -YEAR])
def test_the_world_is_moved_and_the_date_header_shows_it(lab, skew):
    evidence = lab.begin(client(baseline(), clock_skew=skew)).evidence
    assert evidence.server_time == pytest.approx(evidence.client_time - skew, abs=3)
    accepted = lab.begin(client(baseline(), clock_skew=skew, verify=False)).evidence
    assert accepted.server_time == pytest.approx(accepted.client_time - skew, abs=3)
    assert lab.begin(baseline()).evidence.server_time == pytest.approx(evidence.client_time, abs=30)


def test_shortcuts_are_reported_by_the_client_itself(lab):
    off = lab.begin(client(baseline(), verify=False)).evidence
    assert (off.settings.verify, off.anchors) == (False, ())
    weak = lab.begin(client(CODES["weak-key"][0], security_level=0)).evidence
    assert (weak.attempts[0].verdict, weak.settings.security_level) == ("accepted", 0)
    named = lab.begin(client(CODES["wrong-host"][0], check_hostname=False)).evidence
    assert (named.attempts[0].verdict, named.settings.check_hostname) == ("accepted", False)


def test_the_variable_beats_the_session_and_the_call_beats_both(lab):
    corporate = Variable(name="REQUESTS_CA_BUNDLE", value=TrustFile(roles=("public-root",), name="corporate.pem"))
    session = client(baseline(), trust=None, session_trust="off", environment=(corporate,))
    evidence = lab.begin(session).evidence
    assert evidence.attempts[0].verify_code == 20
    assert evidence.settings.session_verify == "False"
    assert [(b.path, b.named_by, b.in_force) for b in evidence.bundles] == [
        ("corporate.pem", "REQUESTS_CA_BUNDLE", True),
        ("certifi/cacert.pem", "default", False),
    ]
    assert evidence.environment == (("REQUESTS_CA_BUNDLE", "corporate.pem"),)
    call = lab.begin(client(session, trust=TrustFile(roles=("root",)))).evidence
    assert call.attempts[0].verdict == "accepted"
    assert [b.named_by for b in call.bundles if b.in_force] == ["call"]
    unset = lab.begin(client(session, environment=())).evidence
    assert unset.attempts[0].verdict == "accepted"


def test_ssl_cert_file_means_nothing_to_requests_and_much_to_ssl(lab):
    set_ = Variable(name="SSL_CERT_FILE", value=TrustFile(roles=("root",)))
    deployment = client(baseline(), trust=None, environment=(set_,))
    asked = {who: lab.begin(deployment, who).evidence for who in CLIENTS}
    for who, evidence in asked.items():
        stdlib = who.startswith("stdlib")
        assert evidence.attempts[0].verdict == ("accepted" if stdlib else "rejected")
        assert [b.in_force for b in evidence.bundles if b.named_by == "SSL_CERT_FILE"] == [stdlib]


def test_the_ambient_bundle_and_its_record(lab):
    bundle = lab.begin(CODES["appended-to-certifi"][0]).evidence.bundles[-1]
    assert (bundle.named_by, bundle.in_force, bundle.matches_record) == ("default", True, False)
    assert bundle.added == (lab.mint.issue(baseline(), "root").der,)
    pristine = lab.begin(baseline("public")).evidence.bundles[-1]
    assert (pristine.matches_record, pristine.added) == (True, ())
    gone = Ambient(certifi=TrustFile(roles=(), form="missing", name="certifi/cacert.pem"))
    evidence = lab.begin(replace(baseline("public"), ambient=gone)).evidence
    assert evidence.bundles[-1].readability == "missing"
    assert evidence.attempts[0].error.endswith("invalid path: certifi/cacert.pem")


@pytest.mark.parametrize("form", ["der", "empty", "missing", "key", "truncated"])
def test_a_bundle_that_cannot_be_read_is_the_clients_own_affair(lab, form):
    for who in CLIENTS:
        attempt = lab.begin(client(baseline(), trust=TrustFile(roles=("root",), form=form)), who).evidence.attempts[0]
        assert (attempt.verdict, attempt.stage, attempt.verify_code) == ("rejected", "setup", None)


def test_proxies(lab):
    honest = lab.begin(baseline("behind-proxy"))
    assert [v.purpose for v in honest.evidence.visits] == ["sni", "proxy", "other-site"]
    assert presented_names(honest.evidence.visits[2].chain[0]) == ("other-site.test",)
    assert honest.evidence.settings.proxy.startswith("http://127.0.0.1:")
    chain = ("leaf",)
    gateway = certificate(
        baseline("behind-proxy").with_certificate(replace(baseline().spec("root"), role="gateway", signer="gateway")),
        "leaf",
        signer="gateway",
    )
    intercepted = lab.begin(client(gateway, proxy=Proxy(behaviour="intercept", chain=chain, private_key="leaf")))
    assert intercepted.evidence.attempts[0].verify_code == 20
    assert presented_names(intercepted.evidence.visits[2].chain[0]) == ("other-site.test",)
    believed = lab.begin(client(intercepted.deployment, trust=TrustFile(roles=("gateway",))))
    assert believed.evidence.attempts[0].verdict == "accepted"
    assert believed.tokens == (believed.token,)
    mistaken = lab.begin(client(baseline("behind-proxy"), proxy=Proxy(scheme="https")))
    assert "Your proxy appears to only use HTTP and not HTTPS" in mistaken.evidence.attempts[0].error
    assert [v.end for v in mistaken.evidence.visits if v.purpose == "proxy"] == ["bytes"]


def test_an_attacker_answers_in_the_servers_place(lab):
    honest = lab.begin(baseline())
    attacker = client(baseline("self-signed"), verify=False)
    run = lab.begin(attacker, visits=False, url_port=honest.port)
    assert run.url == honest.url
    assert run.tokens == (run.token,)
    assert run.site.port != honest.port
    assert run.evidence.visits == ()


def test_no_temporary_path_is_in_any_evidence(lab):
    for deployment, _, _ in CODES.values():
        assert not re.search(r"tls-clinic-[0-9a-f]{16}", repr(lab.begin(deployment).evidence))


def test_in_any_order_and_one_worker_a_job_the_answers_are_the_same():
    chosen = [CODES[id][0] for id in sorted(CODES)][::3] + [
        client(baseline(), trust=None, environment=(Variable(name=name, value=TrustFile(roles=("root",))),))
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    ]

    def told(lab: Lab, deployment: object) -> tuple[object, ...]:
        attempt = lab.begin(deployment, visits=False).attempt  # type: ignore[arg-type]
        return attempt.verdict, attempt.verify_code, attempt.stage, re.sub(r"port=\d+", "", attempt.error)

    with Lab(seed="s") as lab:
        once = {deployment: told(lab, deployment) for deployment in chosen}
        shuffled = random.Random(4).sample(chosen * 3, 3 * len(chosen))  # noqa: S311  # an order, not a secret
        assert all(told(lab, deployment) == once[deployment] for deployment in shuffled)
    for deployment in chosen[-5:]:
        with Lab(seed="s") as fresh:
            assert told(fresh, deployment) == once[deployment]


def test_a_url_in_unicode_meets_a_certificate_with_the_a_label(lab):
    named = certificate(baseline(host="bücher.test"), "leaf", san=("DNS:xn--bcher-kva.test",))
    for who in CLIENTS:
        assert lab.begin(named, who).evidence.attempts[0].verdict == "accepted"
    raw = lab.begin(baseline(host="bücher.test")).evidence  # a U-label has no place in a certificate
    assert raw.attempts[0].verify_code == 62
    assert "xn--bcher-kva.test" in raw.attempts[0].error


def test_issuers_can_be_fetched_where_certificates_say(lab):
    deployment = baseline("three-tier", depth=2)
    port = lab.issuers(deployment)
    assert lab.issuers(deployment) == port
    answer = _get(port, "/intermediate.der")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"\r\n\r\n" + lab.mint.issue(deployment, "intermediate").der)
    assert _get(port, "/nobody.der").startswith(b"HTTP/1.1 404 Not Found")


def _get(port: int, path: str) -> bytes:
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: ca.test\r\n\r\n".encode())
        while more := sock.recv(4096):
            answer += more
    return answer


def test_where_the_port_is_taken_on_ipv6_there_is_a_note(monkeypatch):
    real = ports._bind

    def bind(family: int, address: str, number: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise MachineError("taken")
        return real(family, address, number)

    monkeypatch.setattr(ports, "_bind", bind)
    port = ports.reserve()
    assert [held.getsockname()[0] for held in port.sockets] == ["127.0.0.1"]
    assert "IPv4 alone" in port.note
    port.close()


def test_a_server_that_hangs_costs_what_the_lab_was_told():
    with Lab(seed="s", patience=0.2) as lab:
        evidence = lab.begin(BEHAVIOURS["hangs"][0]).evidence
    assert evidence.attempts[0].elapsed_ms < 900
    assert evidence.visits[0].end == "timeout"
