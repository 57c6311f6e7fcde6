"""Late labels: find the outcome of each logged prediction, once it may be known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...compiler.interfaces.log import PROBABILITIES, request_column
from ...compiler.plan import LabelJoin
from ..errors import StepError
from ..sources.read import ROW
from ..sql import SqlError, evaluate, query, quote
from ..trainers.classes import class_places
from .columns import Floats, Ints, instants, numbers
from .performance import Outcomes
from .window import Window
from .wording import DAY

# How long after a prediction its event may start, where the request does not tell its time.
LOOK_AHEAD = DAY


@dataclass(frozen=True, slots=True)
class _Matched:
    """For each logged row (n,): its label (NaN: none), its event time, and whether two fit."""

    labels: Floats
    times: Ints
    ambiguous: int


def find_outcomes(
    window: Window,
    join: LabelJoin,
    source: pa.Table,
    start: int,
    end: int,
    classes: Sequence[str] = (),
) -> Outcomes:
    """Outcomes of the logged rows whose event time is in [`start`, `end`) (UTC µs).

    `end` is the instant before which labels are mature. A batch row is found by its number in the
    source. An online row is found by its entity key and event time: the source's event time where
    the request gives it, else the key's first event within `LOOK_AHEAD` of the request. Where two
    rows of the source fit, neither is used. `classes` are those of a multiclass model.
    """
    log, times, scores = window.table, window.times, window.scores()
    known = _known(join, source, "varchar" if classes else "double")
    names: tuple[str, ...] = ()
    if classes:
        probabilities, names = window.by_class(classes)
        known, strange = _as_places(known, names)
    if ROW in log.column_names:
        found = _by_row(log, times, known)
    elif join.keys and join.source.event_time:
        found = _by_key(log, times, known, join)
    else:
        found = _Matched(np.full(len(times), np.nan), times, 0)
    mature = (found.times >= start) & (found.times < end) & ~np.isnan(scores)
    if classes:
        labels, names = _only_found(found.labels[mature], names, strange)
        return Outcomes(probabilities[mature], labels, found.times[mature], found.ambiguous, names)
    return Outcomes(scores[mature], found.labels[mature], found.times[mature], found.ambiguous)


def _as_places(known: pa.Table, names: Sequence[str]) -> tuple[pa.Table, tuple[str, ...]]:
    """The labels as places among `names`, and after them among others, which are told."""
    at, column = known.column_names.index("label"), known.column("label")
    strange = sorted(set(pc.unique(column).to_pylist()) - {None, *names})
    places = class_places(column, (*names, *strange))
    return known.set_column(at, "label", pa.array(places)), tuple(strange)


def _only_found(
    labels: Floats, names: tuple[str, ...], strange: tuple[str, ...]
) -> tuple[Floats, tuple[str, ...]]:
    """Places, of the strange classes only among those that are there; and the names of all."""
    far = labels >= len(names)
    there, places = np.unique(labels[far], return_inverse=True)
    nearer = labels.copy()
    nearer[far] = len(names) + places
    return nearer, (*names, *(strange[int(at) - len(names)] for at in there))


def _known(join: LabelJoin, source: pa.Table, kind: str) -> pa.Table:
    """The source's rows that have a label: `__row`, `key0`…, `event`, `label` as a `kind`."""
    table = source.append_column(ROW, pa.array(np.arange(source.num_rows)))
    columns = {ROW: quote(ROW), "label": f"cast({join.label.sql} as {kind})"}
    columns |= {f"key{i}": quote(key) for i, key in enumerate(join.keys)}
    if join.source.event_time:
        columns["event"] = quote(join.source.event_time)
    try:
        return evaluate(table, columns, where=join.where.sql if join.where else None)
    except SqlError as error:
        raise StepError(
            f"the labels of source `{join.source.name}`: {error}",
            remedy="mend `where` or `label` in the spec",
        ) from error


def _by_row(log: pa.Table, times: Ints, known: pa.Table) -> _Matched:
    rows = known.column(ROW).to_numpy()
    wanted = log.column(ROW).to_numpy()
    places = np.searchsorted(rows, wanted)
    places[places == len(rows)] = 0
    labels = numbers(known.column("label"))
    if not len(rows):
        return _Matched(np.full(len(wanted), np.nan), times, 0)
    return _Matched(np.where(rows[places] == wanted, labels[places], np.nan), times, 0)


def _by_key(log: pa.Table, times: Ints, known: pa.Table, join: LabelJoin) -> _Matched:
    assert join.source.event_time is not None
    several = PROBABILITIES in log.column_names
    named = request_column(join.source.event_time, classes=several)
    told = named in log.column_names
    events = instants(log.column(named)) if told else times
    left = {
        f"key{i}": _key(log, request_column(key, classes=several))
        for i, key in enumerate(join.keys)
    }
    asked = pa.table(
        {
            "place": np.arange(len(events)),
            "event": pa.array(events).cast(pa.timestamp("us")),
            **left,
        }
    )
    found = query(_join_sql(len(join.keys), told), {"asked": asked, "known": known})
    places, fits = found.column("place").to_numpy(), found.column("fits").to_numpy()
    labels = np.full(len(events), np.nan)
    labels[places] = np.where(fits == 1, numbers(found.column("label")), np.nan)
    at = events.copy()
    at[places] = instants(found.column("event"))
    return _Matched(labels, at, int((fits > 1).sum()))


def _key(log: pa.Table, name: str) -> Any:
    return log.column(name) if name in log.column_names else pa.nulls(log.num_rows, pa.string())


def _join_sql(keys: int, told: bool) -> str:
    """One row for each asked one that has an outcome; `fits` counts the rows of the source."""
    names = ", ".join(f"key{i}" for i in range(keys))
    same = " and ".join(f"asked.key{i} = single.key{i}" for i in range(keys))
    when = "asked.event = single.event" if told else "asked.event <= single.event"
    near = "" if told else f" where single.event <= asked.event + to_microseconds({LOOK_AHEAD})"
    # Nothing of the spec is in this text: keys are numbered.
    once = (
        f"select {names}, event, any_value(label) as label, count(*) as fits"  # noqa: S608
        f" from known where event is not null group by {names}, event"
    )
    return (
        f"with single as ({once}) select place, single.event, single.label, single.fits"  # noqa: S608
        f" from asked {'' if told else 'asof '}join single on {same} and {when}{near}"
    )
