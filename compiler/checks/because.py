"""The second place of a finding: who declared the duration that it rests on."""

from ...specs.diagnostic import Related
from ..availability import Known
from ..graph import Graph

_BY_SECTION = {"features": "`available_after`", "models": "the delay of the label"}


def because(graph: Graph, known: Known) -> tuple[Related, ...]:
    """Where a thing is said to be known so late; nothing where nobody said it."""
    if not known.at:
        return ()
    what = _BY_SECTION.get(str(known.at[0]), f"`available_after` of {known.what}")
    return (Related(f"{what} is declared here", graph.key_span(known.at)),)
