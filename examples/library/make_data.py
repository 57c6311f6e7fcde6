"""Makes `data/orders.csv` of both products: the orders of the example `minimal`."""

import runpy
import shutil
from pathlib import Path

HERE = Path(__file__).parent
PRODUCTS = ("returns", "inspection")


def main() -> None:
    """Write the files; the same bytes every time."""
    minimal = HERE.parent / "minimal"
    runpy.run_path(str(minimal / "make_data.py"), run_name="__main__")
    for product in PRODUCTS:
        folder = HERE / product / "data"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(minimal / "data" / "orders.csv", folder / "orders.csv")


if __name__ == "__main__":
    main()
