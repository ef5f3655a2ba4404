"""The only room with sockets, TLS and clients: deployments become real here, and evidence comes back."""
