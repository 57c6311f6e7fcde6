"""Writing the files of every target for a spec of 1,000 nodes, beside compiling the spec.

Run `python benchmarks/targets.py`. Seconds of the processor, the quickest of several rounds, since
nothing here waits for anything. A plan is written once and is part of three bundles.
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from _generated_spec import write_spec

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import Plan
from onespec.compiler.plan_writer import written
from onespec.targets import TARGETS

IMAGE = "registry.example.com/product:1@sha256:" + "0" * 64
SETTINGS: dict[str, dict[str, object]] = {"kubernetes": {"image": IMAGE}}


def emission(name: str, plan: Plan) -> Callable[[], int]:
    """How many characters a target emits; the plan's own text is there already."""
    target = TARGETS[name]
    told = {"bundle": f"build/{name}", **SETTINGS.get(name, {})}
    settings = target.settings.model_validate(told)
    return lambda: sum(len(one.text) for one in target.emit(plan, settings))


def quickest(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the processor."""
    found = []
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_spec(Path(folder), arguments.nodes)
        spec = Path(folder) / "pipeline.yaml"
        gc.disable()  # as the command line does
        compiling = quickest(lambda: compile_spec(spec), arguments.rounds)
        plan = compile_spec(spec)
    rows = {"the plan's text": quickest(lambda: written(plan), arguments.rounds)}
    rows |= {name: quickest(emission(name, plan), arguments.rounds) for name in TARGETS}
    print(f"{arguments.nodes:,} nodes, {len(plan.steps):,} steps\n")
    print("| | cpu s | ÷ compile |\n|---|--:|--:|")
    for name, seconds in {"compile": compiling, **rows, "all files": sum(rows.values())}.items():
        print(f"| {name} | {seconds:.3f} | {seconds / compiling:.2f} |")


if __name__ == "__main__":
    main()
