"""The identity of a batch of scores: the champion and the instant; and whether they are there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from ...compiler.plan import ScoreParams, Step
from ..errors import StepError
from ..evaluation.promotions import CHAMPION, champion_change
from ..monitoring.wording import instant
from ..stores.atomic import hash_file
from ..stores.ledger import ModelVersion
from ..value import Value
from ..workspace import Surroundings

FILE = "scores.parquet"


def identity(step: Step, here: Surroundings) -> str:
    """The champion, and the instant that the scores are for."""
    champion = champion_of(params_of(step), here)
    return f"{champion.version} {champion.value_key} as of {here.as_of}"


def holds(value: Value, step: Step, here: Surroundings) -> bool:
    """Whether the published file is there, and the one that was published: by its size where
    nothing may be read."""
    path = published_path(params_of(step), here)
    if not path.is_file():
        return False
    if not here.reads_data:
        return path.stat().st_size == value.files[FILE].size
    return bool(hash_file(path) == value.facts["sha256"])


def difference(
    step: Step,
    before: str | None,
    after: str | None,
    facts: Mapping[str, Any],  # noqa: ARG001
    here: Surroundings,
) -> str:
    """`champion changed: version 3 → 4`, `for another instant: 31 Jan 2026`."""
    old, new = (_parts(text) for text in (before, after))
    told = []
    if old[0] != new[0]:
        told.append(champion_change(here.ledger, params_of(step).model, old[0], new[0]))
    if old[1] != new[1]:
        told.append(f"for another instant: {instant(here.as_of)}")
    return "; ".join(told)


def _parts(text: str | None) -> tuple[str, str]:
    champion, _, as_of = (text or "").partition(" as of ")
    return champion.partition(" ")[2], as_of


def params_of(step: Step) -> ScoreParams:
    """The parameters of a `score` step."""
    assert isinstance(step.params, ScoreParams)
    return step.params


def champion_of(params: ScoreParams, here: Surroundings) -> ModelVersion:
    """Raises StepError where there is none."""
    version = here.ledger.version(params.model, CHAMPION)
    if version is None:
        raise StepError(
            f"`{params.model}` has no champion, so `{params.deployment}` has nothing to score with",
            remedy=f"run the training of `{params.model}` until a version passes its gates",
        )
    return version


def published_path(params: ScoreParams, here: Surroundings) -> Path:
    """Where the scores for the run's instant belong: always inside the project folder."""
    parts = PurePosixPath(params.output)
    folder = here.project.joinpath(*parts.parts)
    inside = folder.resolve().is_relative_to(here.project.resolve())
    if parts.is_absolute() or ".." in parts.parts or not inside:
        raise StepError(
            f"the output `{params.output}` of `{params.deployment}` is not in the project folder",
            remedy="give a path inside the project folder",
        )
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=here.as_of)
    fraction = f".{at.microsecond:06}" if at.microsecond else ""
    return folder / f"as_of={at:%Y%m%dT%H%M%S}{fraction}Z" / FILE
