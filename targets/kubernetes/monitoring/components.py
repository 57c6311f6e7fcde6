"""The kustomize components for clusters that run the Prometheus operator, and Grafana."""

from collections.abc import Iterator
from typing import Any

from ....compiler.plan import Plan
from ...artifact import Artifact
from ...yaml_text import dump_yaml
from .dashboard import dashboard
from .rules import rule_groups
from .scrape import pod_monitor, scrape_policy, service_monitor
from .settings import MonitoringSettings
from .watched import Place, WatchedEndpoint, WatchedJob

_COMPONENT = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}


def monitoring_components(
    plan: Plan,
    settings: MonitoringSettings,
    place: Place,
    endpoints: tuple[WatchedEndpoint, ...],
    jobs: tuple[WatchedJob, ...],
) -> Iterator[Artifact]:
    """`prometheus-operator/` and `grafana/`; nothing where there is nothing to watch."""
    groups = rule_groups(plan, endpoints, jobs)
    if not groups:
        return
    yield from _prometheus(plan, settings, place, endpoints, groups)
    # Endpoints on Ray Serve are shown by the dashboards that Ray brings.
    served = tuple(one for one in endpoints if not one.application)
    folder = f"{place.folder}/grafana"
    yield Artifact(f"{folder}/dashboard.json", dashboard(plan, served, jobs))
    generator = {
        "name": f"{plan.name}-dashboard",
        "namespace": place.namespace,
        "files": ["dashboard.json"],
        "options": {
            "disableNameSuffixHash": True,
            "labels": {**place.labels, settings.dashboard_label: "1"},
        },
    }
    kustomization = {**_COMPONENT, "configMapGenerator": [generator]}
    yield _file(f"{folder}/kustomization.yaml", "For Grafana's dashboard sidecar.", kustomization)


def _prometheus(
    plan: Plan,
    settings: MonitoringSettings,
    place: Place,
    endpoints: tuple[WatchedEndpoint, ...],
    groups: list[dict[str, Any]],
) -> Iterator[Artifact]:
    folder = f"{place.folder}/prometheus-operator"
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": plan.name, "labels": dict(settings.labels)},
        "spec": {"groups": groups},
    }
    what = "Alerts. A rule that needs kube-state-metrics is silent without it."
    yield _file(f"{folder}/rules.yaml", what, _placed(rule, place))
    resources = ["rules.yaml"]
    for one in endpoints:
        resources.append(f"scrape-{one.service}.yaml")
        made = pod_monitor if one.application else service_monitor
        what = f"How Prometheus finds the metrics, and is let through to them.\n{one.endpoint.at}"
        bodies = (made(one, settings), scrape_policy(one, settings))
        yield _file(f"{folder}/{resources[-1]}", what, *(_placed(body, place) for body in bodies))
    what = "For the Prometheus operator."
    kustomization = {**_COMPONENT, "resources": resources}
    yield _file(f"{folder}/kustomization.yaml", what, kustomization)


def _placed(body: dict[str, Any], place: Place) -> dict[str, Any]:
    """The object in its namespace, with the labels that all of the product bear."""
    metadata = body["metadata"]
    named = {"name": metadata["name"], "namespace": place.namespace}
    return {**body, "metadata": {**named, "labels": {**metadata["labels"], **place.labels}}}


def _file(path: str, header: str, first: Any, *others: Any) -> Artifact:
    texts = [dump_yaml(first, header), *(dump_yaml(one) for one in others)]
    return Artifact(path, "---\n".join(texts))
