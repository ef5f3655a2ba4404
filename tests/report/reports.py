"""Reports made by hand: what a run of the lab would say, without a lab."""

from __future__ import annotations

from dataclasses import replace

from simulator.model.deployment import CertificateSpec, Difference, Key, TrustFile, common_name
from simulator.model.evidence import Attempt, Bundle, ClientSettings, Evidence, Visit
from simulator.model.finding import Finding, PathNode
from simulator.model.report import AttackOutcome, FixTrial, Report, ScenarioText

NOW = 1_795_478_400.0  # 2026-11-24
DAY = 86_400
URL = "https://localhost:43111/"
VERSION = "requests 2.34.2, urllib3 2.8.0, Python 3.11.7, OpenSSL 3.0.22"
MISMATCH = (
    "HTTPSConnectionPool(host='localhost', port=43111): Max retries exceeded with url: / (Caused by "
    'SSLError(SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname '
    "mismatch, certificate is not valid for 'localhost'. (_ssl.c:1007)\")))"
)
EIGHT = (
    "impostor-self-signed", "impostor-own-ca", "other-name-same-ca", "other-name-public-ca", "expired-leaked-key",
    "stolen-server-key", "stolen-ca-key", "plain-text",
)  # fmt: skip


def rejected(error: str = MISMATCH, client: str = "requests", code: int | None = 62) -> Attempt:
    return Attempt(
        client=client,
        version=VERSION,
        verdict="rejected",
        error=error,
        exceptions=("requests.exceptions.SSLError", "urllib3.exceptions.SSLError", "ssl.SSLCertVerificationError"),
        verify_code=code,
        stage="handshake",
        elapsed_ms=3.2,
    )


def accepted(client: str = "requests") -> Attempt:
    return Attempt(client=client, version=VERSION, verdict="accepted", stage="answer", status=200, elapsed_ms=2.6)


def battery(*admitted: str) -> tuple[AttackOutcome, ...]:
    return tuple(
        AttackOutcome(
            id=id,
            outcome="admitted",
            why="an impostor received the token",
            token="tok-4f2a9c1d",
        )
        if id in admitted
        else AttackOutcome(id=id, outcome="kept-out", why="unable to get local issuer certificate")
        for id in EIGHT
    )


def evidence(*attempts: Attempt, **changes: object) -> Evidence:
    given = Evidence(
        url=URL,
        reference="localhost",
        settings=ClientSettings(client=attempts[0].client if attempts else "requests"),
        attempts=attempts,
        visits=(Visit(purpose="sni", host="localhost", chain=(b"leaf",), end="handshake"),),
        bundles=(Bundle(path="/lab/ca.pem", named_by="call", certificates=(b"root",)),),
        client_time=NOW,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


MISSING_SAN = Finding(
    id="missing-san",
    severity="error",
    party="issuer",
    certificate="served[0]",
    field="subjectAltName",
    expected="localhost",
    seen="no name at all: no subjectAltName (CN=localhost is not looked at)",
)
LEAF_IS_CA = Finding(
    id="leaf-is-ca",
    severity="warning",
    party="issuer",
    certificate="served[0]",
    field="basicConstraints",
    expected="CA:FALSE",
    seen="CA:TRUE",
)
PATH = (
    PathNode(subject="CN=Simulator Root CA", not_after=NOW + 3650 * DAY, place="anchor"),
    PathNode(subject="CN=localhost", not_after=NOW + 89 * DAY, place="served", marks=("missing-san",)),
)


def missing_san() -> Report:
    return Report(
        scenario=ScenarioText(
            id="missing-san",
            title="The certificate names nobody",
            family="names",
            level=1,
            story="The build host's certificate was made from an old recipe. curl on that host is happy. The nightly "
            "job, in Python, is not.",
            hints=("Read the last line of the error.",),
        ),
        evidence=evidence(rejected()),
        findings=(MISSING_SAN,),
        path=PATH,
        trials=(
            FixTrial(
                title="verify=False",
                grade="dangerous",
                claim="dangerous",
                changed=(Difference(path="client.verify", before=True, after=False),),
                attempts=(accepted(),),
                attacks=battery(*EIGHT[:6]),
                shortcut=True,
            ),
            FixTrial(
                title="assert_hostname=False",
                grade="dangerous",
                changed=(Difference(path="client.check_hostname", before=True, after=False),),
                attempts=(accepted(),),
                attacks=battery("other-name-same-ca"),
                shortcut=True,
            ),
            FixTrial(
                title="Set the clock back",
                grade="no-effect",
                changed=(Difference(path="client.clock_skew", before=0, after=-DAY),),
                attempts=(rejected(),),
                attacks=battery(),
                shortcut=True,
            ),
            FixTrial(
                title="Reissue with the name in subjectAltName",
                grade="cure",
                claim="cure",
                changed=(Difference(path="leaf.san", before=None, after=("DNS:localhost",)),),
                attempts=(accepted(),),
                attacks=battery(),
            ),
        ),
        environment=(("python", "3.11.7"), ("openssl", "OpenSSL 3.0.22")),
    )


def self_signed() -> Report:
    error = MISMATCH.replace("Hostname mismatch, certificate is not valid for 'localhost'.", "self-signed certificate")
    finding = Finding(
        id="self-signed",
        severity="error",
        party="issuer",
        certificate="served[0]",
        field="issuer",
        expected="a CA that the client trusts",
        seen="CN=localhost, which is itself",
    )
    path = (
        PathNode(subject="CN=localhost", not_after=NOW + 89 * DAY, place="served", marks=("self-signed", "leaf-is-ca")),
    )
    leaf = CertificateSpec(role="leaf", subject=common_name("localhost"), signer="leaf", key=Key(name="leaf"))
    base = missing_san()
    return replace(
        base,
        scenario=replace(base.scenario, id="self-signed", title="The certificate vouches for itself", family="trust"),
        evidence=evidence(
            rejected(error, code=18),
            rejected(
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1007)",
                "stdlib",
            ),
            rejected("curl: (60) SSL certificate problem: self-signed certificate", "curl"),
            bundles=(Bundle(path="/x/certifi/cacert.pem", named_by="default"),),
        ),
        findings=(finding, LEAF_IS_CA),
        path=path,
        trials=(
            *base.trials[:2],
            FixTrial(
                title="One's own small CA",
                grade="cure",
                changed=(
                    Difference(path="leaf.signer", before="leaf", after="root"),
                    Difference(path="leaf.ca", before=True, after=False),
                    Difference(path="leaf.not_after", before=1000 * DAY, after=89 * DAY),
                    Difference(path="root", before=None, after=leaf),
                    Difference(path="client.trust", before=None, after=TrustFile(roles=("root",))),
                ),
                attempts=(accepted(),),
                attacks=battery(),
            ),
        ),
    )


