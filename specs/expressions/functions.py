"""The allow-list: every operator, function and aggregate of the language, with its signatures.

Every function is total: it never fails on a row. A result that has no meaning (an integer beyond
64 bits, a text that is not a number) is null. All lowerings obey these definitions to the bit.

- `int` is a signed 64-bit integer. A result out of its range is null. `//` truncates toward zero
  and `%` takes the sign of the dividend, as in SQL; by zero, both are null.
- `float` is an IEEE 754 binary64, and so is every literal with a point or an exponent. `/` always
  divides floats: `7 / 2 = 3.5`, `1 / 0` is infinity and `0 / 0` is NaN. `ln(-1)` is NaN and
  `ln(0)` is minus infinity.
- Floats have a total order, as in PostgreSQL, Spark and DuckDB: NaN equals itself and is greater
  than everything else. -0.0 equals 0.0. Comparisons, `in`, `between`, `nullif`, `greatest`,
  `least`, `min` and `max` all use it.
- `round` rounds halves away from zero, `cast(x as int)` truncates toward zero.
- Strings are sequences of Unicode code points: they compare by code point, `length` and
  `substring` count code points, and `lower` and `upper` change the ASCII letters only.
- Timestamps are instants in UTC within the years 1 to 9999, and so is what `hour`, `day` … say.
- `and`, `or`, `not` and comparisons are three-valued. An int meets a float as a float (rounded to
  the nearest), a date meets a timestamp as its midnight.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..types import Kind

BOOL, INT, FLOAT, STRING = Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.STRING
TIMESTAMP, DATE, INTERVAL = Kind.TIMESTAMP, Kind.DATE, Kind.INTERVAL

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
"""The range of `int`."""

TIMESTAMP_MIN, TIMESTAMP_MAX = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The range of `timestamp`, in microseconds since 1970."""

Same = Literal["same"]
"""A parameter or result of one type that the arguments share, whichever it is."""

Nulls = Literal["strict", "partial", "skips", "never", "branches"]
"""When the result is null.

strict: if an argument is. partial: also where the result has no meaning. skips: if every argument
is. never: in no case. branches: if the chosen branch is.
"""


@dataclass(frozen=True, slots=True)
class Signature:
    """Kinds of the parameters and the kind of the result."""

    parameters: tuple[Kind | Same, ...]
    result: Kind | Same
    nulls: Nulls = "strict"


@dataclass(frozen=True, slots=True)
class Function:
    """One entry of the table.

    `repeats` lets the last parameter occur any number of times. `constants` are the places of
    arguments that must be literals, with what they must be.
    """

    signatures: tuple[Signature, ...]
    doc: str
    usage: str
    repeats: bool = False
    constants: Mapping[int, str] = field(default_factory=dict)


def _numeric(nulls_of_int: Nulls) -> tuple[Signature, ...]:
    return (Signature((INT, INT), INT, nulls_of_int), Signature((FLOAT, FLOAT), FLOAT))


_ADD_TIME = Signature((TIMESTAMP, INTERVAL), TIMESTAMP, "partial")
_INTEGERS = (Signature((INT, INT), INT, "partial"),)
_FLOATS = (Signature((FLOAT, FLOAT), FLOAT),)
_FLOAT = (Signature((FLOAT,), FLOAT),)
_COMPARE = (Signature(("same", "same"), BOOL),)
_LOGIC = (Signature((BOOL, BOOL), BOOL),)
_TEXT = (Signature((STRING,), STRING),)
_TEXT_TEST = (Signature((STRING, STRING), BOOL),)
_CLOCK = (Signature((TIMESTAMP,), INT),)

DATE_UNITS = ("year", "month", "day", "hour", "minute", "second")
"""The units of `date_diff`. No weeks: DuckDB counts them in more than one way."""

INTERVAL_UNITS: Mapping[str, int] = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
"""Units of fixed length, in microseconds. Months and years are not offered: they have none."""

