"""The graph as an SVG picture that needs no other program: a column for each stage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ..specs.render.visible import cells, visible
from ..specs.scalars import format_duration
from .graph import (
    DeploymentNode,
    Graph,
    ModelNode,
    MonitorNode,
    Node,
    SourceNode,
    ViewNode,
    inputs_of,
)
from .layered import Edge, Layout, layered

_STAGES = {
    "source": "sources",
    "view": "feature views",
    "model": "models",
    "deployment": "deployments",
    "monitor": "monitors",
}
# Fill and line, in light and in dark.
_COLORS = {
    "source": ("#dbeafe", "#1d4ed8", "#172554", "#60a5fa"),
    "view": ("#cffafe", "#0e7490", "#083344", "#22d3ee"),
    "model": ("#f3e8ff", "#7e22ce", "#3b0764", "#c084fc"),
    "deployment": ("#dcfce7", "#15803d", "#052e16", "#4ade80"),
    "monitor": ("#fef3c7", "#b45309", "#451a03", "#fbbf24"),
}
_HEIGHT, _GAP, _WAYPOINT = 42.0, 14.0, 4.0
_MARGIN, _HEAD, _BETWEEN = 20.0, 30.0, 64.0
_LONGEST = 30
_NAME, _NOTE = 13.0, 10.5  # sizes of text


@dataclass(frozen=True, slots=True)
class _Box:
    kind: str
    name: str
    note: str
    tip: str


def draw_svg(graph: Graph) -> str:
    """The same text for the same spec, dark where the reader's system is."""
    boxes = {name: _box(graph, name, node) for name, node in graph.nodes()}
    edges = [(before, name) for name, node in graph.nodes() for before in inputs_of(node)]
    stages = [kind for kind in _STAGES if any(box.kind == kind for box in boxes.values())]
    columns = [[name for name, box in boxes.items() if box.kind == kind] for kind in stages]
    layout = layered(columns, edges, height=_HEIGHT, waypoint=_WAYPOINT, gap=_GAP)
    widths = [max(_width(boxes[name]) for name in names) for names in columns]
    lefts = _lefts(widths, _BETWEEN + min(layout.height / 16, _BETWEEN))
    width = lefts[-1] + widths[-1] + _MARGIN if widths else 2 * _MARGIN
    height = layout.height + _HEAD + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img">',
        f"<title>{_text(graph.spec.name)}</title>",
        *_style(stages),
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto">'
        '<path class="tip" d="M0,0.5 L8,4 L0,7.5 z"/></marker></defs>',
    ]
    for kind, left, wide in zip(stages, lefts, widths, strict=True):
        at = f'x="{left + wide / 2:g}" y="{_MARGIN + 8:g}"'
        lines.append(f'<text class="stage" {at}>{_STAGES[kind]}</text>')
    lines += ['<g class="edges">', *_edges(edges, boxes, layout, lefts, widths), "</g>"]
    for name, box in boxes.items():
        column = layout.column[name]
        y = layout.center[name] + _MARGIN + _HEAD
        lines += _drawn(box, lefts[column], y, widths[column])
    return "\n".join([*lines, "</svg>"]) + "\n"


def _lefts(widths: Sequence[float], between: float) -> list[float]:
    """Where the columns begin; high ones lie further apart, so that edges are not too steep."""
    lefts = [_MARGIN]
    for width in widths[:-1]:
        lefts.append(round(lefts[-1] + width + between))
    return lefts


# --- what is written ------------------------------------------------------------------------


def _box(graph: Graph, name: str, node: Node) -> _Box:
    kind, _, short = name.partition(".")
    told = [f"{kind} {short}, {graph.place(node.at)}", *_described(graph, node)]
    return _Box(kind, _cut(visible(short)), _cut(visible(_note(node))), "\n".join(told))


def _described(graph: Graph, node: Node) -> Iterator[str]:
    section = graph.spec.features[node.name] if isinstance(node, ViewNode) else node.section
    if section.description:
        yield " ".join(section.description.split())


def _note(node: Node) -> str:
    match node:
        case SourceNode():
            count = len(node.columns)
            return f"{node.table.format}, {count} column{'' if count == 1 else 's'}"
        case ViewNode(kind="window"):
            return ", ".join(name for name, _ in node.windows)
        case ViewNode(kind="latest"):
            return "latest" + (f", ttl {format_duration(node.ttl)}" if node.ttl else "")
        case ViewNode(kind="on_demand"):
            return "from the request"
        case ViewNode():
            return node.kind
        case ModelNode():
            return node.section.estimator.class_.rpartition(".")[2]
        case DeploymentNode():
            batch = "batch" + (f", {node.section.schedule}" if node.section.schedule else "")
            return "endpoint" if node.section.online else batch
        case MonitorNode():
            kinds = ("drift", "performance", "service")
            return ", ".join(kind for kind in kinds if getattr(node.section, kind))


