"""What the server was given, and what it shows to others: a start that failed, and a default site.

Law: the chain file and the key's public half decide, never the operator's error text: two mistakes have one text.
"""

from __future__ import annotations

from simulator.diagnosis.certificate import Certificate, parse
from simulator.diagnosis.der import Malformed
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.identity import Reference, presented_text
from simulator.diagnosis.identity import faults as mismatches
from simulator.diagnosis.plain import clean
from simulator.model.evidence import Evidence, StartRefusal


def refusal(told: StartRefusal) -> list[Fault]:
    """A server that did not start, and why, if its chain file and its key tell it."""
    found = [Fault("server-refused-to-start", 0, -1, "server", "a server that starts", clean(told.message))]
    public = told.public_key
    chain: list[Certificate | None] = []
    for der in told.chain_file[:200]:
        try:
            chain.append(parse(der))
        except Malformed:
            chain.append(None)
    if public is None or not chain or (chain[0] is not None and chain[0].spki == public):
        return found
    for at, certificate in enumerate(chain):
        if certificate is not None and certificate.spki == public:
            first = chain[0].label if chain[0] else "something unreadable"
            found.append(
                Fault(
                    "leaf-not-first",
                    0,
                    -1,
                    "chain file",
                    f"{certificate.label} first",
                    f"{first} first, {certificate.label} as number {at + 1}",
                )
            )
            return found
    mine = chain[0].label if chain[0] else "the certificate"
    found.append(
        Fault("key-mismatch", 0, -1, "private key", f"the key of {mine}", "a key that fits no certificate of the file")
    )
    return found


def another_site(evidence: Evidence, leaf: Certificate, wanted: Reference) -> list[Fault]:
    """`default-virtual-host`: the same address answers to another name with another certificate, so the one that came
    is its default site's, not the server's only one."""
    nameless = [visit.chain[0] for visit in evidence.visits if visit.purpose == "no-sni" and visit.chain]
    for visit in evidence.visits:
        if visit.purpose not in ("sibling", "no-sni") or not visit.chain or visit.chain[0] == leaf.der:
            continue
        if visit.purpose == "sibling" and nameless and leaf.der not in nameless:
            continue  # what came is not what the server shows to everybody
        try:
            other = parse(visit.chain[0])
        except Malformed:
            continue
        asked = clean(visit.server_name or visit.host)
        named = visit.purpose == "sibling"
        fits = not mismatches(other, wanted, False)
        if named or fits:
            seen = f"{presented_text(leaf)}; to {asked if named else 'no name at all'} it shows {presented_text(other)}"
            return [Fault("default-virtual-host", 62, 0, "server_name", f"the site {wanted.text}", seen)]
    return []
