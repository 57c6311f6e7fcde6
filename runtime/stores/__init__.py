"""Artifact store, ledger and online stores."""
