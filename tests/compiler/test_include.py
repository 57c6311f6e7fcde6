"""Includes, compiled: where the lines are changes no fingerprint, and a library costs nothing."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from onespec.cli.main import cli
from onespec.compiler.compile import check, compile_spec, load
from onespec.compiler.needed import needed
from onespec.compiler.plan_file import plan_text
from onespec.specs.schema import fragment_schema, spec_schema
from onespec.specs.sections.fragment import Fragment
from onespec.specs.sections.spec import Spec

REPO = Path(__file__).parents[2]
LIBRARY = REPO / "examples" / "library"
PRODUCTS = ("returns", "inspection")
FLIGHTS = REPO / "examples" / "flights"
SECTIONS = ("sources", "entities", "features", "models", "deploy", "monitor")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the example, so that it may be changed."""
    kept = shutil.ignore_patterns("data", "build", ".onespec")
    shutil.copytree(LIBRARY, tmp_path / "library", ignore=kept)
    (tmp_path / "library" / ".onespec-root").touch()
    return tmp_path / "library"


# --- the example ----------------------------------------------------------------------------


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_product_is_fine(library: Path, product: str) -> None:
    assert check(library / product / "pipeline.yaml").diagnostics == ()


def test_the_steps_of_the_library_are_the_same_in_both_products(library: Path) -> None:
    plans = [compile_spec(library / product / "pipeline.yaml") for product in PRODUCTS]
    first, second = ({step.id: step for step in plan.steps} for plan in plans)
    shared = set(first) & set(second)
    assert shared == {"source.orders", "check.orders", "materialize.history"}
    for step_id in shared:
        assert first[step_id].fingerprint == second[step_id].fingerprint
        assert first[step_id].at == second[step_id].at
        assert first[step_id].at.startswith("../customers.yaml:")


