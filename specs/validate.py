"""Document in, typed spec out, or everything that is wrong with its shape."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from .diagnostic import Diagnostic, Related, SpecError
from .document import Document, Path
from .salvage import Salvaged, salvage
from .scalar_error import ScalarError
from .sections.spec import Spec
from .suggest import closest, did_you_mean

MAX_PROBLEMS = 1_000
"""No one reads more, and each costs a search for the name that was meant."""


def validate(document: Document) -> Spec:
    """Raises SpecError with every violation at once, each at its place."""
    salvaged, found = validate_parts(document)
    if found or salvaged is None:
        raise SpecError(found, document.texts)
    return salvaged.spec


def validate_parts(document: Document) -> tuple[Salvaged | None, tuple[Diagnostic, ...]]:
    """The spec as far as it is sound, and every violation."""
    if not isinstance(document.data, dict):
        return None, (_not_a_mapping(document),)
    try:
        return Salvaged(Spec.model_validate(document.data), frozenset()), ()
    except ValidationError as error:
        found = tuple(shape_diagnostics(document, error, Spec, ()))
        return salvage(document.data, error), found


def _not_a_mapping(document: Document) -> Diagnostic:
    return Diagnostic(
        "E202",
        "a spec is a mapping that begins with `onespec: 1`",
        document.span(()),
        hint="start from `onespec init`",
    )


def shape_diagnostics(
    document: Document, error: ValidationError, model: type[BaseModel], base: Path
) -> Iterator[Diagnostic]:
    """What a model, which describes the document's part at `base`, says of it."""
    for problem in error.errors(include_url=False, include_input=True)[:MAX_PROBLEMS]:
        path = tuple(part for part in problem["loc"] if part != "[key]")
        if problem["type"] == "extra_forbidden":
            yield _unknown_key(document, base, path, model)
        else:
            yield _diagnostic(document, (*base, *path), problem, on_key="[key]" in problem["loc"])


def _diagnostic(
    document: Document, path: Path, problem: Mapping[str, Any], *, on_key: bool
) -> Diagnostic:
    match problem["type"]:
        case "missing":
            return _missing(document, path)
        case "keys":
            return _keys(document, path, problem["ctx"])
    error = problem.get("ctx", {}).get("error")
    if isinstance(error, ScalarError) and not on_key:
        return _refused(document, path, error)
    span = document.key_span(path) if on_key else document.span(path)
    message = _sentence(problem)
    where = _named(path)
    code = "E202"
    if problem["type"] == "value_error" and not isinstance(problem["input"], dict | list):
        code = "E210"
    if on_key:
        return Diagnostic(code, f"`{path[-1]}` is not a valid name", span, hint=message)
    return Diagnostic(code, f"{where}: {message}", span)


def _refused(document: Document, path: Path, error: ScalarError) -> Diagnostic:
    """What a parser says of a scalar, at its characters; a short form stands for its section."""
    at = path if path in document.values else path[:-1]
    span = document.span_within(at, *error.within) if error.within else document.span(at)
    message = f"{_named(at)}: {error}"
    return Diagnostic(error.code, message, span, label=error.label, hint=error.hint)


def _unknown_key(document: Document, base: Path, path: Path, model: type[BaseModel]) -> Diagnostic:
    known = sorted(_keys_at(model, path[:-1]))
    path = (*base, *path)
    where = f"`{_dotted(path[:-1])}`" if path[:-1] else f"a {model.__name__.lower()}"
    return Diagnostic(
        "E201",
        f"{where} has no key `{path[-1]}`",
        document.key_span(path),
        label=did_you_mean(str(path[-1]), known),
        hint=f"the keys here are {', '.join(known)}",
    )


def _missing(document: Document, path: Path) -> Diagnostic:
    parent = path[:-1]
    span = document.key_span(parent) if parent else document.span(())
    where = f"`{_dotted(parent)}`" if parent else "the spec"
    return Diagnostic("E203", f"{where} has no `{path[-1]}`, which it needs", span)


def _keys(document: Document, path: Path, ctx: Mapping[str, str]) -> Diagnostic:
    """A rule of `sections/presence.py` that is broken: about one key, or about what is missing."""
    sentence, other = ctx["sentence"], ctx["other"]
    if not ctx["key"]:
        span = document.key_span(path) if path else document.span(path)
        return Diagnostic("E203", f"{_named(path)}: {sentence}", span)
    message = f"{_named(path[:-1])}: {sentence}"
    beside = (*path[:-1], other)
    if path not in document.keys:  # its default is meant
        return Diagnostic("E202", message, document.key_span(beside))
    related: tuple[Related, ...] = ()
    if beside in document.keys:
        related = (Related(f"`{other}` is here", document.key_span(beside)),)
    return Diagnostic("E202", message, document.key_span(path), related=related)


_TYPES = {
    "string_type": "text",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
}


def _sentence(problem: Mapping[str, Any]) -> str:
    match problem["type"]:
        case "value_error":
            return str(problem["ctx"]["error"])
        case "string_pattern_mismatch":
            return (
                "write lower-case letters, digits and underscores (in `name`: hyphens), "
                "starting with a letter"
            )
        case "literal_error":
            guess = closest(str(problem["input"]), _literals(problem))
            hint = f"; did you mean `{guess}`?" if guess else ""
            return f"expected {problem['ctx']['expected']}, not {_shown(problem['input'])}{hint}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"expected a mapping, not {_shown(problem['input'])}"
        case "list_type":
            return f"expected a list, not {_shown(problem['input'])}"
        case "string_type" | "int_type" | "float_type" | "bool_type":
            return f"expected {_TYPES[problem['type']]}, not {_shown(problem['input'])}"
    message = str(problem["msg"]).replace("Input should be", "expected")
    return f"{message[0].lower()}{message[1:]}, not {_shown(problem['input'])}"


def _literals(problem: Mapping[str, Any]) -> list[str]:
    return [
        word.strip("' ") for word in str(problem["ctx"]["expected"]).split(" or ")[0].split(",")
    ]


def _shown(value: Any) -> str:
    match value:
        case None:
            return "null"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case bool():
            return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _named(path: Path) -> str:
    return f"`{_dotted(path)}`" if path else "the spec"


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _keys_at(model: type[BaseModel], path: Path) -> frozenset[str]:
    """The keys that the section at `path` of a model knows."""
    current: Any = model
    for part in path:
        current = _step(_section(current), part)
    section = _section(current)
    if isinstance(section, type) and issubclass(section, BaseModel):
        return frozenset(
            f.alias or name for name, f in section.model_fields.items() if not f.exclude
        )
    return frozenset()


def _step(current: Any, part: str | int) -> Any:
    if isinstance(current, type) and issubclass(current, BaseModel):
        for name, field in current.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
        return None
    arguments = get_args(current)
    return arguments[-1] if arguments else None


def _section(annotation: Any) -> Any:
    """What is left of an annotation without `Annotated` and `| None`."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation
