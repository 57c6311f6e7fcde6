"""Leave out what no model, deployment or monitor stands on: it would be read for nothing."""

from dataclasses import replace

from ..graph import Graph, inputs_of


def prune(graph: Graph) -> Graph:
    """The graph without feature views and sources that nothing uses (W502 and W503 name them).

    A catalogue, which has no model yet, is left whole: its data tests are what it is run for.
    """
    if not graph.models:
        return graph
    nodes = dict(graph.nodes())
    needed: set[str] = set()
    waiting = [name for name in nodes if not name.startswith(("source.", "view."))]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(inputs_of(nodes[name]))
    return replace(
        graph,
        sources={n: s for n, s in graph.sources.items() if f"source.{n}" in needed},
        views={n: v for n, v in graph.views.items() if f"view.{n}" in needed},
    )