def test_a_plan_does_not_say_where_it_was_made(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {plan_text(compile_spec(library / "returns" / "pipeline.yaml"))}
    for folder, path in (
        (library, "returns/pipeline.yaml"),
        (library / "returns", "pipeline.yaml"),
        (library / "inspection", "../returns/pipeline.yaml"),
        (library, "returns/../returns/pipeline.yaml"),
    ):
        monkeypatch.chdir(folder)
        made.add(plan_text(compile_spec(Path(path))))
    assert len(made) == 1


# --- what a spec needs of a library ---------------------------------------------------------


def test_what_nobody_needs_is_not_bound(library: Path) -> None:
    document, spec = load(library / "returns" / "pipeline.yaml")
    kept = needed(document, spec)
    assert set(spec.sources) - set(kept.sources) == {"complaints"}
    assert set(spec.features) - set(kept.features) == {"trouble"}


def test_a_view_of_the_spec_itself_keeps_what_it_reads(library: Path) -> None:
    path = library / "returns" / "pipeline.yaml"
    own = "features:\n  own: {entity: customer, source: complaints, fields: {what: customer}}\n"
    path.write_text(path.read_text().replace("features:\n", own, 1))
    found = check(path).diagnostics
    assert [one.code for one in found] == ["E302"], "its source is not locked, and now needed"


def test_a_catalogue_keeps_everything(library: Path) -> None:
    path = library / "returns" / "pipeline.yaml"
    path.write_text("onespec: 1\nname: catalogue\ninclude: [../customers.yaml]\n")
    (one,) = check(path).diagnostics
    assert one.code == "E302"
    assert "`complaints`" in one.message


def test_only_what_is_needed_is_locked(library: Path) -> None:
    product = library / "returns"
    (product / "data").mkdir()
    (product / "data" / "orders.csv").write_text(
        "order_id,customer,ordered_at,amount,returned\n1,a,2025-01-01T00:00:00Z,1.5,true\n"
    )
    (product / "onespec.lock").unlink()
    result = CliRunner().invoke(cli, ["lock", str(product / "pipeline.yaml")])
    assert result.exit_code == 0, result.output
    assert "1 source" in result.output
    assert check(product / "pipeline.yaml").diagnostics == ()


def test_an_overlay_reaches_into_the_library(library: Path) -> None:
    path = library / "returns" / "pipeline.yaml"
    text = path.read_text()
    text += (
        "environments:\n  dev:\n    features.history.windows: [30d]\n    features.history.x: 1\n"
    )
    path.write_text(text)
    line = text.count("\n")
    with pytest.raises(Exception, match="no key `x`") as caught:
        check(path, "dev")
    (one,) = caught.value.diagnostics  # type: ignore[attr-defined]
    assert str(one.span).endswith(f"returns/pipeline.yaml:{line}:22")
    path.write_text(text.replace("    features.history.x: 1\n", ""))
    assert compile_spec(path, "dev").step("materialize.history").at.startswith("../customers")


def test_shapes_are_checked_although_a_file_is_missing(library: Path) -> None:
    path = library / "returns" / "pipeline.yaml"
    text = path.read_text().replace("[../customers.yaml]", "[../customers.yaml, ../none.yaml]")
    path.write_text(text.replace("task: binary_classification", "task: guessing"))
    with pytest.raises(Exception, match="none") as caught:
        check(path)
    assert [one.code for one in caught.value.diagnostics] == ["E212", "E202"]  # type: ignore[attr-defined]


def test_a_fragment_and_a_spec_have_the_same_sections() -> None:
    for name in SECTIONS:
        assert Fragment.model_fields[name].annotation == Spec.model_fields[name].annotation
    assert set(Fragment.model_fields) < set(Spec.model_fields)


def test_the_schemas_accept_a_library_and_its_products() -> None:
    spec = Draft202012Validator(spec_schema())
    fragment = Draft202012Validator(fragment_schema())
    customers = yaml.safe_load((LIBRARY / "customers.yaml").read_text())
    products = [load(LIBRARY / product / "pipeline.yaml")[0] for product in PRODUCTS]
    bare = yaml.safe_load(products[0].texts[products[0].main].replace("T00:00:00Z", ""))
    bare["as_of"] = "2026-01-01T00:00:00Z"
    assert spec.is_valid(bare)
    assert not spec.is_valid({**bare, "include": []}), "the sources are nowhere"
    assert not fragment.is_valid(bare)
    assert fragment.is_valid(customers)
    assert not fragment.is_valid({**customers, "fetures": {}})
    assert not spec.is_valid(customers)


# --- property: where the lines are changes nothing ------------------------------------------

_AT = re.compile(r'"at": "[^"]*"')


def _split(spec: dict[str, Any], places: dict[str, list[int]], count: int) -> list[dict[str, Any]]:
    """The spec's entries in files: entry k of a section goes into file `places[section][k]`."""
    parts: list[dict[str, Any]] = [{} for _ in range(count)]
    parts[0] = {key: value for key, value in spec.items() if key not in SECTIONS}
    for section in SECTIONS:
        for (name, value), part in zip(spec.get(section, {}).items(), places[section], strict=True):
            parts[part].setdefault(section, {})[name] = value
    return parts


def _write(parts: Sequence[dict[str, Any]], nested: Sequence[bool], folder: Path) -> Path:
    """Files that together are the parts in their order, beside each other or in a chain."""
    includes: list[list[str]] = [[] for _ in parts]
    for number in range(1, len(parts)):
        owner = number - 1 if nested[number] else 0
        if owner and any(not nested[n] for n in range(1, number)):
            owner = 0
        includes[owner].append(f"part{number}.yaml")
    for number, part in enumerate(parts):
        name = f"part{number}.yaml" if number else "pipeline.yaml"
        text = yaml.safe_dump({**part, "include": includes[number]}, sort_keys=False)
        (folder / name).write_text(text)
    return folder / "pipeline.yaml"


WHOLE: dict[str, Any] = load(FLIGHTS / "pipeline.yaml")[0].data
WHOLE_PLAN = compile_spec(FLIGHTS / "pipeline.yaml")


@st.composite
def splits(draw: st.DrawFn) -> tuple[dict[str, list[int]], list[bool], int, bool]:
    """For each section the file of each entry; in order or not."""
    count = draw(st.integers(2, 6))
    ordered = draw(st.booleans())
    places = {}
    for section in SECTIONS:
        size = len(WHOLE.get(section, {}))
        found = draw(st.lists(st.integers(0, count - 1), min_size=size, max_size=size))
        places[section] = sorted(found) if ordered else found
    nested = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return places, nested, count, ordered


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(splits())
def test_a_spec_in_parts_is_the_same_plan(
    split: tuple[dict[str, list[int]], list[bool], int, bool],
) -> None:
    places, nested, count, ordered = split
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(FLIGHTS / "onespec.lock", folder / "onespec.lock")
        path = _write(_split(WHOLE, places, count), nested, folder)
        parts = compile_spec(path)
    if ordered:
        assert _AT.sub("", plan_text(parts)) == _AT.sub("", plan_text(WHOLE_PLAN))
    fingerprints = [
        {step.id: step.fingerprint for step in plan.steps} for plan in (parts, WHOLE_PLAN)
    ]
    assert fingerprints[0] == fingerprints[1]