def verification_disabled() -> Report:
    finding = Finding(
        id="verification-disabled",
        severity="warning",
        party="client",
        field="verify",
        expected="True, or a CA file",
        seen="verify=False",
    )
    base = missing_san()
    return replace(
        base,
        scenario=replace(
            base.scenario, id="verification-disabled", title="Everything works, for everybody", family="client"
        ),
        evidence=evidence(accepted(), settings=ClientSettings(verify=False), bundles=()),
        findings=(finding,),
        path=(PATH[0], replace(PATH[1], marks=())),
        trials=(
            replace(base.trials[1], grade="workaround", attacks=battery(), findings=(LEAF_IS_CA,)),
            FixTrial(
                title="Check again, against the CA",
                grade="cure",
                changed=(Difference(path="client.verify", before=False, after=True),),
                attempts=(accepted(),),
                attacks=battery(),
            ),
        ),
    )


def healthy() -> Report:
    base = missing_san()
    return replace(
        base,
        scenario=ScenarioText(id="healthy", title="As it should be", family="healthy", level=1, story=""),
        evidence=evidence(accepted()),
        findings=(),
        trials=(),
        path=(PATH[0], replace(PATH[1], marks=())),
    )


def not_graded() -> Report:
    base = missing_san()
    crashed = AttackOutcome(id="plain-text", outcome="not-run", why="nobody listened on the attacker's port")
    trial = replace(base.trials[0], grade=None, attacks=(*battery()[:-1], crashed))
    scenario = replace(base.scenario, id="not-graded")
    return replace(
        base,
        scenario=scenario,
        trials=(trial,),
        behaved=False,
        problems=("verify=False: dangerous was claimed, not graded.",),
    )


HOSTILE = (
    "\x1b[31mred\x1b[0m \u202eevil\u202c [bold]x[/bold] {seen} {host} "
    "\x07\x9b1m \u200b`tick` **b** <b>&amp;</b> | \n\r\t\ud800"
)


def hostile() -> Report:
    """Every text that may come from outside is hostile."""
    bad = HOSTILE
    base = missing_san()
    attempt = replace(rejected(f"certificate verify failed: {bad}' (_ssl.c:1)"), client=f"cl{bad}", version=bad)
    return replace(
        base,
        scenario=replace(base.scenario, id=f"id{bad}", title=bad, family=bad, story=bad, hints=(bad,)),
        evidence=evidence(
            attempt, url=f"https://{bad}:1/", reference=bad, bundles=(Bundle(path=f"/x/{bad}.pem", named_by="call"),)
        ),
        findings=(replace(MISSING_SAN, field=bad, expected=bad, seen=bad), replace(LEAF_IS_CA, field=bad, seen=bad)),
        path=(PATH[0], replace(PATH[1], subject=f"CN={bad}")),
        trials=(
            FixTrial(
                title=bad,
                grade="dangerous",
                changed=(Difference(path=bad, before=bad, after=(bad,)),),
                attempts=(attempt,),
                attacks=(AttackOutcome(id="plain-text", outcome="admitted", why=bad, token="t" + bad),),
                shortcut=True,
            ),
            FixTrial(
                title=bad, grade="cure", changed=(Difference(path=bad, before=bad, after=bad),), attempts=(attempt,)
            ),
        ),
        behaved=False,
        problems=(bad,),
        environment=((bad, bad),),
    )


ALL = {
    "missing-san": missing_san,
    "self-signed": self_signed,
    "verification-disabled": verification_disabled,
    "healthy": healthy,
    "not-graded": not_graded,
    "hostile": hostile,
}
