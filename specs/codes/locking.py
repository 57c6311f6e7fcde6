"""E3xx: the lock file."""

from .code import Code

CODES = (
    Code(
        "E301",
        "There is no lock file",
        (
            "`onespec.lock` holds the schema of every source, so that checking and compiling read "
            "no data and give the same answer everywhere. It is written by `onespec lock` and "
            "committed beside the spec."
        ),
        wrong="""\
# a folder without onespec.lock
onespec: 1
""",
        right="""\
# after `onespec lock`
onespec: 1
""",
    ),
    Code(
        "E302",
        "A source is not in the lock file",
        (
            "The spec declares a source whose schema has not been locked yet, so that expressions "
            "over it cannot be typed. Run `onespec lock` where the data can be read."
        ),
        wrong="""\
# onespec.lock knows `flights` only
sources:
  flights: {path: data/flights.parquet}
  planes: {path: data/planes.parquet}
""",
        right="""\
# after `onespec lock`
sources:
  flights: {path: data/flights.parquet}
  planes: {path: data/planes.parquet}
""",
    ),
    Code(
        "E304",
        "The lock file cannot be understood",
        (
            "The lock file is damaged, was edited by hand, or was written by a version of onespec "
            "whose format this one does not know. It is generated: delete it and run `onespec "
            "lock`."
        ),
        wrong="""\
lock: 1
sources: [flights]
""",
        right="""\
lock: 1
sources:
  flights: {flight_id: int, carrier: string?}
""",
    ),
)
