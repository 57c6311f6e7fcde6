"""The clock of the machine; everything else is handed an instant or a clock like this one."""

import time


def utc_now() -> int:
    """Microseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1000
