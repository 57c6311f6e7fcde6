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
    Code(
        "E508",
        "Gates that exclude each other",
        (
            "One gate asks for more than another allows. No version passes both, so that none can "
            "ever be promoted."
        ),
        wrong="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.9, test.roc_auc < 0.8]
""",
        right="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.7, test.roc_auc < 0.95]
""",
    ),
    Code(
        "W509",
        "A gate that another one implies",
        (
            "Whatever passes the stricter gate passes this one too: it decides nothing, and "
            "hides which bound is meant. Remove it."
        ),
        wrong="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.7, test.roc_auc >= 0.6]
""",
        right="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.7]
""",
    ),
    Code(
        "W510",
        "A monitor that alerts at what a gate lets pass",
        (
            "The gates promote a version at a value at which the monitor alerts. Such a version "
            "raises an alert as soon as it is used; where the alert trains again, it may do so "
            "for ever. Ask of a candidate at least what is asked of the champion."
        ),
        wrong="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.65]
monitor:
  health: {watch: api, every: 1d, performance: {metric: roc_auc, min: 0.7}}
""",
        right="""\
models:
  late_arrival:
    gates: [test.roc_auc >= 0.7]
monitor:
  health: {watch: api, every: 1d, performance: {metric: roc_auc, min: 0.7}}
""",
    ),
    Code(
        "E511",
        "A retraining that never starts",
        (
            "Training again mends drift and performance, not a slow or failing service: an "
            "alert of a monitor that watches only the service never starts it."
        ),
        wrong="""\
monitor:
  health: {watch: api, every: 1h, service: {error_rate: 1%}, on_alert: [retrain: late_arrival]}
""",
        right="""\
monitor:
  health: {watch: api, every: 1h, service: {error_rate: 1%}}
""",
    ),
    Code(
        "W512",
        "An entity, a feature or an input that nothing uses",
        (
            "No view is about the entity; no model reads the feature, and it is computed with "
            "the others of its view; or no field reads the input, and every request has to "
            "carry it. Remove it, or use it."
        ),
        wrong="""\
features:
  flight:
    inputs: {distance: float, carrier: string}
    fields: {far: distance > 1000}
""",
        right="""\
features:
  flight:
    inputs: {distance: float}
    fields: {far: distance > 1000}
""",
    ),
    Code(
        "E513",
        "A data test that no data can pass, or that contradicts another",
        (
            "Two ranges of one column have nothing in common, a range is asked of a text, or a "
            "value is accepted that the column's type or its range refuses. The run would stop at "
            "it whatever the data holds, or the value waits for rows that never come."
        ),
        wrong="""\
sources:
  flights:
    checks:
      - in_range: {stops: [0, 3]}
      - accepted: {stops: [0, 1, 4]}
""",
        right="""\
sources:
  flights:
    checks:
      - in_range: {stops: [0, 4]}
      - accepted: {stops: [0, 1, 4]}
""",
    ),
    Code(
        "W514",
        "A feature that is always the same",
        (
            "The expression reads no column, so that each example gets the same value. A model "
            "learns nothing from it."
        ),
        wrong="""\
features:
  flight:
    inputs: {distance: float}
    fields: {far: distance > 1000, one: 1}
""",
        right="""\
features:
  flight:
    inputs: {distance: float}
    fields: {far: distance > 1000}
""",
    ),
    Code(
        "W515",
        "A feature twice in one view",
        (
            "Two fields of one view are the same expression under two names. The second tells a "
            "model nothing, costs time in every request, and splits the importance of the "
            "first."
        ),
        wrong="""\
features:
  flight:
    inputs: {distance: float}
    fields: {far: distance > 1000, long_haul: distance > 1000}
""",
        right="""\
features:
  flight:
    inputs: {distance: float}
    fields: {far: distance > 1000}
""",
    ),
    Code(
        "E516",
        "A monitor that never, or always, alerts",
        (
            "A bound lies outside of what can be measured: a KS or JS distance above 1, a `min` "
            "above the metric's highest value, a `min` above `max`, an error rate above 100%; "
            "or nothing of the endpoint is logged. The monitor says nothing of the model."
        ),
        wrong="""\
monitor:
  health: {watch: api, every: 1d, drift: {method: ks, alert: 2}}
""",
        right="""\
monitor:
  health: {watch: api, every: 1d, drift: {method: ks, alert: 0.2}}
""",
    ),
    Code(
        "W518",
        "A feature without a default, where defaults are asked for",
        (
            "With `on_missing: default` the endpoint answers with `defaults` where a feature "
            "has no row, or the store is down. A feature without one is null then, which the "
            "model may never have seen. Name a value for each; `null` says that null is meant."
        ),
        wrong="""\
deploy:
  api:
    online: {model: late_arrival}
    on_missing: default
""",
        right="""\
deploy:
  api:
    online: {model: late_arrival}
    on_missing: default
    defaults: {weather_now.temp: 55.0}
""",
    ),
    Code(
        "W519",
        "A retraining that asks for the next one",
        (
            "Nothing ends the alert, or nothing holds it back: the model that is trained is not "
            "the one that is watched; the cooldown is shorter than the time between two looks; "
            "or another monitor trains the same model after a shorter cooldown, for a cooldown "
            "counts only the retrainings of its own monitor."
        ),
        wrong="""\
monitor:
  health:
    watch: api
    every: 1d
    drift: {alert: 0.25}
    on_alert: [retrain: late_arrival]
    cooldown: 1h
""",
        right="""\
monitor:
  health:
    watch: api
    every: 1d
    drift: {alert: 0.25}
    on_alert: [retrain: late_arrival]
    cooldown: 7d
""",
    ),
)
