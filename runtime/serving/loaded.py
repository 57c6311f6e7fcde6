"""A version of a model, loaded from verified bytes."""

import hashlib
from dataclasses import dataclass

from ...compiler.plan import Endpoint
from ..errors import StepError, StoreError
from ..stores.artifacts import ArtifactStore
from ..stores.ledger import CHAMPION, Ledger, ModelVersion
from ..trainers.classes import class_type
from ..trainers.scorer import Scorer
from .predict import RowScorer

MODEL_FILE = "model.onnx"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A version of a model, ready to score."""

    model: str
    version: int
    value_key: str
    scorer: RowScorer


def champion_version(model: str, ledger: Ledger) -> ModelVersion:
    """Raises StepError when there is no champion."""
    version = ledger.version(model, CHAMPION)
    if version is None:
        raise StepError(
            f"model {model!r} has no champion",
            remedy="run the main job first (`onespec run`): it promotes what passes the gates",
        )
    return version


def load_version(endpoint: Endpoint, version: ModelVersion, store: ArtifactStore) -> LoadedModel:
    """Raises StoreError when the model's file is missing or is not what was published."""
    value = store.find(version.value_key)
    if value is None or MODEL_FILE not in value.files:
        raise StoreError(
            f"model {version.model} version {version.version} is not in the artifact store",
            remedy="run the train step again (`onespec run`)",
        )
    blob = value.files[MODEL_FILE]
    data = store.fetch(blob).read_bytes()
    if hashlib.sha256(data).hexdigest() != blob.sha256:
        raise StoreError(f"the file of model {version.model} changed while it was read")
    threads = max(1, int(endpoint.resources.cpu))
    scorer = Scorer.load(data, endpoint.features, threads=threads)
    if class_type(scorer.classes) != endpoint.label:
        raise StepError(
            f"version {version.version} of {version.model} answers with "
            f"{class_type(scorer.classes) or 'no'} classes, and endpoint {endpoint.name!r} with "
            f"{endpoint.label or 'no'} ones",
            remedy="train the model again (`onespec run`), or serve the plan that it was made by",
        )
    return LoadedModel(version.model, version.version, version.value_key, scorer)
