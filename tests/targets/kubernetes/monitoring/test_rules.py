"""The alerts, judged by promtool: each of them on numbers that make it fire, and on others."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from onespec.compiler.compile import compile_spec
from onespec.compiler.interfaces.metrics import LATENCY_BUCKETS
from onespec.compiler.plan import MonitorParams, Plan
from onespec.targets.kubernetes.monitoring.dashboard import dashboard
from onespec.targets.kubernetes.monitoring.promql import duration, inert, quoted, series
from onespec.targets.kubernetes.monitoring.rules import rule_groups
from onespec.targets.kubernetes.monitoring.watched import WatchedEndpoint, WatchedJob
from onespec.targets.yaml_text import dump_yaml

FLIGHTS = Path(__file__).parents[4] / "examples" / "flights" / "pipeline.yaml"
PROMTOOL = shutil.which("promtool")

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Flights, watched over half an hour: promtool goes through every minute of a window."""
    compiled = compile_spec(FLIGHTS)
    steps = [
        replace(step, params=replace(step.params, window=30 * 60_000_000))
        if isinstance(step.params, MonitorParams)
        else step
        for step in compiled
    ]
    return replace(compiled, steps=tuple(steps))


@pytest.fixture(scope="module")
def endpoints(plan: Plan) -> tuple[WatchedEndpoint, ...]:
    (api,) = plan.endpoints
    return (WatchedEndpoint(api, "flights-api", "flights-api", {"part": "api"}),)


