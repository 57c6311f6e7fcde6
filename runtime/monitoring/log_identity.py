"""What a prediction log holds, told from the names and sizes of its segments."""

import hashlib

from ..prediction_log.files import LogFiles
from .wording import moment


def log_identity(log: LogFiles, start: int, end: int) -> str:
    """What the log holds for these days (UTC µs): segments never change."""
    found = log.segments(moment(start).date(), moment(end).date())
    sizes = [f"{segment.path} {segment.size}" for segment in found]
    return hashlib.sha256("\n".join(sizes).encode()).hexdigest()
