"""The online store: the newest values of a feature view by entity key."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class OnlineRow(NamedTuple):
    """A view's values for one key. `event_time` is that of the row they come from (UTC µs), or
    None for windows and static tables; `written` is the instant that they are valid for.

    A named tuple, because each request makes many: a frozen dataclass takes five times as long.
    """

    values: Mapping[str, Any]
    event_time: int | None
    written: int


class OnlineIndex(Protocol):
    """What is online."""

    def generation(self, view: str) -> str | None:
        """The generation that `write` last completed."""

    def overtaken(self, view: str, definition: str, as_of: int) -> bool:
        """Whether a later instant of the same definition is online."""


class OnlineStore(OnlineIndex, Protocol):
    """Feature values by `(view, entity key)`. Keys are tuples in the entity's column order."""

    def write(
        self,
        view: str,
        generation: str,
        rows: Sequence[tuple[tuple[Any, ...], OnlineRow]],
        *,
        definition: str = "",
        as_of: int = 0,
        go_back: bool = False,
    ) -> None:
        """Replace the view's rows, all or nothing; `generation` is the key of the step.

        The newest instant wins, whoever comes last: where a later `as_of` (UTC µs) of the same
        `definition` is online it stays, as in a backfill, unless one means to `go_back`.
        """

    def read(self, view: str, keys: Sequence[tuple[Any, ...]]) -> Sequence[OnlineRow | None]:
        """One answer a key, in order. Raises StoreError when the store is down."""
