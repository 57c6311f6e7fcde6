"""The one error of the kernel: data for which point-in-time semantics has no answer."""

from collections.abc import Mapping, Sequence


class PointInTimeError(ValueError):
    """Data that the point-in-time rules reject.

    `message` says what is wrong and what to do; `rows` holds a few of the rows concerned, each a
    mapping from column name to value, with the position in the source under `__row`.
    """

    def __init__(self, message: str, rows: Sequence[Mapping[str, object]] = ()) -> None:
        """Keep the message and the sample rows, and show both as the error's text."""
        shown = "; ".join(
            ", ".join(f"{name}={value}" for name, value in row.items()) for row in rows
        )
        super().__init__(f"{message} ({shown})" if shown else message)
        self.message = message
        self.rows: tuple[Mapping[str, object], ...] = tuple(rows)
