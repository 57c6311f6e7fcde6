"""The contract of a deployment, link by link."""

import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from onespec.cli.contract_text import contract_json, contract_lines
from onespec.compiler.compile import check
from onespec.compiler.contract import Contract, FeatureLink, contract
from onespec.compiler.interfaces.model_inputs import signature
from onespec.compiler.lower import lower_view
from onespec.specs.render.visible import cells

EXAMPLES = Path(__file__).parents[2] / "examples"


class TextFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Contract]:
    """The contract of a deployment of the flights, with texts of the spec replaced."""

    def edit(deployment: str, *changes: tuple[str, str]) -> Contract:
        for name in ("pipeline.yaml", "onespec.lock"):
            shutil.copy(EXAMPLES / "flights" / name, tmp_path / name)
        spec = tmp_path / "pipeline.yaml"
        for old, new in changes:
            assert old in spec.read_text()
            spec.write_text(spec.read_text().replace(old, new, 1))
        checked = check(spec)
        assert not checked.errors
        return contract(checked.graph, checked.graph.deployments[deployment])

    return edit


def _feature(chain: Contract, reference: str) -> FeatureLink:
    return next(link for link in chain.features if link.reference == reference)


def test_categories_pass_through_a_column_and_not_through_an_expression(
    edited: Callable[..., Contract],
) -> None:
    chain = edited(
        "api",
        ("carrier: string}", "carrier: string, origin: string}"),
        ("      carrier: carrier\n", "      carrier: carrier\n      origin: origin\n"
         "      upper: upper(origin)\n"),
    )  # fmt: skip
    assert _feature(chain, "flight.origin").domain.accepted == ("EWR", "JFK", "LGA")
    assert _feature(chain, "flight.upper").domain.accepted is None
    assert _feature(chain, "flight.upper").columns[0].domain.accepted == ("EWR", "JFK", "LGA")


def test_a_mean_keeps_the_range_and_a_sum_does_not(edited: Callable[..., Contract]) -> None:
    chain = edited(
        "api",
        ("      departures: count()\n", "      near: avg(distance)\n      far: max(distance)\n"
         "      all: sum(distance)\n"),
    )  # fmt: skip
    assert str(_feature(chain, "airport_load.near_6h").domain) == "0 to 6000"
    assert str(_feature(chain, "airport_load.far_6h").domain) == "0 to 6000"
    assert str(_feature(chain, "airport_load.all_6h").domain) == ""


def test_a_test_that_only_warns_guarantees_nothing(edited: Callable[..., Contract]) -> None:
    chain = edited("api", ("      humidity: humid\n", "      humidity: humid\n      dew: dewp\n"))
    assert str(_feature(chain, "weather_now.humidity").domain) == ""


def test_a_rollout_shows_in_the_answer_and_in_the_log(edited: Callable[..., Contract]) -> None:
    log = "    log: {sample"
    plain, shadowed = edited("api"), edited("api", (log, f"    shadow: challenger\n{log}"))
    rolled = edited("api", (log, f"    rollout: {{}}\n{log}"))
    assert [chain.arms for chain in (plain, shadowed, rolled)] == [False, False, True]
    logged = ["arm" in {column.name for column in c.log} for c in (plain, shadowed, rolled)]
    assert logged == [False, True, True]
    lines = [click.unstyle(line).split() for line in contract_lines(rolled, 100)]
    assert ["arm", "string", "`champion`,", "or", "`challenger`", "in", "a", "rollout"] in lines


def test_each_feature_has_its_column_in_the_models_input() -> None:
    graph = check(EXAMPLES / "flights" / "pipeline.yaml").graph
    read = signature(graph.models["late_arrival"].features)
    links = contract(graph, graph.deployments["api"]).features
    assert {link.reference for link in links} == set(read.references)
    assert all(getattr(read, link.tensor)[link.index] == link.reference for link in links)


def test_drift_is_by_a_method_that_fits_the_type(edited: Callable[..., Contract]) -> None:
    chain = edited("api", ("drift:       {method: psi", "drift:       {method: ks"))
    assert _feature(chain, "weather_now.temp").watched == {"api_health": "ks"}
    assert _feature(chain, "flight.carrier").watched == {"api_health": "total variation"}


def test_a_monitor_of_some_features(edited: Callable[..., Contract]) -> None:
    chain = edited(
        "api", ("method: psi, against", "method: psi, features: [airframe.age], against")
    )
    assert _feature(chain, "airframe.age").watched == {"api_health": "psi"}
    assert _feature(chain, "airframe.seats").watched == {}
    text = "\n".join(map(click.unstyle, contract_lines(chain, 80)))
    assert "not watched by api_health" in text


@pytest.mark.parametrize(
    ("example", "deployment"), [("flights", "api"), ("flights", "nightly"), ("minimal", "api")]
)
def test_contracts(
    example: str,
    deployment: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    for name in ("pipeline.yaml", "onespec.lock"):
        shutil.copy(EXAMPLES / example / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    graph = check(Path("pipeline.yaml")).graph
    chain = contract(graph, graph.deployments[deployment])
    lines = [click.unstyle(line) for line in contract_lines(chain, 80)]
    assert max(map(cells, lines)) <= 80
    text = "\n".join(lines) + "\n\n" + contract_json(chain) + "\n"
    assert text == snapshot(extension_class=TextFile)


def test_the_request_holds_every_key_and_input() -> None:
    graph = check(EXAMPLES / "flights" / "pipeline.yaml").graph
    chain = contract(graph, graph.deployments["api"])
    views = [lower_view(view) for view in graph.models["late_arrival"].views]
    wanted = {c.name for view in views for c in (*view.keys, *view.inputs)}
    assert {link.column.name for link in chain.request} == wanted
    assert all(link.asked_by for link in chain.request)
