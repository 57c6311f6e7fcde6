"""A view as one model sees it: other fields may change without it."""

from collections.abc import Iterable
from dataclasses import replace

from .graph import ModelNode, ViewNode
from .plan import Feature


def views_of(model: ModelNode) -> tuple[ViewNode, ...]:
    """The views that a model reads, each with what the model reads of it."""
    return tuple(narrow_view(view, model.features) for view in model.views)


def narrow_view(view: ViewNode, features: Iterable[Feature]) -> ViewNode:
    """The view with the fields, windows and inputs that these of its features need.

    Every field is there for every window, so that fields and windows say which features it has.
    """
    kept = {feature.reference for feature in features if feature.view == view.name}
    picked = tuple(feature for feature in view.features if feature.reference in kept)
    if view.source is not None and len(picked) == len(view.features):
        return view
    fields = {feature.field: view.fields[feature.field] for feature in picked}
    windows = {feature.window for feature in picked}
    read = {column for field in fields.values() for column in field.columns}
    return replace(
        view,
        features=tuple(f for f in view.features if f.field in fields and f.window in windows),
        fields=fields,
        windows=tuple(window for window in view.windows if window[0] in windows),
        inputs={name: kind for name, kind in view.inputs.items() if name in read},
    )
