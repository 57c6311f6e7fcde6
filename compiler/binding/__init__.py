"""Names resolved and expressions typed, one file a section of the spec."""
