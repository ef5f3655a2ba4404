"""tls-clinic: TLS misconfigurations as living scenarios. Law: importing this costs nothing."""
