"""E22x: the stores, and the secrets that open them."""

from .code import Code

CODES = (
    Code(
        "E220",
        "A value where the name of a secret belongs",
        (
            "Passwords and keys are written as `secret:NAME`, where NAME is capital letters, "
            "digits and underscores. A spec is read by many, and kept for ever in the history of a "
            "repository; the name says as much as they need. The runner alone learns the value, "
            "when a step starts: from the environment variable NAME, else from the file NAME in "
            "the folder that ONESPEC_SECRETS names, which is how Kubernetes mounts a Secret. "
            "A value that was written here has been written down: replace it where it is used."
        ),
        wrong="""\
stores:
  ledger: {url: "postgresql://onespec@db:5432/onespec", password: hunter2}
""",
        right="""\
stores:
  ledger: {url: "postgresql://onespec@db:5432/onespec", password: secret:LEDGER_PASSWORD}
""",
    ),
    Code(
        "E221",
        "An address with a password in it",
        (
            "The address of a store holds a password, which would reach plans, manifests, logs and "
            "the repository's history. The user's name may stand in an address; the password goes "
            "beside it as `secret:NAME`. Replace the password too, since it has been written down."
        ),
        wrong="""\
stores:
  online: redis://:hunter2@cache:6379/0
""",
        right="""\
stores:
  online: {url: "redis://cache:6379/0", password: secret:REDIS_PASSWORD}
""",
    ),
    Code(
        "E222",
        "An address that no store has",
        (
            "Artifacts lie in a folder or in a bucket, `s3://bucket/prefix`; the ledger in "
            "PostgreSQL, `postgresql://user@host:5432/database`; online features in Redis, "
            "`redis://host:6379/0` or `rediss://` for TLS. Other services that speak S3 (MinIO, "
            "Ceph, Cloudflare R2, Google's interoperable one) are reached by `endpoint`. What is "
            "left out is embedded, in files of the state folder."
        ),
        wrong="""\
stores:
  ledger: mysql://db/onespec
""",
        right="""\
stores:
  ledger: postgresql://onespec@db:5432/onespec
""",
    ),
    Code(
        "W223",
        "A shared ledger over results that are not shared",
        (
            "The ledger is on a server, where every machine sees its versions and aliases, while "
            "the results that they stand for lie in the state folder of one machine. Any other "
            "machine finds a champion whose model it does not have. Put `artifacts` where all "
            "machines see them: in a bucket, or a folder that is mounted everywhere."
        ),
        wrong="""\
stores:
  ledger: postgresql://onespec@db:5432/onespec
""",
        right="""\
stores:
  artifacts: s3://acme-ml/flight-delays
  ledger: postgresql://onespec@db:5432/onespec
""",
    ),
)
