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
    Code(
        "E305",
        "A column of a source is gone",
        (
            "`onespec lock --check` compares `onespec.lock` with the data, and a column that was "
            "locked is not there any more. It was renamed or dropped, or the path names another "
            "file. What reads it is named, down to models and endpoints. Restore the column, or "
            "change what reads it and run `onespec lock`."
        ),
        wrong="""\
# onespec.lock has `dep_delay`, the file has `departure_delay`
features:
  airport_load:
    fields: {mean_delay: avg(dep_delay)}
""",
        right="""\
# after `onespec lock`
features:
  airport_load:
    fields: {mean_delay: avg(departure_delay)}
""",
    ),
    Code(
        "E306",
        "A column has another type",
        (
            "`onespec lock --check` found a column whose type is not the locked one, or which may "
            "now be null and was not, or the other way round. A run would stop at such data, and a "
            "model that was trained on the old type may have learnt something else. If the change "
            "is meant, `onespec lock` records it, and `onespec check` says what no longer fits."
        ),
        wrong="""\
# the file has strings now
sources:
  flights: {dep_delay: float?}
""",
        right="""\
# after `onespec lock`
sources:
  flights: {dep_delay: string?}
""",
    ),
    Code(
        "W307",
        "A source has a new column",
        (
            "`onespec lock --check` found a column that is not in the lock file, so that no "
            "expression can read it yet. Nothing breaks; but a column that comes often replaces "
            "another one, and `onespec lock --check` fails so that somebody looks. `onespec lock` "
            "records it."
        ),
        wrong="""\
# the file also has `coupon`
sources:
  orders: {amount: float?}
""",
        right="""\
# after `onespec lock`
sources:
  orders: {amount: float?, coupon: string?}
""",
    ),
    Code(
        "E308",
        "A source cannot be read",
        (
            "`onespec lock` reads the schema of every source that the spec needs, and this one is "
            "missing, damaged, or holds what the language has no type for. The other sources are "
            "recorded all the same, and this one keeps its entry in the lock file, if it has one."
        ),
        wrong="""\
sources:
  planes: {path: data/plane.parquet}      # the file is data/planes.parquet
""",
        right="""\
sources:
  planes: {path: data/planes.parquet}
""",
    ),
    Code(
        "W309",
        "The lock file has a source that the spec does not need",
        (
            "A source was removed from the spec or renamed in it, or nothing reads it any more of "
            "what a library offers, and the lock file has kept its schema. `onespec lock` drops it."
        ),
        wrong="""\
# onespec.lock also has `planes`
sources:
  flights: {path: data/flights.parquet}
""",
        right="""\
# after `onespec lock`
sources:
  flights: {path: data/flights.parquet}
""",
    ),
)