OPERATORS: Mapping[str, Function] = {
    "+": Function(
        (*_numeric("partial"), _ADD_TIME), "Sum; an interval moves a timestamp.", "a + b"
    ),
    "-": Function((*_numeric("partial"), _ADD_TIME), "Difference.", "a - b"),
    "*": Function(_numeric("partial"), "Product.", "a * b"),
    "/": Function(_FLOATS, "Quotient of floats; by zero it is infinite or NaN.", "a / b"),
    "//": Function(_INTEGERS, "Integer quotient, truncated toward zero; null by zero.", "a // b"),
    "%": Function(_INTEGERS, "Remainder with the sign of the dividend; null by zero.", "a % b"),
    "negate": Function((Signature((INT,), INT, "partial"), *_FLOAT), "Negation.", "-a"),
    "=": Function(_COMPARE, "Equal.", "a = b"),
    "<>": Function(_COMPARE, "Not equal.", "a <> b"),
    "<": Function(_COMPARE, "Less; NaN is the greatest float.", "a < b"),
    "<=": Function(_COMPARE, "Less or equal.", "a <= b"),
    ">": Function(_COMPARE, "Greater.", "a > b"),
    ">=": Function(_COMPARE, "Greater or equal.", "a >= b"),
    "and": Function(_LOGIC, "Three-valued: false if either is false.", "a and b"),
    "or": Function(_LOGIC, "Three-valued: true if either is true.", "a or b"),
    "not": Function((Signature((BOOL,), BOOL),), "Three-valued negation.", "not a"),
    "is_null": Function(
        (Signature(("same",), BOOL, "never"),), "Whether the value is missing.", "a is [not] null"
    ),
    "in": Function(
        (Signature(("same", "same"), BOOL),),
        "Whether the value is one of the literals.",
        "a [not] in (1, 2)",
        repeats=True,
    ),
    "between": Function(
        (Signature(("same", "same", "same"), BOOL),),
        "low <= a and a <= high.",
        "a [not] between low and high",
    ),
    "case": Function(
        (), "The value of the first condition that is true.", "case when a then b else c end"
    ),
    "cast": Function(
        (),
        "The value as another type; null where it cannot be one.",
        "cast(a as bool | int | float | string | timestamp | date)",
    ),
    "||": Function((Signature((STRING, STRING), STRING),), "Strings joined.", "a || b"),
    "like": Function(
        _TEXT_TEST,
        "Pattern match: % is any text, _ any code point.",
        "a [not] like 'A%'",
        constants={1: "a pattern"},
    ),
}
"""What has a syntax of its own. `case` and `cast` have rules of their own in `rules`."""

