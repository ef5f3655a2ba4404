"""The client's own settings: what it does not check, where its trust comes from, and who decided that.

Law: a setting is to blame for a missing issuer only where the evidence proves it, that is, where the path is whole
under the anchors that the setting kept out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.diagnosis import leaked
from simulator.diagnosis.certificate import Certificate, parse
from simulator.diagnosis.der import Malformed
from simulator.diagnosis.fault import Fault
from simulator.diagnosis.path import Path, build, store
from simulator.diagnosis.plain import clean, listed
from simulator.model.evidence import Bundle, Evidence

_SEEN = {
    "missing": "no such file",
    "denied": "a file that may not be read",
    "empty": "an empty file",
    "der": "one certificate in DER, where PEM is wanted",
    "private-key": "a private key",
    "truncated": "PEM that is cut off",
    "no-certificates": "no certificate in it",
}
WORDS = {
    "missing": "Could not find a suitable TLS CA certificate bundle, invalid path",
    "denied": "Permission denied",
    "truncated": "[X509] PEM lib",
}
"""What requests says of an unreadable bundle; of the other kinds NO_CERTIFICATES."""
NO_CERTIFICATES = "no certificate or crl found"


class Remedy(NamedTuple):
    """Another source of anchors with which the path is whole, and the finding that names why it is not used."""

    fault: Fault
    path: Path
    anchors: tuple[bytes, ...]


def unreadable(evidence: Evidence, standard_library: bool) -> list[Fault]:
    """Bundles that the client cannot read: it fails before it connects. A default bundle that is missing or empty is
    `no-trust-anchors`: nobody named it. The standard library passes over everything but a file named by the call."""
    found = []
    for bundle in evidence.bundles:
        seen = _SEEN.get(bundle.readability)
        if not bundle.in_force or seen is None or (standard_library and bundle.named_by not in ("call", "session")):
            continue
        name = clean(bundle.path)
        if bundle.named_by == "default":
            found.append(
                Fault("no-trust-anchors", 0, -1, _setting(bundle), "a bundle of CA certificates", f"{name}: {seen}")
            )
        else:
            found.append(
                Fault("bundle-unreadable", 0, -1, _setting(bundle), "a PEM file of CA certificates", f"{name}: {seen}")
            )
    return found


def no_anchors(evidence: Evidence) -> list[Fault]:
    """`no-trust-anchors`: there is nothing in any source that is in force."""
    used = [b for b in evidence.bundles if b.in_force]
    if evidence.anchors or any(b.readability == "unhashed-directory" for b in used):
        return []
    names = listed(clean(b.path) for b in used) or "no bundle at all"
    return [Fault("no-trust-anchors", 20, -1, "trust anchors", "a bundle of CA certificates", names)]


def _setting(bundle: Bundle) -> str:
    return {"call": "verify", "session": "session.verify", "default": "certifi"}.get(
        bundle.named_by, clean(bundle.named_by)
    )


def _is_variable(bundle: Bundle) -> bool:
    return bundle.named_by not in ("call", "session", "default")


def remedy(evidence: Evidence, served: Sequence[Certificate], now: float, partial: bool, code: int) -> Remedy | None:
    """What proves that a setting, not the server, is why the path has no end. `code` is OpenSSL's without it."""
    for bundle, anchors, id in _kept_out(evidence):
        if not anchors:
            continue
        path = build(served, store(anchors), now, partial)
        if path.code == 0:
            return Remedy(_blame(evidence, bundle, id, code), path, anchors)
    overriding = overriding_variable(evidence)
    if overriding is not None and evidence.settings.session_verify == "False":
        return Remedy(_overrides(evidence, overriding, code, True), build(served, store(()), now, partial), ())
    return None


def _kept_out(evidence: Evidence) -> list[tuple[Bundle, tuple[bytes, ...], str]]:
    """Anchors that the client does not use, each with the finding that says why not, the surest first."""
    found: list[tuple[int, Bundle, tuple[bytes, ...], str]] = []
    by_variable = overriding_variable(evidence) is not None
    replaced = any(b.in_force and b.named_by != "default" for b in evidence.bundles)
    for bundle in evidence.bundles:
        if bundle.in_force:
            if bundle.readability == "unhashed-directory":
                found.append((0, bundle, bundle.certificates, "bundle-directory-unhashed"))
            if bundle.earlier:
                found.append((4, bundle, bundle.earlier, "bundle-was-reset"))
        elif bundle.named_by == "session" and by_variable:
            found.append((1, bundle, bundle.certificates, "environment-overrides-session"))
        elif bundle.named_by == "default" and replaced:
            found.append((2, bundle, bundle.certificates, "bundle-replaces-defaults"))
        elif _is_variable(bundle):
            found.append((3, bundle, bundle.certificates, "environment-ignored"))
    return [entry[1:] for entry in sorted(found, key=lambda entry: entry[0])]


