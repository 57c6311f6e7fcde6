"""`stores:` where results, records and online features are kept; beside the spec when left out."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from .. import patterns
from ..addresses import (
    MAX_LENGTH,
    parse_artifacts,
    parse_endpoint,
    parse_ledger,
    parse_online,
    parse_region,
)
from ..secret import parse_secret
from .base import Section
from .presence import Ruled, Together, wrong_at

Secret = Annotated[
    str,
    BeforeValidator(parse_secret, json_schema_input_type=str),
    Field(
        description="A secret by its name, `secret:NAME`; the runner alone learns its value.",
        examples=["secret:LEDGER_PASSWORD"],
        json_schema_extra={"pattern": patterns.SECRET},
    ),
]
ArtifactsPath = Annotated[
    str,
    BeforeValidator(parse_artifacts, json_schema_input_type=str),
    Field(
        description="A bucket, `s3://bucket/prefix`, or a folder.",
        examples=["s3://acme-ml/flight-delays", "/mnt/ml/flight-delays"],
        json_schema_extra={"pattern": patterns.ARTIFACTS, "maxLength": MAX_LENGTH},
    ),
]
LedgerUrl = Annotated[
    str,
    BeforeValidator(parse_ledger, json_schema_input_type=str),
    Field(
        description="The address of a PostgreSQL database, without its password.",
        examples=["postgresql://onespec@db:5432/onespec"],
        json_schema_extra={"pattern": patterns.LEDGER, "maxLength": MAX_LENGTH},
    ),
]
OnlineUrl = Annotated[
    str,
    BeforeValidator(parse_online, json_schema_input_type=str),
    Field(
        description="The address of a Redis server, without its password.",
        examples=["redis://cache:6379/0"],
        json_schema_extra={"pattern": patterns.ONLINE, "maxLength": MAX_LENGTH},
    ),
]
Endpoint = Annotated[
    str,
    BeforeValidator(parse_endpoint, json_schema_input_type=str),
    Field(
        description="The address of an S3 service.",
        examples=["https://minio.example.com:9000"],
        json_schema_extra={"pattern": patterns.ENDPOINT, "maxLength": MAX_LENGTH},
    ),
]
Region = Annotated[
    str,
    BeforeValidator(parse_region, json_schema_input_type=str),
    Field(
        description="The region of a bucket.",
        examples=["eu-central-1"],
        json_schema_extra={"pattern": patterns.REGION},
    ),
]


class ArtifactsStore(Ruled):
    """What steps make, and the prediction log: a folder, or S3."""

    rules = (
        Together(
            "access_key",
            "secret_key",
            "`access_key` and `secret_key` go together",
        ),
    )

    path: ArtifactsPath
    """A bucket, `s3://bucket/prefix`, or a folder that all machines see."""
    endpoint: Endpoint | None = None
    """Where the S3 service listens; Amazon's when left out."""
    region: Region | None = None
    """The bucket's region; the runner's AWS_REGION, or us-east-1, when left out."""
    access_key: Secret | None = None
    """Who reads and writes; the runner's own identity when left out."""
    secret_key: Secret | None = None
    """The key that belongs to it."""

    @model_validator(mode="after")
    def _of_a_bucket(self) -> "ArtifactsStore":
        if not self.path.startswith("s3://"):
            for key in ("endpoint", "region", "access_key", "secret_key"):
                if getattr(self, key) is not None:
                    raise wrong_at(key, f"`{key}` is for `s3://` only, not for a folder", "")
        return self


class LedgerStore(Section):
    """Runs, versions, aliases, alerts and the audit log: in PostgreSQL."""

    url: LedgerUrl
    """`postgresql://user@host:5432/database`."""
    password: Secret | None = None
    """The user's password."""


class OnlineStore(Section):
    """The newest features by entity, for endpoints: in Redis."""

    url: OnlineUrl
    """`redis://host:6379/0`, or `rediss://` for TLS."""
    password: Secret | None = None
    """The server's or the user's password."""


def _with_path(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _with_url(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


class Stores(Section):
    """Where results, records and online features are kept.

    What is left out is embedded: it lies in the state folder of one machine.
    """

    artifacts: Annotated[
        ArtifactsStore | None,
        BeforeValidator(_with_path, json_schema_input_type=ArtifactsPath | ArtifactsStore | None),
    ] = None
    """What steps make, and the prediction log: a bucket or a folder, `PATH` for `{path: PATH}`."""
    ledger: Annotated[
        LedgerStore | None,
        BeforeValidator(_with_url, json_schema_input_type=LedgerUrl | LedgerStore | None),
    ] = None
    """Runs, versions, aliases, alerts and the audit log: `URL` for `{url: URL}`."""
    online: Annotated[
        OnlineStore | None,
        BeforeValidator(_with_url, json_schema_input_type=OnlineUrl | OnlineStore | None),
    ] = None
    """The newest features by entity, for endpoints: `URL` for `{url: URL}`."""
