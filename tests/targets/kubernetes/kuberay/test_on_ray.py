"""The entrypoint of a RayJob and the Serve configs, ours for Ray and KubeRay's, on a real Ray."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servers.namespaces import in_namespaces, needs_namespaces

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan_file import plan_text
from onespec.targets.kubernetes.kuberay.ray_job import entrypoint
from onespec.targets.kubernetes.kuberay.ray_service import serve_text
from onespec.targets.kubernetes.monitoring.rules import rule_groups
from onespec.targets.kubernetes.monitoring.watched import WatchedEndpoint
from onespec.targets.kubernetes.pod import PLAN_FILE, PROJECT, STATE
from onespec.targets.ray.settings import RaySettings
from onespec.targets.ray.target import RAY
from onespec.targets.serve_config import application_name

REPO = Path(__file__).parents[4]
DRIVER = Path(__file__).parent / "on_ray.py"

pytestmark = [
    pytest.mark.ray,
    pytest.mark.slow,
    needs_namespaces,
]


def test_a_job_trains_and_serve_answers_from_both_configs(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(REPO / "examples" / "minimal", project, ignore=shutil.ignore_patterns("build"))
    plan = compile_spec(project / "pipeline.yaml")
    (endpoint,) = plan.endpoints
    told = {"project": str(project), "bundle": "build/ray", "state": str(tmp_path / "state")}
    files = {a.path: a.text for a in RAY.emit(plan, RaySettings.model_validate(told))}
    (project / "build" / "ray").mkdir(parents=True)
    (project / "build" / "ray" / "plan.json").write_text(files["plan.json"])
    (tmp_path / "plan.json").write_text(plan_text(plan))
    (tmp_path / "first.yaml").write_text(files["serve.yaml"])
    (tmp_path / "second.yaml").write_text(_here(serve_text(plan, endpoint), tmp_path))
    (tmp_path / "entrypoint").write_text(_here(entrypoint(plan.job("main")), tmp_path))
    found = _driven(tmp_path)
    for name in ("first", "second"):
        (prediction,) = found[name]["answer"]["predictions"]
        assert 0 < prediction["score"] < 1
        assert found[name]["answer"]["version"] == 1
    first, second = (
        found[name]["application"]["deployed_app_config"] for name in ("first", "second")
    )
    assert "max_replicas_per_node" not in first["deployments"][0]
    assert second["deployments"][0]["max_replicas_per_node"] == 1
    assert first["name"] == second["name"] == application_name(plan, endpoint)
    # What rules read of an endpoint on Ray Serve is what Serve counts.
    watched = WatchedEndpoint(endpoint, "api", "", {}, application=first["name"])
    plan = replace(plan, steps=_with_bounds(plan))
    rules = json.dumps(rule_groups(plan, (watched,), ()), default=lambda one: one.value)
    selectors = set(re.findall(r"(ray_serve_\w+)\{([^}]*)\}", rules))
    assert {name for name, _ in selectors} == {
        "ray_serve_deployment_replica_healthy",
        "ray_serve_http_request_latency_ms_bucket",
        "ray_serve_http_request_latency_ms_count",
    }
    for name, labels in selectors:
        wanted = [f'{k}="{v}"' for k, v in re.findall(r"(\w+)='([^']*)'", labels)]
        lines = [one for one in found["series"] if one.startswith(f"{name}{{")]
        assert any(all(label in one for label in wanted) for one in lines), (name, wanted)
        assert all("status_code=" in one for one in lines) or "latency" not in name


def _with_bounds(plan: Any) -> Any:
    from onespec.compiler.plan import MonitorParams, Service

    return tuple(
        replace(s, params=replace(s.params, service=Service(0.05, 0.01)))
        if isinstance(s.params, MonitorParams)
        else s
        for s in plan
    )


def _here(text: str, folder: Path) -> str:
    """A text of the cluster, with the places of this machine instead of a pod's."""
    places = {PLAN_FILE: "plan.json", PROJECT: "project", STATE: "state"}
    for there, name in places.items():
        assert there in text
        text = text.replace(there, str(folder / name))
    return text


def _driven(folder: Path) -> Any:
    in_namespaces(DRIVER, folder)
    return json.loads((folder / "found.json").read_text())
