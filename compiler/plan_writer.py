"""The plan as JSON data and as text: what is shared is written once, what is usual not at all."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from typing import Any

from .canonical import SCALARS
from .plan import (
    Column,
    Endpoint,
    Feature,
    MonitorParams,
    Plan,
    ScoreParams,
    TrainParams,
    ViewProgram,
)
from .plan_layout import Part, data_part, fitted, keyed, lay_out, mapping, text_part


@cache
def _shape(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    """The fields of a class by name: name, key in JSON, and the default that is not written."""
    return tuple(
        sorted(((f.name, f"{text_part(f.name)}: ", _default(f)) for f in fields(cls)), key=_name)
    )


def _name(entry: tuple[str, str, Any]) -> str:
    return entry[0]


_ALWAYS = ("kind", "version")


def _default(field: Any) -> Any:
    if field.name in _ALWAYS:
        return MISSING
    return field.default if field.default_factory is MISSING else field.default_factory()


def plan_json(value: Any) -> Any:
    """A part of a plan as JSON data, with all that it holds; fields at their default left out."""
    if is_dataclass(value):
        return {
            name: plan_json(item)
            for name, _, default in _shape(value.__class__)
            if (item := getattr(value, name)) is not default and item != default
        }
    if isinstance(value, Mapping):
        return {key: plan_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plan_json(item) for item in value]
    return value


def plan_text(plan: Plan) -> str:
    """The plan as readable JSON, the same text for the same plan."""
    return plan.text


def written(plan: Plan) -> str:
    """The same, written now."""
    writer = _Writer(plan)
    items = writer.items(plan)
    items["signatures"] = data_part(writer.signatures())
    items["views"] = writer.views()
    return lay_out(mapping(items)) + "\n"


class _Writer:
    """Writes names for views, and for the features that models read; keeps what it named."""

    def __init__(self, plan: Plan) -> None:
        self._views: dict[str, Part] = {}
        self._forms: dict[str, list[ViewProgram]] = {}
        self._columns: dict[int, Part] = {}
        self._models = {
            part.features: part.model
            for part in (*(step.params for step in plan), *plan.endpoints)
            if isinstance(part, TrainParams | ScoreParams | MonitorParams | Endpoint)
        }

    def signatures(self) -> dict[str, list[str]]:
        """The inputs of each model, as references of features."""
        return {name: [f.reference for f in read] for read, name in self._models.items()}

    def views(self) -> Part:
        """The views that were named, in full."""
        return mapping(self._views)

    def items(self, value: Any) -> dict[str, Part]:
        """The fields of a dataclass that do not hold their default."""
        return {
            name: self._part(item)
            for name, _, default in _shape(value.__class__)
            if (item := getattr(value, name)) is not default and item != default
        }

    def _part(self, value: Any) -> Part:
        cls = value.__class__
        encode = SCALARS.get(cls)
        if encode is not None:
            return encode(value)
        if cls is tuple:
            if value and value[0].__class__ is Feature:
                return text_part(self._models.setdefault(value, f"signature_{len(self._models)}"))
            return fitted("[", [self._part(item) for item in value], "]")
        if cls is ViewProgram:
            return text_part(self._name(value))
        if cls is Column:  # the tables of a source share them
            part = self._columns.get(id(value))
            if part is None:
                part = self._columns[id(value)] = self._object(value)
            return part
        if is_dataclass(value):
            return self._object(value)
        return data_part(value)

    def _object(self, value: Any) -> Part:
        items = [
            keyed(head, self._part(item))
            for name, head, default in _shape(value.__class__)
            if (item := getattr(value, name)) is not default and item != default
        ]
        return fitted("{", items, "}")

    def _name(self, view: ViewProgram) -> str:
        """The view's name in the file; models that read different parts of it get their own."""
        forms = self._forms.setdefault(view.name, [])
        known = (n for n, form in enumerate(forms) if form is view or form == view)
        number = next(known, len(forms))
        if number == len(forms):
            forms.append(view)
        name = f"{view.name}@{number + 1}" if number else view.name
        if name not in self._views:
            self._views[name] = self._view(view)
        return name

    def _view(self, view: ViewProgram) -> Part:
        """A view in full, its own features included."""
        features = fitted("[", [self._object(feature) for feature in view.features], "]")
        return mapping({**self.items(replace(view, features=())), "features": features})
