"""What holds for every target: those that are registered, and the example of the documentation."""

import ast
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from onespec.cli.main import main
from onespec.cli.targets import check_all
from onespec.compiler.compile import compile_spec
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.quote_yaml import quote_yaml
from onespec.targets import ENTRY_POINTS, TARGETS, find_target
from onespec.targets.capabilities import CAPABILITIES, Unsupported
from onespec.targets.target import Target

sys.path.insert(0, str(Path(__file__).parent))
from asking import ASKING, LOCK, NOTHING, line_that_asks

NAMES = (*TARGETS, "shell")
REPO = Path(__file__).parents[2]


@pytest.fixture(params=NAMES)
def target(request: pytest.FixtureRequest) -> Target:
    if request.param not in TARGETS:
        request.getfixturevalue("shell_target")
    found = find_target(request.param)
    assert found is not None
    return found


@dataclass(frozen=True)
class Project:
    """A folder with a lock file, in which specs are written, checked and compiled."""

    folder: Path
    call: Callable[..., tuple[int, str, str]]

    def write(self, text: str, target: Target, settings: str = "{}") -> None:
        spec = f"{text}\ntargets:\n  {target.name}: {settings}\n"
        (self.folder / "pipeline.yaml").write_text(spec, encoding="utf-8")

    def found(self) -> tuple[Diagnostic, ...]:
        try:
            return check_all(self.folder / "pipeline.yaml", None).diagnostics
        except SpecError as error:
            return error.diagnostics

    def compile(self, target: Target) -> dict[str, str]:
        code, _, told = self.call("compile", "-o", "out")
        assert code == 0, told
        return _files(self.folder / "out" / target.name)


