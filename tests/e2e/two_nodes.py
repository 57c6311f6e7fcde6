"""A cluster of a head and two worker nodes, one of which is killed: FOLDER PROJECT STATE.

Run in network and process namespaces of its own, where Ray's ports are nobody else's, and where
all processes end with this one. Each node has its own raylet, object store and workers. The
emitted job is then given to the cluster's job server. What was seen is told as JSON, a line each.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

ENVIRONMENT = {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "RAY_USAGE_STATS_ENABLED": "0",
}
VICTIM = "ray::train.will_return"
SECONDS = 90.0


def main() -> None:
    folder, project, state = map(Path, sys.argv[1:4])
    os.environ |= {**ENVIRONMENT, "RAY_TMPDIR": str(folder)}
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": True, "dashboard_port": 8265}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes = {_raylet(node): node for node in (cluster.add_node(num_cpus=1) for _ in range(2))}
    command = [sys.executable, "-m", "onespec", "run", "--executor", "ray", "--ship"]
    told = ["--address", cluster.address, "--state", str(state)]
    with subprocess.Popen(
        [*command, *told], cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as run:
        process = _process(VICTIM, run)
        killed = nodes[_parent(process)]
        cluster.remove_node(killed, allow_graceful=False)
        assert run.stderr is not None
        lines = run.stderr.read()
    print(json.dumps({"code": run.returncode, "nodes": len(nodes), "lines": lines}))
    print(json.dumps(_submit(project / "build" / "ray" / "job.yaml")))


def _submit(path: Path) -> dict[str, Any]:
    """How the emitted job ended on the job server."""
    from ray.job_submission import JobStatus, JobSubmissionClient

    client = JobSubmissionClient("http://127.0.0.1:8265")
    job = client.submit_job(**yaml.safe_load(path.read_text()))
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        status = client.get_job_status(job)
        if status in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.STOPPED):
            return {"status": status.value, "logs": client.get_job_logs(job)}
        time.sleep(0.5)
    raise TimeoutError(client.get_job_logs(job))


def _raylet(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


def _process(title: str, run: "subprocess.Popen[str]") -> int:
    """The process with that title, as soon as there is one."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and run.poll() is None:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and _title(folder).startswith(title):
                return int(folder.name)
        time.sleep(0.02)
    run.kill()
    assert run.stderr is not None
    raise TimeoutError(f"{title} never ran:\n{run.stderr.read()}")


def _title(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""


def _parent(process: int) -> int:
    status = Path("/proc", str(process), "status").read_text()
    return int(status.partition("PPid:")[2].split()[0])


if __name__ == "__main__":
    main()
