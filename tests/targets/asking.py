"""Specs that ask a platform for one thing each, and the line that asks."""

from pathlib import Path

CASES = Path(__file__).parents[1] / "specs"
LOCK = (CASES / "onespec.lock").read_text()
MARK = "  # asks"

_BASE = (CASES / "good" / "small.yaml").read_text().partition("deploy:")[0]
_API = "deploy:\n  api:\n    online: {model: late_arrival}\n"
_OTHER = "  other:\n    online: {model: late_arrival}\n"
_BATCH = "deploy:\n  nightly:\n    batch: {model: late_arrival, source: flights, output: scores/}\n"
# Replicas on several machines have no folder in common.
_SHARED = (
    "stores: {artifacts: 's3://bucket/a', ledger: 'postgresql://db/a', online: 'redis://c/0'}\n"
)
_WATCH = "monitor:\n  health:\n    watch: api\n    window: 1d\n    drift: {alert: 0.25}\n"

# The last line asks.
_PARTS = {
    "schedules": _BATCH + '    schedule: "0 2 * * *"',
    "retraining": _API + _WATCH + "    on_alert: [retrain: late_arrival]",
    "endpoints": _API,
    "several_endpoints": _API + _OTHER,
    "several_ports": _API + "  other:\n    online:\n      model: late_arrival\n      port: 9000",
    "replicas": _SHARED + _API + "    resources: {replicas: {min: 2, max: 2}}",
    "autoscaling": _API + "    resources: {replicas: {max: 2}}",
    "log_retention": _API + "    log: {keep: 9d}",
    "canary": _API + "    rollout: {steps: [10%, 100%]}",
    "shadow": _API + "    shadow: challenger",
    "cpu": _BATCH + "    resources: {cpu: 2}",
    "cpu_fractions": _BATCH + "    resources: {cpu: 0.5}",
    "memory": _BATCH + "    resources: {memory: 4GiB}",
    "gpu": _BATCH + "    resources: {gpu: 1}",
    "gpu_fractions": _BATCH + "    resources: {gpu: 0.5}",
    "accelerators": _BATCH + "    resources: {gpu: 1, accelerator: H100}",
    "gpu_fallback": _BATCH + "    resources:\n      gpu: 1\n      fallback: cpu",
}
ASKING = {name: f"{_BASE}{part.rstrip()}{MARK}\n" for name, part in _PARTS.items()}
NOTHING = _BASE + _BATCH


def line_that_asks(text: str) -> int:
    """Counted from 1."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.endswith(MARK))
