"""Components over a base or an overlay, as a user's kustomization takes them, by kustomize."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .bundles import ALL, bundle
from .validate import needs_kubectl, problems, render

pytestmark = needs_kubectl

STEPS = ("champion", "5-percent", "12-5-percent", "50-percent", "100-percent", "shadow")
ROUTED = "components/gateway/api"


def rendered(root: Path, name: str, folder: str, *components: str) -> list[dict[str, Any]]:
    """What a kustomization of a user's gives that takes a folder of the bundle, and components."""
    if not (root / "bundle").is_dir():
        bundle(name).write(root / "bundle")
    mine = root / "mine"
    mine.mkdir(exist_ok=True)
    document = {
        "resources": [f"../bundle/{folder}"],
        "components": [f"../bundle/{one}" for one in components],
    }
    (mine / "kustomization.yaml").write_text(yaml.safe_dump(document))
    return render(mine)


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def volumes_of(value: Any) -> Iterator[str]:
    """The ConfigMaps that any pod in an object mounts."""
    match value:
        case {"configMap": {"name": str(name)}}:
            yield name
        case dict():
            for item in value.values():
                yield from volumes_of(item)
        case list():
            for item in value:
                yield from volumes_of(item)


@pytest.mark.parametrize(("name", "folder"), ALL)
def test_what_is_watched_is_there(name: str, folder: str, tmp_path: Path) -> None:
    place = "components" if folder == "base" else f"{folder}/components"
    parts = [f"{place}/{one}" for one in ("prometheus-operator", "grafana")]
    parts = [one for one in parts if f"{one}/kustomization.yaml" in bundle(name).files]
    assert len(parts) == 2
    objects = rendered(tmp_path, name, folder, *parts)
    assert [told for one in objects for told in problems(one)] == []
    assert len({one["metadata"]["namespace"] for one in objects}) == 1
    maps = of_kind(objects, "ConfigMap")
    mounted = {name for one in objects for name in volumes_of(one)}
    assert mounted <= set(maps), "kustomize did not find where an object names the plan"
    services = of_kind(objects, "Service")
    for monitor in of_kind(objects, "ServiceMonitor").values():
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        found = [s for s in services.values() if wanted <= s["metadata"]["labels"].items()]
        assert [one["metadata"]["name"] for one in found] == [monitor["metadata"]["name"]]
        (endpoint,) = monitor["spec"]["endpoints"]
        assert endpoint["port"] in {port["name"] for port in found[0]["spec"]["ports"]}
    for monitor in of_kind(objects, "PodMonitor").values():
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        cluster = of_kind(objects, "RayService")[monitor["metadata"]["name"]]["spec"]
        groups = cluster["rayClusterConfig"]["workerGroupSpecs"]
        assert all(wanted <= one["template"]["metadata"]["labels"].items() for one in groups)
    (rules,) = of_kind(objects, "PrometheusRule").values()
    told = str(rules["spec"])
    deployments = set(re.findall(r"deployment='([^']+)'", told))
    assert deployments == set(of_kind(objects, "Deployment"))
    assert set(re.findall(r"cronjob='([^']+)'", told)) == {
        name for name, one in of_kind(objects, "CronJob").items() if not one["spec"]["suspend"]
    }


def test_kubes_objects_follow_the_plan(tmp_path: Path) -> None:
    """Its name ends in a hash of its content; the control is a base that does not tell kustomize
    where KubeRay's objects name it."""
    objects = rendered(tmp_path, "kuberay", "base")
    (plan,) = of_kind(objects, "ConfigMap")
    service = of_kind(objects, "RayService")["on-ray-api"]
    assert set(volumes_of(service)) == {plan} != {"on-ray-plan"}
    kustomization = tmp_path / "bundle" / "base" / "kustomization.yaml"
    text = kustomization.read_text()
    kustomization.write_text(re.sub(r"configurations:\n.*\n", "", text))
    assert kustomization.read_text() != text
    objects = rendered(tmp_path, "kuberay", "base")
    assert set(volumes_of(of_kind(objects, "RayService")["on-ray-api"])) == {"on-ray-plan"}


