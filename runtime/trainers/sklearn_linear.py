"""Linear models: numbers imputed by the median and scaled, words one-hot."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from .categories import Categories, learn_categories
from .inputs import ModelInputs
from .onnx_graph import Graph, finish
from .onnx_linear import Doubles, add_numeric_terms, add_sum, add_word_terms
from .trained import Assignment, Trained
from .training_set import Part

# A weight for each word: rarer ones have too few rows to learn it from.
_MOST_WORDS = 100


def fit_linear(model: Any, assignment: Assignment, rows: Part) -> Trained:
    """Fit a linear model of scikit-learn and export it with its imputation, scale and words."""
    prepared = _Preparation.learnt_from(rows.inputs)
    model.fit(prepared.matrix(rows.inputs), rows.labels)
    binary = assignment.task == "binary_classification"

    def native(inputs: ModelInputs) -> NDArray[np.float64]:
        matrix = prepared.matrix(inputs)
        scores = model.predict_proba(matrix)[:, 1] if binary else model.predict(matrix)
        return np.asarray(scores, dtype=np.float64)

    counts = [len(known.words) for known in prepared.words]
    facts = {
        "coefficients": int(np.size(model.coef_)),
        "words": dict(zip(assignment.signature.categorical, counts, strict=True)),
    }
    return Trained(_export(model, assignment, prepared), native, facts)


class _Preparation:
    """Imputer, scaler and words, learnt from the training split."""

    def __init__(self, imputer: Any, scaler: Any, words: Sequence[Categories]) -> None:
        self.imputer = imputer
        self.scaler = scaler
        self.words = tuple(words)

    @classmethod
    def learnt_from(cls, inputs: ModelInputs) -> "_Preparation":
        words = [
            learn_categories(column, most=_MOST_WORDS, with_missing=True)
            for column in inputs.categorical.T
        ]
        if not inputs.numeric.shape[1]:
            return cls(None, None, words)
        # A column without a single value is kept, and imputed by 0.
        imputer = SimpleImputer(strategy="median", keep_empty_features=True)
        scaler = StandardScaler().fit(imputer.fit_transform(inputs.numeric.astype(np.float64)))
        return cls(imputer, scaler, words)

    def matrix(self, inputs: ModelInputs) -> Doubles:
        blocks: list[Doubles] = []
        if self.imputer is not None:
            filled = self.imputer.transform(inputs.numeric.astype(np.float64))
            blocks.append(self.scaler.transform(filled))
        for place, known in enumerate(self.words):
            codes = known.codes(inputs.categorical[:, place])
            blocks.append((codes[:, None] == np.arange(len(known.words))).astype(np.float64))
        return np.hstack(blocks)


def _export(model: Any, assignment: Assignment, prepared: _Preparation) -> bytes:
    graph = Graph()
    weights = np.ravel(model.coef_).astype(np.float64)
    terms = []
    place = len(assignment.signature.numeric)
    if prepared.imputer is not None:
        terms.append(
            add_numeric_terms(
                graph,
                prepared.imputer.statistics_,
                prepared.scaler.mean_,
                prepared.scaler.scale_,
                weights[:place],
            )
        )
    for column, known in enumerate(prepared.words):
        own = weights[place : place + len(known.words)]
        terms.append(add_word_terms(graph, column, known, own.tolist()))
        place += len(known.words)
    logistic = assignment.task == "binary_classification"
    output = add_sum(graph, terms, float(np.ravel(model.intercept_)[0]), logistic=logistic)
    return finish(graph, output, assignment.signature, assignment.task)