def _blame(evidence: Evidence, bundle: Bundle, id: str, code: int) -> Fault:
    name = clean(bundle.path)
    if id == "bundle-directory-unhashed":
        return Fault(
            id, code, -1, _setting(bundle), "a directory with c_rehash's links", f"{name}: certificates without links"
        )
    if id == "environment-overrides-session":
        return _overrides(evidence, overriding_variable(evidence) or bundle, code, True)
    used = next((b for b in evidence.bundles if b.in_force), bundle)
    if id == "bundle-replaces-defaults":
        return Fault(id, code, -1, _setting(used), f"the usual CAs too ({name})", f"{clean(used.path)} alone")
    if id == "environment-ignored":
        return Fault(
            id, code, -1, _setting(bundle), f"anchors from {name}", f"a client that does not read {_setting(bundle)}"
        )
    return Fault(
        id, code, -1, _setting(bundle), "the CA that an earlier copy of the bundle held", f"{name}, without it"
    )


def overriding_variable(evidence: Evidence) -> Bundle | None:
    """The bundle of an environment variable that won over what the session asks for."""
    if evidence.settings.session_verify is None:
        return None
    asked = evidence.settings.session_verify
    return next((b for b in evidence.bundles if b.in_force and _is_variable(b) and b.path != asked), None)


def _overrides(evidence: Evidence, bundle: Bundle, code: int, refuses: bool) -> Fault:
    asked = f"session.verify = {clean(evidence.settings.session_verify or '')}"
    given = f"{_setting(bundle)} = {clean(bundle.path)}"
    return Fault("environment-overrides-session", code, -1, _setting(bundle), asked, given, refuses, severity="warning")


def remarks(evidence: Evidence, blamed: str) -> list[Fault]:
    """Settings that the client accepts and that put somebody in danger. `blamed`: the setting's finding that already
    stands in the list."""
    found = []
    settings = evidence.settings
    if settings.verify and not settings.check_hostname:
        found.append(Fault("hostname-check-disabled", 0, -1, "check_hostname", "True", "False", refuses=False))
    overriding = overriding_variable(evidence)
    if overriding is not None and blamed != "environment-overrides-session":
        found.append(_overrides(evidence, overriding, 0, False))
    for bundle in evidence.bundles:
        if bundle.in_force and bundle.readability == "unhashed-directory" and blamed != "bundle-directory-unhashed":
            unhashed = _blame(evidence, bundle, "bundle-directory-unhashed", 20)
            found.append(unhashed._replace(refuses=False, severity="warning"))
        if bundle.readability == "readable":
            if bundle.in_force and (bundle.added or bundle.matches_record is False):
                found.append(_modified(bundle))
            found += _leaked(evidence, bundle)
    return found


def _leaked(evidence: Evidence, bundle: Bundle) -> list[Fault]:
    """Anchors whose private key everybody has, also in a bundle that only other programs of this machine use."""
    found = []
    for certificate, story in leaked.among(bundle.certificates):
        place = f"anchor[{evidence.anchors.index(certificate.der)}]" if bundle.in_force else ""
        seen = f"{certificate.label}: the private key of {story} is public"
        expected = "a key that only the CA has"
        found.append(Fault("leaked-anchor", 0, -1, "subjectPublicKeyInfo", expected, seen, refuses=False, place=place))
    return found


def _modified(bundle: Bundle) -> Fault:
    added = []
    for der in bundle.added:
        try:
            added.append(parse(der).label)
        except Malformed:
            added.append("something unreadable")
    seen = f"{clean(bundle.path)}, with {listed(added)} added" if added else f"{clean(bundle.path)}, changed since"
    return Fault(
        "bundle-modified", 0, -1, _setting(bundle), "the bundle as its package installed it", seen, refuses=False
    )
