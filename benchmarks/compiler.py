"""Whole `check` and `compile` commands on generated specs, against KFP, dbt and Feast.

Run `python benchmarks/compiler.py`. Each peer is installed into an environment of its own under
`--peers` (a folder that is kept for the next time) and does what it does for as many nodes: KFP
compiles no-op steps, dbt-duckdb compiles models, Feast applies feature views. All commands take
turns, so that the machine's mood is shared; medians, peak memory, and ratios in the same run.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from _generated_spec import write_spec

ONESPEC = str(Path(sysconfig.get_path("scripts")) / "onespec")

KFP = """\
import sys
from kfp import compiler, dsl

@dsl.component(base_image="python:3.11")
def nothing(x: int) -> int:
    return x

@dsl.pipeline(name="nothing")
def pipeline():
    for step in range(int(sys.argv[1])):
        nothing(x=step)

compiler.Compiler().compile(pipeline, "pipeline.yaml")
"""

FEAST = """\
from datetime import timedelta
from feast import Entity, FeatureView, Field, FileSource
from feast.types import Float64
from feast.value_type import ValueType

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)
for number in range({nodes}):
    source = FileSource(name=f"events_{{number}}", path="data.parquet", timestamp_field="t")
    globals()[f"view_{{number}}"] = FeatureView(
        name=f"view_{{number}}", entities=[customer], ttl=timedelta(days=1), source=source,
        schema=[Field(name="amount", dtype=Float64), Field(name="delay", dtype=Float64)],
    )
"""
FEAST_CONFIG = """\
project: views
registry: registry.db
provider: local
online_store: {type: sqlite, path: online.db}
entity_key_serialization_version: 3
"""
DBT_PROJECT = """\
name: models
version: "1.0"
profile: models
model-paths: [models]
"""
DBT_PROFILE = """\
models: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb}}}
"""


# A child counts the memory of the process that it was forked from: this one is small.
LAUNCH = """
import json, os, sys, time
began = time.perf_counter()
child = os.fork()
if child == 0:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - began
cpu = used.ru_utime + used.ru_stime
print(json.dumps([os.waitstatus_to_exitcode(status), wall, cpu, used.ru_maxrss]))
"""


@dataclass
class Runner:
    """A command in a folder; `before` is done ahead of each run and not timed."""

    words: list[str]
    folder: Path
    before: Callable[[], object] = lambda: None
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: int = 0

    def run(self) -> None:
        """Run once, and note what it took: on the wall, of the processor, of memory."""
        self.before()
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"ONESPEC_CACHE": str(self.folder / ".cache"), "DO_NOT_TRACK": "1"}
        done = subprocess.run(
            [sys.executable, "-S", "-c", LAUNCH, *self.words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        code, wall, cpu, peak = json.loads(done.stdout)
        if code:
            raise SystemExit(f"{' '.join(self.words)} failed in {self.folder}")
        self.seconds.append(wall)
        self.cpu.append(cpu)
        self.peak = max(self.peak, peak)


def onespec_runners(root: Path, nodes: int) -> dict[str, Runner]:
    """A cold check, a cold compile of all targets, both again, and after an edit of one line."""
    found: dict[str, Runner] = {}
    for name, words in (("check", ["check"]), ("compile", ["compile"])):
        for kind in ("cold", "unchanged", "one line edited"):
            folder = root / f"{name}-{kind}-{nodes}".replace(" ", "-")
            write_spec(folder, nodes)
            found[f"onespec {name}, {kind}"] = Runner(
                [ONESPEC, *words], folder, _before(kind, folder)
            )
    return found


def _before(kind: str, folder: Path) -> Callable[[], object]:
    spec = folder / "pipeline.yaml"

    def forget() -> None:
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        shutil.rmtree(folder / "build", ignore_errors=True)

    def edit() -> None:
        line = "      mean: avg(amount_0 * 0.5"
        head, found, tail = spec.read_text().partition(line)
        assert found
        spec.write_text(f"{head}{line}1{tail}")

    return {"cold": forget, "unchanged": lambda: None, "one line edited": edit}[kind]


def environment(peers: Path, package: str, *others: str) -> Path | None:
    """The scripts of a peer's own environment, installed when it is not there."""
    home = peers / package
    scripts = home / "bin"
    if not (home / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        done = subprocess.run(
            [str(scripts / "pip"), "install", "--quiet", package, *others],
            check=False,
            capture_output=True,
        )
        if done.returncode:
            print(f"{package} cannot be installed here: left out", file=sys.stderr)
            return None
        (home / ".ready").touch()
    return scripts


def peer_runners(root: Path, peers: Path, nodes: int) -> dict[str, Runner]:
    """KFP, dbt and Feast with as many nodes."""
    found = {}
    if kfp := environment(peers, "kfp"):
        folder = root / f"kfp-{nodes}"
        folder.mkdir()
        (folder / "nothing.py").write_text(KFP)
        words = [str(kfp / "python"), "nothing.py", str(nodes)]
        found["KFP compiles no-op steps"] = Runner(words, folder)
    if dbt := environment(peers, "dbt-duckdb", "dbt-core<1.11"):
        folder = root / f"dbt-{nodes}"
        (folder / "models").mkdir(parents=True)
        (folder / "dbt_project.yml").write_text(DBT_PROJECT)
        (folder / "profiles.yml").write_text(DBT_PROFILE)
        for number in range(nodes):
            before = f"{{{{ ref('m{number - 1}') }}}}" if number % 10 else "(select 1 as x)"
            model = f"select x + {number} as x from {before}\n"
            (folder / "models" / f"m{number}.sql").write_text(model)
        words = [str(dbt / "dbt"), "compile", "--profiles-dir", "."]
        found["dbt compiles models, cold"] = Runner(
            words, folder, lambda: shutil.rmtree(folder / "target", ignore_errors=True)
        )
        found["dbt, unchanged"] = Runner(words, folder)
    if feast := environment(peers, "feast"):
        folder = root / f"feast-{nodes}"
        folder.mkdir()
        (folder / "feature_store.yaml").write_text(FEAST_CONFIG)
        (folder / "views.py").write_text(FEAST.format(nodes=nodes))
        words = [str(feast / "feast"), "apply", "--skip-source-validation"]
        found["Feast applies views"] = Runner(words, folder)
    return found


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="*", default=[10, 1_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=Path.home() / ".cache/onespec-benchmarks")
    parser.add_argument("--no-peers", action="store_true")
    arguments = parser.parse_args()
    for nodes in arguments.nodes:
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch)
            runners = {"python -c pass": Runner([sys.executable, "-c", "pass"], root)}
            runners |= onespec_runners(root, nodes)
            if not arguments.no_peers:
                runners |= peer_runners(root, arguments.peers, nodes)
            for turn in range(arguments.rounds + 1):
                for runner in runners.values():
                    runner.run()
                    if turn == 0:  # the first warms caches of the file system
                        runner.seconds.clear()
                        runner.cpu.clear()
            show(nodes, runners)


def show(nodes: int, runners: dict[str, Runner]) -> None:
    """One table, as Markdown; ratios to the cold compile."""
    base = statistics.median(runners["onespec compile, cold"].seconds)
    print(f"\n{nodes:,} nodes\n\n| command | wall s | cpu s | peak MB | ÷ compile, cold |")
    print("|---|---|---|---|---|")
    for name, runner in runners.items():
        wall, cpu = statistics.median(runner.seconds), statistics.median(runner.cpu)
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {runner.peak / 1024:.0f} | {wall / base:.2f} |")


if __name__ == "__main__":
    main()
