"""onespec: the compiler for machine-learning products."""

from pathlib import Path

# The repository root is the package: tracebacks, coverage and editors show real paths.
__path__ = [str(Path(__file__).resolve().parent)]
__version__ = "0.1.0"
