"""What a command's exit code says to a platform that started it, beyond 0 (done) and 1 (failed)."""

MISUSE = 2
"""A command was called wrongly."""
OURS = 3
"""onespec itself failed, and left a report."""
GATE_SHUT = 4
"""`onespec step` and `onespec run`: a gate stayed shut. Running again will not open it."""
ALL_CACHED = 5
"""`onespec plan --exit-code`: nothing would run."""
MONITOR_ALERTS = 6
"""`onespec monitor run --fail-on-alert`: it looked, and what it saw is an alert."""
