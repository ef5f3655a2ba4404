"""One leaf module a format, all over the same report."""
