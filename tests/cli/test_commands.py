"""The command line as a person and as a script use it: words, exit codes, formats."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from onespec.cli.main import COMMANDS, main
from onespec.compiler.plan import Replicas, Resources
from onespec.specs.codes import CODES

REPO = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Runs the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["onespec", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(ended.value.code if isinstance(ended.value.code, int) else 0, out, err)

    return run


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    """The minimal example in the folder where the command runs."""
    shutil.copytree(
        REPO / "examples" / "minimal",
        tmp_path,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(".onespec", "build"),
    )
    return tmp_path


def test_help_shows_every_command_and_how_to_begin(cli: Cli) -> None:
    done = cli("--help")
    assert done.code == 0
    assert "onespec init" in done.out
    assert all(name in done.out for group in COMMANDS.values() for name in group)


INNER = {"models": "show", "monitor": "run", "show": "contract", "verify": "parity"}


@pytest.mark.parametrize("name", [name for group in COMMANDS.values() for name in group])
def test_the_help_of_every_command_teaches_with_examples(cli: Cli, name: str) -> None:
    done = cli(name, "--help")
    assert done.code == 0
    if name in INNER:
        done = cli(name, INNER[name], "--help")
    assert f"onespec {name}" in done.out.split("Example")[1]


@pytest.mark.parametrize("arguments", [["chekc"], ["check", "--nope"], ["explain", "E999"]])
def test_misuse_has_its_own_exit_code(cli: Cli, arguments: list[str]) -> None:
    assert cli(*arguments).code == 2


def test_a_misspelt_command_is_guessed(cli: Cli) -> None:
    assert "Did you mean `check`?" in cli("chekc").err


def test_a_fine_spec(cli: Cli, minimal: Path) -> None:
    done = cli("check")
    assert (done.code, done.err) == (0, "")
    assert "is fine" in done.out


def test_a_spec_with_problems(cli: Cli, minimal: Path) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("avg(amount)", "avg(amuont)"))
    done = cli("check")
    assert done.code == 1
    assert "error[E204]" in done.err
    assert "did you mean `amount`?" in done.err
    assert "\x1b" not in done.err


def test_the_environment_decides_about_colour(
    cli: Cli, minimal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("avg(amount)", "avg(amuont)"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in cli("check").err
    assert "\x1b[" in cli("diff", "pipeline.yaml", "pipeline.yaml").err
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in cli("check").err
    assert "\x1b" not in cli("diff", "pipeline.yaml", "pipeline.yaml").err


def test_the_width_is_that_of_the_environment(
    cli: Cli, minimal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("avg(amount)", "avg(amuont)"))
    widest = []
    for columns in ("60", "80", "", "nonsense", "0"):
        monkeypatch.setenv("COLUMNS", columns)
        widest.append(max(map(len, cli("check").err.splitlines())))
    assert widest[0] <= 60 < widest[1] <= 80 < widest[2] <= 100
    assert widest[2] == widest[3] == widest[4]


def test_strict_makes_warnings_errors(cli: Cli, minimal: Path) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("features: [history, order]", "features: [history]"))
    assert cli("check").code == 0
    assert cli("check", "--strict").code == 1


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_formats_for_programs_go_to_standard_output(cli: Cli, minimal: Path, form: str) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("avg(amount)", "avg(amuont)"))
    done = cli("check", "--format", form)
    assert done.code == 1
    assert "E204" in done.out
    if form != "github":
        json.loads(done.out)


def test_no_spec_is_told_with_what_to_do(cli: Cli) -> None:
    done = cli("check")
    assert done.code == 2
    assert "onespec init" in done.err


def test_no_lock_is_told_with_what_to_do(cli: Cli, minimal: Path) -> None:
    (minimal / "onespec.lock").unlink()
    done = cli("check")
    assert done.code == 1
    assert "E301" in done.err
    assert "onespec lock" in done.err


def test_compile_and_its_check(cli: Cli, minimal: Path) -> None:
    assert cli("compile", "-t", "ray", "-o", "out").code == 0
    assert {p.name for p in (minimal / "out" / "ray").iterdir()} == {
        "plan.json",
        "job.yaml",
        "serve.yaml",
        "manifest.json",
    }
    assert cli("compile", "-t", "ray", "-o", "out", "--check").code == 0
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("0.60", "0.65"))
    done = cli("compile", "-t", "ray", "-o", "out", "--check")
    assert done.code == 1
    assert "0.65" in done.out


def test_a_waiver_is_shown_wherever_a_reviewer_looks(cli: Cli, minimal: Path) -> None:
    told = "waived: schedules (pipeline.yaml:52): an example, run by hand"
    done = cli("compile", "-o", "out")
    assert (done.code, told in done.out) == (0, True)
    for name in ("job.yaml", "serve.yaml"):
        assert f"# {told}" in (minimal / "out" / "ray" / name).read_text()
    manifest = json.loads((minimal / "out" / "ray" / "manifest.json").read_text())
    assert list(manifest["waived"]) == ["schedules"]
    facts = json.loads(cli("compile", "-o", "out", "--json").out)
    assert facts["ray"]["waived"] == manifest["waived"]


def test_no_schedule_is_dropped_in_silence(cli: Cli, minimal: Path) -> None:
    """Also where the spec names no target; and what the error says can be pasted."""
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().partition("targets:")[0])
    assert cli("check").code == 0
    done = cli("compile", "-o", "out")
    assert done.code == 1
    assert done.err.count("error[") == 1
    assert "error[E603]: `health` is to start by the clock" in done.err
    assert not (minimal / "out").exists()
    told = re.search(r"can be missing:\s+`([^`]*)`", done.err)
    assert told is not None
    spec.write_text(spec.read_text() + told[1])
    assert cli("compile", "-o", "out").code == 0


def test_a_waiver_that_only_another_environment_needs(cli: Cli, minimal: Path) -> None:
    spec = minimal / "pipeline.yaml"
    base, overlay = spec.read_text(), "environments:\n  dev: {monitor.health: {every: null}}\n"
    assert "every: 1d" in base
    text = base.replace("every: 1d", "every: 1d\n    window: 1d") + overlay
    spec.write_text(text)
    assert "W605" not in cli("check").err
    assert "W605" not in cli("check", "-e", "dev").err
    spec.write_text(text.replace("null}}", "null}, targets.ray.waive: {autoscaling: none}}"))
    assert "W605" not in cli("check").err
    assert "`autoscaling` for nothing" in cli("check", "-e", "dev").err


def test_where_a_bundle_lies_is_not_for_the_spec(cli: Cli, minimal: Path) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("  ray:\n", "  ray:\n    bundle: elsewhere\n"))
    assert "error[E201]: `bundle`" in cli("check").err


def test_one_process_says_what_it_does_not_do(cli: Cli, capsys: Any) -> None:
    from onespec.cli.serve import _tell_what_is_ignored
    from onespec.compiler.compile import compile_spec

    (one,) = compile_spec(REPO / "examples" / "flights" / "pipeline.yaml").endpoints
    _tell_what_is_ignored(one)
    assert "`replicas` of the spec" in capsys.readouterr().out
    _tell_what_is_ignored(replace(one, replicas=Replicas(), resources=Resources()))
    assert capsys.readouterr().out == ""


def test_a_spec_with_problems_compiles_to_nothing(cli: Cli, minimal: Path) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("avg(amount)", "avg(amuont)"))
    assert cli("compile", "-o", "out").code == 1
    assert not (minimal / "out").exists()


def test_an_unknown_target(cli: Cli, minimal: Path) -> None:
    done = cli("compile", "-t", "rey")
    assert done.code == 2
    assert "ray" in done.err


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_explained(cli: Cli, code: str) -> None:
    done = cli("explain", code)
    assert done.code == 0
    assert CODES[code].title in done.out
    assert "wrong" in done.out
    assert "right" in done.out


@pytest.mark.parametrize("form", ["tree", "mermaid", "dot", "json"])
def test_the_graph_in_every_form(cli: Cli, minimal: Path, form: str) -> None:
    done = cli("graph", "--format", form)
    assert done.code == 0
    assert "will_return" in done.out


@pytest.mark.parametrize("example", ["minimal", "flights"])
def test_every_example_holds_against_the_published_schema(cli: Cli, example: str) -> None:
    from onespec.specs.read import read

    schema = json.loads(cli("schema").out)
    spec = read(REPO / "examples" / example / "pipeline.yaml").data
    jsonschema.Draft202012Validator(schema).validate(spec)


def test_init_gives_a_project_that_is_fine(cli: Cli, tmp_path: Path) -> None:
    assert cli("init", "project").code == 0
    assert cli("check", "project").code == 0
    again = cli("init", "project")
    assert again.code == 2
    assert "nothing was written" in again.err


ANSWER: Any = {
    "model": "will_return",
    "version": 3,
    "predictions": [
        {"score": 0.25, "degraded": [], "features": {"order.month": 12, "order.amount": None}},
        {"error": {"detail": "row 1: `amount` is not a number"}},
    ],
}


def test_predictions_are_for_people_unless_json_is_asked_for(
    cli: Cli, minimal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a pipe: the output does not depend on where it goes."""
    monkeypatch.setattr("onespec.runtime.serving.client.predict", lambda *_, **__: ANSWER)
    row = ("customer=c001", "amount=40", "ordered_at=2025-12-31T18:00:00Z")
    assert cli("predict", *row).out == (
        "0.2500  will_return version 3\n"
        "  order.month   12\n"
        "  order.amount  null\n"
        "row 1: `amount` is not a number\n"
    )
    assert json.loads(cli("predict", *row, "--json").out) == ANSWER


