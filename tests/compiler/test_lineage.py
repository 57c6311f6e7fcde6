"""Lineage by column: roles, both directions, names, and the three ways to show it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from onespec.compiler.compile import check
from onespec.compiler.graph import Graph
from onespec.compiler.lineage.build import lineage
from onespec.compiler.lineage.columns import Lineage
from onespec.compiler.lineage.draw import lineage_json, lineage_mermaid
from onespec.compiler.lineage.names import UnknownNameError, find_in_lineage
from onespec.compiler.lineage.tree import lineage_tree
from onespec.specs.render.visible import cells

EXAMPLES = Path(__file__).parents[2] / "examples"


class TextFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def flights(tmp_path: Path) -> Graph:
    return check(_project(tmp_path, "flights") / "pipeline.yaml").graph


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str], Graph]:
    """The flights with a text of the spec replaced."""

    def edit(old: str, new: str) -> Graph:
        spec = _project(tmp_path, "flights") / "pipeline.yaml"
        assert old in spec.read_text()
        spec.write_text(spec.read_text().replace(old, new))
        return check(spec).graph

    return edit


def _project(folder: Path, example: str) -> Path:
    for name in ("pipeline.yaml", "onespec.lock"):
        shutil.copy(EXAMPLES / example / name, folder / name)
    return folder


def _hops(columns: Lineage, after: str) -> set[tuple[str, str]]:
    return {(hop.before, hop.role) for hop in columns.before(after)}


def _names(columns: Lineage, name: str, *, downstream: bool = False) -> set[str]:
    walk = columns.walk(find_in_lineage(columns, name), downstream=downstream)
    return {node.name for node in walk.nodes}


def test_each_role_has_its_own_hop(
    edited: Callable[[str, str], Graph],
) -> None:
    graph = edited(
        "      mean_delay: avg(dep_delay)\n      late_share",
        "      mean_delay: avg(dep_delay) filter (where distance > 10)\n      late_share",
    )
    columns = lineage(graph)
    assert _hops(columns, "field.airport_load.mean_delay") == {
        ("source.flights.dep_delay", "value"),
        ("source.flights.distance", "filter"),
        ("view.airport_load", "rows"),
    }
    assert _hops(columns, "view.airport_load") == {
        ("source.flights.origin", "key"),
        ("source.flights.scheduled_departure", "time"),
    }
    assert ("source.flights.arr_delay", "filter") in _hops(columns, "model.late_arrival.examples")
    assert ("source.flights.carrier", "slice") in _hops(columns, "model.late_arrival")
    assert _hops(columns, "monitor.api_health") == {
        ("deployment.api.score", "value"),
        ("model.late_arrival.label", "label"),
    }


def test_a_windowed_field_becomes_one_feature_for_each_window(flights: Graph) -> None:
    columns = lineage(flights)
    after = [hop.after for hop in columns.after("field.airport_load.mean_delay")]
    assert after == ["view.airport_load.mean_delay_6h", "view.airport_load.mean_delay_24h"]


def test_a_score_is_made_of_all_that_its_model_reads_and_no_more(flights: Graph) -> None:
    names = _names(lineage(flights), "api.score")
    assert {"flights.dep_delay", "planes.year", "flight.inputs.distance"} <= names
    assert not {"flights.dest", "planes.engines", "nightly.rows", "api_health"} & names


def test_what_a_column_touches_ends_at_the_monitors(flights: Graph) -> None:
    names = _names(lineage(flights), "planes.year", downstream=True)
    assert names == {
        "planes.year", "airframe.age", "late_arrival", "api.score", "nightly.score",
        "api_health", "december",
    }  # fmt: skip
    assert _names(lineage(flights), "flights.dest", downstream=True) == {"flights.dest"}


def test_the_source_of_a_batch_is_not_part_of_the_endpoint(
    edited: Callable[[str, str], Graph], tmp_path: Path
) -> None:
    """Both share the on-demand view `flight`, whose inputs come from two tables."""
    lock = (EXAMPLES / "flights" / "onespec.lock").read_text()
    columns = lock.partition("  flights:\n")[2].partition("  planes:\n")[0]
    spec = _project(tmp_path, "flights") / "pipeline.yaml"
    text = spec.read_text().replace("source: flights, last: 31d", "source: later, last: 31d")
    later = "  later: {path: data/later.parquet, event_time: scheduled_departure}\n  planes:\n"
    spec.write_text(text.replace("  planes:\n", later, 1))
    spec.with_name("onespec.lock").write_text(lock + "  later:\n" + columns)
    graph = lineage(check(spec).graph)
    assert "flights.distance" in _names(graph, "api")
    assert "later.distance" not in _names(graph, "api")
    assert {"flights.distance", "later.distance"} <= _names(graph, "nightly")
    assert "nightly.score" in _names(graph, "later.distance", downstream=True)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("api", ("deployment.api.score",)),
        ("api.score", ("deployment.api.score",)),
        ("late_arrival", ("model.late_arrival",)),
        ("airport_load.mean_delay", ("field.airport_load.mean_delay",)),
        ("airport_load.mean_delay_6h", ("view.airport_load.mean_delay_6h",)),
        ("source.planes.year", ("source.planes.year",)),
        ("flight.inputs.distance", ("view.flight.inputs.distance",)),
    ],
)
def test_names(flights: Graph, name: str, ids: tuple[str, ...]) -> None:
    assert find_in_lineage(lineage(flights), name) == ids


def test_a_source_means_its_columns_and_a_view_its_fields(flights: Graph) -> None:
    columns = lineage(flights)
    assert "source.planes.year" in find_in_lineage(columns, "planes")
    assert find_in_lineage(columns, "airframe") == (
        "view.airframe", "view.airframe.age", "view.airframe.seats",
    )  # fmt: skip


def test_an_unknown_name_is_guessed(flights: Graph) -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean `flights\.dep_delay`"):
        find_in_lineage(lineage(flights), "flights.dep_dealy")


def test_a_name_of_two_things_is_told_apart(edited: Callable[[str, str], Graph]) -> None:
    graph = edited("  december:", "  late_arrival:")
    with pytest.raises(UnknownNameError, match=r"`model\.late_arrival` or `monitor\.late_arrival`"):
        find_in_lineage(lineage(graph), "late_arrival")


@pytest.mark.parametrize("example", ["flights", "minimal"])
@pytest.mark.parametrize("downstream", [False, True], ids=["upstream", "downstream"])
def test_trees(
    example: str,
    downstream: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.chdir(_project(tmp_path, example))
    graph = check(Path("pipeline.yaml")).graph
    columns = lineage(graph)
    name = ({"flights": "flights.origin", "minimal": "orders.amount"})[example]
    walk = columns.walk(
        find_in_lineage(columns, name if downstream else "api.score"), downstream=downstream
    )
    lines = [
        line.guide + line.role + line.name + line.told + line.note + line.gap + line.place
        for line in lineage_tree(graph, columns, walk, 80)
    ]
    assert max(map(cells, lines)) <= 80
    text = "\n".join(lines) + "\n\n" + lineage_mermaid(walk) + "\n" + lineage_json(graph, walk)
    assert text == snapshot(extension_class=TextFile)


def test_the_tree_tells_each_branch_once(flights: Graph) -> None:
    columns = lineage(flights)
    walk = columns.walk(("deployment.api.score", "deployment.nightly.score"))
    lines = list(lineage_tree(flights, columns, walk, 80))
    assert sum(line.name == "late_arrival" for line in lines) == 2
    assert sum(line.note.endswith("↑") for line in lines if line.name == "late_arrival") == 1


def test_json_has_a_place_for_every_node(flights: Graph) -> None:
    columns = lineage(flights)
    data = json.loads(lineage_json(flights, columns.walk(("deployment.api.score",))))
    ids = {node["id"] for node in data["nodes"]}
    assert all(node["place"].startswith("pipeline.yaml:") for node in data["nodes"])
    assert all({hop["from"], hop["to"]} <= ids for hop in data["hops"])


def test_the_place_is_that_of_the_key(flights: Graph) -> None:
    text = (EXAMPLES / "flights" / "pipeline.yaml").read_text().splitlines()
    line = next(n for n, t in enumerate(text, start=1) if "wind_kmh:" in t)
    assert flights.place(("features", "weather_now", "fields", "wind_kmh")) == (
        f"pipeline.yaml:{line}"
    )
