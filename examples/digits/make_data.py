"""Makes `data/scans.parquet`: scikit-learn's digits, as scans that come in over time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_digits

DAYS = 60
START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Write the file; the same rows every time.

    The original is sorted by the people who wrote: its last rows are from people whom a split by
    time would never have trained on. The scans are therefore shuffled.
    """
    digits = load_digits()
    rng = np.random.default_rng(7)
    order = rng.permutation(len(digits.target))
    minutes = np.sort(rng.choice(DAYS * 24 * 60, len(order), replace=False))
    times = [START + timedelta(minutes=int(minute)) for minute in minutes]
    columns = {
        "scan_id": pa.array(np.arange(1, len(order) + 1)),
        "scanned_at": pa.array(times, pa.timestamp("us", "UTC")),
    }
    for place in range(64):
        pixels = digits.data[order, place].astype(np.int8)
        columns[f"p{place // 8}{place % 8}"] = pa.array(pixels)
    columns["digit"] = pa.array(digits.target[order].astype(np.int8))
    path = Path(__file__).parent / "data" / "scans.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path, compression="zstd")


if __name__ == "__main__":
    main()
