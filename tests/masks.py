"""What several faults do to each other's findings. Law: `tests/test_masks.py` derives all of this from the lab; the
tables say it aloud, so that a change of them is seen.
"""

# Behind a path that ends early, or that never looks at a certificate, nothing about it can be found: the client does
# not trust the root (told-nothing, wrong-ca), does not get to it (incomplete-chain), or the end entity signed itself.
# A root of version 1 has no extensions to be wrong. Two key identifiers can only disagree where both are there. A name
# constraint is about names in subjectAltName.
MASKS: dict[str, frozenset[str]] = {
    "aki-mismatch": frozenset({"bad-signature", "leaf-is-ca"}),
    "certifi-upgraded": frozenset(
        {
            "aki-mismatch",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-missing-key-usage",
            "ca-not-critical",
            "expired-anchor",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "v1-ca",
        }
    ),
    "empty-subject": frozenset({"same-name-other-key"}),
    "incomplete-chain": frozenset(
        {
            "aki-mismatch",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-missing-key-usage",
            "ca-not-critical",
            "expired-anchor",
            "expired-issuer",
            "issuer-cannot-sign",
            "issuer-not-ca",
            "issuer-not-yet-valid",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "same-name-other-key",
            "v1-ca",
        }
    ),
    "intermediate-as-anchor": frozenset(
        {
            "anchor-not-yet-valid",
            "ca-missing-key-usage",
            "ca-not-critical",
            "expired-anchor",
            "expired-issuer",
            "incomplete-chain",
            "issuer-not-yet-valid",
            "missing-ski",
            "path-length-exceeded",
            "v1-ca",
        }
    ),
    "leaf-as-anchor": frozenset(
        {
            "aki-mismatch",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-false-with-ca-usage",
            "ca-missing-key-usage",
            "ca-not-critical",
            "empty-subject-san-not-critical",
            "expired-anchor",
            "incomplete-chain",
            "missing-aki",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "self-signed",
            "v1-ca",
            "weak-signature",
        }
    ),
    "missing-aki": frozenset({"untrusted-issuer"}),
    "missing-ski": frozenset({"aki-mismatch"}),
    "old-ca-same-name": frozenset(
        {
            "aki-mismatch",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-missing-key-usage",
            "ca-not-critical",
            "expired-anchor",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "v1-ca",
        }
    ),
    "omit-san": frozenset({"name-constraint-violated"}),
    "only-the-old-root": frozenset(
        {
            "anchor-not-yet-valid",
            "ca-missing-key-usage",
            "ca-not-critical",
            "missing-ski",
            "path-length-exceeded",
            "v1-ca",
        }
    ),
    "openssl-self-signed": frozenset(
        {
            "anchor-not-self-signed",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-missing-key-usage",
            "ca-not-critical",
            "chain-out-of-order",
            "empty-subject-san-not-critical",
            "expired-anchor",
            "expired-issuer",
            "incomplete-chain",
            "issuer-cannot-sign",
            "issuer-not-ca",
            "issuer-not-yet-valid",
            "missing-aki",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "root-in-served-chain",
            "same-name-other-key",
            "unrelated-certificate",
            "untrusted-issuer",
            "v1-ca",
            "weak-signature",
        }
    ),
    "other-host": frozenset({"same-name-other-key"}),
    "root-sent-along": frozenset({"anchor-not-self-signed"}),
    "self-signed-by-server": frozenset(
        {
            "anchor-not-self-signed",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-false-with-ca-usage",
            "ca-missing-key-usage",
            "ca-not-critical",
            "chain-out-of-order",
            "empty-subject-san-not-critical",
            "expired-anchor",
            "expired-issuer",
            "incomplete-chain",
            "issuer-cannot-sign",
            "issuer-not-ca",
            "issuer-not-yet-valid",
            "missing-aki",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "root-in-served-chain",
            "same-name-other-key",
            "unrelated-certificate",
            "untrusted-issuer",
            "v1-ca",
            "weak-signature",
        }
    ),
    "tampered": frozenset({"aki-mismatch"}),
    "told-nothing": frozenset(
        {
            "aki-mismatch",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-missing-key-usage",
            "ca-not-critical",
            "expired-anchor",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "v1-ca",
        }
    ),
    "unrelated-intermediate": frozenset(
        {
            "aki-mismatch",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-missing-key-usage",
            "ca-not-critical",
            "expired-anchor",
            "expired-issuer",
            "issuer-cannot-sign",
            "issuer-not-ca",
            "issuer-not-yet-valid",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "same-name-other-key",
            "v1-ca",
        }
    ),
    "v1-root": frozenset(
        {
            "aki-mismatch",
            "ca-missing-key-usage",
            "ca-not-critical",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
        }
    ),
    "verification-disabled": frozenset({"hostname-check-disabled"}),
    "wrong-ca": frozenset(
        {
            "aki-mismatch",
            "anchor-not-yet-valid",
            "bad-signature",
            "ca-missing-key-usage",
            "ca-not-critical",
            "expired-anchor",
            "missing-ski",
            "name-constraint-violated",
            "path-length-exceeded",
            "v1-ca",
        }
    ),
}
"""A fault → the findings of other faults that it can hide."""

# An intermediate that somebody made their anchor expires as an anchor. With its key identifier wrong and its signature
# broken nothing connects a certificate with its issuer any more. A path length without keyUsage is a sin of its own.
EMERGENT: dict[tuple[str, str], frozenset[str]] = {
    ("aki-mismatch", "leaf-as-anchor"): frozenset({"unrelated-certificate"}),
    ("aki-mismatch", "openssl-self-signed"): frozenset({"unrelated-certificate"}),
    ("aki-mismatch", "self-signed-by-server"): frozenset({"unrelated-certificate"}),
    ("aki-mismatch", "tampered"): frozenset(
        {"incomplete-chain", "same-name-other-key", "unrelated-certificate", "untrusted-issuer"}
    ),
    ("ca-missing-key-usage", "path-length-exceeded"): frozenset({"path-length-without-key-usage"}),
    ("certifi-upgraded", "root-sent-along"): frozenset({"expired-issuer"}),
    ("expired-intermediate", "intermediate-as-anchor"): frozenset({"expired-anchor"}),
    ("intermediate-as-anchor", "intermediate-not-yet-valid"): frozenset({"anchor-not-yet-valid"}),
    ("leaf-as-anchor", "root-sent-along"): frozenset({"expired-issuer"}),
    ("old-ca-same-name", "root-sent-along"): frozenset({"expired-issuer"}),
    ("root-sent-along", "told-nothing"): frozenset({"expired-issuer"}),
    ("root-sent-along", "wrong-ca"): frozenset({"expired-issuer"}),
}
"""Two faults → findings that neither shows alone."""

LOOK_ALIKES: frozenset[tuple[str, str]] = frozenset(
    {
        ("certifi-upgraded", "told-nothing"),
        ("certifi-upgraded", "wrong-ca"),
        ("expired-root", "only-the-old-root"),
        ("forged-issuer", "tampered"),
        ("host-name-only", "other-host"),
        ("told-nothing", "wrong-ca"),
    }
)
"""Single faults that leave the same evidence: the diagnosis says the same, and must."""
