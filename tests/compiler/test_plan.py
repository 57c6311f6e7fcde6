"""The plan: deterministic, lossless as JSON, and changed only by what changes results."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import Plan
from onespec.compiler.plan_file import PlanFileError, load_plan, parse_plan, plan_text
from onespec.schemas.generate import FOLDER, schema_text, schemas

REPO = Path(__file__).parents[2]
CASES = REPO / "tests" / "specs"
Compile = Callable[..., Plan]


@pytest.fixture
def compile_changed(tmp_path: Path) -> Compile:
    """Compiles `good/small.yaml` after replacing one text by another."""
    base = (CASES / "good" / "small.yaml").read_text()
    (tmp_path / "onespec.lock").write_text((CASES / "onespec.lock").read_text())

    def compile_changed(*changes: tuple[str, str]) -> Plan:
        text = base
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        spec = tmp_path / "pipeline.yaml"
        spec.write_text(text)
        return compile_spec(spec)

    return compile_changed


def _changed(one: Plan, other: Plan) -> set[str]:
    before = {step.id: step.fingerprint for step in one}
    after = {step.id: step.fingerprint for step in other}
    return {i for i in before.keys() | after.keys() if before.get(i) != after.get(i)}


def test_a_plan_is_json_without_loss(compile_changed: Compile) -> None:
    plan = compile_changed()
    assert parse_plan(plan_text(plan)) == plan


def test_a_plan_keeps_nulls_in_estimator_parameters(compile_changed: Compile) -> None:
    plan = compile_changed(("Classifier\n", "Classifier\n      params: {max_depth: null}\n"))
    params = json.loads(plan_text(plan))
    train = next(s for s in params["steps"] if s["id"] == "train.late_arrival")
    assert train["params"]["estimator"]["params"] == {"max_depth": None}


def test_a_plan_holds_against_the_published_schema(compile_changed: Compile) -> None:
    schema = json.loads((FOLDER / "plan.schema.json").read_text())
    plan = json.loads(plan_text(compile_changed()))
    jsonschema.Draft202012Validator(schema).validate(plan)
    del plan["steps"][0]["id"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(plan)


@pytest.mark.parametrize("name", sorted(schemas()))
def test_published_schemas_are_those_of_the_models(name: str) -> None:
    assert (FOLDER / name).read_text() == schema_text(schemas()[name]), (
        "run `python -m onespec.schemas.generate`"
    )


def test_steps_are_in_topological_order(compile_changed: Compile) -> None:
    seen: set[str] = set()
    for step in compile_changed():
        assert seen.issuperset((*step.inputs, *step.guards, *step.after))
        seen.add(step.id)


@pytest.mark.parametrize(
    "change",
    [
        ("      temp: temp\n", "      temp:   temp   # the temperature\n"),
        ("avg(dep_delay)", "AVG( dep_delay )"),
        ("windows: [6h, 24h]", 'windows: ["6h", "24h"]'),
        ("{key: origin}", "{key: origin, description: where it starts}"),
        (
            "  health:\n    watch: api\n    every: 1d\n",
            "  health:\n    every: 1d\n    watch: api\n",
        ),
        ("path: data/weather.parquet", "path: data/elsewhere.parquet"),
    ],
)
def test_writing_it_otherwise_changes_nothing(
    compile_changed: Compile, change: tuple[str, str]
) -> None:
    assert _changed(compile_changed(), compile_changed(change)) == set()


@pytest.mark.parametrize(
    ("change", "touched", "untouched"),
    [
        (
            ("temp: temp", "temp: temp * 2"),
            {"features.late_arrival.weather_now", "train.late_arrival", "materialize.weather_now"},
            {"examples.late_arrival", "features.late_arrival.airport_load", "source.weather"},
        ),
        (
            ("roc_auc >= 0.7", "roc_auc >= 0.8"),
            {"gate.late_arrival", "promote.late_arrival"},
            {"train.late_arrival", "evaluate.late_arrival", "register.late_arrival"},
        ),
        (
            ("alert: 0.25", "alert: 0.3"),
            {"monitor.health"},
            {"promote.late_arrival", "profile.late_arrival"},
        ),
        (
            ("event_time: observed_at}", "event_time: observed_at, checks: [{unique: [temp]}]}"),
            {"check.weather"},
            {"features.late_arrival.weather_now", "train.late_arrival"},
        ),
    ],
)
def test_a_change_touches_what_depends_on_it_alone(
    compile_changed: Compile,
    change: tuple[str, str],
    touched: set[str],
    untouched: set[str],
) -> None:
    changed = _changed(compile_changed(), compile_changed(change))
    assert touched <= changed
    assert not changed & untouched


def test_the_same_plan_in_any_folder_locale_and_hash_seed(tmp_path: Path) -> None:
    texts = set()
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / "onespec.lock").write_text((CASES / "onespec.lock").read_text())
        (folder / "pipeline.yaml").write_text((CASES / "good" / "small.yaml").read_text())
        subprocess.run(
            [sys.executable, "-m", "onespec", "compile", "-t", "ray", "-o", "out"],
            cwd=folder,
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
        )
        files = sorted(p for p in (folder / "out").rglob("*") if p.is_file())
        texts.add(tuple((p.name, p.read_text()) for p in files))
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "not a plan"), ("{}", "not a plan"), ('{"version": 99}', "not a plan")],
)
def test_a_damaged_plan_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(PlanFileError, match=told):
        load_plan(path)


def test_a_plan_of_another_version_is_told(compile_changed: Compile) -> None:
    data = json.loads(plan_text(compile_changed()))
    with pytest.raises(PlanFileError, match="version 99"):
        parse_plan(json.dumps({**data, "version": 99}))


def test_what_nothing_uses_is_not_run(compile_changed: Compile) -> None:
    plan = compile_changed(("[weather_now, airport_load]", "[airport_load]"))
    assert "source.flights" in {step.id for step in plan}
    assert not any("weather" in step.id for step in plan)


def test_a_batch_job_does_not_train(tmp_path: Path) -> None:
    text = (CASES / "good" / "small.yaml").read_text()
    text += "  x:\n    watch: api\n    every: 1d\n    drift: {}\n"
    text = text.replace(
        "deploy:\n",
        "deploy:\n  nightly:\n    batch: {model: late_arrival, source: flights, output: out/}\n"
        '    schedule: "0 2 * * *"\n',
    )
    (tmp_path / "onespec.lock").write_text((CASES / "onespec.lock").read_text())
    (tmp_path / "pipeline.yaml").write_text(text)
    plan = compile_spec(tmp_path / "pipeline.yaml")
    job = plan.job("nightly")
    assert job.schedule == "0 2 * * *"
    assert "score.nightly" in job.steps
    assert not any(step.startswith(("train.", "promote.")) for step in job.steps)
    assert "promote.late_arrival" in plan.step("score.nightly").after


def test_steps_bear_the_tags_of_what_they_are_for_and_none_is_hashed(
    compile_changed: Compile,
) -> None:
    batch = (
        "  api:\n",
        "  nightly:\n    batch: {model: late_arrival, source: flights, output: scores/}\n"
        "    tags: [night]\n  api:\n",
    )
    plain = compile_changed(batch)
    tagged = compile_changed(
        batch,
        ("    task:", "    tags: [ours, heavy]\n    task:"),
        ("    ttl: 3h\n", "    ttl: 3h\n    tags: [sky, ours]\n"),
    )
    assert _changed(plain, tagged) == set()
    tags = {step.id: step.tags for step in tagged}
    assert tags["examples.late_arrival"] == ("ours", "heavy")
    assert tags["features.late_arrival.weather_now"] == ("sky", "ours", "heavy")
    assert tags["features.late_arrival.airport_load"] == ("ours", "heavy")
    assert tags["examples.nightly"] == ("night",)
    assert tags["features.nightly.weather_now"] == ("sky", "ours", "night")
