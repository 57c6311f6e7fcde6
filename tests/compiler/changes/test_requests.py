"""When the contract of an endpoint narrows, and when it does not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from onespec.compiler.changes.requests import narrowed
from onespec.compiler.plan import Column, Endpoint

KEY, INPUT = Column("origin", "string"), Column("distance", "int", nullable=True)
DEST = Column("dest", "string")
ENDPOINT = Endpoint("api", "m", "regression", 8000, (KEY,), (INPUT,), (), ())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda e: replace(e, inputs=(*e.inputs, DEST)), "needs the input `dest`"),
        (lambda e: replace(e, entity_keys=(KEY, DEST)), "needs the entity key"),
        (lambda e: replace(e, inputs=()), "may not hold `distance`"),
        (lambda e: replace(e, inputs=(replace(INPUT, type="string"),)), "is string, and was int"),
        (lambda e: replace(e, inputs=(replace(INPUT, nullable=False),)), "may not be null"),
        (lambda e: replace(e, port=1), "port 1"),
        (lambda e: replace(e, task="binary_classification"), "binary_classification"),
        (lambda e: replace(e, on_missing="reject"), "refused"),
        (lambda e: None, "no endpoint `api`"),
    ],
)
def test_narrower(change: Callable[[Endpoint], Endpoint | None], told: str) -> None:
    found = narrowed(ENDPOINT, change(ENDPOINT))
    assert len(found) == 1
    assert told in found[0].message


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e,
        lambda e: replace(e, inputs=(replace(INPUT, type="float"),)),
        lambda e: replace(e, on_missing="default", defaults={"a.b": 1}),
        lambda e: replace(e, entity_keys=(replace(KEY, nullable=True),)),
        lambda e: replace(e, entity_keys=(*e.entity_keys, *e.inputs), inputs=()),
        lambda e: replace(e, model="other", at="elsewhere:1"),
    ],
)
def test_the_same_or_wider(change: Callable[[Endpoint], Endpoint]) -> None:
    assert narrowed(ENDPOINT, change(ENDPOINT)) == ()


def test_to_reject_no_more_is_wider() -> None:
    assert narrowed(replace(ENDPOINT, on_missing="reject"), ENDPOINT) == ()


def test_null_where_it_was_refused_is_wider() -> None:
    strict = replace(ENDPOINT, inputs=(replace(INPUT, nullable=False),))
    assert narrowed(strict, ENDPOINT) == ()
