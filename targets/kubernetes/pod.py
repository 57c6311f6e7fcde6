"""Pods: what is alike in all that run something of the product.

They pass Pod Security "restricted": no root, no rights, no writing outside of volumes, no token of
the Kubernetes API.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from ...compiler.plan import Plan, Resources, ScoreParams
from .accelerators import gpu_affinity
from .labels import PRODUCT, labels, name_of
from .quantity import cores, literal, size
from .settings import KubernetesSettings, Toleration
from .stores import embedded_stores

PROJECT = "/app"
STATE = "/state"
SECRETS = "/run/secrets/onespec"
PLAN_FOLDER = "/onespec"
PLAN_FILE = f"{PLAN_FOLDER}/plan.json"
USER = 10001
"""Of the image; above those that a node may have."""

_USUAL_SCRATCH = 2**30
"""What a node must have left on its disk; most pods never need all that they may fill."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_NUM_THREADS")


def image_of(plan: Plan, settings: KubernetesSettings) -> str:
    """The image of all containers."""
    return settings.image or plan.name


def plan_map(plan: Plan) -> str:
    """The ConfigMap with the plan, before kustomize appends the hash of its content."""
    return name_of(plan, "plan")


def secret_of(plan: Plan, settings: KubernetesSettings) -> str:
    """The Secret whose keys are the names of the plan's secrets."""
    return settings.secret or name_of(plan, "secrets")


def account_of(plan: Plan, settings: KubernetesSettings) -> str:
    """The service account of all pods."""
    return settings.service_account.name or name_of(plan)


def state_claim(plan: Plan) -> str:
    """The claim of the state folder's volume."""
    return name_of(plan, "state")


def container(
    plan: Plan,
    settings: KubernetesSettings,
    command: Sequence[str],
    resources: Resources,
    **more: Any,
) -> dict[str, Any]:
    """A container that runs a command of onespec in the project folder."""
    first, *rest = command
    return {
        "name": "onespec",
        "image": image_of(plan, settings),
        "command": [first],
        "args": [literal(word) for word in rest],
        "workingDir": PROJECT,
        "env": environment(plan, resources),
        **more,
        "resources": resource_bounds(settings, resources),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts(plan, settings),
    }


def environment(plan: Plan, resources: Resources) -> list[dict[str, Any]]:
    """Where things are, and as many threads as there are cores."""
    threads = str(max(1, int(resources.cpu)))
    found = {
        "HOME": "/tmp",  # noqa: S108 - a volume of the pod's own
        "PYTHONUNBUFFERED": "1",
        "ONESPEC_CACHE": "off",
        "ONESPEC_STATE": STATE,
        **({"ONESPEC_SECRETS": SECRETS} if plan.secrets else {}),
        **dict.fromkeys(_THREADS, threads),
    }
    return [{"name": name, "value": literal(value)} for name, value in found.items()]


def resource_bounds(settings: KubernetesSettings, resources: Resources) -> dict[str, Any]:
    """Requests and limits. A pod that needs more processors than it asked for may have what is
    idle; memory is not lent, since it cannot be taken back."""
    fixed = {"memory": size(resources.memory or settings.memory)}
    if resources.gpu:
        fixed[settings.gpu.resource] = str(int(resources.gpu))
    asked = size(min(settings.scratch, _USUAL_SCRATCH))
    return {
        "requests": {"cpu": cores(resources.cpu), **fixed, "ephemeral-storage": asked},
        "limits": {**fixed, "ephemeral-storage": size(settings.scratch)},
    }


def mounts(plan: Plan, settings: KubernetesSettings) -> list[dict[str, Any]]:
    """Where the volumes appear."""
    found: list[dict[str, Any]] = [
        {"name": "state", "mountPath": STATE},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a volume of the pod's own
    ]
    if not settings.plan_in_image:
        found.append({"name": "plan", "mountPath": PLAN_FOLDER, "readOnly": True})
    if plan.secrets:
        found.append({"name": "secrets", "mountPath": SECRETS, "readOnly": True})
    if settings.data is not None:
        at = f"{PROJECT}/{settings.data.path}"
        only_read = {} if _written(plan, settings) else {"readOnly": True}
        found.append({"name": "data", "mountPath": at, **only_read})
    for folder in _beside_the_state(plan, settings):
        inside = f"outputs/{folder}"
        found.append({"name": "state", "mountPath": f"{PROJECT}/{folder}", "subPath": inside})
    return found