@pytest.mark.parametrize("group", ["models", "monitor", "rollout", "verify"])
def test_groups_show_their_commands_and_examples(cli: Cli, group: str) -> None:
    done = cli(group, "--help")
    shown, examples = done.out.split("Commands:")[1].split("Examples:")
    names = {line.split()[0] for line in shown.strip().splitlines()}
    assert all(f"onespec {group} {name}" in examples for name in names)
    assert "..." not in shown


def test_an_environment_is_applied(cli: Cli, minimal: Path) -> None:
    spec = minimal / "pipeline.yaml"
    spec.write_text(spec.read_text() + "environments:\n  prod: {deploy.api.online.port: 9000}\n")
    assert cli("compile", "-e", "prod", "-o", "out").code == 0
    assert "9000" in (minimal / "out" / "ray" / "serve.yaml").read_text()
    done = cli("check", "-e", "prd")
    assert done.code == 1
    assert "E211" in done.err


def test_a_missing_extra_is_told(cli: Cli, minimal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onespec.runtime

    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    # What is imported anew is not what other tests have imported, and must not stay.
    monkeypatch.setattr(onespec.runtime, "stores", import_module("onespec.runtime.stores"))
    for name in [m for m in sys.modules if m.startswith("onespec.runtime.stores")]:
        monkeypatch.delitem(sys.modules, name)
    done = cli("models", "list")
    assert done.code == 2
    assert 'pip install "onespec[run]"' in done.err
    assert 'pip install "onespec[ray]"' in cli("run").err


def test_a_fault_of_ours_is_reported_without_a_traceback(
    cli: Cli, minimal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("onespec.compiler.compile.bind", broken)
    done = cli("check")
    assert done.code == 3
    report = Path(done.err.split("report: ")[1].strip())
    assert "planted" in report.read_text()
    report.unlink()


def test_lineage_goes_both_ways(cli: Cli, minimal: Path) -> None:
    done = cli("lineage", "api.score")
    assert (done.code, done.err) == (0, "")
    assert "made of 4 columns of 1 source" in done.out
    assert "\x1b" not in done.out
    done = cli("lineage", "orders.amount", "--downstream")
    assert "history.mean_amount = avg(amount)" in done.out
    assert "1 score" in done.out


def test_lineage_of_what_is_not_there(cli: Cli, minimal: Path) -> None:
    done = cli("lineage", "orders.amuont")
    assert done.code == 2
    assert "Did you mean `orders.amount`?" in done.err


def test_the_contract_of_a_deployment(cli: Cli, minimal: Path) -> None:
    done = cli("show", "contract", "api")
    assert (done.code, done.err) == (0, "")
    assert "monitor health" in done.out
    assert "\x1b" not in done.out
    data = json.loads(cli("show", "contract", "api", "--format", "json").out)
    assert data["deployment"] == "api"
    document = json.loads(cli("show", "contract", "api", "--format", "openapi").out)
    assert data["request_schema"] == document["components"]["schemas"]["PredictRequest"]


def test_the_contract_of_what_is_not_there(cli: Cli, minimal: Path) -> None:
    done = cli("show", "contract", "apl")
    assert done.code == 2
    assert "Did you mean `api`?" in done.err


def test_check_prints_what_freedom_from_leakage_stands_on(cli: Cli, minimal: Path) -> None:
    done = cli("check", "--assumptions")
    assert done.code == 0
    assert "`will_return` does not see its label, provided that\n" in done.out
    assert "  the label of `will_return` is known 14d after the event  pipeline.yaml:" in done.out
    assert cli("check", "--assumptions", "--format", "json").code == 2
