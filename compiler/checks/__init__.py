"""Whole-graph rules, one file a check."""
