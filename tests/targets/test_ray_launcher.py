"""The config for `ray up`: Ray's own validation accepts it, and a real autoscaler starts what it
names. No cloud is at hand: machines are processes here."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers.namespaces import in_namespaces, needs_namespaces

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import Plan
from onespec.compiler.plan_file import plan_text
from onespec.targets.checks import check_target
from onespec.targets.ray.settings import RaySettings
from onespec.targets.ray.target import RAY

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"
LAUNCHER: dict[str, Any] = {
    "provider": {"type": "aws", "region": "eu-central-1"},
    "head": {"InstanceType": "m7i.large"},
    "groups": {
        "cpu": {"machine": {"InstanceType": "m7i.2xlarge"}, "cpu": 8, "max": 10},
        "gpu-h100": {"machine": {"InstanceType": "p5.4xlarge"}, "max": 2},
    },
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The flights, where the nightly batch wants half an H100."""
    text = (FLIGHTS / "pipeline.yaml").read_text()
    asked = '    schedule: "0 2 * * *"\n    resources: {gpu: 0.5, accelerator: H100}'
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(text.replace('    schedule: "0 2 * * *"', asked))
    shutil.copy(FLIGHTS / "onespec.lock", tmp_path)
    return compile_spec(spec)


def _settings(**launcher: Any) -> RaySettings:
    waive = {"schedules": "cron"}
    return RaySettings.model_validate({"waive": waive, "launcher": {**LAUNCHER, **launcher}})


def _config(plan: Plan) -> str:
    return {one.path: one.text for one in RAY.emit(plan, _settings())}["cluster.yaml"]


def test_every_line_of_the_config(plan: Plan, snapshot: Any) -> None:
    assert _config(plan) == snapshot


def test_ray_accepts_the_config(plan: Plan) -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = yaml.safe_load(_config(plan))
    validate_config(prepare_config(config))
    config["available_node_types"]["cpu"]["max_worker"] = 1
    with pytest.raises(Exception, match="max_worker"):
        validate_config(config)


def test_no_launcher_no_config(plan: Plan) -> None:
    files = {one.path for one in RAY.emit(plan, RaySettings())}
    assert files == {"plan.json", "job.yaml", "serve.yaml"}


@pytest.mark.parametrize(
    ("groups", "at", "told"),
    [
        ({"gpu-a100": {}}, ("gpu-a100",), "nothing in the spec runs on machines of a group"),
        (
            {"cpu": {"cpu": 1}},
            ("cpu", "cpu"),
            "too small for what runs on them",
        ),
    ],
)
def test_machines_must_fit_the_plan(
    plan: Plan, groups: Any, at: tuple[str, ...], told: str
) -> None:
    found = [p for p in check_target(RAY, plan, _settings(groups=groups)) if p.severity == "error"]
    (one,) = found
    assert (one.code, one.at) == ("E602", ("targets", "ray", "launcher", "groups", *at))
    assert told in one.message
    assert [p for p in check_target(RAY, plan, _settings()) if p.severity == "error"] == []


@pytest.mark.ray
@pytest.mark.slow
@needs_namespaces
def test_a_real_autoscaler_starts_a_machine_for_what_is_asked(plan: Plan, tmp_path: Path) -> None:
    config = tmp_path / "cluster.yaml"
    config.write_text(_config(plan))
    asked = json.dumps([{"num_gpus": 0.5, "accelerator_type": "H100"}, {"num_cpus": 2}])
    script = Path(__file__).parent / "autoscale.py"
    (tmp_path / "plan.json").write_text(plan_text(plan))
    told = in_namespaces(script, config, tmp_path / "plan.json", asked, seconds=200)
    before, waited, gpu, cpu = (json.loads(line) for line in told.splitlines())
    assert (before, waited) == (1, 2), "the autoscaler was asked, and nothing else had to be there"
    assert (gpu["GPU"], gpu["CPU"], gpu["accelerator_type:H100"]) == (1.0, 1.0, 1.0)
    assert (cpu["CPU"], "GPU" in cpu) == (8.0, False)
