"""Where a prediction log lies: beside the artifacts, if the spec says where these are."""

from ..stores.chosen import Whereabouts, artifacts_folder, on_s3
from .files import LogFiles
from .in_folder import FolderLog

_EMBEDDED = "predictions"
_SHARED = "log"


def log_of(here: Whereabouts, deployment: str) -> LogFiles:
    """The log that the scoring application of a deployment writes."""
    chosen = here.plan.stores.artifacts
    if chosen is None:
        return FolderLog(here.state / _EMBEDDED / deployment)
    if on_s3(chosen):
        from ..stores.s3_bucket import Bucket
        from .in_bucket import BucketLog

        cache = here.state / "cache" / _SHARED / deployment
        return BucketLog(Bucket(chosen), f"{_SHARED}/{deployment}", cache)
    return FolderLog(artifacts_folder(chosen, here.project, here.state) / _SHARED / deployment)
