"""E4xx: time and leakage."""

from .code import Code

CODES = (
    Code(
        "E401",
        "A window that can never hold a row",
        (
            "A window looks back from the event, but rows are known only `available_after` their "
            "own time. When the window is not longer than that lag, every row in it is still "
            "unknown, and the feature is always empty. Lengthen the window, or correct the lag."
        ),
        wrong="""\
features:
  airport_load:
    available_after: 2h
    windows: [1h]
""",
        right="""\
features:
  airport_load:
    available_after: 2h
    windows: [6h]
""",
    ),
    Code(
        "E402",
        "The label leaks into a feature",
        (
            "A feature reads a column from which the label is made, or one that is known only "
            "after the outcome, and nothing proves that its rows lie before the outcome. Such a "
            "model is excellent in evaluation and useless in production. Declare when the column "
            "becomes available, or leave it out. Every path is looked at: fields and `where` of "
            "views, entity keys, the inputs of a request, and other sources that read the same "
            "file."
        ),
        wrong="""\
features:
  outcome:
    source: flights
    fields:
      delay: arr_delay
""",
        right="""\
features:
  outcome:
    source: flights
    available_after: 12h
    windows: [7d]
    fields:
      delay: avg(arr_delay)
""",
    ),
    Code(
        "E403",
        "A time to live shorter than the lag",
        (
            "The newest row that can be known is as old as the source's refresh and its lag "
            "together. When `ttl` is shorter than that, the feature is missing most of the time, "
            "though data exist. The message says for what share of the time."
        ),
        wrong="""\
features:
  weather_now:
    available_after: 6h
    ttl: 3h
""",
        right="""\
features:
  weather_now:
    available_after: 1h
    ttl: 3h
""",
    ),
    Code(
        "W404",
        "A static table is not point-in-time correct",
        (
            "The source has no event time, so training sees its values of today beside events of "
            "the past. For facts that never change (the year a plane was built) this is harmless; "
            "for others the model learns from the future. Declare an event time where there is "
            "one, or `static: true` where rows never change."
        ),
        wrong="""\
sources:
  planes: {path: data/planes.parquet}
""",
        right="""\
sources:
  planes: {path: data/planes.parquet, static: true}
""",
    ),
    Code(
        "E405",
        "A label that is not yet mature when it is used",
        (
            "A label is known `label_available_after` its event, and a label that looks ahead is "
            "known after its window as well. What evaluates, splits or monitors before that "
            "instant sees examples whose outcome is still open and takes them for negatives."
        ),
        wrong="""\
models:
  late_arrival:
    examples: {label: arr_delay > 15, label_available_after: 12h}
monitor:
  health: {every: 1h, window: 6h}
""",
        right="""\
models:
  late_arrival:
    examples: {label: arr_delay > 15, label_available_after: 12h}
monitor:
  health: {every: 1h, window: 2d}
""",
    ),
    Code(
        "E406",
        "A split gap smaller than the label's delay",
        (
            "A split by time asks how a model that was trained at an instant does afterwards. "
            "Labels are known `label_available_after` their event, so that the last rows before "
            "the instant had no label yet: with a `gap` shorter than that delay the estimator "
            "learns from what nobody knew. When `gap` is left out, it is as long as the delay."
        ),
        wrong="""\
models:
  late_arrival:
    examples: {label: arr_delay > 15, label_available_after: 12h}
    split: {by: time, gap: 6h}
""",
        right="""\
models:
  late_arrival:
    examples: {label: arr_delay > 15, label_available_after: 12h}
    split: {by: time}
""",
    ),
    Code(
        "E408",
        "Said to be known before its columns are",
        (
            "A source says by column what is known only after the event (`available_after`). A "
            "view or a label that reads such a column cannot be known earlier. Leave its own "
            "delay out: it is then the longest of its columns. One that is longer than needed is "
            "fine."
        ),
        wrong="""\
sources:
  flights: {event_time: scheduled_departure, available_after: {dep_delay: 2h}}
features:
  airport_load:
    source: flights
    available_after: 1h
    windows: [6h]
    fields: {mean_delay: avg(dep_delay)}
""",
        right="""\
sources:
  flights: {event_time: scheduled_departure, available_after: {dep_delay: 2h}}
features:
  airport_load:
    source: flights
    windows: [6h]
    fields: {mean_delay: avg(dep_delay)}
""",
    ),
)
