"""Drift, performance and service monitors, and their report."""
