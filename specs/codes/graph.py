"""E5xx: the graph as a whole."""

from .code import Code

CODES = (
    Code(
        "W502",
        "A feature view that nothing uses",
        (
            "No model reads the feature view, yet it would be computed and kept. Remove it, or "
            "list it under a model's `features`."
        ),
        wrong="""\
features:
  airport_load: {entity: airport}
  airframe: {entity: plane}
models:
  late_arrival: {features: [airport_load]}
""",
        right="""\
features:
  airport_load: {entity: airport}
  airframe: {entity: plane}
models:
  late_arrival: {features: [airport_load, airframe]}
""",
    ),
    Code(
        "W503",
        "A source that nothing uses",
        (
            "No feature view, model or deployment reads the source, though it must be locked and "
            "its checks are run. Remove it, or use it."
        ),
        wrong="""\
sources:
  flights: {path: data/flights.parquet}
  airlines: {path: data/airlines.parquet}
features:
  load: {source: flights}
""",
        right="""\
sources:
  flights: {path: data/flights.parquet}
features:
  load: {source: flights}
""",
    ),
    Code(
        "E504",
        "A gate that can never pass, or of an unknown metric",
        (
            "The gate asks for a metric that the task does not have, for a slice that is not "
            "declared, or for a value outside the metric's range, so that no model could ever be "
            "promoted. A gate that can never fail is reported too: it guards nothing."
        ),
        wrong="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 1.2]
""",
        right="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.7]
""",
    ),
    Code(
        "E505",
        "A model input of a type that it cannot use",
        (
            "A feature has a type that the estimator cannot take as it is, such as a text or a "
            "timestamp in a model of numbers. Derive a number from it, declare it as a category, "
            "or choose an estimator that takes it."
        ),
        wrong="""\
features:
  flight:
    fields:
      departure: scheduled_departure
""",
        right="""\
features:
  flight:
    fields:
      hour: hour(scheduled_departure)
""",
    ),
    Code(
        "W506",
        "A deployment of a model that no gate guards",
        (
            "The model has no gates, so that each retraining would be promoted and served however "
            "bad it is. Declare at least one gate, such as a minimum for its metric or no loss "
            "against the champion."
        ),
        wrong="""\
models:
  late_arrival: {task: binary_classification}
deploy:
  api: {online: {model: late_arrival}}
""",
        right="""\
models:
  late_arrival:
    task: binary_classification
    gates: [test.roc_auc >= 0.7]
deploy:
  api: {online: {model: late_arrival}}
""",
    ),
    Code(
        "E507",
        "A gate that cannot be read",
        (
            "A gate compares one measured value with a number, or with what the champion reached: "
            "`SUBJECT COMPARISON BOUND`. The subject is `test.METRIC`, `validation.METRIC`, "
            "`slice.COLUMN.METRIC` (the worst slice) or `serving.latency_p99`."
        ),
        wrong="""\
models:
  late_arrival:
    gates: ["roc_auc should be at least 0.7"]
""",
        right="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.7, test.roc_auc >= champion.roc_auc - 0.005]
""",
    ),
)
