"""Reads what stands around an error: the speaker, the URL, products, variables, names. Law: facts, no verdicts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.diagnosis.wordings_text import Reading

_SPEAKERS: tuple[tuple[str, str], ...] = (
    # Tools first: pip speaks with the voice of requests, and docker with that of Go.
    ("pip", r"\bpip(?:3|x|env)?(?:\.exe)? (?:install|download|wheel|index|search)|pip\._(?:vendor|internal)|could not fetch url https|could not install packages due to|/simple/\w|no matching distribution found|pip is configured with locations"),
    ("conda", r"\bconda(?:http|ssl)\w*error|\bconda (?:install|create|update|env)|repo\.anaconda\.com|conda\.anaconda\.org|condahttperror"),
    ("poetry", r"\bpoetry (?:add|install|lock|update)\b|poetry\.\w+"),
    ("boto3", r"\bboto(?:3|core)\b|ssl validation failed for https|\baws (?:s3|sts|ec2|configure)\b"),
    ("npm", r"\bnpm (?:err!|error|http|install|ci|warn|i )|npm_debug|registry\.npmjs\.org[^\n]*npm"),
    ("yarn", r"\byarn (?:install|add|v1|run|global)|registry\.yarnpkg\.com|\byn0\d{3}\b|info there appears to be trouble with your network"),
    ("pnpm", r"\berr_pnpm|\bpnpm (?:i|install|add)\b"),
    ("docker", r"error response from daemon|\bdocker(?:\.exe)?:? (?:pull|push|login|build|run|compose|desktop)|dockerd|failed to solve|registry-1\.docker\.io|certs\.d|buildkit|containerd|failed to do request: head"),
    ("kubectl", r"\bkubectl\b|unable to connect to the server: |kubeconfig|couldn't get current server api group list"),
    ("helm", r"\bhelm (?:install|repo|upgrade|pull)|looks like \"https?://[^\"]*\" is not a valid chart repository"),
    ("terraform", r"\bterraform\b|failed to query available provider packages|registry\.terraform\.io"),
    ("maven", r"\bmvn\b|\bmaven\b|repo\.maven\.apache\.org|failed to execute goal|could not transfer artifact"),
    ("gradle", r"\bgradlew?\b|could not get resource '|services\.gradle\.org|org\.gradle"),
    ("git", r"fatal: unable to access|\bgit (?:clone|push|pull|fetch|ls-remote|submodule)\b|git-remote-https"),
    ("wget", r"\bwget\b|--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--|to connect to \S+ insecurely, use|unable to establish ssl connection\.|certificate of '|certificate's owner does not match hostname|unable to locally verify the issuer|self-signed certificate encountered|http request sent, awaiting response"),
    ("php", r"\bphp (?:warning|fatal)|guzzlehttp|ssl operation failed with code|file_get_contents|curl error \d+: |\bcomposer\b|stream_socket_client|fopen\(https"),
    ("curl", r"\bcurl: \(\d+\)|\bcurl -|\bcurl (?:https?:|failed)|\* +(?:trying|connected to|ssl certificate|alpn)|curle_|pycurl"),
    ("grpc", r"\bgrpc\b|statuscode\.unavailable|rpc error: code|ssl_transport_security|tsi_"),
    ("postgresql", r"\bpsql\b|psycopg|libpq|pg_hba|connection to server at|postgres"),
    ("ldap", r"\bldap(?:search|_\w+|s)?\b|can't contact ldap server"),
    ("firefox", r"\bsec_error_|\bssl_error_(?!sys|ssl\b|zero|want)\w+|mozilla_pkix|\bpr_(?:end_of|connect)_|\bfirefox\b|ns_error_"),
    ("chromium", r"\b(?:net::)?err_(?:cert|ssl|connection|name|bad_ssl|tunnel|proxy|timed|empty|address)\w*|\bchrome\b|chromium|your connection is not private"),
    ("safari", r"nsurlerror|kcfstreamerror|\bsafari\b|errssl\w+|nslocalizeddescription|cfnetwork"),
    ("nginx", r"\bnginx\b|while ssl handshaking|while connecting to upstream|\[(?:emerg|crit|error|info)\] \d+#\d+"),
    ("apache", r"\bah0\d{4}\b|\bmod_ssl\b|apache|httpd"),
    ("haproxy", r"\bhaproxy\b"),
    ("httpx", r"\bhttpx\.|\bhttpcore\.|/httpx/|/httpcore/"),
    ("aiohttp", r"\baiohttp\b|clientconnector\w*error|cannot connect to host \S+ ssl:"),
    ("requests", r"\brequests[./]|/requests/|httpsconnectionpool|requests\.exceptions|requests\.get"),
    ("urllib3", r"\burllib3\b|maxretryerror"),
    ("python", r"\burlopen error|\burllib\b|urlerror|_ssl\.c:|sslcertverificationerror|traceback \(most recent call last\)|ssl\.sslerror|http\.client|smtplib|imaplib|\.py\", line"),
    ("powershell", r"invoke-(?:webrequest|restmethod)|\bpowershell\b|\biwr\b"),
    ("dotnet", r"system\.(?:net|security|io)\.|authenticationexception|remotecertificate\w+|httprequestexception|\.net\b|nuget|sslstream|\bnu1301\b"),
    ("java", r"\bjavax?\.|sun\.security|pkix|\bkeytool\b|okhttp|sslhandshakeexception|org\.apache\.http|\bat \w+(?:\.\w+)+\(\w+\.java:\d+\)"),
    ("ruby", r"ssl_connect returned=|openssl::ssl|\bgem (?:install|update)|\bbundler?\b|net::http|faraday|rubygems"),
    ("rust", r"invalid peer certificate|reqwest|rustls|hyper(?:_util)?::|\bcargo\b|webpki"),
    ("node", r"\bnode:internal|\bat tlssocket|errno: -?\d+|axioserror|undici|fetch failed|code: '[a-z_]+'|err_tls_\w+|\bnode(?:\.js)?\b|unable_to_|depth_zero_|self_signed_cert_in_chain|eproto|node --use-system-ca"),
    ("go", r"\bx509: |\btls: |\bget \"https?://|dial tcp|net/http|\.go:\d+"),
    ("windows", r"schannel|sec_e_\w+|0x8009|0x800b|crypt_e_|cert_e_"),
    ("openssl", r"verify error:num=|verify return code|\bs_client\b|\bopenssl\b|ssl routines|:error:0a0|error:1[04]\w{6}"),
    ("gnutls", r"gnutls|the certificate is not trusted\. |\*\*\* pki verification"),
)  # fmt: skip
_VOICES = re.compile("|".join(f"(?P<v{i}>{p})" for i, (_, p) in enumerate(_SPEAKERS[:0]))) if False else None

_URL = re.compile(r"\b(https?|wss?|ldaps?|ftps?|grpcs?|postgres(?:ql)?)://((?:[^\s/@'\"<>|]+@)?)(\[[0-9a-f:.]+\]|[a-z0-9_*.-]+)(:\d{1,5})?(/[^\s'\"<>|)\]},;\\]*)?", re.I)
_HOSTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"connectionpool\(host='([^'\s]+)',\s+port=(\d+)",
        r"cannot connect to host\s+([a-z0-9_.\[\]:-]+?):(\d+)\s+ssl",
        r"(?:certificate is )?not valid for\s+'([^'\s]+)'()",
        r"hostname\s+'([^'\s]+)'\s+doesn't match()",
        r"(?:target|requested) host ?name\s+'([^'\s]+)'()",
        r"(?:does not match hostname|certificate of)\s+'([^'\s]+)'()",
        r"host:\s+([a-z0-9_.-]+?)\.?\s+is not()",
        r"ip:\s+([0-9a-f:.]+)\s+is not in()",
        r"certificate is valid for [^\n]*?,\s+not\s+([a-z0-9_.:-]+)()",
        r"cannot validate certificate for\s+(\S+)\s+because()",
        r"no (?:name|subject alternative dns name) matching\s+(\S+)\s+found()",
        r"matching ip address\s+(\S+)\s+found()",
        r"certificate for\s+<([^>\s]+)>()",
        r"connected to\s+([a-z0-9_.-]+)\s+\([^)]*\) port\s+(\d+)",
        r"connect(?:ing)? to\s+([a-z0-9][a-z0-9_.-]*\.[a-z0-9-]+|localhost)(?:\s+port\s+|:)(\d+)",
        r"cannot verify\s+([a-z0-9_.-]+)'s certificate()",
        r"could not resolve host: ([a-z0-9_.-]+)()",
        r"lookup ([a-z0-9_.-]+)()",
        r"(?:enotfound|eai_again) ([a-z0-9_.-]+)()",
        r"connection (?:refused|timed out)[^\n]{0,40}?([a-z0-9_.-]+):(\d+)",
        r"does not match host name \"([^\"\s]+)\"()",
        r"certificate not valid for name \"([^\"\s]+)\"()",
        r"-connect\s+([a-z0-9_.\[\]-]+):(\d+)",
        r"dial tcp ([0-9.]+):(\d+)",
        r"servername[= ]+([a-z0-9_.-]+)()",
        r"host\s*[=:]\s*'?\"?([a-z0-9_-]+(?:\.[a-z0-9_-]+)+|localhost)\b()",
    )
)
_PATH_HINTS = re.compile(
    r"(?:verify\s*=\s*|cafile\s*[=:]\s*|ca_certs\s*=\s*|ca-?file[= ]\s*|--cacert[= ]|--ca-certificate[= ]|--cert(?:ificate)?[= ]|invalid path:\s*"
    r"|sslrootcert[= ]|sslcainfo[= ]|(?:requests_ca_bundle|curl_ca_bundle|ssl_cert_file|ssl_cert_dir|aws_ca_bundle|pip_cert|"
    r"node_extra_ca_certs|git_ssl_cainfo|grpc_default_ssl_roots_file_path)\s*[=:]\s*)(?:r?['\"])?([^\s'\"),;]+)",
    re.I,
)
_VARIABLES = re.compile(
    r"\b(requests_ca_bundle|curl_ca_bundle|ssl_cert_file|ssl_cert_dir|aws_ca_bundle|pip_cert|node_extra_ca_certs|"
    r"git_ssl_cainfo|grpc_default_ssl_roots_file_path|git_ssl_no_verify)\b"
)
_PRODUCTS = re.compile(
    r"\b(zscaler|netskope|blue ?coat|fortinet|fortigate|forti(?:guard|client)|palo ?alto|globalprotect|prisma access|kaspersky|eset\b|"
    r"avast|avg (?:antivirus|web)|bitdefender|sophos|mcafee|trellix|mitmproxy|charles proxy|fiddler|burp(?:suite| suite| proxy|\b)|"
    r"portswigger|do_not_trust|cisco umbrella|umbrella root|checkpoint|check point|websense|forcepoint|iboss|squid|symantec web|cato networks|"
    r"sonicwall|watchguard|barracuda|untangle|lightspeed|securly|smoothwall|goguardian|adguard|proxyman|menlo|cloudflare (?:gateway|warp|for teams)|"
    r"gateway ca - cloudflare|superfish|dell root|privdog|wandera|dynatrace root|skyhigh|contentkeeper|trend micro)"
)
_COMPANY = re.compile(
    r"corporate|company (?:network|proxy|firewall|vpn|laptop)|\bvpn\b|behind (?:a|the|our|my)? ?(?:\w+ )?(?:proxy|firewall)|firewall|"
    r"(?:my|our|at) (?:work|office)(?:place| network| laptop| computer)|ssl[ /-]*(?:tls )?(?:inspection|interception)|tls inspection|"
    r"deep packet|man[- ]in[- ]the[- ]middle|mitm|intercept|antivirus|https?_proxy\s*[=:]|--proxy|proxy\.(?:corp|int|local)|root ca\b.*\binc"
)
_PUBLIC = (
    "pypi.org pythonhosted.org python.org github.com githubusercontent.com githubassets.com gitlab.com bitbucket.org google.com "
    "googleapis.com gstatic.com youtube.com npmjs.org npmjs.com yarnpkg.com nodejs.org docker.io docker.com quay.io gcr.io ghcr.io "
    "pkg.dev anaconda.com anaconda.org conda.io huggingface.co hf.co openai.com anthropic.com amazonaws.com aws.amazon.com "
    "amazon.com microsoft.com azure.com windows.net visualstudio.com office.com live.com microsoftonline.com nuget.org apache.org "
    "maven.org sonatype.org gradle.org jcenter.bintray.com rubygems.org crates.io rust-lang.org golang.org packagist.org getcomposer.org "
    "hashicorp.com terraform.io releases.hashicorp.com slack.com stripe.com twilio.com sendgrid.com telegram.org discord.com "
    "facebook.com twitter.com x.com wikipedia.org cloudflare.com debian.org ubuntu.com archlinux.org fedoraproject.org redhat.com "
    "apple.com letsencrypt.org example.com httpbin.org kaggle.com pytorch.org tensorflow.org r-project.org nltk.org sourceforge.net "
    "gitee.com jsdelivr.net unpkg.com electronjs.org playwright.dev cypress.io tiktoken openaipublic.blob.core.windows.net "
    "databricks.com snowflakecomputing.com salesforce.com atlassian.net jira.com k8s.io helm.sh packages.microsoft.com postman.com "
    "okta.com auth0.com proxy.golang.org sum.golang.org eclipse.org jetbrains.com spring.io stackoverflow.com mozilla.org pandas.pydata.org"
).split()
_PUBLIC_NAMED = re.compile(
    r"(?<![a-z0-9.-])((?:[a-z0-9-]+\.)*(?:" + "|".join(re.escape(name) for name in _PUBLIC) + r"))(?![a-z0-9-]|\.[a-z])"
)
_DOCS = re.compile(
    r"curl\.(?:se|haxx\.se)|readthedocs|^docs?\.|pip\.pypa\.io|pypa\.io|nodejs\.org/api|stackoverflow|help\.|errors\.|cwiki\.apache|wiki|learn\.|"
    r"go\.microsoft\.com|aka\.ms|bugs\.|/issues/|help\.gradle|developer\.|support\.|^www\.openssl|rfc-editor|man7|serverfault|/docs?/|logs?\.npmjs|"
    r"wiki\.debian|conda\.io/(?:docs|projects)|packaging\.python|blog\.|medium\.com|/faq|w3\.org|schemas?\.|json-schema|pydantic|git-scm"
)
_PUBLIC_ISSUER = re.compile(
    r"let's encrypt|digicert|sectigo|comodo|godaddy|go daddy|globalsign|geotrust|rapidssl|thawte|entrust|amazon rsa|amazon ecdsa|google trust|gts ca|"
    r"\bgts\b|isrg|usertrust|starfield|certum|quovadis|thwate|trustasia|zerossl|baltimore|verisign|identrust|\bo ?= ?internet2|geant|harica|buypass|actalis|wosign|swisssign|gandi"
)
_PRIVATE_SUFFIXES = (
    ".local .internal .corp .lan .test .home .intra .intranet .localdomain .private .priv .svc .cluster.local .docker .localhost "
    ".example .invalid .company .arpa .home.arpa .office .dev.local .consul .k8s .int .ad .domain .mycompany .openshift .vm .site.local .virtual"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the text tells beside the error itself."""

    client: str = ""
    url: str | None = None
    host: str = ""
    kind: str = ""
    """Of the host: "", localhost, ip, private, public (a site that everybody knows), other."""
    bundle: str = ""
    """A file or directory of certificates that the text names."""
    names: tuple[str, ...] = ()
    """What the certificate is said to be for."""
    facts: frozenset[str] = frozenset()
    product: str = ""
    words: tuple[tuple[str, str], ...] = ()
    """For each fact, the words that show it."""


_compiled: dict[int, re.Pattern[str]] = {}


def speaker(low: str) -> str:
    """Who says it; a tool is named before the library that it uses."""
    sample = low if len(low) <= 40_000 else low[:20_000] + low[-20_000:]
    for index, (client, pattern) in enumerate(_SPEAKERS):
        if not any(key in sample for key in _keys(index, pattern)):
            continue
        compiled = _compiled.get(index)
        if compiled is None:
            compiled = _compiled[index] = re.compile(pattern)
        if compiled.search(sample):
            return client
    return ""
