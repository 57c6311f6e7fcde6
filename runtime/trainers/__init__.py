"""Estimator families, one file a family."""
