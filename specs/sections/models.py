"""`models:` what is learnt, from which examples, and what must hold before it is used."""

from typing import Literal

from pydantic import Field, model_validator

from .base import (
    ColumnName,
    Described,
    Duration,
    ExpressionText,
    GateText,
    Name,
    Number,
    Section,
    Seed,
    Share,
    Size,
    Value,
)
from .presence import wrong_at


class Examples(Section):
    """The labelled rows: the spine of the point-in-time join."""

    source: Name
    """Its rows are the examples."""
    where: ExpressionText | None = None
    """Only rows for which this holds."""
    label: ExpressionText
    """What to predict: a yes or no, an int or a string that names a class, or a number."""
    label_available_after: Duration | None = None
    """How long after the event the label is known; when left out, as long as its columns need."""


class Split(Section):
    """How examples are divided."""

    by: Literal["time", "random"] = "time"
    """`time` trains on the past and tests on the future."""
    train: Share = 0.7
    """What the estimator learns from."""
    validation: Share = 0.15
    """What it is compared on while it learns, where the estimator does that."""
    test: Share = 0.15
    """What it is judged on."""
    gap: Duration | None = None
    """Time left out between the parts of a split by time; as long as the label's delay when left
    out."""
    seed: Seed = 0
    """For random splits."""

    @model_validator(mode="after")
    def _whole(self) -> "Split":
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares add up to {total:.0%}; they must add up to 100%")
        if min(self.train, self.test) <= 0:
            key = "train" if self.train <= 0 else "test"
            raise wrong_at(key, "both `train` and `test` need a share", getattr(self, key))
        return self


class Estimator(Section):
    """The learning algorithm, by the name it has in its library."""

    class_: str = Field(alias="class", examples=["sklearn.ensemble.HistGradientBoostingClassifier"])
    """A class of the estimator registry."""
    params: dict[str, Value] = Field(default_factory=dict)
    """Its parameters."""
    seed: Seed = 0
    """Makes training repeatable."""


class Resources(Section):
    """What a step gets."""

    cpu: Number = Field(default=1, gt=0)
    """Cores; fractions are fine."""
    memory: Size | None = None
    """Memory."""
    gpu: Number = Field(default=0, ge=0)
    """GPUs; fractions share one."""
    accelerator: str | None = Field(default=None, examples=["H100"])
    """The accelerator type, as Ray names it."""
    fallback: Literal["cpu"] | None = None
    """Where no such GPU can be had, the step runs without; an error when left out."""


class Model(Described):
    """A model that is trained, evaluated, gated and registered."""

    task: Literal["binary_classification", "multiclass_classification", "regression"]
    """What kind of answer it gives."""
    examples: Examples
    features: list[str] = Field(min_length=1)
    """Feature views, or single features as `view.field`."""
    split: Split = Field(default_factory=Split)
    estimator: Estimator
    slices: list[ColumnName] = Field(default_factory=list)
    """Columns of the examples by whose values the metrics are broken down."""
    gates: list[GateText] = Field(default_factory=list, examples=[["test.roc_auc >= 0.70"]])
    """What must hold before a version is promoted."""
    resources: Resources = Field(default_factory=Resources)
