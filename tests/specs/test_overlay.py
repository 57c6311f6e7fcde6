"""Overlays: what they change, where their values come from, and what does not fit."""

import pytest

from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.overlay import apply_overlay
from onespec.specs.read import read_text

SPEC = """\
sources:
  flights:
    path: data/flights.parquet
    checks: [a, b]
  my.odd: {path: x}
deploy:
  api:
    resources: &r {cpu: 1, replicas: {min: 1, max: 4}}
    labels: {app.kubernetes.io/name: api}
  batch:
    resources: *r
environments:
"""


def overlaid(environment: str):  # type: ignore[no-untyped-def]
    document = read_text(SPEC + environment, "spec.yaml")
    return document, apply_overlay(document, "dev")


def refusals(environment: str, name: str = "dev") -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        apply_overlay(read_text(SPEC + environment, "spec.yaml"), name)
    return caught.value.diagnostics


def test_a_dotted_path() -> None:
    document, merged = overlaid("  dev: {sources.flights.path: small.parquet}\n")
    path = ("sources", "flights", "path")
    assert merged.value(path) == "small.parquet"
    assert merged.value(("sources", "flights", "checks")) == ["a", "b"]
    assert document.value(path) == "data/flights.parquet"
    assert str(merged.span(path)) == "spec.yaml:13:31"
    assert str(merged.key_span(path)) == "spec.yaml:13:25"
    assert str(merged.key_span(path[:-1])) == "spec.yaml:2:3"
    assert str(merged.span_within(path, 0, 5)) == "spec.yaml:13:31"
    assert merged.data["environments"] == document.data["environments"]


def test_nested_mappings_are_merged_and_the_rest_is_replaced() -> None:
    _, merged = overlaid(
        "  dev:\n"
        "    deploy.api: {resources: {replicas: {max: 40}}, port: 1}\n"
        "    sources: {flights: {checks: [c]}}\n"
    )
    api = merged.value(("deploy", "api"))
    assert api["resources"] == {"cpu": 1, "replicas": {"min": 1, "max": 40}}
    assert api["port"] == 1
    assert merged.value(("sources", "flights", "checks")) == ["c"]
    replicas = ("deploy", "api", "resources", "replicas")
    assert merged.span((*replicas, "max")).line == 14
    assert merged.span((*replicas, "min")).line == 8
    assert merged.span(("sources", "flights", "checks", 0)).line == 15


def test_what_an_alias_shares_is_not_changed_elsewhere() -> None:
    _, merged = overlaid("  dev: {deploy.api.resources.cpu: 8}\n")
    assert merged.value(("deploy", "api", "resources", "cpu")) == 8
    assert merged.value(("deploy", "batch", "resources", "cpu")) == 1


def test_dots_in_keys_are_reached_by_nesting() -> None:
    _, merged = overlaid(
        "  dev:\n    deploy.api.labels: {app.kubernetes.io/name: dev}\n"
        "    sources: {my.odd: {path: y}}\n"
    )
    assert merged.value(("deploy", "api", "labels")) == {"app.kubernetes.io/name": "dev"}
    assert merged.value(("sources", "my.odd", "path")) == "y"
    assert "my" not in merged.value(("sources",))


@pytest.mark.parametrize("empty", ["  dev:\n", "  dev: {}\n"])
def test_an_empty_environment_changes_nothing(empty: str) -> None:
    document, merged = overlaid(empty)
    assert merged.data == document.data


def test_an_unknown_environment() -> None:
    (one,) = refusals("  dev: {}\n  prod: {}\n", "prd")
    assert one.code == "E211"
    assert one.label == "did you mean `prod`?"
    assert one.span is not None
    assert one.span.line == 12


def test_no_environments_at_all() -> None:
    with pytest.raises(SpecError) as caught:
        apply_overlay(read_text("a: 1", "spec.yaml"), "dev")
    assert caught.value.diagnostics[0].span is None


@pytest.mark.parametrize(
    ("entry", "place", "words"),
    [
        ("sources.flihgts.path: x", "13:17", "`sources.flihgts` does not exist"),
        ('"sources.flihgts.path": x', "13:18", "`sources.flihgts` does not exist"),
        ("sources.flights.path.x: y", "13:30", "`sources.flights.path` is not a mapping"),
        ("sources.flights.checks.0: y", "13:32", "`sources.flights.checks` is not a mapping"),
        ("sources..path: y", "13:9", "empty step"),
        (".: y", "13:9", "empty step"),
        ("environments.prod: y", "13:9", "cannot change `environments`"),
    ],
)
def test_paths_that_do_not_fit(entry: str, place: str, words: str) -> None:
    (one,) = refusals(f"  dev: {{{entry}}}\n")
    assert one.code == "E211"
    assert words in one.message
    assert str(one.span).startswith(f"spec.yaml:{place}") or words == "empty step"


def test_a_missing_step_is_suggested() -> None:
    (one,) = refusals("  dev: {sources.flihgts.path: x}\n")
    assert one.label == "did you mean `flights`?"


def test_a_value_is_set_once() -> None:
    (one,) = refusals("  dev:\n    sources.flights.path: a\n    sources: {flights: {path: b}}\n")
    assert "`sources.flights.path` twice" in one.message
    assert str(one.related[0].span) == "spec.yaml:14:21"


def test_a_value_is_not_set_inside_a_replaced_one() -> None:
    found = refusals("  dev:\n    sources.flights.path: a\n    sources.flights: b\n")
    assert [one.code for one in found] == ["E211"]


def test_an_environment_is_a_mapping() -> None:
    (one,) = refusals("  dev: [a]\n")
    assert str(one.span) == "spec.yaml:13:8"


def test_all_problems_at_once_and_bounded() -> None:
    entries = "".join(f"    nothing.x{n}: 1\n" for n in range(500))
    assert len(refusals("  dev:\n" + entries)) == 100


def test_a_hostile_path_is_refused_quickly() -> None:
    (one,) = refusals('  dev: {"' + "sources." * 30_000 + 'x": 1}\n')
    assert len(one.message) < 300
