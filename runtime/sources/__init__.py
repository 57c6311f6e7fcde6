"""Source kinds: schema, content identity and rows."""
