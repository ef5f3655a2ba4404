"""The client's call as a person would type it, and where its trust comes from. Law: read from evidence alone."""

from __future__ import annotations

from simulator.model.evidence import Bundle, Evidence


def base(path: str) -> str:
    """A file's own name; certifi's keeps its folder, because its name says nothing."""
    parts = path.replace("\\", "/").rstrip("/").split("/")
    return "/".join(parts[-2:]) if parts[-1] in ("cacert.pem", "ca-certificates.crt") else parts[-1]


def in_force(evidence: Evidence) -> Bundle | None:
    """The source that the client reads its anchors from."""
    return next((b for b in evidence.bundles if b.in_force), None)


def trust(evidence: Evidence) -> list[str]:
    """What the client trusts and who told it so: one short line each."""
    settings, bundle = evidence.settings, in_force(evidence)
    lines: list[str] = []
    if not settings.verify:
        lines.append("verify=False: nothing is checked")
    elif bundle is None:
        lines.append("no trust anchors at all")
    elif bundle.named_by == "call":
        lines.append(f"verify={base(bundle.path)}")
    elif bundle.named_by == "session":
        lines.append(f"session.verify={base(bundle.path)}")
    elif bundle.named_by == "default":
        lines.append(f"verify= not given: trusts {base(bundle.path)}, the client's default")
    else:
        lines.append(f"{bundle.named_by}={base(bundle.path)}")
    if bundle and bundle.readability != "readable" and settings.verify:
        lines[-1] += f" ({bundle.readability.replace('-', ' ')})"
    if not settings.check_hostname and settings.verify:
        lines.append("assert_hostname=False: the name is not checked")
    if settings.session_verify is not None and (bundle is None or bundle.named_by != "session"):
        lines.append(f"session.verify={base(settings.session_verify)}, which is not what counts here")
    if settings.certificate:
        lines.append("cert=client.pem: the client has a certificate of its own")
    if settings.checks_crls:
        lines.append("revocation lists are checked")
    if settings.proxy:
        lines.append(f"through the proxy {settings.proxy}")
    return lines


def call(evidence: Evidence, client: str) -> list[str]:
    """The lines that make this call."""
    maker = {"requests": _requests, "stdlib": _stdlib, "curl": _curl}.get(client.partition("@")[0])
    lines = [f"{b.named_by}={base(b.path)}" for b in evidence.bundles if b.in_force and b.named_by.isupper()]
    return [*lines, *(maker(evidence) if maker else [f"{client} {evidence.url}"])]


def _named(evidence: Evidence) -> str | None:
    return next((base(b.path) for b in evidence.bundles if b.named_by == "call"), None)


def _requests(evidence: Evidence) -> list[str]:
    named, settings = _named(evidence), evidence.settings
    arguments = [f'"{evidence.url}"']
    if not settings.verify:
        arguments.append("verify=False")
    elif named:
        arguments.append(f'verify="{named}"')
    if settings.certificate:
        arguments.append('cert=("client.pem", "client.key")')
    if settings.session_verify is None and settings.check_hostname:
        return [f"requests.get({', '.join(arguments)})"]
    lines = ["session = requests.Session()"]
    if settings.session_verify is not None:
        off = settings.session_verify == "False"
        lines.append(f"session.verify = {'False' if off else chr(34) + base(settings.session_verify) + chr(34)}")
    if not settings.check_hostname:
        lines.append('session.mount("https://", Adapter(assert_hostname=False))')
    return [*lines, f"session.get({', '.join(arguments)})"]


def _stdlib(evidence: Evidence) -> list[str]:
    named, settings = _named(evidence), evidence.settings
    lines = [f"context = ssl.create_default_context({f'cafile={named!r}' if named else ''})".replace("'", '"')]
    if not settings.check_hostname or not settings.verify:
        lines.append("context.check_hostname = False")
    if not settings.verify:
        lines.append("context.verify_mode = ssl.CERT_NONE")
    return [*lines, f'urllib.request.urlopen("{evidence.url}", context=context)']


def _curl(evidence: Evidence) -> list[str]:
    named = _named(evidence)
    option = "-k " if not evidence.settings.verify else f"--cacert {named} " if named else ""
    return [f"curl {option}{evidence.url}"]
