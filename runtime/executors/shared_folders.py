"""Whether the nodes of a cluster see the folders that a run needs: asked before anything runs."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import StepError
from ..scratch import scratch_folder

SECONDS = 60.0
MOST_NODES = 16


def require_shared(ray: Any, state: Path | None, project: Path | None) -> None:
    """Raises StepError when a node does not see a folder; one that is None need not be seen.

    The first `MOST_NODES` nodes with a processor are asked. The state folder is known by a word
    that is written there for the moment, the project folder by its being there.
    """
    nodes = [
        node["NodeID"]
        for node in ray.nodes()
        if node["Alive"] and node["Resources"].get("CPU", 0) > 0
    ][:MOST_NODES]
    if project is not None:
        _require(_blind(ray, nodes, project, ""), nodes, "the project folder", project)
    if state is not None:
        with scratch_folder(state / "scratch", "seen-by-nodes") as seen:
            word = secrets.token_hex(8)
            (seen / "word").write_text(word, encoding="ascii")
            blind = _blind(ray, nodes, seen / "word", word)
        _require(blind, nodes, "the state folder", state)


def _require(blind: int, nodes: Sequence[str], name: str, folder: Path) -> None:
    if blind:
        raise StepError(
            f"{blind} of the cluster's {len(nodes)} nodes cannot see {name}, {folder}",
            remedy=f"{_REMEDIES[name]}; nothing was run",
        )


_REMEDIES = {
    "the state folder": "keep the stores where all nodes reach them (`stores:` in the spec, or an "
    "environment), or give `--state` a folder that all nodes share",
    "the project folder": "send it along with `--ship`, or give `--project` a folder that all "
    "nodes share",
}


def _blind(ray: Any, nodes: Sequence[str], path: Path, word: str) -> int:
    """How many nodes do not see the file with the word; without a word, the folder."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ask = ray.remote(_sees)

    def there(node: str) -> Any:
        strategy = NodeAffinitySchedulingStrategy(node, soft=False)
        return ask.options(num_cpus=0, max_retries=0, scheduling_strategy=strategy)

    refs = [there(node).remote(str(path), word) for node in nodes]
    done, late = ray.wait(refs, num_returns=len(refs), timeout=SECONDS) if refs else ([], [])
    for ref in late:
        ray.cancel(ref, force=True)
    return len(late) + sum(not ray.get(ref) for ref in done)


def _sees(path: str, word: str) -> bool:
    try:
        return Path(path).read_text("ascii") == word if word else Path(path).is_dir()
    except OSError:
        return False
