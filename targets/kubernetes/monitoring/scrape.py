"""How Prometheus finds an endpoint's metrics, and is let through to them."""

from typing import Any

from ....compiler.interfaces.metrics import METRICS
from .settings import MonitoringSettings
from .watched import WatchedEndpoint


def service_monitor(one: WatchedEndpoint, settings: MonitoringSettings) -> dict[str, Any]:
    """A ServiceMonitor: every pod behind the Service, through its port `http`."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": one.service, "labels": {**one.labels, **settings.labels}},
        "spec": {
            "selector": {"matchLabels": dict(one.labels)},
            "endpoints": [
                {
                    "port": "http",
                    "path": METRICS,
                    "interval": f"{settings.interval}s",
                    "scrapeTimeout": f"{min(10, settings.interval)}s",
                    # The operator gives each series a label `endpoint`, and so does the server:
                    # without this, ours would be renamed to `exported_endpoint`.
                    "honorLabels": True,
                }
            ],
        },
    }


def pod_monitor(one: WatchedEndpoint, settings: MonitoringSettings) -> dict[str, Any]:
    """A PodMonitor: every pod of a Ray cluster, through the port that KubeRay opens for it."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": one.service, "labels": {**one.labels, **settings.labels}},
        "spec": {
            "selector": {"matchLabels": dict(one.labels)},
            "podMetricsEndpoints": [{"port": "metrics", "interval": f"{settings.interval}s"}],
        },
    }


def scrape_policy(one: WatchedEndpoint, settings: MonitoringSettings) -> dict[str, Any]:
    """A NetworkPolicy: pods of Prometheus' namespace may ask the endpoint."""
    namespace = {"kubernetes.io/metadata.name": settings.namespace}
    port = "metrics" if one.application else "http"
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"{one.service}-prometheus", "labels": dict(one.labels)},
        "spec": {
            "podSelector": {"matchLabels": dict(one.labels)},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": {"matchLabels": namespace}}],
                    "ports": [{"port": port, "protocol": "TCP"}],
                }
            ],
        },
    }
