"""Each attack as a small scene: who stands where, who is left out. Law: words alone; what was stolen is the run's."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.model.report import AttackOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Three places on a stage, and one sentence about the one in the middle."""

    victim: str
    attacker: str
    left_out: str
    story: str


_YOU, _SERVER, _BANK = "your client", "the real server", "the real bank.test"
SCENES = {
    "impostor-self-signed": Scene(
        victim=_YOU,
        attacker="an impostor on the network",
        left_out=_SERVER,
        story="Somebody on the way answers first, with a certificate that they signed themselves a moment ago.",
    ),
    "impostor-own-ca": Scene(
        victim=_YOU,
        attacker="an impostor with a made-up CA",
        left_out=_SERVER,
        story="Somebody on the way answers first, with a certificate of a CA that exists on their laptop alone.",
    ),
    "other-name-same-ca": Scene(
        victim=_YOU,
        attacker="the owner of mallory.test",
        left_out=_SERVER,
        story="A colleague's site has an honest certificate of the same private CA, for another name, and answers.",
    ),
    "other-name-public-ca": Scene(
        victim=_YOU,
        attacker="the owner of mallory.test",
        left_out=_SERVER,
        story="Anybody can have an honest certificate of a public CA for a site of their own, and answer with it.",
    ),
    "expired-leaked-key": Scene(
        victim=_YOU,
        attacker="whoever found an old disk",
        left_out=_SERVER,
        story="An old key of the server lay on a disk that was thrown away. Its certificate ended long ago.",
    ),
    "stolen-server-key": Scene(
        victim=_YOU,
        attacker="a thief with the server's key",
        left_out=_BANK,
        story="The server's key was stolen. The thief signs a certificate for another site with it, and answers there.",
    ),
    "stolen-ca-key": Scene(
        victim="another program on this computer",
        attacker="a thief with the CA's key",
        left_out=_BANK,
        story="The key that this computer was told to trust was stolen. Every program that reads that store can lose.",
    ),
    "plain-text": Scene(
        victim=_YOU,
        attacker="an eavesdropper on the network",
        left_out=_SERVER,
        story="Somebody on the way answers without any encryption, and reads along.",
    ),
    "stranger": Scene(
        victim="the server",
        attacker="a stranger",
        left_out="the people it is meant for",
        story="Somebody who has no certificate of a client knocks, and is let in.",
    ),
    "foreign-client": Scene(
        victim="the server",
        attacker="a guest of another house",
        left_out="the people it is meant for",
        story="Somebody shows a client certificate of another CA, and is let in.",
    ),
    "revoked-leaked-key": Scene(
        victim=_YOU,
        attacker="whoever holds the revoked key",
        left_out=_SERVER,
        story="The key was reported stolen and its certificate called back, and the thief uses it all the same.",
    ),
}
"""By the attack's id."""


def scene(outcome: AttackOutcome) -> Scene:
    """The scene of an attack; a bare one for an id that is not known here."""
    known = SCENES.get(outcome.id)
    return known or Scene(victim="the victim", attacker=outcome.id, left_out=_SERVER, story=outcome.why)
