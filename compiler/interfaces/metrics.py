"""The metrics of an endpoint, by their Prometheus names: what it counts, and what rules read.

Every series has the label `endpoint`.
"""

REQUESTS = "onespec_requests_total"
"""Requests to the scoring operation; label `status`, the HTTP code."""
REQUEST_SECONDS = "onespec_request_seconds"
"""Their time, from the body to the answer; a histogram."""
ROWS = "onespec_rows_total"
"""Rows; label `outcome`, one of `answered` and `refused`."""
DEGRADED = "onespec_degraded_total"
"""Views that had no row for a row; label `reason`."""
MODEL_VERSION = "onespec_model_version"
"""The version that answers."""
RELOAD_FAILING = "onespec_model_reload_failing"
"""1 while a newer version cannot be loaded."""
LOG_ROWS = "onespec_log_rows_total"
"""Rows that the prediction log has."""
LOG_DROPPED = "onespec_log_dropped_total"
"""Rows that it lost, since its queue was full."""
LOG_WAITING = "onespec_log_waiting"
"""Rows that wait to be written."""

ARM_ROWS = "onespec_arm_rows_total"
"""Rows by who scored them; labels `arm` and `version`. These, too: where there are several arms."""
ARM_VERSION = "onespec_arm_version"
"""The version that is loaded; label `arm`."""
ARM_SHARE = "onespec_arm_share"
"""What the challenger is asked of the entities, from 0 to 1; label `arm`."""
ARM_FAILING = "onespec_arm_reload_failing"
"""1 while its version cannot be loaded; label `arm`."""
SHADOW_DROPPED = "onespec_shadow_dropped_total"
"""Rows that the shadow did not score, since its queue was full."""
SHADOW_FAILED = "onespec_shadow_failed_total"
"""Rows that the shadow could not score."""
SHADOW_WAITING = "onespec_shadow_waiting"
"""Rows that wait for the shadow."""

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram, in seconds: a latency above the last one cannot be told."""

METRICS = "/metrics"
"""Where they are read."""
