"""The flights of 2013 as files: instants in UTC across clock changes, keys unique, bytes stable."""

import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

SCRIPT = Path(__file__).parents[2] / "examples/flights/prepare.py"
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def main() -> Any:
    return runpy.run_path(str(SCRIPT))["main"]


@pytest.fixture(scope="module")
def data(main: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("data")
    main(["--out", str(folder)])
    return {path.stem: pq.read_table(path) for path in folder.glob("*.parquet")}


def test_rows_and_keys(data: dict[str, Any]) -> None:
    assert {name: table.num_rows for name, table in data.items()} == {
        "flights": 336_776, "weather": 26_115, "planes": 3_322, "airlines": 16,
    }  # fmt: skip
    assert len(set(data["flights"]["flight_id"].to_pylist())) == 336_776
    weather = data["weather"]
    keys = zip(weather["origin"].to_pylist(), weather["observed_at"].to_pylist(), strict=True)
    assert len(set(keys)) == 26_115
    assert len(set(data["planes"]["tailnum"].to_pylist())) == 3_322


def test_rows_are_in_the_order_of_time(data: dict[str, Any]) -> None:
    for name, time in (("flights", "scheduled_departure"), ("weather", "observed_at")):
        instants = data[name][time].cast("int64").to_pylist()
        assert instants == sorted(instants)


@pytest.mark.parametrize(
    ("carrier", "flight", "local", "utc", "dep_delay"),
    [
        # The first flight of the year, in winter.
        ("UA", 1545, "2013-01-01 05:15", "2013-01-01 10:15", 2.0),
        # The last one before the clocks go on, and the first one after.
        ("B6", 727, "2013-03-09 23:59", "2013-03-10 04:59", 54.0),
        ("US", 1113, "2013-03-10 05:00", "2013-03-10 09:00", -6.0),
        # In summer; and before and after the clocks go back.
        ("B6", 839, "2013-07-01 23:59", "2013-07-02 03:59", 72.0),
        ("B6", 1503, "2013-11-02 23:59", "2013-11-03 03:59", -1.0),
        ("UA", 322, "2013-11-03 05:20", "2013-11-03 10:20", -1.0),
    ],
)
def test_known_flights(
    data: dict[str, Any],
    carrier: str,
    flight: int,
    local: str,
    utc: str,
    dep_delay: float,
) -> None:
    departs = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert departs.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M") == local
    flights = data["flights"]
    wanted = pc.and_(pc.equal(flights["carrier"], carrier), pc.equal(flights["flight"], flight))
    rows = flights.filter(pc.and_(wanted, pc.equal(flights["scheduled_departure"], departs)))
    assert rows.num_rows == 1
    assert rows["dep_delay"].to_pylist() == [dep_delay]


def test_the_hour_that_came_twice_is_two_observations(data: dict[str, Any]) -> None:
    weather = data["weather"].to_pylist()
    newark = {row["observed_at"]: row["temp"] for row in weather if row["origin"] == "EWR"}
    assert newark[datetime(2013, 11, 3, 5, tzinfo=UTC)] == 51.98
    assert newark[datetime(2013, 11, 3, 6, tzinfo=UTC)] == 50.0


def test_the_sample_is_small_whole_and_the_same_to_the_byte(
    main: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        main(["--sample", "--out", str(folder)])
    files = sorted(path.name for path in one.iterdir())
    assert files == [
        "airlines.parquet", "flights.parquet", "planes.parquet", "prepared.json", "weather.parquet",
    ]  # fmt: skip
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in files)
    assert 10_000 < pq.read_table(one / "flights.parquet").num_rows < 15_000
    assert "now has 14,469 rows" in capsys.readouterr().out
    main(["--sample", "--out", str(one)])
    assert "flights.parquet has 14,469 rows" in capsys.readouterr().out
    # A damaged file is made again.
    good = (one / "flights.parquet").read_bytes()
    (one / "flights.parquet").write_bytes(good[:-1])
    main(["--sample", "--out", str(one)])
    assert (one / "flights.parquet").read_bytes() == good
