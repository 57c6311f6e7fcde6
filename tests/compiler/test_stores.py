"""`stores:` in the plan: names and addresses, no secrets, and nothing that changes a step."""

from dataclasses import replace
from pathlib import Path

import pytest

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import ArtifactsAt, LedgerAt, OnlineAt, Plan, Stores
from onespec.compiler.plan_file import parse_plan, plan_text

CASES = Path(__file__).parents[1] / "specs"
SHARED = Stores(
    ArtifactsAt(
        "s3://acme-ml/flight-delays",
        "http://minio.ml.svc:9000",
        "eu-central-1",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
    ),
    LedgerAt("postgresql://onespec@db:5432/onespec?sslmode=require", "LEDGER_PASSWORD"),
    OnlineAt("rediss://cache:6379/0"),
)


def compiled(folder: Path, name: str, environment: str | None = None) -> Plan:
    (folder / "onespec.lock").write_text((CASES / "onespec.lock").read_text())
    spec = folder / "pipeline.yaml"
    spec.write_text((CASES / "good" / f"{name}.yaml").read_text())
    return compile_spec(spec, environment)


def test_the_plan_names_stores_and_secrets(tmp_path: Path) -> None:
    plan = compiled(tmp_path, "stores")
    assert plan.stores == SHARED
    assert plan.secrets == ("LEDGER_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    assert parse_plan(plan_text(plan)) == plan


def test_what_is_left_out_is_embedded(tmp_path: Path) -> None:
    plan = compiled(tmp_path, "small")
    assert (plan.stores, plan.secrets) == (Stores(), ())
    assert '"stores"' not in plan_text(plan)


@pytest.mark.parametrize(
    ("environment", "stores", "secrets"),
    [
        ("laptop", Stores(), ()),
        (
            "staging",
            replace(
                SHARED,
                ledger=LedgerAt("postgresql://onespec@staging:5432/onespec", "LEDGER_PASSWORD"),
                online=OnlineAt("redis://staging", "REDIS_PASSWORD"),
            ),
            ("LEDGER_PASSWORD", "REDIS_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY"),
        ),
    ],
)
def test_an_environment_chooses(
    tmp_path: Path, environment: str, stores: Stores, secrets: tuple[str, ...]
) -> None:
    plan = compiled(tmp_path, "stores", environment)
    assert (plan.stores, plan.secrets) == (stores, secrets)


def test_stores_change_no_step(tmp_path: Path) -> None:
    """What is computed is the same wherever it lies, so that stores can be moved and shared."""
    embedded, shared = compiled(tmp_path, "stores", "laptop"), compiled(tmp_path, "stores")
    assert embedded.stores != shared.stores
    assert embedded.steps == shared.steps
    assert [step.fingerprint for step in embedded] == [
        step.fingerprint for step in compiled(tmp_path, "small")
    ]
