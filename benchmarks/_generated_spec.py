"""Specs of any size for benchmarks: of every ten nodes one source, six views, one model, one
endpoint and one monitor. No two expressions are alike, so that nothing is gained by chance."""

from pathlib import Path

_SOURCE = """\
  events_{i}:
    path: data/events_{i}.parquet
    event_time: happened_at
    refresh: 1h
"""
_WINDOWS = """\
  load_{i}_{j}:
    entity: customer
    source: events_{i}
    available_after: 2h
    windows: [6h, 24h]
    fields:
      orders: count()
      mean: avg(amount_{j} * {i}.5)
      large_share: avg(delay_{j} > {i})
"""
_LATEST = """\
  last_{i}_{j}:
    entity: customer
    source: events_{i}
    ttl: 3d
    fields:
      price: amount_{j} * {i}.25
      large: amount_{j} + delay_{j} > {i}
"""
_REQUEST = """\
  now_{i}:
    inputs: {{price: float, happened_at: timestamp}}
    fields:
      hour: hour(happened_at)
      log_price: ln({i} + 1 + abs(price))
"""
_MODEL = """\
  churn_{i}:
    task: binary_classification
    examples:
      source: events_{i}
      label: outcome > {i}
      label_available_after: 12h
    features: [load_{i}_0, load_{i}_1, load_{i}_2, last_{i}_0, last_{i}_1, now_{i}]
    estimator: {{class: sklearn.ensemble.HistGradientBoostingClassifier, params: {{max_iter: 100}}}}
    gates: [test.roc_auc >= 0.7{i}]
"""
_DEPLOY = """\
  api_{i}:
    online: {{model: churn_{i}, port: 8000}}
"""
_MONITOR = """\
  health_{i}:
    watch: api_{i}
    every: 1d
    window: 2d
    drift: {{method: psi}}
"""
_LOCKED = """\
  events_{i}:
    customer_id: string
    happened_at: timestamp
    price: float
    outcome: int
    amount_0: float?
    amount_1: float?
    amount_2: float?
    delay_0: int?
    delay_1: int?
    delay_2: int?
"""


def write_spec(folder: Path, nodes: int) -> None:
    """A project of so many nodes (a multiple of ten) that checks without findings."""
    groups = range(nodes // 10)
    text = [
        "onespec: 1\nname: generated\n",
        "sources:\n",
        *(_SOURCE.format(i=i) for i in groups),
        "entities:\n  customer: {key: customer_id}\n",
        "features:\n",
        *(
            part
            for i in groups
            for part in (
                *(_WINDOWS.format(i=i, j=j) for j in range(3)),
                *(_LATEST.format(i=i, j=j) for j in range(2)),
                _REQUEST.format(i=i),
            )
        ),
        "models:\n",
        *(_MODEL.format(i=i) for i in groups),
        "deploy:\n",
        *(_DEPLOY.format(i=i) for i in groups),
        "monitor:\n",
        *(_MONITOR.format(i=i) for i in groups),
        "targets:\n  ray: {waive: {schedules: cron calls onespec run}}\n",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.yaml").write_text("".join(text))
    locked = "".join(_LOCKED.format(i=i) for i in groups)
    (folder / "onespec.lock").write_text(f"lock: 1\nsources:\n{locked}")
