"""The served certificates in words: who, from whom, for whom, until when. Law: what cannot be read is said, and nothing
that stands in a certificate is printed unescaped or unbounded.
"""

from __future__ import annotations

from simulator.diagnosis.certificate import Certificate, parse
from simulator.diagnosis.der import Malformed
from simulator.diagnosis.general_names import DIRECTORY, DNS, EMAIL, IP, URI
from simulator.diagnosis.plain import clean
from simulator.model.evidence import Evidence
from simulator.model.shown import Shown

_NAMES = 20
"""Names of one certificate that are spelled out."""
_KINDS = {DNS: "DNS", EMAIL: "email", URI: "URI"}


def served(evidence: Evidence) -> tuple[Shown, ...]:
    """The served chain, each certificate as it can be told. Raises nothing."""
    return tuple(_shown(der, f"served[{at}]") for at, der in enumerate(evidence.served))


def _shown(der: bytes, place: str) -> Shown:
    try:
        certificate = parse(der)
    except Malformed as error:
        problem = f"{len(der):,} bytes that are no certificate: {error}"
        return Shown(place=place, subject="", issuer="", problem=problem)
    return Shown(
        place=place,
        subject=certificate.subject.text,
        issuer=certificate.issuer.text,
        names=_names(certificate),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )


def _names(certificate: Certificate) -> tuple[str, ...]:
    every = certificate.x.names or ()
    told = tuple(_name(tag, value) for tag, value in every[:_NAMES])
    return (*told, f"and {len(every) - _NAMES:,} more") if len(every) > _NAMES else told


def _name(tag: int, value: bytes) -> str:
    if tag == IP and len(value) in (4, 16):
        from ipaddress import ip_address

        return f"IP:{ip_address(value)}"
    kind = _KINDS.get(tag)
    if kind is not None:
        return f"{kind}:{clean(value)}"
    return "a directory name" if tag == DIRECTORY else "another kind of name"