NAMED: Mapping[str, Function] = {
    "coalesce": Function(
        (Signature(("same",), "same", "skips"),),
        "The first value that is not null.",
        "coalesce(a, b, …)",
        repeats=True,
    ),
    "nullif": Function(
        (Signature(("same", "same"), "same", "partial"),), "Null if a = b, else a.", "nullif(a, b)"
    ),
    "if": Function(
        (Signature((BOOL, "same", "same"), "same", "branches"),),
        "b where the condition is true, else c (also where it is null).",
        "if(condition, b, c)",
    ),
    "abs": Function((Signature((INT,), INT, "partial"), *_FLOAT), "The magnitude.", "abs(a)"),
    "sign": Function(
        (Signature((INT,), INT), Signature((FLOAT,), INT)), "-1, 0 or 1; 0 for NaN.", "sign(a)"
    ),
    "floor": Function(_FLOAT, "The next whole number below, as a float.", "floor(a)"),
    "ceil": Function(_FLOAT, "The next whole number above, as a float.", "ceil(a)"),
    "round": Function(
        (*_FLOAT, Signature((FLOAT, INT), FLOAT)),
        "Halves away from zero; to n decimals, by scaling with a power of ten.",
        "round(a[, n])",
        constants={1: "a number of decimals from 0 to 15"},
    ),
    "ln": Function(_FLOAT, "Natural logarithm.", "ln(a)"),
    "log10": Function(_FLOAT, "Decimal logarithm.", "log10(a)"),
    "log2": Function(_FLOAT, "Binary logarithm.", "log2(a)"),
    "exp": Function(_FLOAT, "e to the power of a.", "exp(a)"),
    "sqrt": Function(_FLOAT, "Square root; NaN below zero.", "sqrt(a)"),
    "power": Function(_FLOATS, "a to the power of b.", "power(a, b)"),
    "sin": Function(_FLOAT, "Sine of radians.", "sin(a)"),
    "cos": Function(_FLOAT, "Cosine of radians.", "cos(a)"),
    "is_nan": Function((Signature((FLOAT,), BOOL),), "Whether the float is NaN.", "is_nan(a)"),
    "greatest": Function(
        (Signature(("same", "same"), "same", "skips"),),
        "The greatest value; nulls are skipped.",
        "greatest(a, b, …)",
        repeats=True,
    ),
    "least": Function(
        (Signature(("same", "same"), "same", "skips"),),
        "The least value; nulls are skipped.",
        "least(a, b, …)",
        repeats=True,
    ),
    "lower": Function(_TEXT, "ASCII letters in lower case.", "lower(s)"),
    "upper": Function(_TEXT, "ASCII letters in upper case.", "upper(s)"),
    "trim": Function(_TEXT, "Without spaces (U+0020) at both ends.", "trim(s)"),
    "length": Function((Signature((STRING,), INT),), "Number of code points.", "length(s)"),
    "substring": Function(
        (Signature((STRING, INT), STRING), Signature((STRING, INT, INT), STRING)),
        "Code points from a place (counted from 1), at most n of them.",
        "substring(s, from[, n])",
        constants={1: "a place from 1", 2: "a number of code points from 0"},
    ),
    "contains": Function(_TEXT_TEST, "Whether b occurs in a.", "contains(a, b)"),
    "starts_with": Function(_TEXT_TEST, "Whether a begins with b.", "starts_with(a, b)"),
    "ends_with": Function(_TEXT_TEST, "Whether a ends with b.", "ends_with(a, b)"),
    "concat": Function(
        (Signature((STRING,), STRING, "never"),),
        "Strings joined; nulls are skipped.",
        "concat(a, b, …)",
        repeats=True,
    ),
    "year": Function(_CLOCK, "Year, in UTC.", "year(t)"),
    "month": Function(_CLOCK, "Month 1 to 12, in UTC.", "month(t)"),
    "day": Function(_CLOCK, "Day of the month, in UTC.", "day(t)"),
    "hour": Function(_CLOCK, "Hour 0 to 23, in UTC.", "hour(t)"),
    "minute": Function(_CLOCK, "Minute 0 to 59.", "minute(t)"),
    "dayofweek": Function(_CLOCK, "Day of the week in UTC, Sunday is 0.", "dayofweek(t)"),
    "dayofyear": Function(_CLOCK, "Day of the year from 1, in UTC.", "dayofyear(t)"),
    "epoch": Function(
        (Signature((TIMESTAMP,), FLOAT),), "Seconds since 1970, with fraction.", "epoch(t)"
    ),
    "date_diff": Function(
        (Signature((STRING, TIMESTAMP, TIMESTAMP), INT),),
        "How many beginnings of a unit lie between a and b, in UTC.",
        "date_diff('hour', a, b)",
        constants={0: f"one of {', '.join(DATE_UNITS)}"},
    ),
}
"""What is written name(arguments)."""

FUNCTIONS: Mapping[str, Function] = {**OPERATORS, **NAMED}

CASTS: Mapping[tuple[Kind, Kind], Nulls] = {
    (BOOL, INT): "strict",
    (BOOL, FLOAT): "strict",
    (BOOL, STRING): "strict",
    (INT, BOOL): "strict",
    (INT, FLOAT): "strict",
    (INT, STRING): "strict",
    (FLOAT, INT): "partial",
    (STRING, INT): "partial",
    (STRING, FLOAT): "partial",
    (STRING, TIMESTAMP): "partial",
    (STRING, DATE): "partial",
    (TIMESTAMP, DATE): "strict",
    (DATE, TIMESTAMP): "strict",
    (DATE, STRING): "strict",
}
"""The casts that are offered. Engines print floats and timestamps differently: not to string."""

