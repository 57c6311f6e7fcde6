"""The Ray target: snapshots of every file, and a Serve config that Ray itself accepts."""

import shlex
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan_file import parse_plan
from onespec.targets import TARGETS
from onespec.targets.gpu_types import ACCELERATORS
from onespec.targets.ray.settings import RaySettings
from onespec.targets.ray.target import RAY

REPO = Path(__file__).parents[2]
EXAMPLES = {p.parent.name: p for p in sorted((REPO / "examples").rglob("pipeline.yaml"))}


def _extension(ending: str) -> type[SingleFileSnapshotExtension]:
    class Extension(SingleFileSnapshotExtension):
        _write_mode = WriteMode.TEXT
        file_extension = ending

    return Extension


# Those of Kubernetes hold every environment: kubernetes/test_snapshots.py.
@pytest.mark.parametrize("target", sorted(TARGETS.keys() - {"kubernetes"}))
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_file_of_every_example(
    example: str, target: str, snapshot: SnapshotAssertion
) -> None:
    plan = compile_spec(EXAMPLES[example])
    chosen = TARGETS[target]
    told = {**plan.targets.get(target, {}), "bundle": f"build/{target}"}
    settings = chosen.settings.model_validate(told)
    for artifact in chosen.emit(plan, settings):
        stem, _, ending = artifact.path.rpartition(".")
        name = stem.replace("/", "-")
        assert artifact.text == snapshot(name=name, extension_class=_extension(ending))


def _flights(**settings: object) -> dict[str, str]:
    plan = compile_spec(REPO / "examples" / "flights" / "pipeline.yaml")
    return {a.path: a.text for a in RAY.emit(plan, RaySettings.model_validate(settings))}


def test_ray_accepts_the_serve_config() -> None:
    from ray.serve.schema import ServeDeploySchema

    config = yaml.safe_load(_flights()["serve.yaml"])
    schema = ServeDeploySchema.model_validate(config)
    assert [a.name for a in schema.applications] == ["flight-delays-api"]
    del config["applications"][0]["import_path"]
    with pytest.raises(ValueError, match="import_path"):
        ServeDeploySchema.model_validate(config)


def test_the_serve_config_names_what_the_host_builds() -> None:
    """Ray refuses options for a deployment that the application does not have."""
    application = yaml.safe_load(_flights()["serve.yaml"])["applications"][0]
    module, _, name = application["import_path"].partition(":")
    assert callable(getattr(import_module(module), name))
    assert application["deployments"][0]["name"] == application["args"]["endpoint"]


def test_the_emitted_plan_is_the_plan() -> None:
    plan = compile_spec(REPO / "examples" / "flights" / "pipeline.yaml")
    assert parse_plan(_flights()["plan.json"]) == plan


@pytest.mark.parametrize("hostile", ["; rm -rf /", "$(id)", "a' b", 'x"\ny: z', "{{ 7*7 }}"])
def test_hostile_settings_stay_literals(hostile: str) -> None:
    job = yaml.safe_load(_flights(project=hostile)["job.yaml"])
    assert hostile in shlex.split(job["entrypoint"])
    serve = yaml.safe_load(_flights(project=hostile)["serve.yaml"])
    assert serve["applications"][0]["args"]["project"] == hostile


def test_the_plan_is_found_wherever_the_cluster_sees_the_project() -> None:
    for project, plan in ((".", "build/plan.json"), ("/mnt/p", "/mnt/p/build/plan.json")):
        files = _flights(project=project, bundle="build")
        assert shlex.split(yaml.safe_load(files["job.yaml"])["entrypoint"])[2] == plan
        served = yaml.safe_load(files["serve.yaml"])["applications"][0]["args"]
        assert (served["plan"], served["project"]) == (plan, project)


def test_the_accelerators_are_those_of_ray() -> None:
    """All that Ray gives as a GPU: the others are resources of their own, or no devices at all."""
    from ray.util.accelerators import accelerators

    others = ("TPU-", "aws-", "Ascend", "MXC", "FURIOSA", "M1", "M2", "M3", "Apple", "MOBILINT")
    known = {value for name, value in vars(accelerators).items() if not name.startswith("__")}
    gpus = {name for name in known if not name.startswith((*others, "Intel-GAUDI"))}
    assert gpus == ACCELERATORS
