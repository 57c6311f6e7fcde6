"""Plan in, texts out: one folder a target."""
