"""Paths that leave the project, and secrets written into them."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ...specs.diagnostic import Diagnostic
from ...specs.document import Path
from ..graph import Graph

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_CREDENTIALS = re.compile(r"://([^/@\s]+)@")


def check_paths(graph: Graph) -> Iterator[Diagnostic]:
    """E701 for paths outside the project, E702 for credentials, E202 for unreadable schemes."""
    for source in graph.sources.values():
        yield from _path(graph, source.section.path, (*source.at, "path"))
    for deployment in graph.deployments.values():
        batch = deployment.section.batch
        if batch is not None:
            yield from _path(graph, batch.output, (*deployment.at, "batch", "output"))


def _path(graph: Graph, path: str, at: Path) -> Iterator[Diagnostic]:
    credentials = _CREDENTIALS.search(path)
    if credentials:
        yield Diagnostic(
            "E702",
            "this path holds credentials, which would reach plans, logs and the history",
            graph.document.span_within(at, *credentials.span(1)),
            hint="take them out, and replace them: they have been written down",
        )
    elif _URL.match(path):
        yield Diagnostic(
            "E202",
            f"`{path.partition('://')[0]}://` is no place that this version reads or writes",
            graph.span(at),
            hint="use files of the project",
        )
    elif PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        yield Diagnostic(
            "E701",
            "this path leads out of the project's folder",
            graph.span(at),
            hint="use a path inside the project; a link to data elsewhere is not followed either",
        )
