"""Experiment tracking: a projection of the ledger, never a source of truth."""
