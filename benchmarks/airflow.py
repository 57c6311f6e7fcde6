"""What Airflow takes to read a DAG file of ours, beyond what it takes to import Airflow itself."""

import json
import subprocess
import tempfile
from pathlib import Path

from onespec.compiler.compile import compile_spec
from onespec.targets.airflow.settings import AirflowSettings
from onespec.targets.airflow.target import AIRFLOW

REPO = Path(__file__).parents[1]
PYTHON = REPO / ".peers" / "airflow" / "bin" / "python"
REPEATS = 7

# Everything that Airflow's own example would import is imported before the clock starts.
_READ = """
import json, runpy, sys, time
import airflow.providers.standard.hooks.subprocess
from airflow.sdk import DAG, Asset, BaseOperator, CronDataIntervalTimetable, Param, TaskGroup

with DAG("warm", schedule=None):
    BaseOperator(task_id="one")
found = {}
for path in sys.argv[2:]:
    times = []
    for _ in range(int(sys.argv[1])):
        begun = time.perf_counter()
        runpy.run_path(path)
        times.append(time.perf_counter() - begun)
    found[path.rpartition("/")[2]] = sorted(times)[len(times) // 2]
print()
print(json.dumps(found))
"""


def run() -> dict[str, float]:
    """The median milliseconds of each DAG file of the flights example."""
    plan = compile_spec(REPO / "examples" / "flights" / "pipeline.yaml")
    settings = AirflowSettings(schedule="@daily", bundle="build/airflow")
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for artifact in AIRFLOW.emit(plan, settings):
            if artifact.path.endswith(".py"):
                path = Path(folder) / artifact.path
                path.write_text(artifact.text, "utf-8")
                paths.append(str(path))
        environment = {"AIRFLOW_HOME": folder, "PATH": "/usr/bin:/bin"}
        command = [str(PYTHON), "-c", _READ, str(REPEATS), *paths]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {name: round(1000 * seconds, 1) for name, seconds in found.items()}


if __name__ == "__main__":
    for name, milliseconds in run().items():
        print(f"{name:45} {milliseconds:6.1f} ms")
