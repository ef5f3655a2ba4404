"""Who judges a deployment: the diagnosis, and verifiers that are not ours. Law: a judge reads the same bytes as the
others and knows nothing of the plan; its answer is a value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from simulator.diagnosis.diagnose import diagnose, predict
from simulator.model.evidence import Evidence
from simulator.testing.handshakes import Said, newer, openssl
from simulator.testing.memory import View, evidence

STRICT: tuple[str, ...] = ("partial-chain", "x509-strict")
FALLBACK: tuple[str, ...] = ("common-name-fallback",)
"""pyOpenSSL leaves OpenSSL's default, which holds name constraints against the CN where there is no SAN."""


class Judge(NamedTuple):
    """Somebody who judges. `says` is asked with the view that `sees` makes of a deployment, and compared with what the
    diagnosis foretells of the same view. `by_code`: whether its numbers are OpenSSL's."""

    id: str
    says: Callable[[View, float], Said]
    sees: Callable[[View], View]
    traits: tuple[str, ...] = ()
    by_code: bool = True

    def agrees(self, said: Said, foretold: Said) -> bool:
        """Whether it says what was foretold."""
        return said[:2] == foretold[:2] if self.by_code else said.accepted == foretold.accepted


def foretold(seen: Evidence, traits: tuple[str, ...]) -> Said:
    """What the diagnosis foretells of a client with these traits."""
    told = predict(seen, frozenset(traits))
    return Said(told.verdict == "accepted", told.verify_code, told.words)


def findings(view: View, now: float, traits: tuple[str, ...]) -> frozenset[str]:
    """The ids of all findings."""
    return frozenset(finding.id for finding in diagnose(evidence(view, now, traits)))


def _all(view: View) -> View:
    return view


def _checking(view: View) -> View:
    return view._replace(verify=True, check_hostname=True)


def _path_alone(view: View) -> View:
    return view._replace(verify=True, check_hostname=False)


def verifier(view: View, now: float) -> Said:
    """`cryptography.x509.verification`, whose rules are those of the web's public CAs. RFC 5280 §6, CA/B baseline."""
    import ipaddress

    from cryptography import x509
    from cryptography.x509 import verification

    try:
        try:
            subject: Any = x509.IPAddress(ipaddress.ip_address(view.host))
        except ValueError:
            subject = x509.DNSName(view.host)
        policy = verification.PolicyBuilder().store(_store(view.anchors)).time(datetime.fromtimestamp(now, UTC))
        served = [x509.load_der_x509_certificate(der) for der in view.served]
        policy.build_server_verifier(subject).verify(served[0], served[1:])
    except verification.VerificationError as error:
        return Said(False, None, str(error))
    except ValueError as error:  # a certificate or a name that it does not read
        return Said(False, None, f"unreadable: {error}")
    return Said(True)


@lru_cache(maxsize=64)
def _store(anchors: tuple[bytes, ...]) -> Any:
    from cryptography import x509
    from cryptography.x509 import verification

    return verification.Store([x509.load_der_x509_certificate(der) for der in dict.fromkeys(anchors)])


MEMORY: tuple[Judge, ...] = (
    Judge("openssl", lambda view, _: openssl(view), _all),
    Judge("openssl-strict", lambda view, _: openssl(view, strict=True), _all, STRICT),
    Judge("newer-openssl", lambda view, _: newer(view), _path_alone, FALLBACK),
    Judge("newer-openssl-strict", lambda view, _: newer(view, strict=True), _path_alone, (*FALLBACK, *STRICT)),
    Judge("verifier", verifier, _checking, by_code=False),
)
"""Judges that need no socket: Python's OpenSSL with the rules of Python 3.12 and of 3.13, the newer OpenSSL that
pyOpenSSL brings (which compares no names), and `cryptography`'s verifier."""
