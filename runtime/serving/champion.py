"""The model that an endpoint answers with: loaded from verified bytes, swapped when it moves."""

import hashlib
import logging
import threading
from dataclasses import dataclass

from ...compiler.plan import Endpoint
from ..errors import StepError, StoreError
from ..stores.artifacts import ArtifactStore
from ..stores.ledger import Ledger, ModelVersion
from ..trainers.classes import class_type
from ..trainers.scorer import Scorer
from .predict import RowScorer

MODEL_FILE = "model.onnx"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Champion:
    """A version of a model, ready to score."""

    model: str
    version: int
    value_key: str
    scorer: RowScorer


def champion_version(model: str, ledger: Ledger) -> ModelVersion:
    """Raises StepError when there is no champion."""
    version = ledger.version(model, "champion")
    if version is None:
        raise StepError(
            f"model {model!r} has no champion",
            remedy="run the main job first (`onespec run`): it promotes what passes the gates",
        )
    return version


def load_champion(endpoint: Endpoint, version: ModelVersion, store: ArtifactStore) -> Champion:
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
    return Champion(version.model, version.version, version.value_key, scorer)


class Champions:
    """The current champion of an endpoint; `current` is replaced as a whole when the alias moves.

    A thread asks the ledger every `seconds`. When the new version cannot be loaded, the old one
    goes on answering and `failure` says why.
    """

    def __init__(
        self, endpoint: Endpoint, ledger: Ledger, store: ArtifactStore, *, seconds: float = 5.0
    ) -> None:
        self._endpoint = endpoint
        self._ledger = ledger
        self._store = store
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="champion", daemon=True)
        self.failure = ""
        self.current = self._load()

    def start(self) -> None:
        """Begin to follow the alias."""
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def reload(self) -> bool:
        """Follow the alias now; True when it had moved. Raises what loading raises."""
        version = champion_version(self._endpoint.model, self._ledger)
        if version.version == self.current.version:
            return False
        self.current = load_champion(self._endpoint, version, self._store)
        return True

    def _load(self) -> Champion:
        version = champion_version(self._endpoint.model, self._ledger)
        return load_champion(self._endpoint, version, self._store)

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                moved = self.reload()
                self.failure = ""
            except Exception as error:  # the old version goes on answering, whatever happened
                if not self.failure:
                    _log.warning("the new champion cannot be loaded: %s", error)
                self.failure = f"{type(error).__name__}: {error}"
                continue
            if moved:
                _log.info("now answering with version %d", self.current.version)
