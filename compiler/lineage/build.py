"""Graph in, lineage out: what each column becomes, and what each score is made of."""

from collections import defaultdict
from collections.abc import Iterator

from ...specs.expressions.ir import Aggregate, Column, Expression, children
from ...specs.scalars import format_duration
from ..graph import (
    DeploymentNode,
    Graph,
    ModelNode,
    MonitorNode,
    SourceNode,
    TypedExpression,
    ViewNode,
)
from .columns import Hop, Lineage, LineageKind, LineageNode, Role


def lineage(graph: Graph) -> Lineage:
    """The columns of a graph, from sources to monitors. Linear in the size of the spec."""
    builder = _Builder()
    for source in graph.sources.values():
        builder.source(source)
    for view in graph.views.values():
        builder.view(view)
    for model in graph.models.values():
        builder.model(model)
    for deployment in graph.deployments.values():
        builder.deployment(deployment)
    for monitor in graph.monitors.values():
        builder.monitor(monitor)
    return builder.done()


def _reads(tree: Expression) -> Iterator[tuple[str, Role]]:
    """Each column once a role: the `filter (where …)` of an aggregate only chooses rows."""
    found: dict[tuple[str, Role], None] = {}
    stack: list[tuple[Expression, Role]] = [(tree, "value")]
    while stack:
        node, role = stack.pop()
        match node:
            case Column():
                found[node.name, role] = None
            case Aggregate():
                stack += [(node.where, "filter")] if node.where is not None else []
                stack += [(node.argument, role)] if node.argument is not None else []
            case _:
                stack += [(child, role) for child in reversed(children(node))]
    yield from found


