"""Version 2: rollouts, each with its shares and how far it has come."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
)


def upgrade(connection: Connection) -> None:
    """A table more; an alias that is there belongs to no rollout."""
    metadata = MetaData()
    both = ("model", "version")
    key = (Column("model", String, primary_key=True), Column("version", Integer, primary_key=True))
    Table("model_versions", metadata, *key)  # only to refer to: it is there
    Table(
        "rollouts",
        metadata,
        Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("endpoint", String, nullable=False),
        Column("model", String, nullable=False),
        Column("version", Integer, nullable=False),
        Column("steps", JSON, nullable=False),
        Column("stage", Integer, nullable=False),
        Column("state", String, nullable=False),
        Column("began", BigInteger, nullable=False),
        Column("moved", BigInteger, nullable=False),
        Column("facts", JSON, nullable=False),
        ForeignKeyConstraint(both, [f"model_versions.{name}" for name in both]),
    ).create(connection)
