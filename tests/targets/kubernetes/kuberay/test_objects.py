"""Objects of KubeRay: as its CRDs, its operator's rules, and Ray's own autoscaler read them."""

import copy
import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml

from onespec.targets.kubernetes.kuberay.ray_job import entrypoint, ray_cron_job, ray_job
from onespec.targets.kubernetes.kuberay.ray_service import ray_service
from onespec.targets.kubernetes.kuberay.settings import KubeRay
from onespec.targets.kubernetes.object import Object
from onespec.targets.yaml_text import dump_yaml

from ..crd_schemas import faults
from ..shared_flights import flights, settings

GPU = ("resources: {cpu: 2}", "resources: {cpu: 2, memory: 6GiB, gpu: 2, accelerator: H100}")
SERVED = (
    "resources: {cpu: 0.5, replicas: {min: 1, max: 2}}",
    "resources: {cpu: 0.5, memory: 3GiB, replicas: {min: 2, max: 5}}",
)
REDIS = {"address": "gcs-redis:6379", "secret": "gcs-redis"}


def read(one: Object) -> Any:
    """What a program reads of an object."""
    return yaml.safe_load(dump_yaml(one.body))


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One of each kind, with all that a cluster can have."""
    plan = flights(tmp_path_factory.mktemp("plan"), GPU, SERVED)
    told = settings(pull_secrets=["registry"])
    kuberay = KubeRay.model_validate({"redis": REDIS})
    nightly, api = plan.job("nightly"), plan.endpoint("api")
    return {
        "RayJob": read(ray_job(plan, told, kuberay, plan.job("main"))),
        "RayCronJob": read(ray_cron_job(plan, told, kuberay, nightly)),
        "RayService": read(ray_service(plan, told, kuberay, api)),
    }


def clusters(objects: dict[str, Any]) -> list[Any]:
    return [
        objects["RayJob"]["spec"]["rayClusterSpec"],
        objects["RayCronJob"]["spec"]["jobTemplate"]["rayClusterSpec"],
        objects["RayService"]["spec"]["rayClusterConfig"],
    ]


def pods(objects: dict[str, Any]) -> list[Any]:
    """The specs of all pods that the operator makes."""
    found = []
    for cluster in clusters(objects):
        groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
        found += [group["template"]["spec"] for group in groups]
    return [*found, objects["RayJob"]["spec"]["submitterPodTemplate"]["spec"]]


@pytest.mark.parametrize("kind", ["RayJob", "RayCronJob", "RayService"])
def test_the_crd_accepts_them(kind: str, objects: dict[str, Any]) -> None:
    assert faults(objects[kind]) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "shutdownAfterFinish"), True),
        (("spec", "backoffLimit"), "1"),
        (("spec", "rayClusterSpec", "authOptions", "mode"), "tokens"),
        (("spec", "rayClusterSpec", "headGroupSpec", "template", "spec", "volume"), []),
        (("metadata", "lables"), {}),
    ],
)
def test_the_crd_refuses_what_is_misspelt(
    path: tuple[str, ...], value: Any, objects: dict[str, Any]
) -> None:
    """The control: the schema is strict, so that the test above says something."""
    broken = copy.deepcopy(objects["RayJob"])
    place = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert len(faults(broken)) == 1


def test_pods_pass_pod_security_restricted(objects: dict[str, Any]) -> None:
    """By the rules of its standard, as far as these pods use what it speaks of."""
    for pod in pods(objects):
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
        assert kinds <= {"emptyDir", "configMap", "secret", "persistentVolumeClaim"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        contexts = [one["securityContext"] for one in pod["containers"]]
        assert contexts
        for context in contexts:
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
    for cluster in clusters(objects):
        # KubeRay copies the container's context to its init container, not to the autoscaler.
        assert cluster["autoscalerOptions"]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_clusters_are_closed_by_a_token_and_only_the_head_may_ask_the_api(
    objects: dict[str, Any],
) -> None:
    for cluster in clusters(objects):
        assert cluster["authOptions"] == {"mode": "token"}
        head, workers = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
        assert head["template"]["spec"]["automountServiceAccountToken"] is True
        for worker in workers:
            assert worker["template"]["spec"]["automountServiceAccountToken"] is False
        assert head["resources"] == {"CPU": "0"}


def test_the_image_has_the_ray_that_is_declared() -> None:
    assert importlib.util.find_spec("ray") is not None
    from importlib.metadata import version

    assert KubeRay().ray_version == version("ray")


def test_rays_autoscaler_knows_what_each_group_gives(objects: dict[str, Any]) -> None:
    """Its own code reads the cluster before there is a pod: a wrong word here never scales up."""
    from ray.autoscaler._private.kuberay import autoscaling_config

    training, _, serving = [
        autoscaling_config._derive_autoscaling_config_from_ray_cr(
            {"metadata": {"name": "c", "namespace": "ml"}, "spec": cluster}
        )["available_node_types"]
        for cluster in clusters(objects)
    ]
    assert training["headgroup"]["resources"]["CPU"] == 0
    assert training["cpu"]["resources"] == {"CPU": 1, "memory": 2 << 30}
    assert training["gpu-h100"]["resources"] == {
        "CPU": 2,
        "GPU": 2,
        "memory": 6 << 30,
        "accelerator_type:H100": 1,
    }
    assert (training["gpu-h100"]["min_workers"], training["gpu-h100"]["max_workers"]) == (0, 4)
    assert (serving["cpu"]["min_workers"], serving["cpu"]["max_workers"]) == (2, 5)
    assert set(serving) == {"headgroup", "cpu"}


def test_a_gpu_group_lies_on_nodes_that_hold_them(objects: dict[str, Any]) -> None:
    groups = {g["groupName"]: g for g in clusters(objects)[0]["workerGroupSpecs"]}
    pod = groups["gpu-h100"]["template"]["spec"]
    (worker,) = pod["containers"]
    assert worker["resources"]["limits"]["nvidia.com/gpu"] == "2"
    assert pod["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]
    assert "H100" in str(pod["affinity"]["nodeAffinity"])
    assert "tolerations" not in groups["cpu"]["template"]["spec"]


def test_serve_accepts_the_embedded_config_and_the_service_leads_to_it(
    objects: dict[str, Any],
) -> None:
    from ray.serve.schema import ServeDeploySchema

    spec = objects["RayService"]["spec"]
    schema = ServeDeploySchema.model_validate(yaml.safe_load(spec["serveConfigV2"]))
    (application,) = schema.applications
    assert application.deployments[0].max_replicas_per_node == 1
    port = schema.http_options.port
    (service,) = spec["serveService"]["spec"]["ports"]
    # KubeRay takes only ports whose name begins with `serve`.
    assert (service["name"], service["targetPort"]) == ("serve", port)
    groups = [spec["rayClusterConfig"]["headGroupSpec"]]
    groups += spec["rayClusterConfig"]["workerGroupSpecs"]
    for group in groups:
        (container,) = group["template"]["spec"]["containers"]
        assert {"name": "serve", "containerPort": port} in container["ports"]


def test_no_two_ports_of_a_pod_are_one(tmp_path: Path) -> None:
    """The port of the spec may be one of Ray's own; the Service alone has it."""
    plan = flights(tmp_path, ("port: 8000", "port: 8080"))
    body = read(ray_service(plan, settings(), KubeRay(), plan.endpoint("api")))
    assert body["spec"]["serveService"]["spec"]["ports"][0]["port"] == 8080
    cluster = body["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        (one,) = group["template"]["spec"]["containers"]
        ports = [port["containerPort"] for port in one["ports"]]
        assert len(set(ports)) == len(ports)
        assert 8000 in ports


def test_redis_keeps_what_the_head_knows(objects: dict[str, Any]) -> None:
    options = objects["RayService"]["spec"]["rayClusterConfig"]["gcsFaultToleranceOptions"]
    assert options["redisAddress"] == "gcs-redis:6379"
    reference = {"name": "gcs-redis", "key": "password"}
    assert options["redisPassword"] == {"valueFrom": {"secretKeyRef": reference}}


def test_an_incremental_upgrade_is_what_the_operator_asks_for(tmp_path: Path) -> None:
    plan = flights(tmp_path)
    told = {"incremental": {"gateway_class": "istio", "step": "5%", "every": "30s"}}
    kuberay = KubeRay.model_validate(told)
    body = read(ray_service(plan, settings(), kuberay, plan.endpoint("api")))
    assert faults(body) == []
    options = body["spec"]["upgradeStrategy"]["clusterUpgradeOptions"]
    assert (options["stepSizePercent"], options["intervalSeconds"]) == (5, 30)
    assert "serveService" not in body["spec"]


def test_the_entrypoint_has_no_word_that_a_shell_reads_otherwise(tmp_path: Path) -> None:
    """KubeRay puts it into `bash -c` without quotes, and Ray gives it to a shell again."""
    import shlex

    plan = flights(tmp_path)
    for job in plan.jobs:
        words = entrypoint(job).split(" ")
        assert shlex.split(entrypoint(job)) == words == [shlex.quote(word) for word in words]