class _Builder:
    def __init__(self) -> None:
        self.nodes: dict[str, LineageNode] = {}
        self.hops: dict[Hop, None] = {}

    def done(self) -> Lineage:
        into: dict[str, list[Hop]] = defaultdict(list)
        out_of: dict[str, list[Hop]] = defaultdict(list)
        for hop in self.hops:
            into[hop.after].append(hop)
            out_of[hop.before].append(hop)
        return Lineage(
            self.nodes,
            {node: tuple(hops) for node, hops in into.items()},
            {node: tuple(hops) for node, hops in out_of.items()},
        )

    def add(self, node: LineageNode) -> str:
        self.nodes[node.id] = node
        return node.id

    def hop(self, before: str, after: str, role: Role = "value", owner: str = "") -> None:
        self.hops[Hop(before, after, role, owner)] = None

    def source(self, source: SourceNode) -> None:
        for column, kind in source.columns.items():
            name = f"{source.name}.{column}"
            self.add(LineageNode(f"source.{name}", name, "column", source.at, str(kind)))

    def view(self, view: ViewNode) -> None:
        rows = LineageNode(
            f"view.{view.name}", view.name, "view", view.at, note=", ".join(_about(view))
        )
        if view.where is not None:
            rows = LineageNode(
                rows.id, rows.name, "view", view.at, expression=view.where.text, note=rows.note
            )
        self.add(rows)
        if view.source is not None:
            self._rows_of(rows.id, view.source, _tree(view.where), view.keys)
        for column, kind in view.inputs.items():
            name = f"{view.name}.inputs.{column}"
            at = (*view.at, "inputs", column)
            self.add(LineageNode(f"view.{name}", name, "input", at, str(kind.kind)))
        self._fields(view, rows.id)

    def _fields(self, view: ViewNode, rows: str) -> None:
        """A field is a feature, or one for each window."""
        nodes: dict[str, str] = {}
        prefix = "field" if view.windows else "view"
        field_kind: LineageKind = "field" if view.windows else "feature"
        windows = ", ".join(name for name, _ in view.windows)
        for field, bound in view.fields.items():
            name, told = f"{view.name}.{field}", str(bound.tree.type)
            node = nodes[field] = self.add(
                LineageNode(
                    f"{prefix}.{name}", name, field_kind, bound.at, told, bound.text, windows
                )
            )
            for column, role in _reads(bound.tree):
                self.hop(self._column(view, column), node, role)
            self.hop(rows, node, "rows")
        for feature in view.features if view.windows else ():
            bound = view.fields[feature.field]
            told = feature.type + ("?" if feature.nullable else "")
            node = self.add(
                LineageNode(
                    f"view.{feature.reference}", feature.reference, "feature", bound.at, told,
                    bound.text, window=feature.window or "",
                )
            )  # fmt: skip
            self.hop(nodes[feature.field], node)

    def model(self, model: ModelNode) -> None:
        section, examples_at = model.section, (*model.at, "examples")
        node = self.add(
            LineageNode(
                f"model.{model.name}", model.name, "model", model.at,
                note=section.estimator.class_.rpartition(".")[2],
            )
        )  # fmt: skip
        label = self.add(
            LineageNode(
                f"{node}.label", f"{model.name}.label", "label", model.label.at,
                str(model.label.tree.type), model.label.text,
            )
        )  # fmt: skip
        for column, _ in _reads(model.label.tree):
            self.hop(f"source.{model.source.name}.{column}", label)
        rows = self.add(
            LineageNode(
                f"{node}.examples", f"{model.name}.examples", "examples", examples_at,
                expression=model.where.text if model.where else "",
            )
        )  # fmt: skip
        keys = tuple(dict.fromkeys(key for view in model.views for key in view.keys))
        self._rows_of(rows, model.source, _tree(model.where), keys)
        self.hop(label, node, "label")
        self.hop(rows, node, "rows")
        for feature in model.features:
            self.hop(f"view.{feature.reference}", node)
        for column in section.slices:
            self.hop(f"source.{model.source.name}.{column}", node, "slice")
        self._inputs_of(model, model.source, node)

    def deployment(self, deployment: DeploymentNode) -> None:
        batch = deployment.section.batch is not None
        node = self.add(
            LineageNode(
                f"deployment.{deployment.name}.score", f"{deployment.name}.score", "score",
                deployment.at, "float", note="batch" if batch else "endpoint",
            )
        )  # fmt: skip
        self.hop(f"model.{deployment.model.name}", node)
        if deployment.source is None:
            return
        where = deployment.where
        rows = self.add(
            LineageNode(
                f"deployment.{deployment.name}.rows", f"{deployment.name}.rows", "examples",
                (*deployment.at, "batch"), expression=where.text if where else "",
            )
        )  # fmt: skip
        model = deployment.model
        keys = tuple(dict.fromkeys(key for view in model.views for key in view.keys))
        self._rows_of(rows, deployment.source, _tree(where), keys)
        self.hop(rows, node, "rows")
        self._inputs_of(model, deployment.source, node)

    def monitor(self, monitor: MonitorNode) -> None:
        section, model = monitor.section, monitor.deployment.model
        watched = [w for w in ("drift", "performance", "service") if getattr(section, w)]
        node = self.add(
            LineageNode(
                f"monitor.{monitor.name}", monitor.name, "monitor", monitor.at,
                note=", ".join(watched),
            )
        )  # fmt: skip
        self.hop(f"deployment.{monitor.deployment.name}.score", node)
        if section.performance is not None:
            self.hop(f"model.{model.name}.label", node, "label")
        for reference in section.drift.features if section.drift else ():
            self.hop(f"view.{reference}", node)

    def _column(self, view: ViewNode, column: str) -> str:
        if view.source is None:
            return f"view.{view.name}.inputs.{column}"
        return f"source.{view.source.name}.{column}"

    def _rows_of(
        self, node: str, source: SourceNode, where: Expression | None, keys: tuple[str, ...]
    ) -> None:
        """What decides which rows there are, and whose and when they are."""
        prefix = f"source.{source.name}."
        for column, _ in _reads(where) if where is not None else ():
            self.hop(prefix + column, node, "filter")
        for key in keys:
            self.hop(prefix + key, node, "key")
        for time in (source.section.event_time, source.section.created):
            if time is not None:
                self.hop(prefix + time, node, "time")

    def _inputs_of(self, model: ModelNode, source: SourceNode, owner: str) -> None:
        """Where the rows of a table take the place of a request."""
        for view in model.views:
            for column in view.inputs:
                self.hop(
                    f"source.{source.name}.{column}", f"view.{view.name}.inputs.{column}",
                    owner=owner,
                )  # fmt: skip


def _tree(where: TypedExpression | None) -> Expression | None:
    return None if where is None else where.tree


def _about(view: ViewNode) -> Iterator[str]:
    match view.kind:
        case "latest":
            yield "latest row"
        case "window":
            yield "rows of " + ", ".join(name for name, _ in view.windows)
        case "static":
            yield "static table"
        case "on_demand":
            yield "from the request"
    if view.available_after:
        yield f"known after {format_duration(view.available_after)}"
    if view.ttl is not None:
        yield f"ttl {format_duration(view.ttl)}"
