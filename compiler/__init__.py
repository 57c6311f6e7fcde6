"""Spec in, plan out, pure."""
