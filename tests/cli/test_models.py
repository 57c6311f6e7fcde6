"""Model versions on the command line: listed, shown, and moved by hand."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from .minimal import BESIDE_CHAMPION, GATES, Done, call, copy_minimal, quick_probe, run, write_spec

__all__ = ["quick_probe"]


@pytest.fixture(scope="module")
def three_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with three versions, each promoted; the third is champion. Not to be changed."""
    project = tmp_path_factory.mktemp("three")
    copy_minimal(project)
    for c in (1.0, 0.5, 0.02):
        write_spec(project, c)
        run(project)
    return project


@pytest.fixture
def project(three_versions: Path, tmp_path: Path) -> Path:
    return shutil.copytree(three_versions, tmp_path / "project", symlinks=True)


def champion(project: Path) -> int:
    shown = json.loads(call("models", "show", "will_return", "--spec", project, "--json").output)
    version: int = shown["version"]
    return version


def move(project: Path, *arguments: str) -> Done:
    return call("models", *arguments, "--spec", project)


def test_the_list_fits_a_narrow_terminal(three_versions: Path) -> None:
    done = call("models", "list", "--spec", three_versions)
    lines = [line.rstrip() for line in done.output.splitlines()]
    assert len(lines) == 4
    assert max(map(len, lines)) <= 80
    assert "champion" in lines[1]
    assert all(re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d  ", line) for line in lines[1:])


def test_an_unknown_model_has_no_versions(three_versions: Path) -> None:
    done = call("models", "list", "nobody", "--spec", three_versions)
    assert "no version of `nobody`" in done.output


def test_a_version_is_shown_with_gates_data_and_files(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    shown = call("models", "show", "will_return").output
    assert "✓ test.roc_auc >= 0.60  0.734" in shown
    assert re.search(r"source\.orders +4,000 rows  content [0-9a-f]{12}", shown)
    assert re.search(r"training_set\.will_return +3,544 rows  key [0-9a-f]{12}", shown)
    assert ".onespec/latest/train.will_return/model.onnx" in shown


def test_files_of_an_older_version_are_named_by_their_content(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    shown = call("models", "show", "will_return@1").output
    assert re.search(r"model\.onnx +\.onespec/store/blobs/", shown)


def test_a_version_as_json_names_all_that_it_stands_on(three_versions: Path) -> None:
    done = call("models", "show", "will_return@2", "--spec", three_versions, "--json")
    shown = json.loads(done.output)
    assert shown["gates"]["passed"]
    assert next(iter(shown["inputs"])) == "source.orders"
    assert set(shown["inputs"]["source.orders"]) == {"key", "rows", "identity"}
    assert Path(shown["files"]["model.onnx"]).is_file()


def test_a_version_is_promoted_by_hand(project: Path) -> None:
    done = move(project, "promote", "will_return@1", "--why", "it is the simplest")
    assert "version 3 → version 1" in done.output
    assert champion(project) == 1
    again = move(project, "promote", "will_return@1", "--json")
    assert json.loads(again.output)["before"] == 1


def test_a_rollback_goes_back_champion_by_champion(project: Path) -> None:
    assert "version 3 → version 2" in move(project, "rollback", "will_return").output
    assert "version 2 → version 1" in move(project, "rollback", "will_return").output
    nobody = move(project, "rollback", "will_return")
    assert "no champion of `will_return` before version 1" in nobody.told
    move(project, "promote", "will_return@3")
    assert "version 3 → version 1" in move(project, "rollback", "will_return").output


@pytest.mark.parametrize("moved", [["promote", "will_return@1"], ["rollback", "will_return"]])
def test_a_cached_run_leaves_the_choice_alone(project: Path, moved: list[str]) -> None:
    move(project, *moved)
    chosen = champion(project)
    assert chosen != 3
    assert "0 steps run" in run(project).output
    assert champion(project) == chosen


def test_a_rollback_among_champions_that_were_compared_holds(project: Path) -> None:
    write_spec(project, 0.01, GATES + BESIDE_CHAMPION)
    run(project)
    assert "version 4 → version 3" in move(project, "rollback", "will_return").output
    assert "0 steps run" in run(project).output
    assert champion(project) == 3


def test_a_choice_among_champions_that_were_compared_holds(project: Path) -> None:
    write_spec(project, 0.01, GATES + BESIDE_CHAMPION)
    run(project)
    move(project, "promote", "will_return@1")
    run(project)
    assert champion(project) == 1


def test_what_is_trained_later_is_promoted_as_ever(project: Path) -> None:
    move(project, "rollback", "will_return")
    write_spec(project, 0.01)
    run(project)
    assert champion(project) == 4


def test_a_version_whose_gates_failed_needs_force(project: Path) -> None:
    write_spec(project, 0.01, "      - serving.latency_p99 <= 0.5ms\n")
    run(project, code=4)
    refused = move(project, "promote", "will_return@4")
    assert "fails 1 of its 1 gate" in refused.told
    assert "serving.latency_p99 <= 0.5ms  2 ms" in refused.told
    assert "--force" in refused.told
    assert champion(project) == 3
    forced = move(project, "promote", "will_return@4", "--force")
    assert "version 3 → version 4" in forced.output
    assert "because of --force" in forced.output


def test_a_version_that_no_gate_has_seen_needs_force(project: Path) -> None:
    write_spec(project, 0.01)
    done = call("run", project, "--executor", "inline", "-s", "register.will_return")
    assert done.code == 0
    refused = move(project, "promote", "will_return@4")
    assert "no outcome is on record" in refused.told
    assert move(project, "promote", "will_return@4", "--force").code == 0


def test_a_champion_that_fails_a_stricter_gate_is_told_that_it_stays(project: Path) -> None:
    write_spec(project, 0.02, "      - serving.latency_p99 <= 0.5ms\n")
    done = run(project, code=4)
    assert "version 3 is the champion already, and stays it" in done.output
    assert "serving.latency_p99 <= 0.5ms: 2 ms against 0.5 ms" in done.output
    assert "✗ serving.latency_p99 <= 0.5ms  2 ms" in done.output


def test_another_candidate_that_fails_is_told_who_stays(project: Path) -> None:
    write_spec(project, 0.01, "      - serving.latency_p99 <= 0.5ms\n")
    assert "version 3 stays the champion" in run(project, code=4).output


def test_what_goes_to_a_program_is_not_wrapped(project: Path) -> None:
    done = run(project)
    (line,) = (line for line in done.output.splitlines() if "matters most" in line)
    assert line.count(",") == 4


def test_a_run_ends_with_commands_to_paste(project: Path) -> None:
    done = run(project)
    line = next(line for line in done.output.splitlines() if "onespec predict" in line)
    assert f"--spec {project}" in line
    assert re.search(r"customer=c\d+ amount=[\d.]+ ordered_at=2025-12-\d\dT[\d:]+Z$", line)


def test_where_no_example_is_at_hand_the_command_has_placeholders(project: Path) -> None:
    from onespec.cli.next_steps import next_steps
    from onespec.cli.plans import load_any
    from onespec.runtime.events import RunResult
    from onespec.runtime.open import place_of

    plan, folder = load_any(project / "pipeline.yaml")
    with place_of(plan, folder).open(plan) as workspace:
        lines = next_steps(plan, workspace, RunResult("r", "done", {}, 0.0), "", "")
    assert any(
        line.plain == "  onespec predict customer=TEXT amount=1.0 ordered_at=2026-01-31T12:00:00Z"
        for line in lines
    )


def test_a_row_that_nobody_pastes_comes_from_a_file(project: Path) -> None:
    from onespec.cli.next_steps import next_steps
    from onespec.cli.plans import load_any
    from onespec.compiler.plan import Column
    from onespec.runtime.events import RunResult
    from onespec.runtime.open import place_of

    plan, folder = load_any(project / "pipeline.yaml")
    inputs = tuple(Column(f"pixel_{i}", "float") for i in range(64))
    wide = replace(plan, endpoints=(replace(plan.endpoints[0], inputs=inputs),))
    with place_of(plan, folder).open(plan) as workspace:
        lines = next_steps(wide, workspace, RunResult("r", "done", {}, 0.0), "", "")
    (line,) = [line.plain for line in lines if "onespec predict" in line.plain]
    assert line.endswith("onespec predict rows.json  a list of rows, each with 65 columns")


def test_a_plan_for_another_instant(project: Path) -> None:
    now = call("plan", project)
    then = call("plan", project, "--as-of", "2025-06-01T00:00Z")
    assert "\n0 to run" in now.output
    assert "examples.will_return" in then.output
    assert "\n0 to run" not in then.output
    refused = call("plan", project, "--as-of", "2025-06-01")
    assert refused.code is None
    assert "add `Z`" in refused.told


def test_a_plan_file_is_run_from_another_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert call("compile", project, "-t", "ray").code == 0
    monkeypatch.chdir(tmp_path)
    plan = project / "build" / "ray" / "plan.json"
    done = call("run", plan, "--project", project, "--executor", "inline")
    assert "0 steps run" in done.output
    assert not (tmp_path / ".onespec").exists()
