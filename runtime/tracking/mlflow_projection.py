"""Model versions as MLflow runs and registered versions, where MLflow is installed.

A projection: everything comes from the ledger and the artifact store, so that it can be made
again (`rebuild`), and a run never fails because of it. The first use of an embedded store takes
a few seconds, which MLflow spends on its own schema migrations.
"""

import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..stores.ledger import ModelVersion
from ..workspace import Workspace

_STEP_KEY = "onespec.step_key"
_VERSION = "onespec.version"
_COMPLETE = "onespec.complete"
_PAGE = 1000


class ProjectionWarning(UserWarning):
    """MLflow does not show what the ledger says."""


def project_version(workspace: Workspace, version: ModelVersion) -> str | None:
    """Show a version in MLflow, with the aliases that its model has in the ledger.

    Call it after a registration and after an alias moved; again, it changes nothing. The store is
    MLFLOW_TRACKING_URI, or an embedded one under the state folder. Returns the id of MLflow's run;
    None where MLflow is not installed, or cannot be reached, which is a ProjectionWarning.
    """
    if find_spec("mlflow") is None:
        return None
    try:
        return _project(_target(workspace), workspace, version)
    except Exception as error:
        told = str(error).strip().split("\n")[0][:300]
        message = f"MLflow was not updated ({type(error).__name__}: {told}); the ledger is right"
        warnings.warn(message, ProjectionWarning, stacklevel=2)
        return None


def rebuild(workspace: Workspace) -> int:
    """Show every version of the ledger again, oldest first; how many MLflow shows now."""
    versions = reversed(list(workspace.ledger.versions()))
    return sum(project_version(workspace, version) is not None for version in versions)


def tracking_uri(workspace: Workspace) -> str:
    """Where the runs are shown: give it to `mlflow ui --backend-store-uri`."""
    return os.environ.get("MLFLOW_TRACKING_URI") or _embedded(workspace.state)


@dataclass(frozen=True, slots=True)
class _Target:
    """A client, and where an embedded store keeps artifacts (None: the server decides)."""

    client: Any
    artifacts: str | None


def _embedded(state: Path) -> str:
    return f"sqlite:///{state.resolve() / 'mlflow' / 'mlflow.sqlite'}"


def _target(workspace: Workspace) -> _Target:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # MLflow's own use of SQLAlchemy is not the reader's concern.
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient
        from mlflow.store.tracking import sqlalchemy_store  # noqa: F401 - imported in silence

    uri = tracking_uri(workspace)
    folder = workspace.state.resolve() / "mlflow"
    embedded = uri == _embedded(workspace.state)
    if embedded:
        folder.mkdir(parents=True, exist_ok=True)
    # MLflow's own modules set their level when they are first imported.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    registry = os.environ.get("MLFLOW_REGISTRY_URI") or uri
    client = MlflowClient(tracking_uri=uri, registry_uri=registry)
    return _Target(client, (folder / "artifacts").as_uri() if embedded else None)


def _project(target: _Target, workspace: Workspace, version: ModelVersion) -> str:
    plan = str(version.facts.get("plan") or workspace.plan.name)
    run_id = _run(target, workspace, version, plan)
    name = f"{plan}.{version.model}"
    _registered(target.client, name, version, run_id)
    _aliases(target.client, name, workspace, version.model)
    return run_id


def _run(target: _Target, workspace: Workspace, version: ModelVersion, plan: str) -> str:
    """The MLflow run of a version: found by the key of its training, else made."""
    client = target.client
    experiment = _experiment(target, plan)
    wanted = f"tags.`{_STEP_KEY}` = '{version.value_key}'"
    found = client.search_runs([experiment], wanted, max_results=1)
    moment = version.created // 1000
    if found:
        run = found[0]
        if run.data.tags.get(_COMPLETE) == "true":
            return str(run.info.run_id)
    else:
        name = f"{version.model} {version.version}"
        tags = _tags(version, plan, workspace)
        run = client.create_run(experiment, start_time=moment, tags=tags, run_name=name)
    run_id = str(run.info.run_id)
    _describe(client, run_id, workspace, version, moment)
    client.set_terminated(run_id, end_time=moment)
    # Last, so that a run that was interrupted on its way is described again.
    client.set_tag(run_id, _COMPLETE, "true")
    return run_id


