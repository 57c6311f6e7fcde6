"""Artifact store, ledger and online stores: a protocol each, embedded defaults beside."""
