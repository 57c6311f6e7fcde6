"""The flights as text, changed and compiled again."""

from pathlib import Path

from onespec.compiler.compile import check
from onespec.compiler.graph import Graph
from onespec.compiler.lock import load_lock
from onespec.compiler.plan import Plan
from onespec.compiler.schedule import schedule

REPO = Path(__file__).parents[3]
FLIGHTS = (REPO / "examples" / "flights" / "pipeline.yaml").read_text(encoding="utf-8")
LOCK = (REPO / "examples" / "flights" / "onespec.lock").read_text(encoding="utf-8")

Edit = tuple[str, str]


def edited(text: str, *edits: Edit) -> str:
    """The text with each first string replaced by the second, all of which must be there."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def compiled(
    folder: Path, text: str = FLIGHTS, lock: str = LOCK, environment: str | None = None
) -> tuple[Graph, Plan]:
    """The graph and the plan of a spec that is written into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = folder / "pipeline.yaml"
    spec.write_text(text, encoding="utf-8")
    (folder / "onespec.lock").write_text(lock, encoding="utf-8")
    checked = check(spec, environment, load_lock(folder / "onespec.lock"))
    assert not checked.errors, checked.errors
    return checked.graph, schedule(checked.graph, spec.name)
