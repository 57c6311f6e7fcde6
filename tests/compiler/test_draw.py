"""The tree and the SVG picture: well formed, the same each time, nothing over another."""

import shutil
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from onespec.compiler.compile import check
from onespec.compiler.draw_svg import draw_svg
from onespec.compiler.draw_tree import draw_tree
from onespec.compiler.graph import Graph
from onespec.compiler.layered import layered
from onespec.specs.render.visible import cells

EXAMPLES = Path(__file__).parents[2] / "examples"
SVG = "{http://www.w3.org/2000/svg}"


class TextFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class SvgFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "svg"


def _graph(folder: Path, example: str, *changes: tuple[str, str]) -> Graph:
    for name in ("pipeline.yaml", "onespec.lock"):
        shutil.copy(EXAMPLES / example / name, folder / name)
    spec = folder / "pipeline.yaml"
    for old, new in changes:
        assert old in spec.read_text()
        spec.write_text(spec.read_text().replace(old, new, 1))
    checked = check(spec)
    assert not checked.errors
    return checked.graph


@pytest.mark.parametrize("example", ["flights", "minimal"])
def test_pictures(example: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    text = draw_svg(_graph(tmp_path, example))
    ElementTree.fromstring(text)
    assert text == snapshot(extension_class=SvgFile)


@pytest.mark.parametrize("example", ["flights", "minimal"])
def test_trees(example: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    lines = draw_tree(_graph(tmp_path, example), 80)
    text = [f"{o.guide}{o.name}{o.note}{o.gap}{o.place}" for o in lines]
    assert {cells(line) for line in text} == {80}
    assert "\n".join(text) == snapshot(extension_class=TextFile)


def test_tips_have_the_place_and_the_description(tmp_path: Path) -> None:
    hostile = '<script>alert(1)</script> & "quotes" ]]>'
    change = ("  weather_now:", f"  weather_now:\n    description: '{hostile}'")
    root = ElementTree.fromstring(draw_svg(_graph(tmp_path, "flights", change)))
    tips = [tip.text or "" for tip in root.iter(f"{SVG}title")]
    (tip,) = [tip for tip in tips if tip.startswith("view weather_now, pipeline.yaml:")]
    assert tip.partition("\n")[2] == hostile
    assert not list(root.iter(f"{SVG}script"))


def test_a_picture_of_nothing_but_sources(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(
        "onespec: 1\nname: catalogue\nsources:\n  flights:\n    path: a.parquet\n    static: true\n"
    )
    (tmp_path / "onespec.lock").write_text("lock: 1\nsources:\n  flights: {a: int}\n")
    root = ElementTree.fromstring(draw_svg(check(tmp_path / "pipeline.yaml").graph))
    assert [t.text for t in root.iter(f"{SVG}text")] == ["sources", "flights", "parquet, 1 column"]


def _crossings(
    columns: list[list[str]], centers: dict[str, float], edges: list[tuple[str, str]]
) -> int:
    column = {name: i for i, names in enumerate(columns) for name in names}
    return sum(
        column[a] == column[c] and (centers[a] - centers[c]) * (centers[b] - centers[d]) < 0
        for i, (a, b) in enumerate(edges)
        for c, d in edges[:i]
    )


def test_crossings_that_can_be_avoided_are() -> None:
    columns = [list("abcd"), list("efgh")]
    edges = [("a", "h"), ("b", "g"), ("c", "f"), ("d", "e")]
    found = layered(columns, edges, height=10, waypoint=2, gap=5)
    assert _crossings(columns, {n: float(i) for i, n in enumerate("abcdefgh")}, edges) == 6
    assert _crossings(columns, dict(found.center), edges) == 0


def test_nodes_of_a_column_keep_their_distance() -> None:
    columns = [[f"s{i}" for i in range(9)], [f"v{i}" for i in range(30)], ["m"], ["d"]]
    edges = [(f"s{i % 9}", f"v{i}") for i in range(30)] + [(f"v{i}", "m") for i in range(30)]
    found = layered(columns, [*edges, ("m", "d"), ("s3", "d")], height=10, waypoint=2, gap=5)
    for names in columns:
        centers = sorted(found.center[name] for name in names)
        assert all(b - a >= 15 - 1e-6 for a, b in pairwise(centers))
    assert len(found.waypoints["s3", "d"]) == 2
    assert min(found.center.values()) >= 5 - 1e-6
    assert max(found.center.values()) <= found.height - 5 + 1e-6


def test_a_chain_is_drawn_straight() -> None:
    found = layered([["a"], ["b"], ["c"]], [("a", "b"), ("b", "c")], height=10, waypoint=2, gap=5)
    assert len(set(found.center.values())) == 1
