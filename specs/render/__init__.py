"""Diagnostics as text: for people, for programs, for code scanning, for CI logs."""
