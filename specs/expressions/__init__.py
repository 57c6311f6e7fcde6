"""The expression language: parse, types, functions and one file for each lowering."""
