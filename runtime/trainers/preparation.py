"""Columns as the numbers that a model adds up: missing ones filled, all scaled, words one-hot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from .categories import Categories, learn_categories
from .inputs import ModelInputs

Doubles = NDArray[np.float64]

# A column for each word: rarer ones have too few rows to learn a weight from.
_MOST_WORDS = 100


@dataclass(frozen=True, slots=True)
class Preparation:
    """Learnt from the training split: for each number what fills it when missing (its median), its
    mean and its scale, each of shape (k,); for each column of words those that it knows."""

    fill: Doubles
    mean: Doubles
    scale: Doubles
    words: tuple[Categories, ...]

    def matrix(self, inputs: ModelInputs) -> Doubles:
        """The scaled numbers, then a column for each word; an unknown word is 0 in all of them."""
        numbers = inputs.numeric.astype(np.float64)
        blocks = [(np.where(np.isnan(numbers), self.fill, numbers) - self.mean) / self.scale]
        for place, known in enumerate(self.words):
            codes = known.codes(inputs.categorical[:, place])
            blocks.append((codes[:, None] == np.arange(len(known.words))).astype(np.float64))
        return np.hstack(blocks)


def learn_preparation(inputs: ModelInputs) -> Preparation:
    """A number that is always missing is filled with 0, one that never varies is only centred."""
    words = tuple(
        learn_categories(column, most=_MOST_WORDS, with_missing=True)
        for column in inputs.categorical.T
    )
    if not inputs.numeric.shape[1]:
        nothing = np.empty(0)
        return Preparation(nothing, nothing, nothing, words)
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    scaler = StandardScaler().fit(imputer.fit_transform(inputs.numeric.astype(np.float64)))
    return Preparation(imputer.statistics_, scaler.mean_, scaler.scale_, words)
