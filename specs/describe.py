"""Descriptions of the language's keys, taken from the text that follows each field in the source.

pydantic can do this too, while it builds each model; that would cost every `check` more than the
check itself, and only the JSON Schema and the reference need it.
"""

import ast
import inspect
from functools import cache
from types import ModuleType
from typing import Any

from pydantic import BaseModel


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """What is said about each field of a model, its bases included, by the field's name."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        module = inspect.getmodule(base)
        if module is not None and issubclass(base, BaseModel) and base is not BaseModel:
            found |= _of_module(module).get(base.__name__, {})
    return found


@cache
def _of_module(module: ModuleType) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: _of_class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, text in zip(node.body, node.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                found[name] = inspect.cleandoc(said)
    return found


def add_descriptions(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Write the descriptions into a model's JSON Schema, its definitions included."""
    definitions = schema.get("$defs", {})
    for part, cls in _parts(model):
        target = schema if cls is model else definitions.get(part)
        if not isinstance(target, dict):
            continue
        said = descriptions(cls)
        for name, field in cls.model_fields.items():
            wanted = target.get("properties", {}).get(field.alias or name)
            if wanted is not None and name in said:
                wanted["description"] = said[name]


def _parts(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """The model and every model that is reached from it, by the name of its definition."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[object] = [model]
    while waiting:
        current = waiting.pop()
        waiting.extend(getattr(current, "__args__", ()))
        if not isinstance(current, type) or not issubclass(current, BaseModel):
            continue
        if current.__name__ not in found:
            found[current.__name__] = current
            waiting.extend(field.annotation for field in current.model_fields.values())
    return list(found.items())
