"""The event times of a source, read from its files."""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...compiler.plan import SourceTable
from .read import read_source


def event_times(source: SourceTable, project: Path) -> NDArray[np.int64]:
    """The event times that are not null (UTC µs), sorted."""
    assert source.event_time is not None
    column = read_source(source, project, [source.event_time]).column(source.event_time)
    known = pc.drop_null(column).cast("int64").combine_chunks()
    # DLPack, because pyarrow's own way to numpy imports pandas, which takes longer than the rest.
    times: NDArray[np.int64] = np.sort(np.asarray(np.from_dlpack(known), dtype=np.int64))
    return times
