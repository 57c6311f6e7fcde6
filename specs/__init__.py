"""The language: positions, diagnostics, the YAML reader, the typed sections and the expressions."""
