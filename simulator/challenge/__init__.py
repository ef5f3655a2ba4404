"""Face of this room. Law: imports nothing at run time."""
