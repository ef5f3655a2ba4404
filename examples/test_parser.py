"""Someone's own certificate parser, fuzzed in ten lines: drawn chains hold every fault that the catalogue knows."""

from cryptography import x509
from hypothesis import given, settings

from simulator.testing.strategies import certificate_chains


def common_name_of(der):
    """The parser under test: replace it by yours."""
    names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return names[0].value if names else ""


@settings(max_examples=100, deadline=None)
@given(certificate_chains(faults=["empty-subject", "omit-san", "wildcard", "v1-root", "weak-key", "other-host"]))
def test_it_takes_whatever_the_catalogue_knows(chain):
    for der in (*chain.served, *chain.anchors):
        assert isinstance(common_name_of(der), str)
