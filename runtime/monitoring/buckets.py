"""Time buckets: a window cut into parts that people know, at most about thirty."""

from dataclasses import dataclass

import numpy as np

from .columns import Ints
from .wording import DAY, HOUR

WIDTHS = (HOUR // 4, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY)
MOST_BUCKETS = 32


@dataclass(frozen=True, slots=True)
class Buckets:
    """Bucket `i` starts at `first + i * width` (UTC µs); widths of a day start at midnight."""

    first: int
    width: int
    count: int

    @classmethod
    def of(cls, start: int, end: int, most: int = MOST_BUCKETS) -> "Buckets":
        """The finest known width that gives at most `most` buckets."""
        for width in WIDTHS:
            first = start // width * width
            buckets = -(-(end - first) // width)
            if buckets <= most:
                break
        return cls(first, width, max(1, buckets))

    def places(self, times: Ints) -> Ints:
        """The bucket of each instant (n,)."""
        return np.clip((times - self.first) // self.width, 0, self.count - 1)

    def start(self, place: int) -> int:
        """Where a bucket starts (UTC µs)."""
        return self.first + place * self.width
