"""The same plan in several ways, and whether they came to the same."""
