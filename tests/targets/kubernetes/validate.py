"""Objects held against the schemas of Kubernetes, strictly, and bundles rendered by kustomize."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from .crd_schemas import CUSTOM, faults

VERSIONS = ("1.31", "1.34", "1.37")
"""The oldest that the target is for, one between, and the newest that is known."""

UNKNOWN = frozenset({"ExternalSecret", "HTTPRoute"})
"""Kinds of operators whose definition is nowhere at hand."""

# It reads its schemas from the disk for every object.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)
kubernetes_validate.utils.all_versions = cache(kubernetes_validate.utils.all_versions)

_KUBECTL = shutil.which("kubectl")
needs_kubectl = pytest.mark.skipif(_KUBECTL is None, reason="kubectl is not installed")


def render(folder: Path) -> list[dict[str, Any]]:
    """What `kubectl apply -k` would send: every object of a kustomization."""
    assert _KUBECTL is not None
    done = subprocess.run(
        [_KUBECTL, "kustomize", str(folder)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower(), done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def problems(one: dict[str, Any], versions: tuple[str, ...] = VERSIONS) -> list[str]:
    """What is wrong with an object of Kubernetes' own, in each version."""
    if one["kind"] in UNKNOWN:
        return []
    if one["kind"] in CUSTOM:
        return faults(one)
    return [*_problems(json.dumps(one), versions)]


@cache
def _problems(text: str, versions: tuple[str, ...]) -> tuple[str, ...]:
    one = json.loads(text)
    found = []
    for version in versions:
        try:
            kubernetes_validate.validate(one, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            name = f"{one['kind']} {one['metadata']['name']}"
            found.append(f"{version}: {name}: {'.'.join(map(str, error.path))}: {error.message}")
    return tuple(found)


def pods(one: dict[str, Any]) -> list[dict[str, Any]]:
    """The specs of the pods that an object of Kubernetes' own makes."""
    match one["kind"]:
        case "Deployment" | "Job":
            return [one["spec"]["template"]["spec"]]
        case "CronJob":
            return [one["spec"]["jobTemplate"]["spec"]["template"]["spec"]]
    return []


_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"}
_VOLUMES |= {"projected", "secret"}


def unrestricted(pod: dict[str, Any]) -> list[str]:
    """Where a pod does not keep to Pod Security's profile "restricted"."""
    found = [key for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]
    for volume in pod.get("volumes", []):
        found += [f"volume {key}" for key in volume.keys() - {"name"} - _VOLUMES]
    whole = pod.get("securityContext", {})
    found += [key for key in ("sysctls", "windowsOptions") if whole.get(key)]
    for container in (*pod.get("initContainers", []), *pod["containers"]):
        own = {**whole, **container.get("securityContext", {})}
        rules = {
            "privileged": not own.get("privileged"),
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "runAsNonRoot": own.get("runAsNonRoot") is True,
            "runAsUser": own.get("runAsUser") != 0,
            "seccompProfile": own.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "capabilities": own.get("capabilities") == {"drop": ["ALL"]},
            "procMount": own.get("procMount", "Default") == "Default",
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
        }
        found += [f"{container['name']}: {rule}" for rule, holds in rules.items() if not holds]
    return found
