"""Where stores are: the addresses that a spec may name, and what is said of any other.

Each function takes what YAML gave and returns the text. It raises `ScalarError`: E221 for a
password in an address, E222 for everything else that cannot be an address.
"""

import re

from .patterns import ARTIFACTS, BUCKET, ENDPOINT, LEDGER, ONLINE, POSTGRESQL_OPTIONS, REGION
from .scalar_error import ScalarError
from .suggest import did_you_mean, shown

MAX_LENGTH = 1000

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PASSWORD = re.compile(r"(?:://|^(?!.*://))[^:@/]*:(.*)@", re.DOTALL)
_IN_QUERY = re.compile(r"[?&](?:password|passwd|pwd|sslpassword)=([^&]*)", re.IGNORECASE)

_ARTIFACTS = "a folder, or a bucket such as `s3://bucket/prefix`"
_LEDGER = "an address such as `postgresql://user@host:5432/database`"
_ONLINE = "an address such as `redis://host:6379/0`, or `rediss://…` for TLS"
_ENDPOINT = "an address such as `https://minio.example.com:9000`"
_REGION = "a region such as `eu-central-1`"


def parse_artifacts(value: object) -> str:
    """A folder, absolute or relative to the spec, or `s3://bucket/prefix`."""
    text = _text(value, _ARTIFACTS)
    if "://" in text:
        _known_scheme(text, ("s3",), "other services that speak S3 are reached by `endpoint`")
    if re.fullmatch(ARTIFACTS, text):
        return text
    if text.startswith("~"):
        raise ScalarError("E222", "`~` is another folder for everybody: write the whole path")
    if ".." in re.split("[/:]", text):
        raise ScalarError("E222", "a store's path has no `..`: write the whole path")
    bucket = re.match("s3://([^/]*)", text)
    if bucket is not None and not re.fullmatch(BUCKET, bucket[1]):
        raise ScalarError(
            "E222",
            f"`{shown(bucket[1])}` is no bucket: its name has 3 to 63 lower-case letters, digits, "
            "hyphens and dots",
            within=bucket.span(1),
        )
    raise _refused(_ARTIFACTS, text)


def parse_ledger(value: object) -> str:
    """`postgresql://user@host:port/database`, with a few options of the connection."""
    text = _text(value, _LEDGER)
    hint = "the embedded SQLite is what is used when `ledger` is left out"
    _known_scheme(text, ("postgresql",), hint)
    if re.fullmatch(LEDGER, text):
        return text
    for option in re.findall(r"[?&]([^=&]*)=", text):
        if option not in POSTGRESQL_OPTIONS:
            raise ScalarError(
                "E222",
                f"`{shown(option)}` is no option of a ledger's address",
                label=did_you_mean(option, POSTGRESQL_OPTIONS),
                hint=f"the options are {', '.join(POSTGRESQL_OPTIONS)}",
            )
    raise _refused(_LEDGER, text)


def parse_online(value: object) -> str:
    """`redis://user@host:port/number`, or `rediss://` for TLS."""
    text = _text(value, _ONLINE)
    hint = "the embedded online store is what is used when `online` is left out"
    _known_scheme(text, ("redis", "rediss"), hint)
    if re.fullmatch(ONLINE, text):
        return text
    raise _refused(_ONLINE, text)


def parse_endpoint(value: object) -> str:
    """The address of an S3 service that is not Amazon's."""
    text = _text(value, _ENDPOINT)
    _known_scheme(text, ("https", "http"), "")
    if re.fullmatch(ENDPOINT, text):
        return text
    raise _refused(_ENDPOINT, text)


def parse_region(value: object) -> str:
    """The region of a bucket."""
    text = _text(value, _REGION)
    if re.fullmatch(REGION, text):
        return text
    raise _refused(_REGION, text)


def _text(value: object, expected: str) -> str:
    """The text, unless a password is in it: nothing repeats the text before that is known."""
    if not isinstance(value, str):
        raise ScalarError("E222", f"expected {expected}")
    if len(value) > MAX_LENGTH:
        raise ScalarError("E222", f"expected {expected}, of at most {MAX_LENGTH} characters")
    found = _PASSWORD.search(value) or _IN_QUERY.search(value)
    if found is not None:
        raise ScalarError(
            "E221",
            "this address holds a password, which would reach plans, logs and the history",
            hint="take it out and name it beside the address, as in `secret:NAME`; and replace "
            "it, since it has been written down",
            within=found.span(1),
        )
    return value


def _known_scheme(text: str, known: tuple[str, ...], hint: str) -> None:
    found = _SCHEME.match(text)
    scheme = found[1] if found else ""
    if scheme in known:
        return
    spelt = " or ".join(f"`{name}://`" for name in known)
    if not scheme:
        raise ScalarError(
            "E222", f"the address begins with {spelt}, not {_quoted(text)}", hint=hint
        )
    raise ScalarError(
        "E222",
        f"`{shown(scheme)}://` is no store that this version knows; write {spelt}",
        label=did_you_mean(scheme, known),
        hint=hint,
        within=(0, len(scheme)),
    )


def _refused(expected: str, text: str) -> ScalarError:
    return ScalarError("E222", f"expected {expected}, not {_quoted(text)}")


def _quoted(text: str) -> str:
    return f"`{shown(text)}`" if text else "nothing"
