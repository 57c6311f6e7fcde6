"""What a target is: pure functions from a plan to texts, and its own settings and limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from ..compiler.plan import Plan
from ..specs.document import Path
from .artifact import Artifact


class Settings(BaseModel):
    """What every target can be told. Targets extend it; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    bundle: str = Field(default="", exclude=True)
    """The bundle's folder, relative to the project; `compile -o` sets it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the plan that a target cannot honour, at a path of the spec."""

    code: str
    message: str
    at: Path
    hint: str = ""


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

    def check(self, plan: Plan, settings: Any) -> Iterator[Problem]:
        """What this target cannot honour."""

    def emit(self, plan: Plan, settings: Any) -> Iterator[Artifact]:
        """The bundle. The same plan and settings give the same bytes, anywhere."""
