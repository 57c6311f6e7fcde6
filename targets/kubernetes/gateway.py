"""Gateway API: a route to each endpoint, and one for each step of a rollout, as components.

Without them a server splits requests itself, by the shares in the ledger, and sticky by entity.
With them the Gateway splits them between two Deployments, each of which serves one alias.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ...compiler.plan import Endpoint, Plan
from ..artifact import Artifact
from ..yaml_text import dump_yaml
from .autoscaler import autoscaler
from .deployment import deployment
from .gateway_settings import Gateway
from .kustomization import namespace_of
from .labels import COMPONENT, common_labels, labels, name_of, slug
from .network_policy import endpoint_policy
from .object import Object, plain
from .service import service
from .settings import KubernetesSettings

CHALLENGER = "challenger"
_COMPONENT = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}


def gateway_components(
    plan: Plan, settings: KubernetesSettings, gateway: Gateway, folder: str
) -> Iterator[Artifact]:
    """For each endpoint `ENDPOINT/champion`, where all requests go to one Deployment; with a
    rollout a folder a step; with a shadow, `ENDPOINT/shadow`. An overlay takes one of them."""
    for one in plan.endpoints:
        at = f"{folder}/gateway/{slug(one.name)}"
        yield from _step(plan, settings, gateway, one, f"{at}/champion", None, mirrored=False)
        if settings.kuberay or (one.rollout is None and one.shadow is None):
            continue  # on Ray Serve a replica splits requests itself
        yield from _challenger(plan, settings, one, f"{at}/{CHALLENGER}")
        for share in one.rollout.steps if one.rollout else ():
            name = f"{share * 100:g}-percent".replace(".", "-")
            yield from _step(plan, settings, gateway, one, f"{at}/{name}", share, mirrored=False)
        if one.shadow is not None:
            yield from _step(plan, settings, gateway, one, f"{at}/shadow", None, mirrored=True)


def route(
    plan: Plan,
    settings: KubernetesSettings,
    gateway: Gateway,
    endpoint: Endpoint,
    share: float | None,
    *,
    mirrored: bool,
) -> dict[str, Any]:
    """An HTTPRoute. `share` goes to the challenger; with `mirrored` it sees all, and never
    answers."""
    champion = {"name": name_of(plan, endpoint.name), "port": endpoint.port}
    challenger = {"name": f"{name_of(plan, endpoint.name)}-{CHALLENGER}", "port": endpoint.port}
    rule: dict[str, Any] = {"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}
    if mirrored:
        mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": challenger}}
        rule["filters"] = [mirror]
    if share is None:
        rule["backendRefs"] = [champion]
    else:
        rest, moved = _weights(share)
        rule["backendRefs"] = [{**champion, "weight": rest}, {**challenger, "weight": moved}]
    host = gateway.hosts.get(endpoint.name)
    parent = {"name": gateway.name}
    if gateway.namespace is not None:
        parent["namespace"] = gateway.namespace
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {
            "name": name_of(plan, endpoint.name),
            "namespace": namespace_of(plan, settings),
            "labels": {**labels(plan, endpoint.name), **common_labels(plan)},
        },
        "spec": {
            "parentRefs": [parent],
            **({"hostnames": [host]} if host else {}),
            "rules": [rule],
        },
    }


def _weights(share: float) -> tuple[int, int]:
    """Of the champion and the challenger: in hundredths where that is exact, else thousandths."""
    whole = 100 if (share * 100) % 1 == 0 else 1000
    moved = round(share * whole)
    return whole - moved, moved


def _step(
    plan: Plan,
    settings: KubernetesSettings,
    gateway: Gateway,
    endpoint: Endpoint,
    folder: str,
    share: float | None,
    *,
    mirrored: bool,
) -> Iterator[Artifact]:
    body = route(plan, settings, gateway, endpoint, share, mirrored=mirrored)
    with_challenger = share is not None or mirrored
    told = "The champion answers all requests"
    if share is not None:
        told = f"The challenger answers {share:.3%}".rstrip("%").rstrip("0").rstrip(".") + "%"
    if mirrored:
        told += ", and the challenger sees them, too"
    yield Artifact(f"{folder}/route.yaml", dump_yaml(body, f"{told}.\n{endpoint.at}"))
    kustomization = {
        **_COMPONENT,
        **({"components": [f"../{CHALLENGER}"]} if with_challenger else {}),
        "resources": ["route.yaml"],
    }
    yield Artifact(f"{folder}/kustomization.yaml", dump_yaml(kustomization, f"{told}."))


def _challenger(
    plan: Plan, settings: KubernetesSettings, endpoint: Endpoint, folder: str
) -> Iterator[Artifact]:
    """The second Deployment and its Service, and what makes the first serve the champion alone."""
    objects = [
        _armed(deployment(plan, settings, endpoint)),
        service(plan, endpoint),
        endpoint_policy(plan, settings, endpoint),
    ]
    if endpoint.replicas.minimum < endpoint.replicas.maximum:
        objects.append(autoscaler(plan, endpoint))
    resources = []
    for one in objects:
        file = f"{one.file.removeprefix(f'{slug(endpoint.name)}-')}.yaml"
        resources.append(file)
        yield Artifact(f"{folder}/{file}", _for_challenger(plan, settings, endpoint, one))
    patch = [
        {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": word}
        for word in ("--arm", "champion")
    ]
    target = {"kind": "Deployment", "name": name_of(plan, endpoint.name)}
    yield Artifact(
        f"{folder}/champion-patch.yaml",
        dump_yaml(patch, "The Gateway splits requests: this Deployment serves the champion alone."),
    )
    kustomization = {
        **_COMPONENT,
        "resources": resources,
        "patches": [{"path": "champion-patch.yaml", "target": target}],
    }
    what = f"A Deployment for the challenger of `{endpoint.model}`."
    yield Artifact(f"{folder}/kustomization.yaml", dump_yaml(kustomization, what))


def _armed(one: Object) -> Object:
    """A Deployment that serves the challenger."""
    body = plain(one.body)
    body["spec"]["template"]["spec"]["containers"][0]["args"] += ["--arm", CHALLENGER]
    return Object(one.file, body, one.at, one.says)


def _for_challenger(
    plan: Plan, settings: KubernetesSettings, endpoint: Endpoint, one: Object
) -> str:
    """The object under the challenger's name, and for its pods."""
    name = name_of(plan, endpoint.name)
    renamed = {("name", name): f"{name}-{CHALLENGER}"}
    part = slug(endpoint.name)
    renamed[(COMPONENT, part)] = f"{part}-{CHALLENGER}"
    body = _renamed(plain(one.body), renamed)
    body["metadata"]["namespace"] = namespace_of(plan, settings)
    body["metadata"]["labels"] |= common_labels(plan)
    return dump_yaml(body, one.at)


def _renamed(value: Any, names: Mapping[tuple[str, str], str]) -> Any:
    """The data with the values of some keys replaced."""
    match value:
        case dict():
            return {
                key: names.get((key, item), item)
                if isinstance(item, str)
                else _renamed(item, names)
                for key, item in value.items()
            }
        case list():
            return [_renamed(item, names) for item in value]
    return value
