"""Column-level lineage: from source columns to scores and monitors."""
