"""Alerts as Prometheus rules: what every endpoint and job needs, and the policies of the spec."""

from collections.abc import Iterator, Mapping
from typing import Any

from ....compiler.interfaces.metrics import (
    LOG_DROPPED,
    MODEL_VERSION,
    RELOAD_FAILING,
)
from ....compiler.plan import MonitorParams, Plan, Step
from ...yaml_text import Commented
from .counted import counted
from .promql import duration, inert, series
from .watched import WatchedEndpoint, WatchedJob

# Rules name no namespace, so that they hold in every overlay: each alert tells its own.
_BY = "by (namespace, service)"
_KSM = "needs kube-state-metrics"


def rule_groups(
    plan: Plan, endpoints: tuple[WatchedEndpoint, ...], jobs: tuple[WatchedJob, ...]
) -> list[dict[str, Any]]:
    """The groups of a PrometheusRule, or of a rule file; none when there is nothing to watch."""
    groups = [
        (f"{plan.name}-endpoints", [r for one in endpoints for r in _of(plan, one)]),
        (f"{plan.name}-policies", [r for one in endpoints for r in _policies(plan, one)]),
        (f"{plan.name}-jobs", [r for one in jobs for r in _job_rules(plan, one)]),
    ]
    return [{"name": name, "rules": rules} for name, rules in groups if rules]


def _rule(
    alert: str,
    expression: str,
    *,
    lasts: str,
    severity: str,
    labels: Mapping[str, str],
    summary: str,
    description: str,
) -> dict[str, Any]:
    return {
        "alert": alert,
        "expr": expression,
        "for": lasts,
        "labels": {"severity": severity, **labels},
        "annotations": {"summary": summary, "description": description},
    }


def _of(plan: Plan, one: WatchedEndpoint) -> Iterator[Any]:
    return _serve_rules(plan, one) if one.application else _endpoint_rules(plan, one)


def _serve_rules(plan: Plan, one: WatchedEndpoint) -> Iterator[Any]:
    healthy = series("ray_serve_deployment_replica_healthy", {"application": one.application})
    down = _rule(
        "OnespecEndpointDown",
        f"max by (namespace, application) ({healthy}) == 0 or absent({healthy})",
        lasts="2m",
        severity="critical",
        labels=_labels(plan, one),
        summary=f"No replica of endpoint {one.endpoint.name} answers",
        description=f"Ray Serve has no healthy replica of {one.application}.",
    )
    yield Commented(down, one.endpoint.at)


def _endpoint_rules(plan: Plan, one: WatchedEndpoint) -> Iterator[Any]:
    here = {"service": one.service}
    labels = _labels(plan, one)
    what = f"endpoint {one.endpoint.name}" + (f" ({one.arm})" if one.arm else "")
    down = _rule(
        "OnespecEndpointDown",
        f"max {_BY} ({series('up', here)}) == 0 or absent({series('up', here)})",
        lasts="2m",
        severity="critical",
        labels=labels,
        summary=f"No replica of {what} answers",
        description=f"Prometheus reaches none of the pods behind Service {one.service}.",
    )
    yield Commented(down, one.endpoint.at)
    ready = series("kube_deployment_status_replicas_ready", {"deployment": one.deployment})
    asked = series("kube_deployment_spec_replicas", {"deployment": one.deployment})
    missing = _rule(
        "OnespecReplicasMissing",
        f"max by (namespace, deployment) ({ready}) < max by (namespace, deployment) ({asked})",
        lasts="15m",
        severity="warning",
        labels=labels,
        summary=f"Replicas of {what} do not get ready",
        description=f"Deployment {one.deployment} has {{{{ $value }}}} ready replicas.",
    )
    yield Commented(missing, _KSM)
    yield _rule(
        "OnespecModelReloadFailing",
        f"max {_BY} ({series(RELOAD_FAILING, here)}) > 0",
        lasts="5m",
        severity="warning",
        labels=labels,
        summary=f"A newer model of {what} cannot be loaded",
        description="The older version goes on answering; GET /v1/model says why.",
    )
    version = series(MODEL_VERSION, here)
    yield _rule(
        "OnespecModelVersionsDiffer",
        f"max {_BY} ({version}) - min {_BY} ({version}) > 0",
        lasts="15m",
        severity="warning",
        labels=labels,
        summary=f"Replicas of {what} answer with different models",
        description="Some replica does not follow the promoted version.",
    )
    yield _rule(
        "OnespecPredictionsNotLogged",
        f"sum {_BY} (increase({series(LOG_DROPPED, here)}[10m])) > 0",
        lasts="0m",
        severity="warning",
        labels=labels,
        summary=f"Predictions of {what} are missing from the log",
        description="The log's storage is too slow or refuses: monitors will not see these rows.",
    )