TYPE_NAMES: Mapping[str, Kind] = {
    **dict.fromkeys(("bool", "boolean"), BOOL),
    **dict.fromkeys(("int", "integer", "int4", "int32", "bigint", "int64", "long"), INT),
    **dict.fromkeys(("float", "float4", "real", "double", "float8", "double precision"), FLOAT),
    **dict.fromkeys(("string", "str", "text", "clob", "longvarchar"), STRING),
    **dict.fromkeys(("varchar", "varchar2", "char varying", "character varying"), STRING),
    **dict.fromkeys(("timestamp", "timestamp without"), TIMESTAMP),
    "date": DATE,
}
"""How the types are called, here and in other engines; of `timestamp without time zone`, two words
tell enough."""

PROMOTIONS: frozenset[tuple[Kind, Kind]] = frozenset({(INT, FLOAT), (DATE, TIMESTAMP)})
"""The casts that the language inserts by itself."""

AGGREGATES: Mapping[str, Function] = {
    "count": Function(
        (Signature((), INT, "never"), Signature(("same",), INT, "never")),
        "Number of rows, or of values that are not null.",
        "count(), count(x)",
    ),
    "sum": Function(
        (
            Signature((INT,), INT, "partial"),
            Signature((FLOAT,), FLOAT, "partial"),
            Signature((BOOL,), INT, "partial"),
        ),
        "Sum; of bools, how often true.",
        "sum(x)",
    ),
    "avg": Function(
        (
            Signature((INT,), FLOAT, "partial"),
            Signature((FLOAT,), FLOAT, "partial"),
            Signature((BOOL,), FLOAT, "partial"),
        ),
        "Mean; of bools, the share of true.",
        "avg(x)",
    ),
    "min": Function((Signature(("same",), "same", "partial"),), "Least value.", "min(x)"),
    "max": Function((Signature(("same",), "same", "partial"),), "Greatest value.", "max(x)"),
    "stddev": Function(
        (Signature((FLOAT,), FLOAT, "partial"),),
        "Standard deviation of the sample (n - 1); null for fewer than two values.",
        "stddev(x)",
    ),
    "variance": Function(
        (Signature((FLOAT,), FLOAT, "partial"),),
        "Variance of the sample (n - 1); null for fewer than two values.",
        "variance(x)",
    ),
    "first": Function(
        (Signature(("same",), "same", "partial"),), "Earliest value that is not null.", "first(x)"
    ),
    "last": Function(
        (Signature(("same",), "same", "partial"),), "Latest value that is not null.", "last(x)"
    ),
}
"""Functions of many rows. All skip nulls, and all but `count` are null where nothing is left."""

VOLATILE = frozenset(
    {"now", "today", "current_timestamp", "current_date", "current_time", "localtimestamp"}
    | {"localtime", "get_current_timestamp", "transaction_timestamp", "random", "setseed"}
    | {"uuid", "gen_random_uuid", "nextval", "currval", "current_setting", "getenv"}
    | {"read_csv", "read_parquet", "read_text", "read_blob", "glob"}
)
"""Names for which "not allowed" explains more than "unknown": they depend on more than the row."""

SPELLINGS: Mapping[str, str] = {
    "pow": "power",
    "ceiling": "ceil",
    "isnan": "is_nan",
    "len": "length",
    "substr": "substring",
    "prefix": "starts_with",
    "suffix": "ends_with",
    "mean": "avg",
    "log": "ln",
    "datediff": "date_diff",
    "stddev_samp": "stddev",
    "std": "stddev",
    "var_samp": "variance",
    "ifnull": "coalesce",
    "iff": "if",
    "any_value": "first",
    "char_length": "length",
}
"""Names from other engines: suggested, not accepted; there is one way to say a thing."""
