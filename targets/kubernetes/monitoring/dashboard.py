"""A Grafana dashboard for the endpoints of a plan, as the JSON that Grafana imports."""

import json
from typing import Any

from ....compiler.interfaces.arms import logs_arms
from ....compiler.interfaces.metrics import (
    ARM_ROWS,
    ARM_SHARE,
    DEGRADED,
    LOG_DROPPED,
    LOG_ROWS,
    LOG_WAITING,
    MODEL_VERSION,
    RELOAD_FAILING,
    REQUEST_SECONDS,
    REQUESTS,
    ROWS,
)
from ....compiler.plan import Plan
from .watched import WatchedEndpoint, WatchedJob

# Variables of the dashboard: Grafana puts in what was chosen.
_HERE = "namespace='$namespace', service=~'$service'"
_SPAN = "[$__rate_interval]"
_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 3
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Grafana migrates older models when it reads them.
_SCHEMA = 39

Query = tuple[str, str]


def dashboard(
    plan: Plan, endpoints: tuple[WatchedEndpoint, ...], jobs: tuple[WatchedJob, ...]
) -> str:
    """The dashboard's JSON text."""
    panels = [*_panels(endpoints, jobs)]
    placed = [
        {
            **panel,
            "id": place + 1,
            "gridPos": {
                "x": place % _COLUMNS * _WIDTH,
                "y": place // _COLUMNS * _HEIGHT,
                "w": _WIDTH,
                "h": _HEIGHT,
            },
        }
        for place, panel in enumerate(panels)
    ]
    document = {
        "uid": f"onespec-{plan.name}"[:40],
        "title": f"{plan.name} (onespec)",
        "tags": ["onespec"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": _variables(endpoints)},
        "panels": placed,
    }
    return json.dumps(document, indent=1) + "\n"


def _variables(endpoints: tuple[WatchedEndpoint, ...]) -> list[dict[str, Any]]:
    services = [one.service for one in endpoints]
    return [
        {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
        {
            "name": "namespace",
            "type": "query",
            "label": "Namespace",
            "datasource": _SOURCE,
            "query": f"label_values({MODEL_VERSION}, namespace)",
            "refresh": 2,
        },
        {
            "name": "service",
            "type": "custom",
            "label": "Endpoint",
            "query": ",".join(services),
            "options": [{"text": s, "value": s, "selected": True} for s in services],
            "multi": True,
            "includeAll": True,
            "current": {"text": ["All"], "value": ["$__all"]},
        },
    ]


def _panels(
    endpoints: tuple[WatchedEndpoint, ...], jobs: tuple[WatchedJob, ...]
) -> list[dict[str, Any]]:
    deployments = "|".join(one.deployment for one in endpoints)
    found = []
    if endpoints:
        found += [*_traffic(), *_model(), *_log(), *_saturation(deployments)]
    if any(logs_arms(one.endpoint) for one in endpoints):
        found += _arms()
    if jobs:
        found.append(_jobs("|".join(job.cronjob for job in jobs)))
    return found


def _traffic() -> list[dict[str, Any]]:
    total = _rate(REQUESTS, "service")
    failed = f"sum by (service) (rate({REQUESTS}{{{_HERE}, status=~'5..'}}{_SPAN}))"
    buckets = _rate(f"{REQUEST_SECONDS}_bucket", "service, le")
    quantiles = [
        (f"histogram_quantile({share}, {buckets})", f"{{{{service}}}} p{name}")
        for share, name in (("0.5", "50"), ("0.9", "90"), ("0.99", "99"))
    ]
    return [
        _graph(
            "Requests", "reqps", [(_rate(REQUESTS, "service, status"), "{{service}} {{status}}")]
        ),
        _graph("Errors (5xx)", "percentunit", [(f"{failed} / {total}", "{{service}}")]),
        _graph("Latency", "s", quantiles),
    ]


def _model() -> list[dict[str, Any]]:
    version = f"max by (service, pod) ({MODEL_VERSION}{{{_HERE}}})"
    failing = f"max by (service) ({RELOAD_FAILING}{{{_HERE}}})"
    degraded = (
        f"{_rate(DEGRADED, 'service, reason')} / on (service) group_left {_rate(ROWS, 'service')}"
    )
    return [
        _graph(
            "Model version", "none", [(version, "{{pod}}"), (failing, "{{service}} cannot load")]
        ),
        _graph("Rows", "rowsps", [(_rate(ROWS, "service, outcome"), "{{service}} {{outcome}}")]),
        _graph("Degraded share", "percentunit", [(degraded, "{{reason}}")]),
    ]


def _arms() -> list[dict[str, Any]]:
    rows = _rate(ARM_ROWS, "service, arm, version")
    share = f"max by (service) ({ARM_SHARE}{{{_HERE}}})"
    return [
        _graph("Rows by arm", "rowsps", [(rows, "{{service}} {{arm}} v{{version}}")]),
        _graph("The challenger's share", "percentunit", [(share, "{{service}}")]),
    ]


def _log() -> list[dict[str, Any]]:
    waiting = f"sum by (service) ({LOG_WAITING}{{{_HERE}}})"
    return [
        _graph(
            "Prediction log",
            "rowsps",
            [
                (_rate(LOG_ROWS, "service"), "{{service}} written"),
                (_rate(LOG_DROPPED, "service"), "{{service}} lost"),
            ],
        ),
        _graph("Rows that wait to be logged", "none", [(waiting, "{{service}}")]),
    ]


def _saturation(deployments: str) -> list[dict[str, Any]]:
    """From the kubelet and kube-state-metrics."""
    pods = f"namespace='$namespace', pod=~'({deployments})-.*', container!=''"
    limits = f"kube_pod_container_resource_limits{{{pods}, resource='%s'}}"
    cpu = (
        f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{pods}}}{_SPAN}))"
        f" / sum by (pod) ({limits % 'cpu'})"
    )
    memory = (
        f"sum by (pod) (container_memory_working_set_bytes{{{pods}}})"
        f" / sum by (pod) ({limits % 'memory'})"
    )
    here = f"{{namespace='$namespace', deployment=~'{deployments}'}}"
    return [
        _graph("CPU, of its limit", "percentunit", [(cpu, "{{pod}}")]),
        _graph("Memory, of its limit", "percentunit", [(memory, "{{pod}}")]),
        _graph(
            "Replicas",
            "none",
            [
                (f"kube_deployment_status_replicas_ready{here}", "{{deployment}} ready"),
                (f"kube_deployment_spec_replicas{here}", "{{deployment}} asked for"),
            ],
        ),
    ]


def _jobs(cronjobs: str) -> dict[str, Any]:
    """How long ago each job last succeeded."""
    here = f"{{namespace='$namespace', cronjob=~'{cronjobs}'}}"
    age = f"time() - max by (cronjob) (kube_cronjob_status_last_successful_time{here})"
    return _graph("Since the last success", "s", [(age, "{{cronjob}}")])


def _rate(name: str, by: str) -> str:
    return f"sum by ({by}) (rate({name}{{{_HERE}}}{_SPAN}))"


def _graph(title: str, unit: str, queries: list[Query]) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {
                "refId": chr(ord("A") + n),
                "datasource": _SOURCE,
                "expr": expr,
                "legendFormat": legend,
            }
            for n, (expr, legend) in enumerate(queries)
        ],
    }