def _policies(plan: Plan, one: WatchedEndpoint) -> Iterator[Any]:
    """What `service:` of a monitor bounds, by the same bound and over the same window."""
    for step in plan:
        params = step.params
        if isinstance(params, MonitorParams) and params.deployment == one.endpoint.name:
            yield from _service_rules(plan, one, step, params)


def _service_rules(
    plan: Plan, one: WatchedEndpoint, step: Step, params: MonitorParams
) -> Iterator[Any]:
    service = params.service
    if service is None:
        return
    here, span = counted(one), duration(params.window)
    labels = _labels(plan, one) | {"monitor": params.monitor}
    requests = f"sum {here.by} (increase({series(here.requests, here.labels)}[{span}]))"
    enough = f"{requests} >= {params.minimum_rows}"
    told = f"Over {span}, as {inert(step.at)} says."
    if service.latency_p99 is not None:
        times = f"rate({series(here.buckets, here.labels)}[{span}])"
        p99 = f"histogram_quantile(0.99, sum {here.by[:-1]}, le) ({times}))"
        if here.unit != 1:
            p99 = f"{p99} / {here.unit:g}"
        rule = _rule(
            "OnespecLatencyHigh",
            f"{p99} > {service.latency_p99:.10g} and {enough}",
            lasts="5m",
            severity="critical",
            labels=labels,
            summary=f"1% of the requests to {one.endpoint.name} are slower than "
            f"{service.latency_p99:g}s",
            description=f"The 99th percentile is {{{{ $value | humanizeDuration }}}}. {told}",
        )
        yield Commented(rule, step.at)
    if service.error_rate is not None:
        failed = series(here.requests, here.labels, **{here.status: "5.."})
        share = f"sum {here.by} (increase({failed}[{span}])) / {requests}"
        rule = _rule(
            "OnespecErrorRateHigh",
            f"{share} > {service.error_rate:.10g} and {enough}",
            lasts="5m",
            severity="critical",
            labels=labels,
            summary=f"More than {service.error_rate:.3%} of the requests to {one.endpoint.name} "
            "fail",
            description=f"{{{{ $value | humanizePercentage }}}} were answered with 5xx. {told}",
        )
        yield Commented(rule, step.at)


def _job_rules(plan: Plan, job: WatchedJob) -> Iterator[Any]:
    here = {"cronjob": job.cronjob}
    labels = {"product": plan.name, "job": job.name}

    def latest(name: str) -> str:
        return f"max by (namespace, cronjob) ({series(name, here)})"

    scheduled = latest("kube_cronjob_status_last_schedule_time")
    good = (
        f"({latest('kube_cronjob_status_last_successful_time')}"
        f" or {latest('kube_cronjob_created')})"
    )
    # A run that is under way is neither.
    idle = f"({latest('kube_cronjob_status_active')} == 0)"
    failed = f"{scheduled} > {good} and {idle}"
    if job.monitor:
        name, summary = "OnespecMonitorAlerts", f"Monitor {job.name} alerts, or could not look"
        more = "Exit code 6 is an alert, with its report beside the state; 1 that it could not look"
    else:
        name, summary = "OnespecJobFailed", f"The last run of {job.name} failed"
        more = "What it had done before is kept: the next run goes on from there"
    rule = _rule(
        name,
        failed,
        lasts="2m",
        severity="warning" if job.monitor else "critical",
        labels=labels,
        summary=summary,
        description=f"{more}. `kubectl logs` of the last Job of CronJob {job.cronjob} tells.",
    )
    yield Commented(rule, f"{job.at}; {_KSM}")
    due = latest("kube_cronjob_next_schedule_time")
    running = f"({latest('kube_cronjob_spec_suspend')} == 0)"
    rule = _rule(
        "OnespecJobNotStarted",
        f"time() - {due} > 900 and {running}",
        lasts="0m",
        severity="critical",
        labels=labels,
        summary=f"{job.name} did not start when it was due",
        description=f"CronJob {job.cronjob} is {{{{ $value | humanizeDuration }}}} late.",
    )
    yield Commented(rule, _KSM)


def _labels(plan: Plan, one: WatchedEndpoint) -> dict[str, str]:
    arm = {"arm": one.arm} if one.arm else {}
    return {"product": plan.name, "endpoint": one.endpoint.name, **arm}
