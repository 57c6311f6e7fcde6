"""Flights with shared stores, as the Kubernetes target is told of it."""

from pathlib import Path
from typing import Any

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import Plan
from onespec.targets.kubernetes.settings import KubernetesSettings

FLIGHTS = Path(__file__).parents[3] / "examples" / "flights"
STORES = """
stores:
  artifacts: {path: s3://flight-delays/prod, access_key: secret:KEY, secret_key: secret:SECRET}
  ledger: {url: postgresql://onespec@db:5432/onespec, password: secret:LEDGER_PASSWORD}
  online: redis://cache:6379/0
"""


def flights(folder: Path, *changes: tuple[str, str]) -> Plan:
    """The plan of flights after textual changes, each of which must be possible."""
    text = (FLIGHTS / "pipeline.yaml").read_text("utf-8") + STORES
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "onespec.lock").write_text((FLIGHTS / "onespec.lock").read_text("utf-8"))
    (folder / "pipeline.yaml").write_text(text, "utf-8")
    return compile_spec(folder / "pipeline.yaml")


def settings(**told: Any) -> KubernetesSettings:
    """What the target was told."""
    return KubernetesSettings.model_validate({"kuberay": True, **told})
