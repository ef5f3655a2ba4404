"""Server-side TLS contexts. Law: a server that cannot start is a value (`StartRefusal`), in OpenSSL's own words to its
operator; security level 0 only where what is served is itself too weak for more.
"""

from __future__ import annotations

import ssl
import threading
import warnings
from typing import TYPE_CHECKING, Any

from simulator.lab import files, groups
from simulator.model.evidence import StartRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.lab.files import Folder
    from simulator.lab.keys import KeyPair
    from simulator.lab.mint import Issued
    from simulator.model.deployment import ServerSpec

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
OLD = ("TLSv1", "TLSv1.1")
_TOO_WEAK = ("TOO_SMALL", "TOO_WEAK")  # how OpenSSL's reasons end where a security level forbids a certificate
_warned = threading.Lock()


def set_versions(context: ssl.SSLContext, minimum: str, maximum: str) -> None:
    """The protocol versions to speak. Python warns of the old ones, rightly; here they are the point."""
    if minimum in OLD or maximum in OLD:
        with _warned, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = VERSIONS[minimum]
            context.maximum_version = VERSIONS[maximum]
        return
    if minimum != "TLSv1.2":  # what a server context begins with
        context.minimum_version = VERSIONS[minimum]
    if maximum != "TLSv1.3":
        context.maximum_version = VERSIONS[maximum]


def server_context(
    spec: ServerSpec, chain: Sequence[Issued], key: KeyPair, authorities: Sequence[bytes], folder: Folder
) -> Any:
    """A context that serves `chain` with `key` and asks for client certificates of `authorities` (PEM) where there are
    any: an `ssl.SSLContext`, or pyOpenSSL's where the standard library cannot load what can be on the wire all the
    same, or a `StartRefusal`.
    """
    pem = b"".join(issued.pem for issued in chain)
    path = folder.scratch(pem + key.pem)
    weak = spec.minimum_version in OLD or (spec.dh_bits or 2048) < 2048
    try:
        try:
            return _load(spec, path, authorities, folder, level_zero=weak)
        except ssl.SSLError as error:
            if not (error.reason or "").endswith(_TOO_WEAK):
                raise
            return _load(spec, path, authorities, folder, level_zero=True)
    except (ssl.SSLError, ValueError) as error:
        if isinstance(error, ssl.SSLError) and error.reason == "INVALID_CERTIFICATE":
            from simulator.lab import foreign

            served = foreign.server_context(chain, key)
            if served is not None:
                return served
        return StartRefusal(message=str(error), chain_file=tuple(i.der for i in chain), public_key=key.spki)
    finally:
        files.remove(path)  # no private key lies about longer than it takes to read it


def _load(
    spec: ServerSpec, path: str, authorities: Sequence[bytes], folder: Folder, *, level_zero: bool
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # a client that leaves with a ticket unread resets the connection
    ciphers = spec.ciphers or ("DHE+AES" if spec.dh_bits else None)
    if level_zero:
        context.set_ciphers(f"{ciphers or 'DEFAULT'}:@SECLEVEL=0")
    elif ciphers:
        context.set_ciphers(ciphers)
    # Finite-field groups are negotiated otherwise in TLS 1.3: its groups are never small.
    set_versions(context, spec.minimum_version, "TLSv1.2" if spec.dh_bits else spec.maximum_version)
    context.load_cert_chain(path)
    if spec.dh_bits:
        parameters = folder.scratch(groups.parameters(spec.dh_bits))
        try:
            context.load_dh_params(parameters)
        finally:
            files.remove(parameters)
    if authorities:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=b"".join(authorities).decode("ascii"))
    return context


def by_name(
    default: ssl.SSLContext, others: dict[str, ssl.SSLContext], seen: Callable[[str | None], None], *, refuse: bool
) -> None:
    """Makes `default` choose among `others` by SNI, tell `seen` each name, and, with `refuse`, refuse every name."""

    def choose(tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> int | None:
        seen(name)
        if refuse:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        chosen = others.get((name or "").lower())
        if chosen is not None and chosen is not context:
            tls.context = chosen
        return None

    default.sni_callback = choose
