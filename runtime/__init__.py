"""A plan, run: the same step functions under every target."""