def _cut(text: str) -> str:
    return text if cells(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _text(text: str) -> str:
    return escape(visible(text), quote=False)


# --- how it is drawn ------------------------------------------------------------------------


def _width(box: _Box) -> float:
    """Room for both texts, whatever sans-serif font the reader has."""
    return round(max(_measured(box.name, _NAME) * 1.06, _measured(box.note, _NOTE), 72.0) + 30)


def _measured(text: str, size: float) -> float:
    """The width of a text in a wide sans-serif, such as Verdana or DejaVu Sans."""
    return size * sum(_share(char) for char in text)


def _share(char: str) -> float:
    if char in "iljtfrI.,:;|'()[]! ":
        return 0.42
    if char in "mwMW@%":
        return 0.98
    return 1.05 * max(1, cells(char)) if not char.isascii() else 0.66


def _style(stages: Sequence[str]) -> Iterator[str]:
    yield "<style>"
    yield (
        'text{font-family:ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif;'
        "text-anchor:middle;fill:#0f172a}"
    )
    yield f".name{{font-size:{_NAME:g}px;font-weight:600}}"
    yield f".note{{font-size:{_NOTE:g}px;fill:#475569}}"
    yield ".stage{font-size:11px;fill:#64748b;letter-spacing:.04em}"
    yield ".edges path{fill:none;stroke:#94a3b8;stroke-width:1.3}.tip{fill:#94a3b8}"
    yield ".edges path:hover{stroke:#0f172a;stroke-width:2.4}"
    for kind in stages:
        fill, line, _, _ = _COLORS[kind]
        yield f".{kind} path,.{kind} rect{{fill:{fill};stroke:{line};stroke-width:1.3}}"
    yield "@media (prefers-color-scheme:dark){"
    yield "text{fill:#f1f5f9}.note{fill:#cbd5e1}.stage{fill:#94a3b8}"
    yield ".edges path{stroke:#64748b}.tip{fill:#64748b}.edges path:hover{stroke:#f1f5f9}"
    for kind in stages:
        _, _, fill, line = _COLORS[kind]
        yield f".{kind} path,.{kind} rect{{fill:{fill};stroke:{line}}}"
    yield "}"
    yield "</style>"


def _edges(
    edges: Sequence[Edge],
    boxes: dict[str, _Box],
    layout: Layout,
    lefts: Sequence[float],
    widths: Sequence[float],
) -> Iterator[str]:
    shift = _MARGIN + _HEAD
    for before, after in edges:
        column = layout.column[before]
        x, y = lefts[column] + widths[column], layout.center[before] + shift
        path = f"M{x:g},{y:.1f}"
        for passed, center in enumerate(layout.waypoints[before, after], start=column + 1):
            path += _curve(x, y, lefts[passed], center + shift)
            x, y = lefts[passed] + widths[passed], center + shift
            path += f" H{x:g}"
        path += _curve(x, y, lefts[layout.column[after]] - 2, layout.center[after] + shift)
        tip = f"{boxes[before].name} → {boxes[after].name}"
        yield f'<path d="{path}" marker-end="url(#arrow)"><title>{_text(tip)}</title></path>'


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f" C{middle:g},{y:.1f} {middle:g},{to_y:.1f} {to_x:g},{to_y:.1f}"


def _drawn(box: _Box, left: float, y: float, width: float) -> Iterator[str]:
    tip = "\n".join(map(_text, box.tip.split("\n")))
    center = left + width / 2
    yield f'<g class="{box.kind}"><title>{tip}</title>'
    yield _shape(box.kind, left, y - _HEIGHT / 2, width)
    lower = 3.5 if box.kind == "source" else 0.0
    yield f'<text class="name" x="{center:g}" y="{y - 2 + lower:.1f}">{_text(box.name)}</text>'
    yield f'<text class="note" x="{center:g}" y="{y + 12 + lower:.1f}">{_text(box.note)}</text>'
    yield "</g>"


def _shape(kind: str, left: float, top: float, width: float) -> str:
    right, bottom = left + width, top + _HEIGHT
    if kind == "source":  # a cylinder
        curve, half = 4.0, width / 2
        return (
            f'<path d="M{left:g},{top + curve:.1f} a{half:g},{curve:g} 0 0 1 {width:g},0 '
            f"V{bottom - curve:.1f} a{half:g},{curve:g} 0 0 1 -{width:g},0 z "
            f'M{left:g},{top + curve:.1f} a{half:g},{curve:g} 0 0 0 {width:g},0"/>'
        )
    if kind == "model":  # a hexagon
        middle, inset = (top + bottom) / 2, 11.0
        return (
            f'<path d="M{left:g},{middle:.1f} L{left + inset:g},{top:.1f} H{right - inset:g} '
            f'L{right:g},{middle:.1f} L{right - inset:g},{bottom:.1f} H{left + inset:g} z"/>'
        )
    round_by = _HEIGHT / 2 if kind == "deployment" else 7.0
    return (
        f'<rect x="{left:g}" y="{top:.1f}" width="{width:g}" height="{_HEIGHT:g}" '
        f'rx="{round_by:g}"/>'
    )
