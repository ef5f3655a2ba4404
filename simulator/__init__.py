"""tls-clinic: TLS misconfigurations as living scenarios. Law: importing this costs nothing."""


def __getattr__(name: str) -> object:
    """`simulator.explained`, on first use."""
    if name == "explained":
        from simulator.notes import explained

        return explained
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
