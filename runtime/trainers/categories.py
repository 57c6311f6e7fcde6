"""Words of a categorical column as numbers, learnt from the training split."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...compiler.interfaces.model_inputs import MISSING
from .inputs import Strings

# Rarer words share the fate of unknown ones: more columns would only memorise them.
MOST_WORDS = 254


@dataclass(frozen=True, slots=True)
class Categories:
    """The known words of one column, in order: a word's code is its place."""

    words: tuple[str, ...]

    def codes(self, column: Strings) -> NDArray[np.float32]:
        """The code of each word, NaN for a word that is not known."""
        places = {word: place for place, word in enumerate(self.words)}
        return np.array([places.get(word, np.nan) for word in column], dtype=np.float32)


def learn_categories(
    column: Strings, *, most: int = MOST_WORDS, with_missing: bool = False
) -> Categories:
    """The `most` frequent words in alphabetical order; ties go to the first in the alphabet.

    With `with_missing`, a missing value that was seen is a word of its own.
    """
    counts = Counter(column.tolist())
    if not with_missing:
        counts.pop(MISSING, None)
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:most]
    return Categories(tuple(sorted(frequent)))
