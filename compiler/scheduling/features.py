"""Steps that read sources and compute features."""

from ..graph import Graph, SourceNode, TypedExpression, ViewNode
from ..lower import lower_checks, lower_typed, narrow
from ..plan import (
    CheckSourceParams,
    ExamplesParams,
    FeaturesParams,
    MaterializeParams,
    SourceParams,
)
from .builder import Builder


def schedule_sources(builder: Builder, graph: Graph) -> None:
    """A `source` step for each source, and a `check_source` step where it has tests."""
    for name, node in graph.sources.items():
        builder.add(f"source.{name}", SourceParams(node.table), node.at, tags=_tags(node))
    for name, node in graph.sources.items():
        tests = lower_checks(node.checks)
        if tests:
            read = frozenset(c for test in tests for c in test.columns)
            builder.add(
                f"check.{name}",
                CheckSourceParams(narrow(node, read), tests),
                (*node.at, "checks"),
                inputs=(f"source.{name}",),
                tags=_tags(node),
            )


def schedule_examples(
    builder: Builder,
    owner: str,
    source: SourceNode,
    views: tuple[ViewNode, ...],
    *,
    at: tuple[str | int, ...],
    extra: tuple[str, ...] = (),
    where: TypedExpression | None = None,
    label: TypedExpression | None = None,
    label_available_after: int = 0,
    last: int | None = None,
    tags: tuple[str, ...] = (),
) -> tuple[str, tuple[str, ...]]:
    """The spine and one `features` step for each view; returns their ids.

    `tags` are those of the model or deployment that they are for.
    """
    kept = {c for view in views for c in (*view.keys, *view.inputs)} | set(extra)
    read = kept | {c for e in (where, label) if e is not None for c in e.columns}
    spine = builder.add(
        f"examples.{owner}",
        ExamplesParams(
            narrow(source, frozenset(read)),
            tuple(sorted(kept & source.columns.keys())),
            lower_typed(where),
            lower_typed(label),
            label_available_after,
            last,
        ),
        at,
        inputs=(f"source.{source.name}",),
        guards=(f"check.{source.name}",),
        tags=tags,
    )
    joined = tuple(_schedule_join(builder, owner, source, view, spine, tags) for view in views)
    return spine, joined


def _schedule_join(
    builder: Builder,
    owner: str,
    source: SourceNode,
    view: ViewNode,
    spine: str,
    tags: tuple[str, ...],
) -> str:
    data = (f"source.{view.source.name}",) if view.source else ()
    checks = (f"check.{view.source.name}",) if view.source else ()
    return builder.add(
        f"features.{owner}.{view.name}",
        FeaturesParams(builder.program(view), source.name),
        view.at,
        inputs=(spine, *data),
        guards=checks,
        tags=tuple(dict.fromkeys((*_tags_of_view(builder, view), *tags))),
    )


def schedule_materialize(builder: Builder, views: tuple[ViewNode, ...]) -> tuple[str, ...]:
    """A `materialize` step for each view that an endpoint looks up."""
    return tuple(
        builder.add(
            f"materialize.{view.name}",
            MaterializeParams(builder.program(view)),
            view.at,
            inputs=(f"source.{view.source.name}",),
            guards=(f"check.{view.source.name}",),
            tags=_tags_of_view(builder, view),
        )
        for view in views
        if view.source is not None
    )


def _tags_of_view(builder: Builder, view: ViewNode) -> tuple[str, ...]:
    return tuple(builder.graph.spec.features[view.name].tags)


def _tags(node: SourceNode) -> tuple[str, ...]:
    return tuple(node.section.tags)