def _files(folder: Path) -> dict[str, str]:
    """The texts of a folder by their paths in it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in found}


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "onespec.lock").write_text(LOCK)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["onespec", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return Project(tmp_path, call)


def lacking(target: Target, but: str = "") -> str:
    """Settings that waive all that the target lacks, but for one."""
    said = {name: target.capabilities.of(one.name) for name, one in CAPABILITIES.items()}
    names = [n for n, s in said.items() if isinstance(s, Unsupported) and n != but]
    return "{waive: {" + ", ".join(f"{name}: 'because {name}'" for name in names) + "}}"


# --- capabilities ---------------------------------------------------------------------------


def test_every_capability_has_a_spec_that_asks_for_it(tmp_path: Path) -> None:
    assert set(ASKING) == set(CAPABILITIES)
    (tmp_path / "onespec.lock").write_text(LOCK)
    spec = tmp_path / "pipeline.yaml"
    for name, one in CAPABILITIES.items():
        spec.write_text(ASKING[name])
        assert [*one.asked(compile_spec(spec))], name
        spec.write_text(NOTHING)
        assert not [*one.asked(compile_spec(spec))], name


def test_a_table_names_capabilities_that_there_are(target: Target) -> None:
    assert set(target.capabilities.table) <= set(CAPABILITIES)
    for said in target.capabilities.table.values():
        assert not isinstance(said, Unsupported) or said.reason


def test_what_is_not_declared_is_unsupported(shell_target: Path) -> None:
    found = find_target("shell")
    assert found is not None
    assert "gpu" not in found.capabilities.table
    assert isinstance(found.capabilities.of("gpu"), Unsupported)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_what_a_target_lacks_is_refused_at_its_line_or_waived(
    target: Target, name: str, project: Project
) -> None:
    text = ASKING[name]
    project.write(text, target, lacking(target, but=name))
    found = [d for d in project.found() if d.severity == "error"]
    if not isinstance(target.capabilities.of(CAPABILITIES[name].name), Unsupported):
        assert found == []
        return
    (one,) = found
    assert one.span is not None
    assert (one.code, one.span.line) == ("E603", line_that_asks(text))
    assert f"target `{target.name}`" in one.message
    assert [r.span.line for r in one.related][:1] == [len(text.splitlines()) + 3]
    assert project.call("compile", "-o", "out")[0] == 1
    assert not (project.folder / "out").exists()

    project.write(text, target, lacking(target))
    assert [d for d in project.found() if d.severity == "error"] == []
    files = project.compile(target)
    assert json.loads(files.pop("manifest.json"))["waived"][name] == f"because {name}"
    files.pop("plan.json", None)
    assert any(f"because {name}" in text for text in files.values()), "reviewers must see it"


# --- settings -------------------------------------------------------------------------------


def test_an_unknown_setting_is_refused_at_its_line(target: Target, project: Project) -> None:
    project.write(NOTHING, target, "{nonsense: 1}")
    (one,) = project.found()
    assert one.span is not None
    assert (one.code, one.span.line) == ("E201", len(NOTHING.splitlines()) + 3)
    assert "nonsense" in one.message


def test_a_name_that_is_too_long_is_refused_at_its_line(
    shell_target: Path, project: Project
) -> None:
    shell = find_target("shell")
    assert shell is not None
    project.write(NOTHING.replace("name: flight-delays", f"name: {'a' * 33}"), shell)
    assert project.found() == ()
    name = "a" * 34
    project.write(NOTHING.replace("name: flight-delays", f"name: {name}"), shell)
    (one,) = project.found()
    assert one.span is not None
    assert (one.code, one.span.line, one.span.column) == ("E606", 2, 7)
    assert f"`run-{name}.sh`, which has 41 characters; 40 are allowed" in one.message


# --- bundles --------------------------------------------------------------------------------


def test_the_same_bytes_on_every_machine(target: Target, project: Project) -> None:
    project.write(ASKING["cpu_fractions"], target, lacking(target))
    bundles = set()
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        paths = os.pathsep.join(sys.path)
        subprocess.run(
            [sys.executable, "-m", "onespec", "compile", "-o", seed],
            check=True,
            capture_output=True,
            env={"PYTHONPATH": paths, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
        )
        files = _files(project.folder / seed / target.name)
        bundles.add(tuple((name, text.replace(seed, "")) for name, text in files.items()))
    names = {name for name, _ in next(iter(bundles))}
    assert len({tuple(n for n, _ in b) for b in bundles}) == 1
    assert "manifest.json" in names


def test_a_manifest_with_hashes_and_nothing_stale(target: Target, project: Project) -> None:
    project.write(ASKING["endpoints"], target, lacking(target))
    before = project.compile(target)
    folder = project.folder / "out" / target.name
    (folder / "mine.txt").write_text("not yours")
    project.write(NOTHING.replace("name: flight-delays", "name: other"), target, lacking(target))
    after = project.compile(target)
    assert after.pop("mine.txt") == "not yours"
    hashes = json.loads(after.pop("manifest.json"))["files"]
    assert hashes == {n: hashlib.sha256(t.encode()).hexdigest() for n, t in after.items()}
    assert before.keys() - after.keys() - {"manifest.json"}, "a file of the first is stale"


def test_stale_files_fail_the_check_with_a_diff(target: Target, project: Project) -> None:
    project.write(NOTHING, target, lacking(target))
    project.compile(target)
    assert project.call("compile", "-o", "out", "--check")[0] == 0
    project.write(NOTHING.replace("ttl: 3h", "ttl: 4h"), target, lacking(target))
    code, told, _ = project.call("compile", "-o", "out", "--check")
    if [*(project.folder / "out" / target.name).rglob("plan.json")]:
        assert code == 1
        assert re.search(r"^-.*10800000000", told, re.MULTILINE)
        assert re.search(r"^\+.*14400000000", told, re.MULTILINE)
    project.write(NOTHING.replace("name: flight-delays", "name: other"), target, lacking(target))
    code, told, _ = project.call("compile", "-o", "out", "--check")
    assert code == 1
    assert re.search(r"^-.*flight-delays", told, re.MULTILINE) or "is no longer emitted" in told
    assert re.search(r"^\+.*other", told, re.MULTILINE)


def test_comments_lead_back_to_the_spec(target: Target, project: Project) -> None:
    text = ASKING["schedules"].replace("deploy:", "deploy:\n  api: {online: {model: late_arrival}}")
    project.write(text, target, lacking(target))
    files = project.compile(target)
    told = {
        int(line)
        for name, text in files.items()
        if not name.endswith(".json")
        for line in re.findall(r"#.*pipeline\.yaml:(\d+)", text)
    }
    written = (project.folder / "pipeline.yaml").read_text().splitlines()
    assert told
    assert all(re.match(r" +\S+:", written[line - 1]) for line in told)


# --- spec text is data ----------------------------------------------------------------------

BENIGN = "a benign"
# All begin alike, since columns are sorted by their names.
HOSTILE = (
    "a; rm -rf / #",
    "a $(id)",
    "a `id`",
    "a ${HOME}",
    "a's",
    'a"\ny: z',
    "a {{ 7*7 }}",
    "a\\",
    "a\u2028z",
    "a ${{ github.token }}",
)


# What a target must be told before any text may be the folder of a batch.
ANY_OUTPUT = {"kubernetes": "data: {claim: data, path: scores}"}


def _with(text: str, target: Target) -> tuple[str, str, str]:
    """A spec, its settings and a lock in which every text that may be free holds `text`."""
    literal = "'" + text.replace("'", "''") + "'"
    spec = NOTHING.replace(
        "    ttl: 3h", f"    ttl: 3h\n    where: {quote_yaml(f'origin <> {literal}')}"
    )
    spec = spec.replace("output: scores/", f"output: {quote_yaml(f'scores/{text}')}")
    assert "where:" in spec
    spec += f"    tags: [{quote_yaml(text)}]\n    description: {quote_yaml(text)}\n"
    column = f'"{text.replace(chr(34), chr(34) * 2)}"'
    spec = spec.replace("      temp: temp", f"      temp: {quote_yaml(column)}")
    lock = LOCK.replace("    temp: float?", f"    {quote_yaml(text)}: float?")
    fields = target.settings.model_fields.items()  # a pattern is not for free texts
    free = [n for n, f in fields if f.annotation in (str, str | None) and not f.metadata]
    told = [f"{name}: {quote_yaml(text)}" for name in free if name != "bundle"]
    told += [ANY_OUTPUT[target.name]] if target.name in ANY_OUTPUT else []
    told.append(f"waive: {{schedules: {quote_yaml(text)}}}")
    spec += '    schedule: "0 2 * * *"\n'
    return spec, "{" + ", ".join(told) + "}", lock


def _parsed(name: str, text: str) -> Any:
    """What a program reads from an emitted file: comments are gone."""
    match name.rpartition(".")[2]:
        case "json":
            return json.loads(text)
        case "yaml":
            data = yaml.safe_load(text)
            return _run(data)
        case "py":
            return _tree(ast.parse(text))
        case "sh":
            return shlex.split(text, comments=True)
        case "Dockerfile" | "dockerignore":
            return [line for line in text.splitlines() if not line.startswith("#")]
    raise AssertionError(f"say here how {name} is parsed")


def _run(value: Any, key: str = "") -> Any:
    """Data as those see it who use it: GitHub fills in expressions, and shells read commands."""
    match value:
        case dict():
            return {_run(k): _run(v, k) for k, v in value.items()}
        case list():
            return [_run(v) for v in value]
        case str():
            value = value.replace("${{ '${{' }}", "${{")
            return shlex.split(value) if key in {"entrypoint", "run"} else value
    return value


def _tree(node: Any) -> Any:
    """A program as data: its constants are the texts themselves, and its comments are gone."""
    if isinstance(node, ast.AST):
        return {type(node).__name__: {name: _tree(value) for name, value in ast.iter_fields(node)}}
    return [_tree(one) for one in node] if isinstance(node, list) else node


def _benign(value: Any, text: str) -> Any:
    """The value with `text` made benign, and without hashes."""
    match value:
        case dict():
            return {_benign(k, text): _benign(v, text) for k, v in value.items()}
        case list():
            return [_benign(v, text) for v in value]
        case str():
            for form in (text.replace("'", "''"), text.replace('"', '""'), text):
                value = value.replace(form, BENIGN)
            return re.sub(r"\b[0-9a-f]{64}\b", "HASH", value)
    return value


def _emitted(project: Project, target: Target, text: str) -> list[Any]:
    """What programs read where the texts are benign, and where they are `text`."""
    found = []
    for one in (BENIGN, text):
        spec, settings, lock = _with(one, target)
        (project.folder / "onespec.lock").write_text(lock, encoding="utf-8")
        project.write(spec, target, settings)
        files = project.compile(target)
        del files["manifest.json"]
        found.append({n: _benign(_parsed(n, t), text) for n, t in files.items()})
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_the_spec_stays_a_literal(target: Target, text: str, project: Project) -> None:
    benign, hostile = _emitted(project, target, text)
    assert benign == hostile
    assert BENIGN in str(benign)


@pytest.mark.parametrize(("part", "text"), [("shlex", "a; id"), ("visible", "a\nid")])
def test_a_target_that_does_not_quote_is_found(
    part: str, text: str, shell_target: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onespec.targets.waivers as waivers

    shell = find_target("shell")
    assert shell is not None
    if part == "shlex":
        monkeypatch.setattr(sys.modules["onespec_shell"].shlex, "join", " ".join)
    else:
        monkeypatch.setattr(waivers, "visible", str)
    benign, hostile = _emitted(project, shell, text)
    assert benign != hostile


# --- the example of the documentation -------------------------------------------------------


def test_the_page_shows_the_example() -> None:
    page = (REPO / "docs" / "targets.md").read_text("utf-8")
    for name in ("onespec_shell.py", "pyproject.toml"):
        assert (REPO / "docs/examples/shell_target" / name).read_text("utf-8") in page


@pytest.mark.slow
def test_the_script_of_the_example_runs(shell_target: Path, tmp_path: Path) -> None:
    """Up to the features: each step is a process, and training is tested elsewhere."""
    minimal = REPO / "examples" / "minimal"
    for name in ("pipeline.yaml", "onespec.lock", "data/orders.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(minimal / name, tmp_path / name)
    spec = tmp_path / "pipeline.yaml"
    waive = "{endpoints: served by hand, schedules: run by hand}"
    spec.write_text(spec.read_text() + f"  shell: {{waive: {waive}}}\n")
    paths = (str(Path(sys.executable).parent), os.environ["PATH"])
    env = {**os.environ, "PATH": os.pathsep.join(paths), "PYTHONPATH": os.pathsep.join(sys.path)}

    def call(*words: str) -> None:
        subprocess.run(words, cwd=tmp_path, env=env, check=True, capture_output=True)

    call("onespec", "compile", "-t", "shell")
    script = tmp_path / "build" / "shell" / "run-order-returns.sh"
    first, found, _ = script.read_text().partition(
        "onespec step build/shell/plan.json training_set"
    )
    assert found
    script.write_text(first)
    call("sh", str(script))
    told = subprocess.run(
        ["onespec", "plan", "--json"], cwd=tmp_path, env=env, check=True, capture_output=True
    )
    cached = {
        one["step_id"] for one in json.loads(told.stdout)["steps"] if one["status"] == "cached"
    }
    assert cached >= {"source.orders", "check.orders", "examples.will_return"}
    assert "features.will_return.history" in cached


# --- entry points ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("raise ImportError('no such thing')", "cannot be loaded: ImportError: no such thing"),
        ("class T:\n    name = 'broken'\nT = T()", "has no `summary`"),
    ],
)
def test_a_broken_target_of_somebody_else_is_told(
    module: str, told: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.folder / "installed"
    facts = folder / "broken-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Name: broken\nVersion: 1\n")
    (facts / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nbroken = broken_target:T\n")
    (folder / "broken_target.py").write_text(module)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "broken_target", raising=False)
    spec = project.folder / "pipeline.yaml"
    spec.write_text(f"{NOTHING}\ntargets:\n  broken: {{}}\n")
    (one,) = project.found()
    assert one.code == "E601"
    assert told in one.message
    assert one.span is not None
    assert one.span.line == len(NOTHING.splitlines()) + 3
