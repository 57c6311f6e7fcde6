"""E52x: links of the chain from source column to monitor."""

from .code import Code

CODES = (
    Code(
        "E520",
        "A comparison with a category that the data tests refuse",
        (
            "An expression compares a column with a value that is not among the `accepted` ones of "
            "its source. A run stops at any other value, so that the comparison has the same "
            "answer for every row: most often the value is misspelt, or the data test has not kept "
            "up with the data. Tests at `level: warn` prove nothing and are not used."
        ),
        wrong="""\
sources:
  flights:
    checks: [accepted: {origin: [EWR, JFK, LGA]}]
features:
  load:
    fields: {from_newark: avg(origin = 'EWX')}
""",
        right="""\
sources:
  flights:
    checks: [accepted: {origin: [EWR, JFK, LGA]}]
features:
  load:
    fields: {from_newark: avg(origin = 'EWR')}
""",
    ),
    Code(
        "W521",
        "A comparison that the data tests have decided",
        (
            "An expression compares a column with a number in such a way that it is never true for "
            "a value within the column's `in_range`. Either the bound or the data test is wrong; a "
            "branch that is there for caution can stay, and so can the warning."
        ),
        wrong="""\
sources:
  flights:
    checks: [in_range: {distance: [0, 6000]}]
features:
  flight:
    fields: {far: distance > 60000}
""",
        right="""\
sources:
  flights:
    checks: [in_range: {distance: [0, 6000]}]
features:
  flight:
    fields: {far: distance > 3000}
""",
    ),
    Code(
        "E522",
        "A `where` that can never hold",
        (
            "By the types of the columns and the data tests of the source, no row can pass the "
            "condition: there would be no examples, no features, or nothing to score."
        ),
        wrong="""\
sources:
  flights:
    checks: [not_null: [arr_delay]]
models:
  late_arrival:
    examples: {source: flights, where: arr_delay is null}
""",
        right="""\
sources:
  flights:
    checks: [not_null: [arr_delay]]
models:
  late_arrival:
    examples: {source: flights, where: arr_delay < 600}
""",
    ),
    Code(
        "E523",
        "A default that the feature never has",
        (
            "The default of a feature lies outside the categories or the range that the data tests "
            "of its source guarantee: the model has never seen such a value and would answer for "
            "it all the same. Take a value that occurs, or `on_missing: null`."
        ),
        wrong="""\
sources:
  weather:
    checks: [in_range: {humid: [0, 100]}]
deploy:
  api:
    defaults: {weather_now.humidity: -1}
""",
        right="""\
sources:
  weather:
    checks: [in_range: {humid: [0, 100]}]
deploy:
  api:
    defaults: {weather_now.humidity: 60}
""",
    ),
    Code(
        "W524",
        "A method of drift that the feature's type does not have",
        (
            "The Kolmogorov-Smirnov distance needs values with an order, which strings and bools "
            "lack; the monitor would compare them by total variation. Watch them with `psi` or "
            "`js`, in a monitor of their own where the others should keep `ks`."
        ),
        wrong="""\
monitor:
  health:
    drift: {method: ks, features: [flight.carrier]}
""",
        right="""\
monitor:
  health:
    drift: {method: psi, features: [flight.carrier]}
""",
    ),
    Code(
        "W525",
        "A batch whose rows are wider than the examples",
        (
            "The model was trained on one source and scores another, in which a key or an input "
            "may be null, or may have values, that the examples never have. Test both sources "
            "alike, or leave such rows out of the batch with `where`."
        ),
        wrong="""\
sources:
  flights: {checks: [not_null: [distance]]}
  planned: {path: data/planned.parquet}
models:
  late_arrival: {examples: {source: flights}}
deploy:
  nightly: {batch: {model: late_arrival, source: planned}}
""",
        right="""\
sources:
  flights: {checks: [not_null: [distance]]}
  planned: {path: data/planned.parquet, checks: [not_null: [distance]]}
models:
  late_arrival: {examples: {source: flights}}
deploy:
  nightly: {batch: {model: late_arrival, source: planned}}
""",
    ),
    Code(
        "E526",
        "Labels that cannot be found for what was scored",
        (
            "`performance` needs the outcome of each prediction. For an endpoint it is found by "
            "entity key and event time, so that the model needs a view with an entity. For a batch "
            "it is found by the row of the source, so that the batch must score the source of the "
            "examples. Watch `drift` alone where neither is so."
        ),
        wrong="""\
models:
  late_arrival: {examples: {source: flights}}
deploy:
  nightly: {batch: {model: late_arrival, source: planned}}
monitor:
  health: {watch: nightly, performance: {metric: roc_auc, min: 0.7}}
""",
        right="""\
models:
  late_arrival: {examples: {source: flights}}
deploy:
  nightly: {batch: {model: late_arrival, source: planned}}
monitor:
  health: {watch: nightly, drift: {method: psi}}
""",
    ),
    Code(
        "E527",
        "Features that are not the image of a network",
        (
            "A ConvNet sees its features as an image: one value after the other along a row, row "
            "after row, channel after channel. Their number must be that of `image` (channels, "
            "height, width), they must be numbers, and the image must be large enough to be halved "
            "once for each of `channels`."
        ),
        wrong="""\
features:
  scan:
    inputs: {p0: float, p1: float, p2: float, p3: float}
    fields: {p0: p0, p1: p1, p2: p2, p3: p3}
models:
  digit:
    features: [scan]
    estimator:
      class: onespec.torch.ConvNet
      params: {image: [1, 8, 8]}
""",
        right="""\
features:
  scan:
    inputs: {p0: float, p1: float, p2: float, p3: float}
    fields: {p0: p0, p1: p1, p2: p2, p3: p3}
models:
  digit:
    features: [scan]
    estimator:
      class: onespec.torch.ConvNet
      params: {image: [1, 2, 2], channels: [8]}
""",
    ),
    Code(
        "W528",
        "A GPU that nothing uses",
        (
            "The estimators of scikit-learn compute on the CPU, when they are trained and when "
            "they score; a network computes on one GPU, and an endpoint, one row at a time, on the "
            "CPU. What else is asked for is held, paid for, and idle."
        ),
        wrong="""\
models:
  late_arrival:
    estimator: {class: sklearn.ensemble.RandomForestClassifier}
    resources: {cpu: 8, gpu: 1}
""",
        right="""\
models:
  late_arrival:
    estimator: {class: sklearn.ensemble.RandomForestClassifier}
    resources: {cpu: 8}
""",
    ),
)