def _experiment(target: _Target, name: str) -> str:
    found = target.client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    return str(target.client.create_experiment(name, artifact_location=target.artifacts))


def _tags(version: ModelVersion, plan: str, workspace: Workspace) -> dict[str, str]:
    facts = version.facts
    tags = {
        "onespec.plan": plan,
        "onespec.spec": facts.get("spec") or workspace.plan.spec,
        "onespec.model": version.model,
        _VERSION: version.version,
        "onespec.step": facts.get("train_step"),
        _STEP_KEY: version.value_key,
        "onespec.evaluation_key": version.evaluation_key,
        "onespec.training_set": facts.get("training_set"),
        "onespec.model_sha256": facts.get("model_sha256"),
        "mlflow.source.git.commit": facts.get("git_commit"),
    }
    return {name: str(value) for name, value in tags.items() if value is not None}


def _describe(
    client: Any, run_id: str, workspace: Workspace, version: ModelVersion, moment: int
) -> None:
    from mlflow.entities import Metric, Param

    training = _files(workspace, version.value_key)
    params = _params(version.facts, training.get("training.json"))
    client.log_batch(
        run_id,
        metrics=[Metric(n, v, moment, 0) for n, v in _metrics(version.facts).items()],
        params=[Param(name, value) for name, value in params.items()],
    )
    for name, path in {**training, **_files(workspace, version.evaluation_key)}.items():
        _log_file(client, run_id, name, path, workspace.state)


def _files(workspace: Workspace, key: str) -> dict[str, Path]:
    value = workspace.store.find(key)
    return {} if value is None else {name: workspace.file(value, name) for name in value.files}


def _log_file(client: Any, run_id: str, name: str, path: Path, state: Path) -> None:
    """MLflow names an artifact after its file, and a stored file is named after its content."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(dir=state, prefix="mlflow-") as folder:
        named = Path(folder) / name
        named.symlink_to(path.resolve())
        client.log_artifact(run_id, str(named))


def _params(facts: Mapping[str, Any], training: Path | None) -> dict[str, str]:
    import json

    found = {"estimator": facts.get("estimator"), "features": facts.get("features")}
    found |= {f"rows.{split}": count for split, count in facts.get("rows", {}).items()}
    if training is not None:
        report = json.loads(training.read_text("utf-8"))
        found |= report["estimator"]["params"]
        found |= {"task": report["task"], "seed": report["seed"]}
    return {name: str(value)[:500] for name, value in found.items() if value is not None}


def _metrics(facts: Mapping[str, Any]) -> dict[str, float]:
    groups = {**facts.get("metrics", {}), "serving": facts.get("serving", {})}
    return {
        f"{group}.{name}": float(value)
        for group, values in groups.items()
        for name, value in values.items()
        if isinstance(value, int | float)
    }


def _registered(client: Any, name: str, version: ModelVersion, run_id: str) -> None:
    if not client.search_registered_models(f"name = '{name}'", max_results=1):
        client.create_registered_model(name)
    if str(version.version) in _numbers(client, name):
        return
    source = client.get_run(run_id).info.artifact_uri
    tags = {_VERSION: str(version.version), _STEP_KEY: version.value_key}
    client.create_model_version(name, source, run_id, tags=tags)


def _aliases(client: Any, name: str, workspace: Workspace, model: str) -> None:
    """Make MLflow's aliases those of the ledger."""
    numbers = _numbers(client, name)
    wanted = {
        alias: numbers[str(version.version)]
        for version in workspace.ledger.versions(model)
        for alias in version.aliases
        if str(version.version) in numbers
    }
    shown = {a: str(v) for a, v in client.get_registered_model(name).aliases.items()}
    for alias in shown.keys() - wanted.keys():
        client.delete_registered_model_alias(name, alias)
    for alias, number in sorted(wanted.items()):
        if shown.get(alias) != number:
            client.set_registered_model_alias(name, alias, number)


def _numbers(client: Any, name: str) -> dict[str, str]:
    """Our version -> MLflow's number for it, which it counts itself."""
    found = client.search_model_versions(f"name = '{name}'", max_results=_PAGE)
    return {v.tags[_VERSION]: str(v.version) for v in found if _VERSION in v.tags}
