"""The versions that an endpoint asks: loaded as their aliases move, and swapped as a whole."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...compiler.interfaces.arms import Arm
from ...compiler.plan import Endpoint
from ..stores.artifacts import ArtifactStore
from ..stores.ledger import CHALLENGER, CHAMPION, Ledger, ModelVersion, RolloutRecord
from .loaded import LoadedModel, champion_version, load_version
from .split import Split

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about a row, and in which part."""

    arm: Arm
    loaded: LoadedModel


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is asked at one time. Without `first` nobody can answer, and `waiting` says why."""

    first: Asked | None
    challenger: LoadedModel | None = None
    split: Split | None = None
    shadow: LoadedModel | None = None
    failures: Mapping[Arm, str] = field(default_factory=dict)
    waiting: str = ""

    def versions(self) -> Mapping[Arm, LoadedModel]:
        """Every version that is loaded, by its part."""
        found: dict[Arm, LoadedModel] = {}
        if self.first is not None:
            found[self.first.arm] = self.first.loaded
        if self.challenger is not None:
            found["challenger"] = self.challenger
        if self.shadow is not None:
            found["shadow"] = self.shadow
        return found


class Arms:
    """Who is asked `now`, replaced as a whole when an alias or a share moves.

    A thread asks the ledger every `seconds`. A champion that cannot be loaded leaves the one before
    it, a challenger or shadow that cannot is not asked; `failures` say why. With `only` one arm is
    served and nothing is split here, for platforms that split requests themselves.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        ledger: Ledger,
        store: ArtifactStore,
        *,
        only: Arm | None = None,
        seconds: float = 5.0,
    ) -> None:
        self._endpoint = endpoint
        self._ledger = ledger
        self._store = store
        self._only = only
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="arms", daemon=True)
        self._held: dict[int, LoadedModel] = {}
        self._failures: dict[Arm, str] = {}
        self.now = Standing(None)
        if only in (None, "champion"):
            version = champion_version(endpoint.model, ledger)
            self._held[version.version] = load_version(endpoint, version, store)
        self.reload()

    def start(self) -> None:
        """Begin to follow the aliases."""
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def reload(self) -> bool:
        """Follow the aliases now; True when something had moved. Raises when the ledger cannot be
        read."""
        before = self.now
        self._failures = {}
        # The rollout first: when it ends meanwhile, its version is asked once more, as it was.
        rollout = self._rollout()
        versions = list(self._ledger.versions(self._endpoint.model))
        named = {alias: version for version in versions for alias in version.aliases}
        match self._only:
            case None:
                now = self._split(rollout, named, {v.version: v for v in versions})
            case "champion":
                now = self._alone("champion", named.get(CHAMPION))
            case "challenger":
                now = self._challenger(named)
            case "shadow":
                alias = self._endpoint.shadow or CHALLENGER
                now = self._alone("shadow", named.get(alias), f"no version is the {alias}")
        self._tell(before)
        self.now = now
        self._held = {loaded.version: loaded for loaded in now.versions().values()}
        return replace(before, failures={}, waiting="") != replace(now, failures={}, waiting="")

    def _rollout(self) -> RolloutRecord | None:
        if self._endpoint.rollout is None or self._only is not None:
            return None
        found = self._ledger.rollouts(self._endpoint.name)
        return next((r for r in found if r.running and r.model == self._endpoint.model), None)

    def _split(
        self,
        rollout: RolloutRecord | None,
        named: Mapping[str, ModelVersion],
        numbered: Mapping[int, ModelVersion],
    ) -> Standing:
        first = self._first("champion", named.get(CHAMPION))
        challenger = split = shadow = None
        if rollout is not None and rollout.version in numbered:
            challenger = self._loaded("challenger", numbered[rollout.version])
        if rollout is not None and challenger is not None:
            keys = tuple(column.name for column in self._endpoint.entity_keys)
            split = Split(f"{rollout.endpoint} {rollout.number}", rollout.share, keys)
        behind = named.get(self._endpoint.shadow or "")
        if behind is not None:
            shadow = self._loaded("shadow", behind)
        return Standing(first, challenger, split, shadow, self._failures)

    def _challenger(self, named: Mapping[str, ModelVersion]) -> Standing:
        """The challenger. When the rollout has ended, the champion: the platform may send its share
        here for a while yet, and a version that was aborted must not answer."""
        version = named.get(CHALLENGER)
        if version is None and self.now.first is not None:
            return self._alone("champion", named.get(CHAMPION))
        return self._alone("challenger", version, "no version is the challenger yet")

    def _alone(self, arm: Arm, version: ModelVersion | None, waiting: str = "") -> Standing:
        first = self._first(arm, version)
        return Standing(
            first,
            failures=self._failures,
            waiting="" if first else self._failures.get(arm, waiting),
        )

    def _first(self, arm: Arm, version: ModelVersion | None) -> Asked | None:
        """Who is asked; where that cannot be, who was asked before."""
        loaded = None if version is None else self._loaded(arm, version)
        if loaded is not None:
            return Asked(arm, loaded)
        if version is None and arm == "champion":
            self._failures[arm] = f"model {self._endpoint.model} has no champion"
        return None if version is None and arm != "champion" else self.now.first

    def _loaded(self, arm: Arm, version: ModelVersion) -> LoadedModel | None:
        held = self._held.get(version.version)
        if held is not None and held.value_key == version.value_key:
            return held
        try:
            loaded = load_version(self._endpoint, version, self._store)
        except Exception as error:  # whoever is loaded goes on answering, whatever happened
            self._failures[arm] = f"{type(error).__name__}: {error}"
            return None
        self._held[version.version] = loaded
        return loaded

    def _tell(self, before: Standing) -> None:
        for arm, failure in self._failures.items():
            if arm not in before.failures:
                _log.warning("the %s cannot be loaded: %s", arm, failure)

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                moved = self.reload()
            except Exception as error:  # who was asked is asked again, whatever happened
                if "champion" not in self.now.failures:
                    _log.warning("the ledger cannot be read: %s", error)
                failure: dict[Arm, str] = {"champion": f"{type(error).__name__}: {error}"}
                self.now = replace(self.now, failures=failure)
                continue
            if moved:
                told = {arm: loaded.version for arm, loaded in self.now.versions().items()}
                share = self.now.split.share if self.now.split else 0.0
                _log.info("now asking versions %s, the challenger for %g", told, share)
