"""Whether an endpoint still answers everybody whom it answered before."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..plan import Column, Endpoint


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One way in which a request that was answered no longer is. `param` names the part of the
    endpoint, as in the path of a change."""

    param: str
    message: str


def narrowed(old: Endpoint, new: Endpoint | None) -> tuple[Narrowing, ...]:
    """All ways in which the contract of an endpoint is narrower; empty where it is the same or
    wider. None stands for an endpoint that is gone.

    Rows that bring features instead of columns follow the model, and are not looked at.
    """
    if new is None:
        return (Narrowing("", f"there is no endpoint `{old.name}` any more"),)
    return (*_requests(old, new), *_answers(old, new))


def _requests(old: Endpoint, new: Endpoint) -> Iterator[Narrowing]:
    before, after = _columns(old), _columns(new)
    for name, (part, column) in after.items():
        if name not in before:
            what = "entity key" if part == "entity_keys" else "input"
            yield Narrowing(f"{part}.{name}", f"a request needs the {what} `{name}`")
            continue
        was = before[name][1]
        if not _takes(column, was):
            yield Narrowing(f"{part}.{name}", f"`{name}` is {column.type}, and was {was.type}")
        if was.nullable and not column.nullable:
            yield Narrowing(f"{part}.{name}", f"`{name}` may not be null any more")
    for name, (part, _) in before.items():
        if name not in after:
            yield Narrowing(f"{part}.{name}", f"a request may not hold `{name}` any more")


def _answers(old: Endpoint, new: Endpoint) -> Iterator[Narrowing]:
    if old.port != new.port:
        yield Narrowing("port", f"it listens on port {new.port}, and not on {old.port}")
    if old.task != new.task:
        yield Narrowing("task", f"it answers with a {new.task} score, and not a {old.task} one")
    elif old.label != new.label:
        yield Narrowing(
            "label", f"it answers with a class of type {new.label}, and not {old.label}"
        )
    if new.on_missing == "reject" != old.on_missing:
        yield Narrowing("on_missing", "a request is refused where a feature has no value")


def _columns(endpoint: Endpoint) -> dict[str, tuple[str, Column]]:
    """The columns of a request row, each with the part of the endpoint that asks for it."""
    found = {column.name: ("entity_keys", column) for column in endpoint.entity_keys}
    # A column that is both key and input has the type of the key, as in the request's schema.
    return {column.name: ("inputs", column) for column in endpoint.inputs} | found


def _takes(new: Column, old: Column) -> bool:
    return new.type == old.type or (old.type, new.type) == ("int", "float")
