"""What the objects say, where a schema would accept anything else, too."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from onespec.compiler.plan import Plan
from onespec.targets.gpu_types import ACCELERATORS
from onespec.targets.kubernetes.accelerators import PRODUCTS
from onespec.targets.kubernetes.object import plain
from onespec.targets.kubernetes.objects import objects
from onespec.targets.kubernetes.quantity import cores, literal, size

from .bundles import bundle, plan_of, settings_of
from .pods import Node, needs_namespaces
from .validate import pods


def _objects(
    name: str, environment: str | None = None, **told: Any
) -> dict[tuple[str, str], dict[str, Any]]:
    plan = plan_of(name, environment)
    return {one.identity: plain(one.body) for one in objects(plan, settings_of(plan, **told))}


def _pod(one: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    (pod,) = pods(one)
    return pod, pod["containers"][0]


def test_a_job_asks_for_the_gpu_of_its_largest_step() -> None:
    found = _objects("everything")
    pod, container = _pod(found["CronJob", "everything-main"])
    resources = container["resources"]
    assert resources["limits"]["nvidia.com/gpu"] == "1"
    assert resources["requests"]["cpu"] == "4"
    assert resources["limits"]["memory"] == resources["requests"]["memory"] == "8Gi"
    (term,) = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
        "nodeSelectorTerms"
    ]
    (label,) = term["matchExpressions"]
    assert label["key"] == "cloud.google.com/gke-accelerator"
    assert {one["key"] for one in pod["tolerations"]} == {"dedicated", "nvidia.com/gpu"}
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "amd64"}


def test_a_pod_without_a_gpu_keeps_off_the_nodes_that_have_one() -> None:
    pod, container = _pod(_objects("everything")["Deployment", "everything-api"])
    assert [one["key"] for one in pod["tolerations"]] == ["dedicated"]
    assert not any("gpu" in key for key in container["resources"]["limits"])
    assert "affinity" not in pod


def test_known_accelerators_are_named_as_ray_names_them() -> None:
    assert set(PRODUCTS) <= ACCELERATORS


def test_a_monitor_that_retrains_has_room_for_the_training() -> None:
    _, retrains = _pod(_objects("everything")["CronJob", "everything-health"])
    _, looks = _pod(_objects("everything")["CronJob", "everything-by-hand"])
    assert retrains["resources"]["limits"]["memory"] == "8Gi"
    assert looks["resources"]["limits"]["memory"] == "3Gi"


def test_what_has_no_schedule_is_a_template_that_somebody_starts() -> None:
    found = _objects("everything")
    suspended = {
        name: one["spec"]["suspend"] for (kind, name), one in found.items() if kind == "CronJob"
    }
    assert suspended == {
        "everything-main": True,
        "everything-nightly": False,
        "everything-on-demand": True,
        "everything-health": False,
        "everything-scores": False,
        "everything-by-hand": True,
    }
    nightly = found["CronJob", "everything-nightly"]["spec"]
    assert (nightly["schedule"], nightly["timeZone"]) == ("30 2 * * MON-FRI", "Etc/UTC")


def test_an_endpoint_scales_and_is_drained_as_its_replicas_say() -> None:
    found = _objects("everything")
    assert "replicas" not in found["Deployment", "everything-api"]["spec"]
    scaler = found["HorizontalPodAutoscaler", "everything-api"]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 10)
    assert found["Deployment", "everything-front-door"]["spec"]["replicas"] == 3
    assert ("HorizontalPodAutoscaler", "everything-front-door") not in found
    assert ("PodDisruptionBudget", "everything-front-door") in found
    alone = _objects("everything", "laptop")
    assert ("PodDisruptionBudget", "everything-api") not in alone


def test_a_port_that_needs_rights_is_the_services_alone() -> None:
    found = _objects("everything")
    _, container = _pod(found["Deployment", "everything-front-door"])
    (port,) = found["Service", "everything-front-door"]["spec"]["ports"]
    assert port == {"name": "http", "port": 80, "targetPort": "http"}
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]
    assert container["args"][container["args"].index("--port") + 1] == "8080"
    (rule,) = found["NetworkPolicy", "everything-front-door"]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 8080}]


def test_only_what_the_spec_names_can_be_reached() -> None:
    policy = _objects("everything")["NetworkPolicy", "everything"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy
    dns, stores = policy["egress"]
    assert {one["port"] for one in dns["ports"]} == {53}
    assert [one["port"] for one in stores["ports"]] == [5433, 6379, 8080, 9000]


@pytest.mark.parametrize("name", ["flights", "everything"])
def test_selectors_are_alike_in_all_environments(name: str) -> None:
    """They can never be changed in a cluster."""

    def selectors(found: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
        return {
            name: one["spec"]["selector"]
            for (kind, name), one in found.items()
            if kind in {"Deployment", "Service"}
        }

    base = selectors(_objects(name))
    assert base
    for environment in bundle(name).environments:
        assert selectors(_objects(name, environment)) == base


def test_embedded_stores_hold_all_pods_on_one_node() -> None:
    found = _objects("everything", "laptop")
    every = [pod for one in found.values() for pod in pods(one)]
    for pod in every:
        (term,) = pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["topologyKey"] == "kubernetes.io/hostname"
        assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": "everything"}
        assert "topologySpreadConstraints" not in pod
    claim = found["PersistentVolumeClaim", "everything-state"]["spec"]
    assert claim["accessModes"] == ["ReadWriteOnce"]
    assert claim["storageClassName"] == "local-path"
    shared = _objects("everything")
    assert not any(kind == "PersistentVolumeClaim" for kind, _ in shared)
    for pod in (pod for one in shared.values() for pod in pods(one)):
        assert "podAffinity" not in pod.get("affinity", {})


def test_a_volume_with_data_is_written_only_where_a_batch_writes() -> None:
    def mounted(plan: Plan, path: str) -> dict[str, Any]:
        settings = settings_of(plan, data={"claim": "flights", "path": path})
        found = {one.identity: plain(one.body) for one in objects(plan, settings)}
        _, container = _pod(found["CronJob", f"{plan.name}-main"])
        return next(one for one in container["volumeMounts"] if one["name"] == "data")

    plan = plan_of("flights")
    assert "readOnly" not in mounted(plan, "data")
    assert mounted(plan, "data/sample")["readOnly"] is True
    assert mounted(plan, "dat")["readOnly"] is True


def test_the_secret_comes_from_the_vault_by_name_alone() -> None:
    found = _objects("everything")["ExternalSecret", "everything-secrets"]["spec"]
    names = ["LEDGER_PASSWORD", "REDIS_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY"]
    assert [one["secretKey"] for one in found["data"]] == names
    assert {one["remoteRef"]["key"] for one in found["data"]} == {"ml/everything"}
    assert found["refreshInterval"] == "900s"
    told = _objects("everything", external_secrets={"store": "vault"})
    entry = told["ExternalSecret", "everything-secrets"]["spec"]["data"][0]
    assert entry["remoteRef"] == {"key": "LEDGER_PASSWORD"}


@needs_namespaces
def test_a_secret_is_a_file_that_only_the_pod_reads(tmp_path: Path) -> None:
    found = _objects("everything")
    pod, container = _pod(found["Deployment", "everything-api"])
    known = {name: f"value of {name}" for name in plan_of("everything").secrets}
    (tmp_path / "project").mkdir()
    tmp_path.chmod(0o755)
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "flights"}}
    plan = {"kind": "ConfigMap", "metadata": {"name": "everything-plan"}}
    node = Node(tmp_path / "project", tmp_path, [claim, plan], {"everything-secrets": known})
    folder = next(one["value"] for one in container["env"] if one["name"] == "ONESPEC_SECRETS")
    shell = {
        "command": ["sh"],
        "args": ["-c", f"cat {folder}/REDIS_PASSWORD; stat -c %a {folder}/*"],
    }
    with node.pod({**pod, "containers": [{**container, **shell}]}) as running:
        assert running.wait(20) == 0, running.log
        assert running.log == "value of REDIS_PASSWORD" + "440\n" * 4


# --- text is data -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["$(HOME)", "$$(HOME)", "$$$(A) $", "a$b", "$"])
def test_a_text_is_not_expanded(text: str) -> None:
    """By the rules of Kubernetes: `$$` is a dollar sign, `$(NAME)` a variable."""
    out, rest = "", literal(text)
    while rest:
        if rest.startswith("$$"):
            out, rest = out + "$", rest[2:]
        else:
            assert not rest.startswith("$(")
            out, rest = out + rest[0], rest[1:]
    assert out == text


@pytest.mark.parametrize(
    ("amount", "told"), [(1, "1"), (0.5, "500m"), (2.0, "2"), (0.0001, "1m"), (1.25, "1250m")]
)
def test_cores(amount: float, told: str) -> None:
    assert cores(amount) == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (2**30, "1Gi"),
        (3 * 2**29, "1536Mi"),
        (1000, "1000"),
        (5 * 1024, "5Ki"),
        (10**9, "1000000000"),
    ],
)
def test_size(amount: int, told: str) -> None:
    assert size(amount) == told


def test_every_file_leads_back_to_its_line() -> None:
    files = bundle("everything").files
    lines = (Path(__file__).parent / "everything.yaml").read_text().splitlines()
    for path in (
        "base/api-deployment.yaml",
        "base/nightly-cron-job.yaml",
        "base/health-cron-job.yaml",
    ):
        (number,) = [
            int(line.rpartition(":")[2])
            for line in files[path].splitlines()
            if line.startswith("# everything.yaml:")
        ]
        part = path.partition("/")[2].partition("-")[0]
        assert lines[number - 1].strip() == f"{part}:"
    patch = files["overlays/vast/api-autoscaler-patch.yaml"]
    assert yaml.safe_load(patch)["spec"] == {"minReplicas": 20, "maxReplicas": 200}
