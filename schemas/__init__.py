"""The published contracts as data: JSON Schemas, generated and checked in."""
