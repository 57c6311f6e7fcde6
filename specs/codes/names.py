"""E2xx: shape, names, types and expressions."""

from .code import Code

CODES = (
    Code(
        "E201",
        "An unknown key",
        (
            "The section has no such key. onespec refuses unknown keys at every level, since a "
            "misspelt setting that is ignored looks exactly like one that works. The known keys "
            "of the section are listed, and a similar one is suggested."
        ),
        wrong="""\
sources:
  flights:
    path: data/flights.parquet
    event_tme: scheduled_departure
""",
        right="""\
sources:
  flights:
    path: data/flights.parquet
    event_time: scheduled_departure
""",
    ),
    Code(
        "E202",
        "A value of the wrong type or outside its choices",
        (
            "The key exists, but its value is of another type than it takes, is not among its "
            "choices, or lies outside its range. Nothing is converted silently: a text is not "
            "read as a number, nor a number as a text. The message says what is expected."
        ),
        wrong="""\
models:
  late_arrival:
    task: binary
""",
        right="""\
models:
  late_arrival:
    task: binary_classification
""",
    ),
    Code(
        "E203",
        "A required key is missing",
        (
            "The section cannot be understood without the key. The place shown is the section's "
            "own name, since the key has no place yet."
        ),
        wrong="""\
sources:
  flights:
    event_time: scheduled_departure
""",
        right="""\
sources:
  flights:
    path: data/flights.parquet
    event_time: scheduled_departure
""",
    ),
    Code(
        "E204",
        "A column that the source does not have",
        (
            "An expression or a setting reads a column that is not in the schema of its source, "
            "as `onespec.lock` holds it. Either the name is misspelt, or the source has changed "
            "its shape since it was locked: then run `onespec lock`."
        ),
        wrong="""\
features:
  load:
    source: flights
    fields:
      mean_delay: avg(dep_dealy)
""",
        right="""\
features:
  load:
    source: flights
    fields:
      mean_delay: avg(dep_delay)
""",
    ),
    Code(
        "E205",
        "A name that is not declared",
        (
            "A source, entity, feature view, model, deployment or monitor is referred to by a "
            "name that the spec does not declare. Names are checked wherever they are used, so "
            "that a renamed part cannot leave a dangling reference behind."
        ),
        wrong="""\
entities:
  airport: {key: origin}
features:
  load:
    entity: airprot
""",
        right="""\
entities:
  airport: {key: origin}
features:
  load:
    entity: airport
""",
    ),
    Code(
        "E206",
        "An expression that cannot be parsed",
        (
            "The text is not an expression of the language, which is a small part of SQL: column "
            "names, literals, operators, `case`, and functions. The carets mark where the parser "
            "stopped."
        ),
        wrong="""\
fields:
  late: dep_delay > > 15
""",
        right="""\
fields:
  late: dep_delay > 15
""",
    ),
    Code(
        "E207",
        "An expression whose types do not fit",
        (
            "An operator or a function is applied to types that it does not take, or the result "
            "is not of the type that is needed here. Types come from the locked schemas; nothing "
            "is converted silently, so write the conversion where one is meant."
        ),
        wrong="""\
fields:
  wind_kmh: station_name * 1.609
""",
        right="""\
fields:
  wind_kmh: wind_speed * 1.609
""",
    ),
    Code(
        "E208",
        "A function or construct that is not allowed",
        (
            "Expressions run in training, in batches and in the request path with one meaning, so "
            "they are limited to functions for which all of these agree. Subqueries, table "
            "functions, volatile functions (`random()`, `now()`) and anything that reads files "
            "are refused."
        ),
        wrong="""\
fields:
  noise: random()
""",
        right="""\
fields:
  hour: hour(scheduled_departure)
""",
    ),
    Code(
        "E209",
        "Names that conflict",
        (
            "Two parts that share a name space bear the same name, or two fields would become one "
            "column. Rename one of them; both places are shown."
        ),
        wrong="""\
features:
  load:
    windows: [24h, 1d]
    fields:
      departures: count()
""",
        right="""\
features:
  load:
    windows: [24h]
    fields:
      departures: count()
""",
    ),
    Code(
        "E210",
        "A duration, size, share or schedule that cannot be read",
        (
            "Durations are written `90s`, `15m`, `3h`, `1h30m`, `7d` or `2w`; sizes `512MiB`, "
            "`4GiB` or `2GB`; shares `70%` or `0.7`; schedules as five cron fields or a word such "
            "as `@daily`. A number without a unit is refused, since 30 could be seconds or days. "
            "Months and years are refused because they differ in length."
        ),
        wrong="""\
features:
  weather_now:
    ttl: 3 hours
""",
        right="""\
features:
  weather_now:
    ttl: 3h
""",
    ),
    Code(
        "E211",
        "An environment or an overlay that does not fit",
        (
            "The environment asked for is not declared, or it changes something that does not "
            "exist. A key on the first level of an environment is a dotted path whose parent must "
            "exist; below it, mappings are merged and everything else is replaced. One "
            "environment sets each value once."
        ),
        wrong="""\
sources:
  flights: {path: data/flights.parquet}
environments:
  dev: {sources.flihgts.path: data/small.parquet}
""",
        right="""\
sources:
  flights: {path: data/flights.parquet}
environments:
  dev: {sources.flights.path: data/small.parquet}
""",
    ),
    Code(
        "E212",
        "An included file that cannot be read",
        (
            "`include` names a file that is not there, is a folder, or may not be read. A path is "
            "relative to the file that holds it. There are no patterns such as `features/*.yaml`: "
            "what a spec is made of is written in it, and does not change with what lies around."
        ),
        wrong="""\
include: [../library]
""",
        right="""\
include: [../library/weather.yaml, ../library/airports.yaml]
""",
    ),
    Code(
        "E213",
        "Two files declare the same",
        (
            "A file that is included declares a name that another file of the spec has declared "
            "in the same section, or sets a value of an environment that another file sets, too. "
            "No file overrides another, so that a declaration means the same to everybody who "
            "includes it. Rename one; or let an environment change the value."
        ),
        wrong="""\
include: [../library/weather.yaml]   # declares the source `weather`
sources:
  weather: {path: data/weather_2013.parquet, event_time: observed_at}
""",
        right="""\
include: [../library/weather.yaml]
environments:
  backtest: {sources.weather.path: data/weather_2013.parquet}
""",
    ),
    Code(
        "E214",
        "Files that include each other",
        (
            "A file includes itself, directly or by way of others; the message tells the way. "
            "Leave out one of the includes: what both files need can be a third one, which each "
            "includes. A file that is reached in two ways is read once, and that is fine."
        ),
        wrong="""\
# airports.yaml
include: [weather.yaml]              # which includes airports.yaml
""",
        right="""\
# airports.yaml
include: [entities.yaml]             # which weather.yaml includes, too
""",
    ),
    Code(
        "E215",
        "An include that leads out of the repository",
        (
            "A spec may include files of its own repository only: those below the nearest folder "
            "upwards that holds `.git`, or an empty file `.onespec-root` where git is not there "
            "(as in a container); without either, those below the spec's own folder. Absolute "
            "paths, addresses, and links that lead elsewhere are refused. What a spec means must "
            "not depend on the machine, and reading a spec of somebody else must be safe."
        ),
        wrong="""\
include: [/home/ann/library/weather.yaml]
""",
        right="""\
include: [../library/weather.yaml]
""",
    ),
)
