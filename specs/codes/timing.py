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
            "file. `onespec check --assumptions` says what the verdict rests on."
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
    Code(
        "W407",
        "Another table's column bears the name of the label's",
        (
            "A feature reads a column of another table, and the label is made of a column of "
            "the same name. If both are the same thing, the feature sees the outcome, and "
            "nothing says when it is known. Say it: `available_after` in that source, for the "
            "column or for whole rows, or in the view; `0s` says that it is known at the event, "
            "and no secret."
        ),
        wrong="""\
sources:
  flights: {event_time: scheduled_departure}
  landings: {event_time: landed_at}
features:
  past: {source: landings, windows: [7d], fields: {late: avg(arr_delay)}}
models:
  late_arrival: {examples: {source: flights, label: arr_delay > 15}}
""",
        right="""\
sources:
  flights: {event_time: scheduled_departure}
  landings: {event_time: landed_at, available_after: {arr_delay: 5m}}
features:
  past: {source: landings, windows: [7d], fields: {late: avg(arr_delay)}}
models:
  late_arrival: {examples: {source: flights, label: arr_delay > 15}}
""",
    ),
    Code(
        "E409",
        "Longer than the data is kept",
        (
            "Rows, scores or log entries are gone before they are looked at: a window, a "
            "`last`, a label's delay or a monitor's window is longer than the `retention` of "
            "the source, the `keep` of the log, or the `last` of the batch. Performance is "
            "measured on predictions that are old enough to have a label, so that a log has to "
            "be kept for the label's delay and the window together. The message says which "
            "share is lost."
        ),
        wrong="""\
sources:
  flights: {event_time: scheduled_departure, retention: 7d}
features:
  airport_load: {source: flights, windows: [30d]}
""",
        right="""\
sources:
  flights: {event_time: scheduled_departure, retention: 60d}
features:
  airport_load: {source: flights, windows: [30d]}
""",
    ),
    Code(
        "W411",
        "A monitor that passes over part of the log",
        (
            "A monitor looks less often than its window is long: what lies between two windows "
            "is never looked at. Leave `window` out, which makes it as long as `every`, or look "
            "more often."
        ),
        wrong="""\
monitor:
  health: {watch: api, every: 1d, window: 6h, drift: {}}
""",
        right="""\
monitor:
  health: {watch: api, every: 1d, drift: {}}
""",
    ),
    Code(
        "W412",
        "A batch that passes over rows",
        (
            "A batch scores the rows of the final `last` before it runs, and more time than "
            "that passes between two runs: the rows in between are never scored. Rows that "
            "arrive late (`available_after` of the source) need a `last` that is longer by "
            "that. The message counts the longest time between two firings of the schedule."
        ),
        wrong="""\
deploy:
  nightly:
    batch: {model: late_arrival, source: flights, last: 12h, output: scores/}
    schedule: "0 2 * * *"
""",
        right="""\
deploy:
  nightly:
    batch: {model: late_arrival, source: flights, last: 1d, output: scores/}
    schedule: "0 2 * * *"
""",
    ),
    Code(
        "W413",
        "Training again before the last training can be judged",
        (
            "An alert may start training more often than labels take to be known. Until the "
            "first label of the new model's predictions is there, performance is that of the "
            "model which was replaced, and what has changed since is in no training set: the "
            "same alert trains again, on the same labels. Use a `cooldown` that is at least as "
            "long as the label's delay."
        ),
        wrong="""\
models:
  late_arrival: {examples: {label: arr_delay > 15, label_available_after: 7d}}
monitor:
  health: {watch: api, every: 1d, drift: {}, on_alert: [retrain: late_arrival]}
""",
        right="""\
models:
  late_arrival: {examples: {label: arr_delay > 15, label_available_after: 7d}}
monitor:
  health: {watch: api, every: 1d, drift: {}, on_alert: [retrain: late_arrival], cooldown: 7d}
""",
    ),
    Code(
        "W414",
        "A batch that runs more often than new rows arrive",
        (
            "Rows are scored as of their own event time, so that a second run over the same "
            "rows gives the same scores. When the schedule is quicker than the source's "
            "`refresh`, most runs do only that."
        ),
        wrong="""\
sources:
  flights: {event_time: scheduled_departure, refresh: 1d}
deploy:
  hourly:
    batch: {model: late_arrival, source: flights, output: scores/}
    schedule: "@hourly"
""",
        right="""\
sources:
  flights: {event_time: scheduled_departure, refresh: 1d}
deploy:
  nightly:
    batch: {model: late_arrival, source: flights, output: scores/}
    schedule: "@daily"
""",
    ),
    Code(
        "E415",
        "A test of freshness that fails by design",
        (
            "Just before new rows arrive, the newest is as old as the source's `refresh` and "
            "the delay of its rows together. A `fresh` test that allows less fails on healthy "
            "data, for the share of the time that the message tells."
        ),
        wrong="""\
sources:
  weather:
    event_time: observed_at
    refresh: 1d
    checks: [fresh: 6h]
""",
        right="""\
sources:
  weather:
    event_time: observed_at
    refresh: 1d
    checks: [fresh: 2d]
""",
    ),
)