def _written(plan: Plan, settings: KubernetesSettings) -> bool:
    """Whether a batch writes to the volume with the data."""
    return any(
        settings.data is not None and inside(one, settings.data.path) for one in outputs(plan)
    )


def _beside_the_state(plan: Plan, settings: KubernetesSettings) -> Iterator[str]:
    """The folders of batches that lie on the volume of the state."""
    for folder in outputs(plan) if embedded_stores(plan) else ():
        if settings.data is None or not inside(folder, settings.data.path):
            yield folder


def outputs(plan: Plan) -> tuple[str, ...]:
    """The folders of the project to which batches write."""
    last = (plan.step(job.steps[-1]).params for job in plan.jobs if job.steps)
    told = (params.output for params in last if isinstance(params, ScoreParams))
    return tuple(dict.fromkeys(posixpath.normpath(one) for one in told))


def mountable(folder: str) -> bool:
    """Whether it is in the project, and Kubernetes can mount something there."""
    return not folder.startswith(("/", "..")) and ":" not in folder


def inside(path: str, folder: str) -> bool:
    """Whether a path of the project lies in a folder of it."""
    return PurePosixPath(posixpath.normpath(path)).is_relative_to(folder)


def pod_spec(
    plan: Plan,
    settings: KubernetesSettings,
    resources: Resources,
    containers: Sequence[Mapping[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    """A pod that runs these containers."""
    return {
        "serviceAccountName": account_of(plan, settings),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **_pull_secrets(settings),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **more,
        **placement(plan, settings, resources),
        "containers": list(containers),
        "volumes": volumes(plan, settings),
    }


def _pull_secrets(settings: KubernetesSettings) -> dict[str, Any]:
    names = [{"name": name} for name in settings.pull_secrets]
    return {"imagePullSecrets": names} if names else {}


def placement(plan: Plan, settings: KubernetesSettings, resources: Resources) -> dict[str, Any]:
    """The nodes that will do."""
    found: dict[str, Any] = {}
    if settings.node_selector:
        found["nodeSelector"] = dict(settings.node_selector)
    tolerations = [*settings.tolerations, *(settings.gpu.tolerations if resources.gpu else [])]
    if tolerations:
        found["tolerations"] = [_toleration(one) for one in tolerations]
    affinity: dict[str, Any] = {}
    if resources.gpu and resources.accelerator:
        affinity["nodeAffinity"] = gpu_affinity(resources.accelerator, settings.gpu)
    if embedded_stores(plan):
        affinity["podAffinity"] = _beside_the_others(plan)
    return {**found, "affinity": affinity} if affinity else found


def _toleration(one: Toleration) -> dict[str, Any]:
    return one.model_dump(exclude_none=True)


def _beside_the_others(plan: Plan) -> dict[str, Any]:
    """The volume of the state is on one node at a time, and SQLite must not leave it."""
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {
                "labelSelector": {"matchLabels": {PRODUCT: plan.name}},
                "topologyKey": "kubernetes.io/hostname",
            }
        ]
    }


def volumes(plan: Plan, settings: KubernetesSettings) -> list[dict[str, Any]]:
    """The volumes of a pod."""
    scratch = {"sizeLimit": size(settings.scratch)}
    state: dict[str, Any] = {"emptyDir": scratch}
    if embedded_stores(plan):
        state = {"persistentVolumeClaim": {"claimName": state_claim(plan)}}
    found: list[dict[str, Any]] = [{"name": "state", **state}, {"name": "tmp", "emptyDir": scratch}]
    if not settings.plan_in_image:
        found.append({"name": "plan", "configMap": {"name": plan_map(plan)}})
    if plan.secrets:
        keys = [{"key": name, "path": name} for name in plan.secrets]
        secret = {"secretName": secret_of(plan, settings), "items": keys, "defaultMode": 0o440}
        found.append({"name": "secrets", "secret": secret})
    if settings.data is not None:
        claim = {"claimName": settings.data.claim}
        found.append({"name": "data", "persistentVolumeClaim": claim})
    return found


def pod_metadata(plan: Plan, part: str, **more: Any) -> dict[str, Any]:
    """The metadata of a pod template."""
    return {"labels": labels(plan, part), **more}
