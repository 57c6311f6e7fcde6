"""A real autoscaler with the machines of an emitted cluster config: FOLDER CONFIG PLAN ASKED.

Run in network and process namespaces of its own, where Ray's ports are nobody else's, and where
all processes end with this one. The nodes are processes of this machine, and their GPUs are not
there; the autoscaler is the real one. FOLDER has a short name, because sockets lie in it.
"""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from onespec.compiler.plan_file import load_plan
from onespec.runtime.executors.ray_resources import nodes_of, place_on_nodes, wait_for_nodes

KEPT = ("cluster_name", "max_workers", "idle_timeout_minutes", "head_node_type")
# What `ray up` fills in before it hands a config to the autoscaler.
FILLED_IN = {
    "upscaling_speed": 1.0,
    "auth": {},
    "docker": {},
    "file_mounts": {},
    "cluster_synced_files": [],
    "initialization_commands": [],
    "setup_commands": [],
    "head_setup_commands": [],
    "worker_setup_commands": [],
    "head_start_ray_commands": [],
    "worker_start_ray_commands": [],
}
PROVIDER = "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider"
HEAD_NODE = "f" * 51 + "0" * 5  # as the provider knows it
# The autoscaler that `ray up` uses, and what its provider of processes has to know.
ENVIRONMENT = {
    "AUTOSCALER_UPDATE_INTERVAL_S": "1",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "RAY_CLOUD_INSTANCE_ID": HEAD_NODE,
    "RAY_FAKE_CLUSTER": "1",
    "RAY_OVERRIDE_NODE_ID_FOR_TESTING": HEAD_NODE,
    "RAY_enable_autoscaler_v2": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def start(config: dict[str, Any], folder: Path) -> None:
    """The head, and the autoscaler beside it, with the emitted config but for the cloud."""
    types = config["available_node_types"].items()
    told = {
        **FILLED_IN,
        **{name: config[name] for name in KEPT},
        "provider": {
            "type": "external",
            "module": PROVIDER,
            "launch_multiple": True,
            "head_node_id": HEAD_NODE,
        },
        "available_node_types": {name: {**node, "node_config": {}} for name, node in types},
    }
    path = folder / "config.json"
    path.write_text(json.dumps(told))
    os.environ |= {**ENVIRONMENT, "RAY_TMPDIR": str(folder)}
    command = ["ray", "start", "--head", "--num-cpus=0", "--include-dashboard=false"]
    subprocess.run([*command, f"--autoscaling-config={path}"], check=True, stdout=sys.stderr)


def main() -> None:
    start(yaml.safe_load(Path(sys.argv[2]).read_text()), Path(sys.argv[1]))
    import ray

    ray.init("auto", log_to_driver=False, logging_level="error")
    print(json.dumps(len(ray.nodes())))
    steps = [load_plan(Path(sys.argv[3])).step("score.nightly")]
    wait_for_nodes(ray, steps, seconds=60)
    assert place_on_nodes(steps, nodes_of(ray)) == {}
    print(json.dumps(sum(node["Alive"] for node in ray.nodes())))

    def where() -> dict[str, float]:
        node = ray.get_runtime_context().get_node_id()
        return next(n["Resources"] for n in ray.nodes() if n["NodeID"] == node)

    refs = [ray.remote(where).options(**asked).remote() for asked in json.loads(sys.argv[4])]
    for found in ray.get(refs, timeout=90):
        print(json.dumps(found))


if __name__ == "__main__":
    main()
