# ruff: noqa: E501 - a table
"""Edits of the flights, each with what it means for which nodes; all others are unchanged."""

from dataclasses import dataclass
from typing import Any

from .project import Edit

RETRAINED: dict[str, tuple[str, ...]] = {
    "model.late_arrival": ("retrain",),
    "deployment.api": ("redeploy",),
    "deployment.nightly": ("redeploy",),
    "monitor.api_health": ("re-monitor",),
    "monitor.december": ("re-monitor",),
}


@dataclass(frozen=True)
class Mutation:
    """A name, the edit, and the labels of every node that is touched."""

    name: str
    edit: Edit
    labels: dict[str, tuple[str, ...]]


def _one(name: str, old: str, new: str, **labels: Any) -> Mutation:
    named = {key.replace("__", "."): value for key, value in labels.items()}
    return Mutation(
        name, (old, new), {k: (v,) if isinstance(v, str) else v for k, v in named.items()}
    )


def _retrained(name: str, old: str, new: str, **more: Any) -> Mutation:
    one = _one(name, old, new, **more)
    return Mutation(name, one.edit, RETRAINED | one.labels)


_NARROWED = ("breaks callers", "redeploy")

MUTATIONS = [
    # metadata only
    _one("description", "  api:\n", "  api:\n    description: it\n", deployment__api="metadata only"),
    _one("owner", "    windows: [6h", "    owner: me\n    windows: [6h", view__airport_load="metadata only"),
    _one("tags", "    watch: api\n", "    watch: api\n    tags: [a]\n", monitor__api_health="metadata only"),
    _one("path", "data/planes.parquet", "data/fleet.parquet", source__planes="metadata only"),
    _one("refresh", "refresh: 1h", "refresh: 2h", source__weather="metadata only"),
    _one("resources", "resources: {cpu: 2}", "resources: {cpu: 4}", model__late_arrival="metadata only"),
    _one("product", "owner: ops-research", "owner: them", spec="metadata only"),
    _one("store", "\ntargets:\n", "\nstores: {ledger: postgresql://db/x, artifacts: mnt}\ntargets:\n", spec="redeploy"),
    # data tests, gates
    _one("data test", "[0, 6000]", "[0, 5000]", source__flights="re-check"),
    _one("level", "        level: warn\n", "", source__weather="re-check"),
    _one("new test", "      - fresh: 7d\n", "      - fresh: 7d\n      - unique: [dest, flight_id]\n", source__flights="re-check"),
    _one("gate", "test.roc_auc >= 0.65", "test.roc_auc >= 0.70", model__late_arrival="re-evaluate"),
    _one("new gate", "    resources: {cpu: 2}", "      - test.log_loss <= 0.7\n    resources: {cpu: 2}", model__late_arrival="re-evaluate"),
    # monitors
    _one("threshold", "alert: 0.25}\n    performance: {metric: roc_auc, min: 0.65}\n    service", "alert: 0.3}\n    performance: {metric: roc_auc, min: 0.65}\n    service", monitor__api_health="re-monitor"),
    _one("cadence", "every: 1h", "every: 2h", monitor__api_health="re-monitor"),
    _one("look back", "    watch: nightly\n    every: 1d\n    window: 31d", "    watch: nightly\n    every: 1d\n    window: 30d", monitor__december="re-monitor"),
    # deployments
    _one("replicas", "max: 2}", "max: 3}", deployment__api="redeploy"),
    _one("log", "keep: 90d", "keep: 30d", deployment__api="redeploy"),
    _one("schedule", '"0 2 * * *"', '"0 3 * * *"', deployment__nightly="redeploy"),
    _one("output", "output: data/scores/", "output: data/other/", deployment__nightly="redeploy", monitor__december="re-monitor"),
    _one("last", "last: 31d", "last: 32d", deployment__nightly="redeploy", monitor__december="re-monitor"),
    _one("rollout", "    log: {sample", "    rollout: {watch: api_health}\n    log: {sample", deployment__api="redeploy"),
    _one("shadow", "    log: {sample", "    shadow: challenger\n    log: {sample", deployment__api="redeploy"),
    _one("missing is null", "    log: {sample", "    on_missing: default\n    log: {sample", deployment__api="redeploy"),
    # callers
    _one("port", "port: 8000", "port: 8001", deployment__api=_NARROWED),
    _one("reject", "    log: {sample", "    on_missing: reject\n    log: {sample", deployment__api=_NARROWED),
    _one("new input", "carrier: string}", "carrier: string, dest: string}", view__flight="rematerialise", deployment__api=_NARROWED),
    _retrained("view out of use", "airframe, flight]", "flight]", deployment__api=_NARROWED),
    # models
    _retrained("estimator", "max_iter: 120", "max_iter: 60"),
    _retrained("class", "ensemble.HistGradientBoostingClassifier\n      params: {max_iter: 120, learning_rate: 0.1, max_leaf_nodes: 31}", "linear_model.LogisticRegression"),
    _retrained("null parameter", "max_iter: 120", "max_depth: null, max_iter: 120"),
    _retrained("label", "label: arr_delay > 15", "label: arr_delay > 30"),
    _retrained("examples", "where: arr_delay is not null", "where: arr_delay is not null and dest <> 'XXX'"),
    _retrained("split", "train: 70%, validation: 15%", "train: 60%, validation: 25%"),
    _retrained("order of features", "airframe, flight]", "flight, airframe]"),
    # views
    _retrained("field", "seats: seats", "seats: seats + 1", view__airframe="rematerialise"),
    _retrained("new field", "seats: seats", "seats: seats, engines: engines", view__airframe="rematerialise"),
    _retrained("field gone", "age: 2013 - year, ", "", view__airframe="rematerialise"),
    _retrained("on demand", "ln(1 + distance)", "ln(2 + distance)", view__flight="rematerialise"),
    _retrained("ttl", "ttl: 3h", "ttl: 4h", view__weather_now="rematerialise"),
    _retrained("window", "[6h, 24h]", "[6h, 12h]", view__airport_load="rematerialise"),
    _retrained("lag", "{dep_delay: 2h,", "{dep_delay: 3h,", view__airport_load="rematerialise", view__airline_load="rematerialise", source__flights="re-read"),
    _retrained("lag of the label", "arr_delay: 12h,", "arr_delay: 13h,", source__flights="re-read"),
    _retrained("rows", "    windows: [24h, 7d]", "    where: dest <> 'XXX'\n    windows: [24h, 7d]", view__airline_load="rematerialise"),
    # sources
    _retrained("tie break", "    refresh: 1h\n", "    refresh: 1h\n    created: observed_at\n", source__weather=("re-read", "re-check"), view__weather_now="rematerialise"),
    # coming and going
    _one("new monitor", "  december:", "  more:\n    watch: api\n    every: 1d\n    drift: {}\n  december:", monitor__more="added"),
    _one("new view", "  flight:          ", "  unread:\n    entity: plane\n    source: planes\n    fields: {engines: engines}\n  flight:          ", view__unread="added"),
]  # fmt: skip
