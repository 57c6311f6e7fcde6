"""The tables of the SQL ledger."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite counts rows by itself only in a column of type INTEGER.
_ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")

schema_version = Table(
    "schema_version",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("plan_name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("facts", JSON, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("number", _ROW_NUMBER, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("step_id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("state", String, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("facts", JSON, nullable=False),
    UniqueConstraint("run_id", "step_id"),
    Index("steps_by_step", "step_id", "recorded"),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("model", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("value_key", String, nullable=False),
    Column("evaluation_key", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("facts", JSON, nullable=False),
    UniqueConstraint("model", "value_key"),
)

aliases = Table(
    "aliases",
    metadata,
    Column("model", String, primary_key=True),
    Column("alias", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("moved", BigInteger, nullable=False),
    ForeignKeyConstraint(["model", "version"], ["model_versions.model", "model_versions.version"]),
)

rollouts = Table(
    "rollouts",
    metadata,
    Column("number", _ROW_NUMBER, primary_key=True),
    Column("endpoint", String, nullable=False),
    Column("model", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("steps", JSON, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("moved", BigInteger, nullable=False),
    Column("facts", JSON, nullable=False),
    ForeignKeyConstraint(["model", "version"], ["model_versions.model", "model_versions.version"]),
)

alerts = Table(
    "alerts",
    metadata,
    Column("number", _ROW_NUMBER, primary_key=True),
    Column("monitor", String, nullable=False),
    Column("window_end", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("summary", String, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("monitor", "window_end"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", _ROW_NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("once", String),
    Index("audit_log_once", "once", unique=True),
)
