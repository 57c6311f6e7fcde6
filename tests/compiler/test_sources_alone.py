"""A spec of sources and features alone is fine: the catalogue comes before the first model."""

from pathlib import Path

from onespec.compiler.compile import check, compile_spec

CASES = Path(__file__).parents[1] / "specs"


def test_a_spec_without_models_is_fine_and_tests_its_data(tmp_path: Path) -> None:
    (tmp_path / "onespec.lock").write_text((CASES / "onespec.lock").read_text())
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(
        "onespec: 1\nname: catalogue\nsources:\n  weather:\n    path: data/weather.parquet\n"
        "    event_time: observed_at\n    checks: [{not_null: [origin]}]\n"
        "entities:\n  airport: {key: origin}\n"
        "features:\n  now:\n    entity: airport\n    source: weather\n    fields: {temp: temp}\n"
    )
    assert check(spec).diagnostics == ()
    assert [step.id for step in compile_spec(spec)] == ["source.weather", "check.weather"]
