"""The prediction log: append-only Parquet segments that many processes write at once."""
