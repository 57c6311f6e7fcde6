"""Choose the signature that fits the arguments, promote them to it, and say what comes out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from ..types import DataType, Kind
from .functions import PROMOTIONS, Function, Nulls, Signature
from .ir import Call, Expression, Literal

UNTYPED = DataType(Kind.BOOL, nullable=True)
"""The type, known by its identity, of a literal `null` that has yet to meet its neighbours."""

_TYPES = {(kind, nullable): DataType(kind, nullable) for kind in Kind for nullable in (True, False)}


def type_of(kind: Kind, nullable: bool) -> DataType:
    """The type, made once for all expressions."""
    return _TYPES[kind, nullable]


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
        return Literal(None, type_of(kind, True), expr.start, expr.end)
    if expr.type.kind is kind:
        return expr
    if (expr.type.kind, kind) not in PROMOTIONS:
        return None
    type_ = type_of(kind, expr.type.nullable)
    match expr:
        case Literal(value=int() as number):
            return Literal(float(number), type_, expr.start, expr.end)
        case Literal(value=date() as day):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return Literal(midnight, type_, expr.start, expr.end)
    return Call("cast", (expr,), type_, expr.start, expr.end)


def common_kind(exprs: Sequence[Expression]) -> Kind | None:
    """The kind to which all can be promoted; None if there is none."""
    common: Kind | None = None
    for expr in exprs:
        kind = expr.type.kind
        if kind is common or expr.type is UNTYPED or (kind, common) in PROMOTIONS:
            continue
        if common is not None and (common, kind) not in PROMOTIONS:
            return None
        common = kind
    return common


def nulls_of(rule: Nulls, arguments: Sequence[Expression]) -> bool:
    """Whether null can come out, by the rule of a signature."""
    match rule:
        case "strict":
            return _any_nullable(arguments)
        case "partial":
            return True
        case "skips":
            return all(a.type.nullable for a in arguments)
        case "never":
            return False
        case "branches":
            return _any_nullable(arguments[1:])


def _any_nullable(arguments: Sequence[Expression]) -> bool:
    for argument in arguments:  # noqa: SIM110 - a third of the time that `any` takes
        if argument.type.nullable:
            return True
    return False


def _fit(
    signature: Signature, repeats: bool, arguments: Sequence[Expression], promote: bool
) -> tuple[Expression, ...] | None:
    parameters = signature.parameters
    more = len(arguments) - len(parameters)
    if more:
        if more < 0 or not repeats:
            return None
        parameters += parameters[-1:] * more
    same: Kind | None = None
    if "same" in parameters:
        same = common_kind([a for p, a in zip(parameters, arguments, strict=True) if p == "same"])
        if same is None or same is Kind.INTERVAL:
            return None
    fitted: list[Expression] = []
    for parameter, argument in zip(parameters, arguments, strict=True):
        if parameter != "same":
            kind = parameter
            if argument.type is UNTYPED or not (promote or argument.type.kind is kind):
                return None
        elif same is not None:
            kind = same
        promoted = promote_to(argument, kind)
        if promoted is None:
            return None
        fitted.append(promoted)
    return tuple(fitted)


def _result(signature: Signature, arguments: tuple[Expression, ...]) -> DataType:
    kind = signature.result
    if kind == "same":
        kind = arguments[signature.parameters.index("same")].type.kind
    return type_of(kind, nulls_of(signature.nulls, arguments))


def misfit(name: str, function: Function, arguments: Sequence[Expression]) -> str:
    """Say what a function takes, what it got, and how it is written."""
    given = ", ".join("null" if untyped_null(a) else str(a.type.kind) for a in arguments)
    forms = " or ".join(f"({_form(s, function.repeats)})" for s in function.signatures)
    return f"`{name}` takes {forms}, not ({given}): `{function.usage}`"


def _form(signature: Signature, repeats: bool) -> str:
    words = ["one common type" if p == "same" else str(p) for p in signature.parameters]
    return ", ".join(words) + (", …" if repeats else "")
