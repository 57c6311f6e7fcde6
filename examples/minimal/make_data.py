"""Makes `data/orders.csv`: a year of orders in which customers, prices and seasons matter."""

import csv
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

ORDERS = 4000


def main() -> None:
    """Write the file; the same bytes every time."""
    rng = random.Random(7)  # noqa: S311 - no secrets here
    customers = {f"c{number:03d}": rng.gauss(0, 1.3) for number in range(120)}
    start = datetime(2025, 1, 1, tzinfo=UTC)
    moments = sorted(start + timedelta(minutes=rng.randrange(365 * 24 * 60)) for _ in range(ORDERS))
    rows = []
    for number, moment in enumerate(moments, start=1):
        customer = rng.choice(list(customers))
        amount = round(math.exp(rng.gauss(3.6, 0.7)), 2)
        logit = -1.6 + customers[customer] + 0.012 * (amount - 40) + (moment.month == 12) * 0.6
        returned = rng.random() < 1 / (1 + math.exp(-logit))
        rows.append(
            (number, customer, f"{moment:%Y-%m-%dT%H:%M:%SZ}", amount, str(returned).lower())
        )
    path = Path(__file__).parent / "data" / "orders.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("order_id", "customer", "ordered_at", "amount", "returned"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
