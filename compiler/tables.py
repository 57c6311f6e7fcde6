"""Whether two sources read the same rows: the same file may bear two names."""

from fnmatch import fnmatchcase
from posixpath import normpath

from .plan import SourceTable


def same_table(one: SourceTable, other: SourceTable) -> bool:
    """True for equal paths, and for a file inside of the other's folder or glob.

    Two different globs are taken for different tables: which files they meet, only the data says.
    """
    if one.name == other.name:
        return True
    left, right = normpath(one.path), normpath(other.path)
    return left == right or _holds(left, right) or _holds(right, left)


def _holds(outer: str, inner: str) -> bool:
    if inner.startswith(f"{outer}/"):
        return True
    if not any(sign in outer for sign in "*?["):
        return False
    patterns, names = outer.split("/"), inner.split("/")
    if "**" in patterns:
        return fnmatchcase(inner, outer)
    return len(patterns) == len(names) and all(map(fnmatchcase, names, patterns))
