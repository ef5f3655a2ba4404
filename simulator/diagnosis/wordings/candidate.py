"""One cause as it is shown. Law: every candidate says why it is one, and names one command that would tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.diagnosis.wordings.clauses import TRANSPORT
from simulator.diagnosis.wordings.scale import Reasons
from simulator.diagnosis.wordings.surroundings import Surroundings
from simulator.model.wording import Candidate

DECIDES = 0.8
"""From this certainty on the text is said to decide."""


def candidate(
    finding: str, certainty: float, *, client: str, said: str, reasons: Reasons, around: Surroundings
) -> Candidate:
    """A cause of the clause that decided, with the fact that spoke for it."""
    why = f"the text says “{said}”"
    if finding in reasons:
        why += f"; {reasons[finding]}"
    elif certainty < DECIDES:
        why += ", which has several causes"
    if finding == "cannot-tell":
        return _cannot_tell(around, reasons.get(finding, f"“{said}” is no TLS problem in itself"), certainty)
    return Candidate(
        finding=finding,
        certainty=round(certainty, 2),
        client=client,
        why=why,
        tell_apart=_tell_apart(finding, around),
    )


_FILES = ("no such file", "is a directory", "eisdir", "enoent", "permission denied")


def unknown(low: str, found: Sequence[str], around: Surroundings) -> tuple[Candidate, ...]:
    """No clause is known: what the text speaks of (`found`), else what such talk is commonly about."""
    if found:
        certainties, why = (0.4, 0.2), "no known wording; but this is what its words speak of"
        first = [
            _guess(finding, certainty, why, around) for finding, certainty in zip(found, certainties, strict=False)
        ]
        return (*first, _cannot_tell(around, "no known TLS error stands in it", 0.19))
    common: tuple[str, ...] = ()
    if "cert" in low or "x509" in low:
        common = ("untrusted-issuer", "name-mismatch")
    elif "ssl" in low or "tls" in low or "https" in low or "handshake" in low:
        common = ("connection-closed", "no-shared-cipher")
    elif any(word in low for word in _FILES):
        common = ("bundle-unreadable",)
    why = "the commonest cause of such an error, no more"
    guesses = [_guess(finding, certainty, why, around) for finding, certainty in zip(common, (0.1, 0.05), strict=False)]
    return (_cannot_tell(around, "no known TLS error stands in it", 0.6), *guesses)


def _guess(finding: str, certainty: float, why: str, around: Surroundings) -> Candidate:
    return Candidate(
        finding=finding, certainty=certainty, client=around.client, why=why, tell_apart=_tell_apart(finding, around)
    )


def _cannot_tell(around: Surroundings, why: str, certainty: float) -> Candidate:
    if around.url is not None and around.url.startswith("https"):
        tell = f"simulate diagnose {around.url}"
    else:
        tell = "paste the whole error, from the command to the last line, or run: simulate diagnose https://HOST/"
    return Candidate(
        finding="cannot-tell", certainty=round(certainty, 2), client=around.client, why=why, tell_apart=tell
    )


_BY_HAND: Mapping[str, str] = {
    "name-not-resolved": "getent hosts {host}  (no answer: DNS, not TLS)",
    "nothing-listening": "curl -v {url}  (refused before any TLS: is the server running, on this port?)",
    "server-refused-to-start": "read the server's own log: it says which file it could not load",
    "key-mismatch": "simulate diagnose --chain CHAIN.pem --key KEY.pem",
    "leaf-not-first": "simulate diagnose --chain CHAIN.pem --key KEY.pem",
    "ssl-module-missing": 'python -c "import ssl; print(ssl.OPENSSL_VERSION)"',
    "bundle-unreadable": "openssl x509 -noout -subject -in {bundle}  (an error: no certificate in PEM there)",
    "no-trust-anchors": "python -m certifi  (the bundle that requests reads: is the file there, and not empty?)",
    "bundle-was-reset": "pip show -f certifi; python -m certifi  (is your CA still at the end of that file?)",
    "bundle-replaces-defaults": "simulate diagnose {url}  (it says which variable named which bundle)",
    "environment-ignored": "simulate diagnose {url}  (it says which variables this client looks at)",
    "environment-overrides-session": "simulate diagnose {url}  (it says which setting won)",
    "clock-suspected": "date -u  (compare it with a clock that you trust)",
    "proxy-speaks-plaintext": "env | grep -i _proxy  (an https:// proxy URL that should be http://?)",
    "verification-disabled": "search for verify=False, CERT_NONE, --insecure and NODE_TLS_REJECT_UNAUTHORIZED",
    "wrong-context-purpose": "search the program for PROTOCOL_TLS_SERVER or Purpose.CLIENT_AUTH on the client's side",
    "key-readable-by-others": "ls -l KEY.pem  (0600 is what it should be)",
}


def _tell_apart(finding: str, around: Surroundings) -> str:
    """One command; the URL and the bundle are those of the text."""
    url = around.url if around.url is not None and not around.url.startswith("http://") else None
    if url is None:
        url = f"https://{around.host}/" if around.host else "https://HOST:PORT/"
    by_hand = _BY_HAND.get(finding)
    if by_hand is not None:
        return by_hand.format(host=around.host or "HOST", url=url, bundle=around.bundle or "CA.pem")
    trust = f" --trust {around.bundle}" if around.bundle and finding not in TRANSPORT else ""
    return f"simulate diagnose {url}{trust}"
