"""What scalars look like, as regular expressions that JSON Schema and Python read alike.

They accept what the parsers of `scalars` and `schedules` accept, up to what no regular expression
can say: that a number is too large, or finer than its unit, a range backwards, a date not in the
calendar. `tests/specs/test_schema.py` holds the two equal.
"""

from .schedules import FIELDS, WORDS, Field

_COUNT = "[0-9]{1,19}"
_DIGITS = "[0-9]{1,6}"  # to the last microsecond of a second
_FRACTIONS = {
    **dict.fromkeys(("w", "d", "h", "m", "s"), _DIGITS),
    "ms": "[0-9]{1,3}0{0,3}",
    "us": "0{1,6}",
}


def _duration() -> str:
    parts = (f"({_COUNT}(\\.{digits})? ?{unit} ?)?" for unit, digits in _FRACTIONS.items())
    return f"^ *(?=[0-9]){''.join(parts)} *$"


def _either_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter.lower()}]" for letter in word)


def _number(low: int, high: int) -> str:
    """The numbers from `low` to `high`, below 100, with or without a leading zero."""
    choices = []
    for ten in range(high // 10 + 1):
        first, last = max(low - 10 * ten, 0), min(high - 10 * ten, 9)
        if first <= last:
            choices.append(f"{'0?' if ten == 0 else ten}[{first}-{last}]")
    return f"({'|'.join(choices)})"


def _field(field: Field) -> str:
    one = _number(field.low, field.high)
    if field.names:
        one = f"({'|'.join([one, *map(_either_case, field.names)])})"
    step = f"/{_number(1, field.high)}"
    item = f"(\\*({step})?|{one}(-{one}({step})?)?)"
    return f"{item}(,{item})*"


DURATION = _duration()
SIZE = "^ *[0-9]{1,19}(\\.[0-9]{1,6})? ?(PiB|TiB|GiB|MiB|KiB|PB|TB|GB|MB|kB|B) *$"
SHARE = "^ *(0{0,15}100(\\.0{1,12})?|0{0,16}[0-9]{1,2}(\\.[0-9]{1,12})?) *% *$"
_BLANK = "[ \\t]"
SCHEDULE = f"^{_BLANK}*({'|'.join(WORDS)}|{f'{_BLANK}+'.join(map(_field, FIELDS))}){_BLANK}*$"
INSTANT = (
    "^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]"
    "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?"
    "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)

# --- the stores: what `addresses` and `secret` accept ----------------------------------------

SECRET = "^secret:[A-Z][A-Z0-9_]{0,99}$"  # noqa: S105

_HOST = r"([A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_AT = f"{_HOST}(:{_PORT})?"
_USER = "([A-Za-z0-9_.~%-]{1,128}@)?"
POSTGRESQL_OPTIONS = (
    "application_name",
    "connect_timeout",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
)
_OPTION = f"({'|'.join(POSTGRESQL_OPTIONS)})=[A-Za-z0-9_.~/%-]{{1,200}}"

BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
S3_PATH = (
    f"^s3://{BUCKET}"
    r"(/(?!\.{1,2}(/|$))[A-Za-z0-9_.=+-]{1,200}){0,20}/?$"
)
FOLDER = r"^(?!~)(?!(.*/)?\.\.(/|$))(?!.*://)[^\u0000-\u001f\u007f-\u009f\u2028\u2029\\]{1,1000}$"
ARTIFACTS = f"({S3_PATH})|({FOLDER})"
LEDGER = f"^postgresql://{_USER}{_AT}/[A-Za-z0-9_.~%-]{{1,63}}(\\?{_OPTION}(&{_OPTION})*)?$"
ONLINE = f"^rediss?://{_USER}{_AT}(/[0-9]{{1,3}})?$"
ENDPOINT = f"^https?://{_AT}(/[A-Za-z0-9_.~%-]{{1,200}}){{0,10}}/?$"
REGION = "^[a-z][a-z0-9-]{0,38}[a-z0-9]$"
