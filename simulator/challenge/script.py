"""The small program that stands for the client of a patient. Law: it does what its `ClientSpec` says and nothing more,
and its text tells no more than its settings do.
"""

from __future__ import annotations

from simulator.challenge.said import PORT
from simulator.model.deployment import ClientSpec, Deployment, TrustFile, Variable

_HEAD = '''\
"""The client of this service. How to run it:  python client.py   (PORT as its argument, where it is not {port})"""

import os
import socket
import sys
from pathlib import Path

import requests

HERE = Path(__file__).resolve().parent
PORT = sys.argv[1] if len(sys.argv) > 1 else "{port}"

# Names that end in .localhost are this computer, also where the system does not know that.
find = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: find(
    "127.0.0.1" if str(host).endswith("localhost") else host, *rest, **more
)

# The environment of the machine on which it runs.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy"):
    os.environ.pop(name, None)
'''


def script(deployment: Deployment) -> str:
    """The program's text."""
    client = deployment.client
    lines = [_HEAD.format(port=PORT)]
    for variable in variables(deployment):
        lines.append(f'os.environ["{variable.name}"] = {_path(variable.value)}')
    if client.trust is None:
        lines.append("# The bundle that came with requests on that machine.")
        lines.append('requests.adapters.DEFAULT_CA_BUNDLE_PATH = str(HERE / "certifi.pem")')
    lines.append("")
    lines.append("session = requests.Session()")
    if client.session_trust is not None:
        value = "False" if client.session_trust == "off" else _path(client.session_trust)
        lines.append(f"session.verify = {value}")
    lines += _adapter(client)
    options = ""
    if not client.verify:
        options += ", verify=False"
    elif client.trust is not None:
        options += f", verify={_path(client.trust)}"
    if client.certificate:
        options += ', cert=(str(HERE / "client.pem"), str(HERE / "client-key.pem"))'
    host = f"[{client.host}]" if ":" in client.host else client.host
    lines.append(f'response = session.get(f"{client.scheme}://{host}:{{PORT}}/", timeout=10{options})')
    lines.append("print(response)")
    return "\n".join(lines) + "\n"


def variables(deployment: Deployment) -> tuple[Variable, ...]:
    """The variables that the client's process has."""
    return (*deployment.ambient.environment, *deployment.client.environment)


def _path(value: str | TrustFile) -> str:
    return f'str(HERE / "{value.name}")' if isinstance(value, TrustFile) else repr(value)


def _adapter(client: ClientSpec) -> list[str]:
    """Settings that requests has no argument for."""
    settings = []
    if not client.check_hostname:
        settings.append('more["assert_hostname"] = False')
    if client.check_crls:
        settings += [
            'context = more["ssl_context"] = requests.packages.urllib3.util.ssl_.create_urllib3_context()',
            "context.verify_flags |= 4  # look at the revocation list of whoever issued the certificate",
        ]
        if client.has_crls:
            settings.append('context.load_verify_locations(HERE / "crl.pem")')
    if not settings:
        return []
    body = "\n".join(f"        {line}" for line in settings)
    return [
        "\n\nclass Settings(requests.adapters.HTTPAdapter):",
        "    def init_poolmanager(self, *rest, **more):",
        body,
        "        super().init_poolmanager(*rest, **more)",
        "\n",
        'session.mount("https://", Settings())',
    ]
