"""E7xx: paths and secrets."""

from .code import Code

CODES = (
    Code(
        "E701",
        "A path that leaves the project",
        (
            "Custom code and local files must lie inside the project's folder, so that what is "
            "checked, hashed and shipped is all there is. Absolute paths, `..` and links that "
            "lead outside are refused. Data elsewhere is named by a URL such as `s3://…`."
        ),
        wrong="""\
features:
  custom: {python: "../../elsewhere/features.py:fn"}
""",
        right="""\
features:
  custom: {python: "features.py:fn"}
""",
    ),
    Code(
        "E702",
        "A secret written as a value",
        (
            "A password, token or key stands in the spec itself, from where it would reach plans, "
            "artifacts, logs and the repository's history. Write a reference, `secret:NAME`, "
            "which is resolved only where the step runs; and replace the secret, since it has "
            "been written down."
        ),
        wrong="""\
sources:
  orders: {sql: "select 1", url: "postgresql://app:hunter2@db/shop"}
""",
        right="""\
sources:
  orders: {sql: "select 1", url: "secret:SHOP_DATABASE_URL"}
""",
    ),
)
