"""`python -m benchmarks`: every benchmark, one after the other."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> None:
    """Run them all; each prints its own table of ratios."""
    for script in sorted(FOLDER.glob("[a-z]*.py")):
        print(f"\n== {script.name}", flush=True)
        subprocess.run([sys.executable, str(script)], check=True)


if __name__ == "__main__":
    main()
