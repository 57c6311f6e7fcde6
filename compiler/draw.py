"""The graph as a picture: Mermaid, Graphviz DOT, and JSON."""

import json

from .graph import Graph

_STYLES = {
    "source": ("cylinder", "#dbeafe", "#1d4ed8"),
    "view": ("box", "#cffafe", "#0e7490"),
    "model": ("hexagon", "#f3e8ff", "#7e22ce"),
    "deployment": ("box", "#dcfce7", "#15803d"),
    "monitor": ("box", "#fef3c7", "#b45309"),
}
_SHAPES = {
    "source": '[("{}")]',
    "view": '["{}"]',
    "model": '{{{{"{}"}}}}',
    "deployment": '(["{}"])',
    "monitor": '["{}"]',
}


def draw_mermaid(graph: Graph) -> str:
    """A Mermaid flowchart, as GitHub renders it in Markdown."""
    lines = ["flowchart LR"]
    names = [name for name, _ in graph.nodes()]
    for name in names:
        kind, _, short = name.partition(".")
        lines.append(f"  {_id(name)}{_SHAPES[kind].format(short)}:::{kind}")
    lines += [f"  {_id(a)} --> {_id(b)}" for a, b in graph.digraph.edges]
    lines += [
        f"  classDef {kind} fill:{fill},stroke:{line},color:#111"
        for kind, (_, fill, line) in _STYLES.items()
    ]
    return "\n".join(lines) + "\n"


def draw_dot(graph: Graph) -> str:
    """A Graphviz digraph."""
    lines = [
        f"digraph {json.dumps(graph.spec.name)} {{",
        '  rankdir=LR; bgcolor="transparent"; nodesep=0.25; ranksep=0.6;',
        '  node [fontname="Helvetica", fontsize=12, style="filled,rounded", margin="0.15,0.07"];',
        '  edge [color="#94a3b8", arrowsize=0.7];',
    ]
    for name, _ in graph.nodes():
        kind, _, short = name.partition(".")
        shape, fill, line = _STYLES[kind]
        style = ' style="filled"' if shape in ("cylinder", "hexagon") else ""
        lines.append(
            f'  "{name}" [label="{short}", shape={shape}, fillcolor="{fill}", '
            f'color="{line}"{style}];'
        )
    lines += [f'  "{a}" -> "{b}";' for a, b in graph.digraph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def draw_json(graph: Graph) -> str:
    """Nodes and edges for other tools."""
    data = {
        "name": graph.spec.name,
        "nodes": [
            {
                "name": name,
                "kind": name.partition(".")[0],
                "line": graph.key_span(node.at).line,
                "place": graph.place(node.at),
            }
            for name, node in graph.nodes()
        ],
        "edges": [list(edge) for edge in graph.digraph.edges],
    }
    return json.dumps(data, indent=1) + "\n"


def _id(name: str) -> str:
    return name.replace(".", "_")
