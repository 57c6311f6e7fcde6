"""Choose the signature that fits the arguments, promote them to it, and say what comes out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from ..types import DataType, Kind
from .functions import PROMOTIONS, Function, Nulls, Signature
from .ir import Call, Expression, Literal

UNTYPED = DataType(Kind.BOOL, nullable=True)
"""The type, known by its identity, of a literal `null` that has yet to meet its neighbours."""


def untyped_null(expr: Expression) -> bool:
    """Whether this is the literal `null`, which takes the type of its neighbours."""
    return expr.type is UNTYPED


def resolve(
    function: Function, arguments: Sequence[Expression]
) -> tuple[tuple[Expression, ...], DataType] | None:
    """The arguments promoted to the first signature that fits, and the type of the result.

    An exact fit is preferred over one with promotions. None if no signature fits.
    """
    for promote in (False, True):
        for signature in function.signatures:
            fitted = _fit(signature, function.repeats, arguments, promote)
            if fitted is not None:
                return fitted, _result(signature, fitted)
    return None


def promote_to(expr: Expression, kind: Kind) -> Expression | None:
    """The expression as the kind, by a cast that the language inserts; None if there is none."""
    if untyped_null(expr):
        return Literal(None, DataType(kind, nullable=True), expr.start, expr.end)
    if expr.type.kind is kind:
        return expr
    if (expr.type.kind, kind) not in PROMOTIONS:
        return None
    type_ = DataType(kind, expr.type.nullable)
    match expr:
        case Literal(value=int() as number):
            return Literal(float(number), type_, expr.start, expr.end)
        case Literal(value=date() as day):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return Literal(midnight, type_, expr.start, expr.end)
    return Call("cast", (expr,), type_, expr.start, expr.end)


def common_kind(exprs: Sequence[Expression]) -> Kind | None:
    """The kind to which all can be promoted; None if there is none."""
    kinds = {e.type.kind for e in exprs if not untyped_null(e)}
    if len(kinds) == 1:
        return kinds.pop()
    wider = [b for a, b in PROMOTIONS if kinds == {a, b}]
    return wider[0] if wider else None


def nulls_of(rule: Nulls, arguments: Sequence[Expression]) -> bool:
    """Whether null can come out, by the rule of a signature."""
    nullable = [a.type.nullable for a in arguments]
    match rule:
        case "strict":
            return any(nullable)
        case "partial":
            return True
        case "skips":
            return all(nullable)
        case "never":
            return False
        case "branches":
            return any(nullable[1:])


def _fit(
    signature: Signature, repeats: bool, arguments: Sequence[Expression], promote: bool
) -> tuple[Expression, ...] | None:
    parameters = list(signature.parameters)
    if repeats and len(arguments) > len(parameters):
        parameters += parameters[-1:] * (len(arguments) - len(parameters))
    if len(parameters) != len(arguments):
        return None
    shared = [a for p, a in zip(parameters, arguments, strict=True) if p == "same"]
    same = common_kind(shared)
    if shared and (same is None or same is Kind.INTERVAL):
        return None
    kinds = [same if p == "same" else p for p in parameters]
    fitted: list[Expression] = []
    for argument, kind, parameter in zip(arguments, kinds, parameters, strict=True):
        assert isinstance(kind, Kind)
        exact = argument.type.kind is kind and not untyped_null(argument)
        if parameter != "same" and not exact and (not promote or untyped_null(argument)):
            return None
        promoted = promote_to(argument, kind)
        if promoted is None:
            return None
        fitted.append(promoted)
    return tuple(fitted)


def _result(signature: Signature, arguments: tuple[Expression, ...]) -> DataType:
    kind = signature.result
    if kind == "same":
        at = [i for i, p in enumerate(signature.parameters) if p == "same"]
        kind = arguments[at[0]].type.kind
    return DataType(kind, nulls_of(signature.nulls, arguments))


def misfit(name: str, function: Function, arguments: Sequence[Expression]) -> str:
    """Say what a function takes, what it got, and how it is written."""
    given = ", ".join("null" if untyped_null(a) else str(a.type.kind) for a in arguments)
    forms = " or ".join(f"({_form(s, function.repeats)})" for s in function.signatures)
    return f"`{name}` takes {forms}, not ({given}): `{function.usage}`"


def _form(signature: Signature, repeats: bool) -> str:
    words = ["one common type" if p == "same" else str(p) for p in signature.parameters]
    return ", ".join(words) + (", …" if repeats else "")
