"""For test suites: `Case` and `Authority` behind the pytest plugin's fixtures, and the strategies. Law: importing this
costs nothing: the plugin is loaded in every test run of whoever has tls-clinic installed.
"""


def __getattr__(name: str) -> object:
    """`Case` and `Authority`, on first use."""
    if name == "Case":
        from simulator.testing.case import Case

        return Case
    if name == "Authority":
        from simulator.testing.authority import Authority

        return Authority
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
