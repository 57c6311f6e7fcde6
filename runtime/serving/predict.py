"""From request rows to predictions: lookup, on-demand features, model; pure but for the store."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...compiler.plan import Endpoint, ViewProgram
from ...specs.expressions.ir import from_json
from ...specs.expressions.lower_python import compile_row
from ..trainers.classes import Class, Classes
from .lookup import Absence, Found, Lookup
from .request import RequestRow


class RowScorer(Protocol):
    """A model that scores rows of features by reference: a number each, or one for each class."""

    @property
    def classes(self) -> Classes: ...

    def score_rows(self, rows: Sequence[Mapping[str, Any]]) -> Iterable[Any]: ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is not scored, as an HTTP status and a sentence."""

    status: int
    detail: str


@dataclass(slots=True)
class Prediction:
    """A row's answer and how it came about; `score` is None when the row was refused.

    Of several classes, `label` is the likeliest, and `score` its probability.
    """

    columns: Mapping[str, Any]
    features: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    degraded: tuple[str, ...] = ()
    refusal: Refusal | None = None
    event_times: dict[str, int | None] = field(default_factory=dict)
    valid_at: dict[str, int | None] = field(default_factory=dict)
    label: Class | None = None
    probabilities: Mapping[str, float] | None = None


class Predictor:
    """The scoring pipeline of one endpoint.

    `absent` holds, for each windowed view, what it says of a key without rows: the same as in
    training, where counts are 0. So a key that is not there is an answer, and no degradation.
    """

    def __init__(
        self, endpoint: Endpoint, lookup: Lookup, absent: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._endpoint = endpoint
        self._lookup = lookup
        self._absent = absent
        self._references = tuple(feature.reference for feature in endpoint.features)
        self._of_view = {
            view.name: tuple(f.reference for f in endpoint.features if f.view == view.name)
            for view in endpoint.views
        }
        self._on_demand = [
            (view.name, _compile(view)) for view in endpoint.views if view.kind == "on_demand"
        ]

    def predict(self, rows: Sequence[RequestRow], scorer: RowScorer, now: int) -> list[Prediction]:
        """One prediction a row, in order. `now` is the request's instant in UTC µs."""
        predictions = self.prepare(rows, now)
        self.score(predictions, scorer)
        return predictions

    def prepare(self, rows: Sequence[RequestRow], now: int) -> list[Prediction]:
        """The features of each row, or why it is refused."""
        predictions = [
            Prediction(row.columns, dict(row.features) if row.features is not None else {})
            for row in rows
        ]
        asked = [p for p, row in zip(predictions, rows, strict=True) if row.features is None]
        if asked:
            for found in self._lookup.find([p.columns for p in asked], now):
                self._take(found, asked)
            for prediction in asked:
                self._compute(prediction)
        return predictions

    def score(self, predictions: Sequence[Prediction], scorer: RowScorer) -> None:
        """Give each prediction that is not refused its score."""
        self._score([p for p in predictions if p.refusal is None], scorer)

    def _take(self, found: Found, predictions: Sequence[Prediction]) -> None:
        view = found.view
        references = self._of_view[view.name]
        for prediction, answer in zip(predictions, found.answers, strict=True):
            if answer is Absence.MISSING and view.name in self._absent:
                prediction.features.update(self._absent[view.name])
                continue
            if isinstance(answer, Absence):
                self._do_without(prediction, view, answer)
                continue
            values = answer.values
            for reference in references:
                prediction.features[reference] = values.get(reference)
            prediction.event_times[view.name] = answer.event_time
            prediction.valid_at[view.name] = answer.written

    def _do_without(self, prediction: Prediction, view: ViewProgram, absence: Absence) -> None:
        prediction.degraded += (f"{view.name}: {absence}",)
        policy = self._endpoint.on_missing
        if policy == "reject":
            prediction.refusal = prediction.refusal or _refuse(prediction, view, absence)
        defaults = self._endpoint.defaults if policy == "default" else {}
        for reference in self._of_view[view.name]:
            prediction.features[reference] = defaults.get(reference)

    def _compute(self, prediction: Prediction) -> None:
        for name, compute in self._on_demand:
            try:
                prediction.features.update(compute(prediction.columns))
            except (ArithmeticError, ValueError) as error:
                refusal = Refusal(422, f"{name} has no value for this row: {error}")
                prediction.refusal = prediction.refusal or refusal

    def _score(self, predictions: Sequence[Prediction], scorer: RowScorer) -> None:
        if not predictions:
            return
        for prediction in predictions:
            given = prediction.features
            prediction.features = {name: given.get(name) for name in self._references}
        scores = scorer.score_rows([prediction.features for prediction in predictions])
        names = [str(name) for name in scorer.classes]
        for prediction, score in zip(predictions, scores, strict=True):
            if names:
                _take_class(prediction, score.tolist(), scorer.classes, names)
            elif math.isfinite(score):
                prediction.score = float(score)
            else:
                prediction.refusal = _NO_SCORE


_NO_SCORE = Refusal(500, "the model gave no finite score for this row")


def _take_class(
    prediction: Prediction, scores: list[float], classes: Classes, names: list[str]
) -> None:
    if not all(map(math.isfinite, scores)):
        prediction.refusal = _NO_SCORE
        return
    prediction.score = max(scores)
    prediction.label = classes[scores.index(prediction.score)]
    prediction.probabilities = dict(zip(names, scores, strict=True))


def _refuse(prediction: Prediction, view: ViewProgram, absence: Absence) -> Refusal:
    if absence is Absence.UNAVAILABLE:
        return Refusal(503, f"the features of {view.name} cannot be read now")
    key = ", ".join(f"{c.name}={prediction.columns[c.name]!r}"[:120] for c in view.keys)
    kind = "has no row" if absence is Absence.MISSING else "has no row within its ttl"
    return Refusal(404, f"{view.name} {kind} for {key}")


def _compile(view: ViewProgram) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The view's fields as one function, named by feature reference."""
    return compile_row(
        {f"{view.name}.{field.name}": from_json(field.result.ir) for field in view.fields}
    )