JOBS = (
    WatchedJob("nightly", "flights-nightly", "pipeline.yaml:96"),
    WatchedJob("api_health", "flights-api-health", "pipeline.yaml:101", monitor=True),
)


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    given = [PROMTOOL, *words]
    return subprocess.run(given, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def rules(
    plan: Plan, endpoints: tuple[WatchedEndpoint, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(dump_yaml({"groups": rule_groups(plan, endpoints, JOBS)}))
    return path


# --- alerts fire, and do not ---------------------------------------------------------------

HERE = 'namespace="ml", service="flights-api"'
LENGTH = 50  # samples, one a minute
Series = Mapping[str, str]


def requests(good: int, failed: int) -> Series:
    """So many requests a minute."""
    return {
        f'onespec_requests_total{{{HERE}, status="200"}}': f"0+{good}x{LENGTH}",
        f'onespec_requests_total{{{HERE}, status="500"}}': f"0+{failed}x{LENGTH}",
    }


def latencies(fast: int, slow: int) -> Series:
    """So many requests a minute below 25 ms, and above 250 ms."""
    total = fast + slow
    counts = {bound: fast if bound < 0.3 else total for bound in LATENCY_BUCKETS if bound > 0.02}
    found = {
        f'onespec_request_seconds_bucket{{{HERE}, le="{bound}"}}': f"0+{count}x{LENGTH}"
        for bound, count in (*counts.items(), ("+Inf", total))
    }
    return {**found, **requests(total, 0)}


def gauge(name: str, value: float, labels: str = HERE) -> Series:
    return {f"{name}{{{labels}}}": f"{value}+0x{LENGTH}"}


def replicas(ready: int) -> Series:
    here = 'namespace="ml", deployment="flights-api"'
    return {
        **gauge("kube_deployment_status_replicas_ready", ready, here),
        **gauge("kube_deployment_spec_replicas", 2, here),
    }


def versions(first: int, second: int) -> Series:
    return {
        **gauge("onespec_model_version", first, f'{HERE}, pod="a"'),
        **gauge("onespec_model_version", second, f'{HERE}, pod="b"'),
    }


def job(cronjob: str, scheduled: int, succeeded: int | None, active: int = 0) -> Series:
    here = f'namespace="ml", cronjob="{cronjob}"'
    good = gauge("kube_cronjob_status_last_successful_time", succeeded or 0, here)
    return {
        **gauge("kube_cronjob_status_last_schedule_time", scheduled, here),
        **gauge("kube_cronjob_created", 100, here),
        **gauge("kube_cronjob_status_active", active, here),
        **(good if succeeded is not None else {}),
    }


def due(at: int, suspended: int = 0) -> Series:
    here = 'namespace="ml", cronjob="flights-nightly"'
    return {
        **gauge("kube_cronjob_next_schedule_time", at, here),
        **gauge("kube_cronjob_spec_suspend", suspended, here),
    }


END = 45 * 60
UP = f"up{{{HERE}}}"
CASES: dict[str, tuple[str, Series, bool]] = {
    "a replica answers": ("OnespecEndpointDown", {UP: f"1+0x{LENGTH}"}, False),
    "no replica answers": ("OnespecEndpointDown", {UP: f"0+0x{LENGTH}"}, True),
    "there is no replica": ("OnespecEndpointDown", {"other": f"0+0x{LENGTH}"}, True),
    "one of two namespaces is down": (
        "OnespecEndpointDown",
        {UP: f"0+0x{LENGTH}", UP.replace("ml", "dev"): f"1+0x{LENGTH}"},
        True,
    ),
    "all replicas": ("OnespecReplicasMissing", replicas(2), False),
    "a replica is missing": ("OnespecReplicasMissing", replicas(1), True),
    "the model is loaded": (
        "OnespecModelReloadFailing",
        gauge("onespec_model_reload_failing", 0),
        False,
    ),
    "the model cannot be loaded": (
        "OnespecModelReloadFailing",
        gauge("onespec_model_reload_failing", 1),
        True,
    ),
    "one version": ("OnespecModelVersionsDiffer", versions(3, 3), False),
    "two versions": ("OnespecModelVersionsDiffer", versions(3, 4), True),
    "all is logged": ("OnespecPredictionsNotLogged", gauge("onespec_log_dropped_total", 7), False),
    "rows are lost": (
        "OnespecPredictionsNotLogged",
        {f"onespec_log_dropped_total{{{HERE}}}": f"0+1x{LENGTH}"},
        True,
    ),
    "1% is slow": ("OnespecLatencyHigh", latencies(1000, 9), False),
    "2% are slow": ("OnespecLatencyHigh", latencies(1000, 20), True),
    "too few to tell": (
        "OnespecLatencyHigh",
        {k: v.replace("0+1x", "0+0x") for k, v in latencies(0, 1).items()},
        False,
    ),
    "few fail": ("OnespecErrorRateHigh", requests(1000, 9), False),
    "many fail": ("OnespecErrorRateHigh", requests(1000, 20), True),
    "none was asked": ("OnespecErrorRateHigh", requests(0, 0), False),
    "the last run succeeded": ("OnespecJobFailed", job("flights-nightly", 500, 600), False),
    "the last run failed": ("OnespecJobFailed", job("flights-nightly", 500, 400), True),
    "the first run failed": ("OnespecJobFailed", job("flights-nightly", 500, None), True),
    "a run goes on": ("OnespecJobFailed", job("flights-nightly", 500, 400, active=1), False),
    "the monitor is content": ("OnespecMonitorAlerts", job("flights-api-health", 5, 6), False),
    "the monitor alerts": ("OnespecMonitorAlerts", job("flights-api-health", 500, 400), True),
    "due in a minute": ("OnespecJobNotStarted", due(END + 60), False),
    "an hour late": ("OnespecJobNotStarted", due(END - 3600), True),
    "suspended": ("OnespecJobNotStarted", due(END - 3600, suspended=1), False),
}


def test_each_alert_fires_when_it_should_and_only_then(rules: Path) -> None:
    written = {r["alert"]: r for r in _rules(rules)}
    by_alert = {name: {fires for a, _, fires in CASES.values() if a == name} for name in written}
    assert by_alert == {name: {True, False} for name in written}
    tests = [_case(name, *case) for name, case in CASES.items()]
    found = _judged(rules, tests)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("bug", ["> 0.05", "[30m]", "5.."])
def test_a_rule_that_is_wrong_is_found(bug: str, rules: Path, tmp_path: Path) -> None:
    """The controls: another bound, another window, other requests."""
    wrong = {"> 0.05": "> 5", "[30m]": "[1s]", "5..": "6.."}[bug]
    policies = ("OnespecLatencyHigh", "OnespecErrorRateHigh")
    mended = tmp_path / "rules.yaml"
    mended.write_text(rules.read_text().replace(bug, wrong))
    assert promtool("check", "rules", mended).returncode == 0
    tests = [_case(name, *case) for name, case in CASES.items() if case[0] in policies]
    assert _judged(mended, tests).returncode == 1


def _case(name: str, alert: str, given: Series, fires: bool) -> dict[str, Any]:
    firing = f"count(ALERTS{{alertname='{alert}', alertstate='firing'}}) or vector(0)"
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in given.items()],
        "promql_expr_test": [
            {
                "expr": firing,
                "eval_time": f"{END}s",
                "exp_samples": [{"labels": "{}", "value": int(fires)}],
            }
        ],
    }


def _judged(rules: Path, tests: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    path = rules.parent / "tests.yaml"
    path.write_text(
        yaml.safe_dump(
            {"rule_files": [rules.name], "evaluation_interval": "1m", "tests": tests},
            sort_keys=False,
        )
    )
    return promtool("test", "rules", path)


def _rules(path: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load(path.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


# --- texts ---------------------------------------------------------------------------------

HOSTILE = "a'b\"c\\d\ne{{ $labels }}{f=~`g`}"


def test_texts_stay_texts_in_promql_and_in_templates(tmp_path: Path) -> None:
    told = f"{inert(HOSTILE)} at {{{{ $value }}}}"
    rule = {
        "alert": "Hostile",
        "expr": series("up", {"job": HOSTILE}, instance=HOSTILE.replace("{", "")) + " or vector(1)",
        "annotations": {"told": told},
    }
    path = tmp_path / "rules.yaml"
    path.write_text(dump_yaml({"groups": [{"name": "g", "rules": [rule]}]}))
    assert promtool("check", "rules", path).returncode == 0
    alert = {"exp_labels": {}, "exp_annotations": {"told": f"{HOSTILE} at 1"}}
    test = {
        "interval": "1m",
        "input_series": [{"series": "x", "values": "1"}],
        "alert_rule_test": [{"eval_time": "1m", "alertname": "Hostile", "exp_alerts": [alert]}],
    }
    found = _judged(path, [test])
    assert found.returncode == 0, found.stdout + found.stderr
    assert quoted("a'b\\c\nd\0") == "'a\\'b\\\\c\\nd?'"


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(86_400_000_000, "1d"), (5_400_000_000, "90m"), (150_000_000, "150s"), (1, "2m")],
)
def test_a_window_reads_as_people_write_it(microseconds: int, text: str) -> None:
    assert duration(microseconds) == text


# --- the dashboard -------------------------------------------------------------------------


def test_every_expression_of_the_dashboard_is_promql(
    plan: Plan, endpoints: tuple[WatchedEndpoint, ...], tmp_path: Path
) -> None:
    document = json.loads(dashboard(plan, endpoints, JOBS))
    chosen = {"$__rate_interval": "5m", "$namespace": "ml", "$service": "flights-api"}
    rules = []
    for panel in document["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            for variable, value in chosen.items():
                expression = expression.replace(variable, value)
            assert "$" not in expression
            rules.append({"record": f"r{len(rules)}", "expr": expression})
    assert len(rules) > 15
    path = tmp_path / "rules.yaml"
    path.write_text(dump_yaml({"groups": [{"name": "g", "rules": rules}]}))
    checked = promtool("check", "rules", path)
    assert f"{len(rules)} rules found" in checked.stdout, checked.stdout + checked.stderr


def test_panels_lie_beside_each_other(plan: Plan, endpoints: tuple[WatchedEndpoint, ...]) -> None:
    document = json.loads(dashboard(plan, endpoints, JOBS))
    taken = set()
    for panel in document["panels"]:
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not taken & cells
        taken |= cells
    assert len({panel["id"] for panel in document["panels"]}) == len(document["panels"])
    names = {one["name"] for one in document["templating"]["list"]}
    assert names == {"datasource", "namespace", "service"}
