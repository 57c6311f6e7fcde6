"""The GitHub Actions target: what a repository's CI does with a spec."""
