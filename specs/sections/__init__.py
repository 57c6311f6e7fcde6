"""The pydantic models of the spec, one file for each section."""
