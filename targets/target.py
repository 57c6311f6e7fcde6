"""What a target is: pure functions from a plan to texts, and its own settings and limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..compiler.plan import Plan
from ..specs.document import Path
from .artifact import Artifact
from .capabilities import Capabilities

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Settings(BaseModel):
    """What every target can be told. Targets extend it; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    bundle: str = Field(default="", exclude=True)
    """The bundle's folder, relative to the project; `compile -o` sets it."""
    waive: dict[str, Reason] = Field(
        default_factory=dict, examples=[{"schedules": "cron calls onespec run --select nightly"}]
    )
    """Capabilities that the target lacks and the spec does without, each with the reason."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the plan that a target cannot honour, at a path of the spec.

    `related` are other places, each with what is there ("the node is declared here"); those that
    the spec does not have are left out.
    """

    code: str
    message: str
    at: Path
    hint: str = ""
    label: str = ""
    related: tuple[tuple[str, Path], ...] = ()
    on_key: bool = False
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a platform looks for its files: a folder, as seen from the project, that is not the
    bundle's alone; so its manifest has a name of its own."""

    folder: str
    manifest: str


@runtime_checkable
class Housed(Protocol):
    """A target whose bundle does not lie beside the others, unless `compile -o` says so."""

    def home(self, plan: Plan, settings: Any) -> Home:
        """Where it lies."""


@dataclass(frozen=True, slots=True)
class Variant:
    """An environment of the spec, compiled. `at` is the line that declares it."""

    name: str
    plan: Plan
    settings: Settings
    at: str


@runtime_checkable
class Layered(Protocol):
    """A target whose bundle holds all environments of the spec: one base, and what each puts over
    it. When one environment is compiled, it is the base, and there are no overlays."""

    def environments(self, settings: Any) -> Sequence[str] | None:
        """The environments that get an overlay; None for all that the spec declares."""

    def overlays(
        self, plan: Plan, settings: Any, variants: Sequence[Variant]
    ) -> Iterator[Artifact]:
        """What comes to the files that `emit` gives."""


class Target(Protocol):
    """One folder under `targets/` provides one of these."""

    @property
    def name(self) -> str:
        """What the spec calls it under `targets:`."""

    @property
    def summary(self) -> str:
        """A line for people who choose."""

    @property
    def settings(self) -> type[Settings]:
        """The model of `targets: {name: …}`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, and the names that it can give."""

    def check(self, plan: Plan, settings: Any) -> Iterator[Problem]:
        """What else it cannot honour, as E602. The target's name is put before each message.

        The steps may have no fingerprints yet.
        """

    def emit(self, plan: Plan, settings: Any) -> Iterator[Artifact]:
        """The bundle. The same plan and settings give the same bytes, anywhere."""
