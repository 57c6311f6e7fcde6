"""A string as a YAML scalar that every parser reads alike."""

import json
import re

# What YAML refuses in a stream, or folds: escaped, as JSON alone would not.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def quote_yaml(text: str) -> str:
    """A double-quoted scalar: JSON, which is YAML, with all that is not printable escaped."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return _ESCAPED.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False)
    )