def test_without_kuberay_in_an_environment_there_is_nothing_of_it(tmp_path: Path) -> None:
    kinds = {one["kind"] for one in rendered(tmp_path, "kuberay", "overlays/plain")}
    assert not {one for one in kinds if one.startswith("Ray")}
    assert "Deployment" in kinds


# --- routes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_a_rollout_sends_its_share_to_the_challenger(step: str, tmp_path: Path) -> None:
    objects = rendered(tmp_path, "everything", "base", f"{ROUTED}/{step}")
    assert [told for one in objects for told in problems(one)] == []
    route = of_kind(objects, "HTTPRoute")["everything-api"]
    assert faults_of_route(route, objects) == []
    (rule,) = route["spec"]["rules"]
    weights = {one["name"].removeprefix("everything-api"): one for one in rule["backendRefs"]}
    shares = {name: one.get("weight", 1) for name, one in weights.items()}
    moved = shares.get("-challenger", 0) / sum(shares.values())
    percent = {"champion": 0, "shadow": 0, "12-5-percent": 12.5}
    assert moved * 100 == percent.get(step, float(step.partition("-")[0]) if "per" in step else 0)
    assert ("filters" in rule) == (step == "shadow")
    arms = {
        name: one["spec"]["template"]["spec"]["containers"][0]["args"][-2:]
        for name, one in of_kind(objects, "Deployment").items()
        if name.startswith("everything-api")
    }
    if step == "champion":
        assert "--arm" not in arms["everything-api"]  # it splits requests itself, and none is left
        assert set(arms) == {"everything-api"}
    else:
        assert arms == {
            "everything-api": ["--arm", "champion"],
            "everything-api-challenger": ["--arm", "challenger"],
        }
    assert _reached(objects) == {name: {name} for name in (*arms, "everything-front-door")}


def _reached(objects: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The Deployments whose pods each Service leads to."""
    pods = {
        name: one["spec"]["template"]["metadata"]["labels"].items()
        for name, one in of_kind(objects, "Deployment").items()
    }
    return {
        name: {pod for pod, labels in pods.items() if one["spec"]["selector"].items() <= labels}
        for name, one in of_kind(objects, "Service").items()
    }


_ALLOWED = {
    "spec": {"parentRefs", "hostnames", "rules"},
    "parentRefs": {"name", "namespace"},
    "rules": {"matches", "filters", "backendRefs"},
    "matches": {"path"},
    "path": {"type", "value"},
    "filters": {"type", "requestMirror"},
    "requestMirror": {"backendRef"},
    "backendRefs": {"name", "port", "weight"},
    "backendRef": {"name", "port"},
}


def faults_of_route(route: Any, objects: list[dict[str, Any]]) -> list[str]:
    """What a strict API server would refuse: a check of our own, by gateway-api v1's fields."""
    found = [] if route["apiVersion"] == "gateway.networking.k8s.io/v1" else ["apiVersion"]
    ports = {
        (name, port["port"])
        for name, one in of_kind(objects, "Service").items()
        for port in one["spec"]["ports"]
    }

    def walk(key: str, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                continue
            found.extend(f"{key}.{name}" for name in one.keys() - _ALLOWED[key])
            if key.startswith("backendRef") and (one["name"], one["port"]) not in ports:
                found.append(f"{one['name']}:{one['port']} is no Service")
            for name, item in one.items():
                if isinstance(item, dict | list) and name in _ALLOWED:
                    walk(name, item)

    walk("spec", route["spec"])
    return found


def test_a_wrong_route_is_found(tmp_path: Path) -> None:
    """The control of the check above."""
    objects = rendered(tmp_path, "everything", "base", f"{ROUTED}/50-percent")
    route = of_kind(objects, "HTTPRoute")["everything-api"]
    backend = route["spec"]["rules"][0]["backendRefs"][0]
    backend |= {"name": "everything-app", "wieght": 1}
    assert faults_of_route(route, objects) == [
        "backendRefs.wieght",
        "everything-app:8000 is no Service",
    ]


def test_on_ray_there_is_one_route_since_a_replica_splits_requests_itself() -> None:
    files = bundle("kuberay").files
    routes = {path for path in files if path.startswith("components/gateway/")}
    assert routes == {f"{ROUTED}/champion/{name}.yaml" for name in ("route", "kustomization")}
