"""E7xx: paths and secrets."""

from .code import Code

CODES = (
    Code(
        "E701",
        "A path that leaves the project",
        (
            "What a spec reads and writes lies inside the project's folder, so that what is "
            "checked, hashed and shipped is all there is. Absolute paths, `..` and links that "
            "lead outside are refused. Copy or mount the data inside the project."
        ),
        wrong="""\
sources:
  flights: {path: ../elsewhere/flights.parquet}
""",
        right="""\
sources:
  flights: {path: data/flights.parquet}
""",
    ),
    Code(
        "E702",
        "A secret written as a value",
        (
            "A password, token or key stands in the spec itself, from where it would reach plans, "
            "artifacts, logs and the repository's history. Take it out; and replace the secret, "
            "since it has been written down."
        ),
        wrong="""\
sources:
  orders: {path: "https://app:hunter2@files.example.com/orders.csv"}
""",
        right="""\
sources:
  orders: {path: data/orders.csv}
""",
    ),
)
