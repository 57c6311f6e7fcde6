"""What kustomize makes of a bundle: valid everywhere, and an overlay gives its environment."""

import copy
from pathlib import Path
from typing import Any

import pytest

from .bundles import ALL, alone, bundle
from .validate import VERSIONS, needs_kubectl, pods, problems, render, unrestricted

pytestmark = needs_kubectl

Identity = tuple[str, str]


def _by_identity(objects: list[dict[str, Any]]) -> dict[Identity, dict[str, Any]]:
    return {(one["kind"], one["metadata"]["name"]): _unordered(one) for one in objects}


def _unordered(value: Any, key: str = "") -> Any:
    """The object, with lists in order whose order means nothing."""
    match value:
        case dict():
            return {name: _unordered(item, name) for name, item in value.items()}
        case list() if key in {"env", "volumes", "volumeMounts"}:
            return sorted((_unordered(item) for item in value), key=str)
        case list():
            return [_unordered(item) for item in value]
    return value


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every kustomization of every spec, rendered once."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def one(name: str, folder: str) -> list[dict[str, Any]]:
        if (name, folder) not in found:
            root = bundle(name).write(tmp_path_factory.mktemp(name))
            found[name, folder] = render(root / folder)
        return found[name, folder]

    return one


@pytest.mark.parametrize(("name", "folder"), ALL)
def test_every_object_is_valid_in_every_version(name: str, folder: str, rendered: Any) -> None:
    objects = rendered(name, folder)
    assert {"CronJob", "NetworkPolicy", "ServiceAccount"} & {one["kind"] for one in objects}
    assert [told for one in objects for told in problems(one)] == []


@pytest.mark.parametrize(("name", "folder"), ALL)
def test_every_pod_is_restricted(name: str, folder: str, rendered: Any) -> None:
    every = [pod for one in rendered(name, folder) for pod in pods(one)]
    assert every
    assert [told for pod in every for told in unrestricted(pod)] == []


@pytest.mark.parametrize(("name", "folder"), [one for one in ALL if one[1] != "base"])
def test_an_overlay_gives_what_its_environment_alone_gives(
    name: str, folder: str, rendered: Any, tmp_path: Path
) -> None:
    environment = folder.partition("/")[2]
    expected = _by_identity(render(alone(name, environment).write(tmp_path) / "base"))
    found = _by_identity(rendered(name, folder))
    assert sorted(found) == sorted(expected)
    assert found == expected


# --- planted faults ----------------------------------------------------------------------------


def _deployment(rendered: Any) -> dict[str, Any]:
    found = next(one for one in rendered("flights", "base") if one["kind"] == "Deployment")
    return copy.deepcopy(found)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("replica", 2, "replica"),
        ("revisionHistoryLimit", "5", "is not of type 'integer'"),
        ("selector", "api", "is not of type 'object'"),
    ],
)
def test_a_fault_is_found(key: str, value: Any, told: str, rendered: Any) -> None:
    one = _deployment(rendered)
    one["spec"][key] = value
    found = problems(one)
    assert len(found) == len(VERSIONS)
    assert all(told in line for line in found)


def test_a_fault_deep_in_a_pod_is_found(rendered: Any) -> None:
    one = _deployment(rendered)
    one["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["httpget"] = {}
    assert any("httpget" in line for line in problems(one))


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("pod", "hostNetwork", True),
        ("pod", "securityContext", {}),
        ("pod", "volumes", [{"name": "root", "hostPath": {"path": "/"}}]),
        ("container", "ports", [{"containerPort": 80, "hostPort": 80}]),
        ("container", "securityContext", {"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}),
        ("container", "securityContext", {"runAsUser": 0}),
    ],
)
def test_a_pod_that_is_not_restricted_is_found(
    place: str, key: str, value: Any, rendered: Any
) -> None:
    (pod,) = pods(_deployment(rendered))
    part = pod if place == "pod" else pod["containers"][0]
    before = part.get(key)
    part[key] = {**before, **value} if value and isinstance(before, dict) else value
    assert unrestricted(pod)


def test_an_overlay_that_lacks_a_patch_is_found(rendered: Any, tmp_path: Path) -> None:
    root = bundle("flights").write(tmp_path)
    kustomization = root / "overlays" / "prod" / "kustomization.yaml"
    text = kustomization.read_text()
    kustomization.write_text(text.replace('  - path: "api-autoscaler-patch.yaml"\n', ""))
    assert kustomization.read_text() != text
    found = _by_identity(render(root / "overlays" / "prod"))
    assert found != _by_identity(rendered("flights", "overlays/prod"))
