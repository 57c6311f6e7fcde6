"""The documents say what is: generated pages are current, links lead somewhere, specs compile."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from onespec.compiler.compile import Checked, check
from onespec.compiler.lock import LOCK_NAME, Lock, load_lock
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.read import read_lenient
from onespec.specs.render.human import render_human
from onespec.specs.render.json_report import render_json

REPO = Path(__file__).parent.parent.parent
SKIPPED = {".venv", ".peers", ".git", ".onespec", "build", "dist", "node_modules", "__pycache__"}
GENERATED = ("language.md", "expressions.md", "diagnostics.md", "cli.md", "images/graph.svg")

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", REPO / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _documents() -> list[Path]:
    found = (p for p in REPO.rglob("*.md") if not SKIPPED & set(p.relative_to(REPO).parts))
    return sorted(p for p in found if "data" not in p.relative_to(REPO).parts)


def _name(path: Path) -> str:
    return path.relative_to(REPO).as_posix()


def _prose(text: str) -> str:
    """The text without code, in which brackets are no links and `#` no headings."""
    return re.sub(r"`[^`\n]*`", "``", _FENCE.sub("", text))


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    made: dict[str, str] = _generator().pages()
    return made


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_current(name: str, pages: dict[str, str]) -> None:
    written = (REPO / "docs" / name).read_text("utf-8")
    assert written == pages[name], f"docs/{name} is not what the code says: run `make docs`"


def test_every_generated_page_is_held(pages: dict[str, str]) -> None:
    assert set(pages) == set(GENERATED)


# --- links ----------------------------------------------------------------------------------


def _anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    anchors: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", path.read_text("utf-8"))):
        plain = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        number = next(n for n in range(1000) if (f"{plain}-{n}" if n else plain) not in anchors)
        anchors.add(f"{plain}-{number}" if number else plain)
    return anchors


def _broken(path: Path) -> Iterator[str]:
    for link in _LINK.findall(_prose(path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists():
            yield f"{link}: there is no such file"
        elif anchor and anchor not in _anchors(target):
            yield f"{link}: there is no such heading"


@pytest.mark.parametrize("path", _documents(), ids=_name)
def test_relative_links_lead_somewhere(path: Path) -> None:
    assert list(_broken(path)) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A b\n[1](page.md#a-b) [2](none.md) [3](#c) `[4](code.md)`\n")
    assert [text.partition(":")[0] for text in _broken(page)] == ["none.md", "#c"]


# --- specs and what is said of them ---------------------------------------------------------


def _blocks(path: Path) -> list[str]:
    found = _FENCE.findall(path.read_text("utf-8"))
    return [text for kind, text in found if kind == "yaml" and text.startswith("onespec: 1\n")]


# The examples of diagnostics are parts of specs.
WHOLE = [path for path in _documents() if path.name != "diagnostics.md"]
SPECS = [(path, text) for path in WHOLE for text in _blocks(path)]


def _lock() -> Lock:
    """The sources of all examples."""
    locks = [load_lock(path) for path in sorted(REPO.glob(f"examples/*/{LOCK_NAME}"))]
    sources = {name: schema for lock in locks for name, schema in lock.sources.items()}
    return Lock(LOCK_NAME, sources)


def _check(text: str, folder: Path) -> Checked:
    spec = folder / "pipeline.yaml"
    spec.write_text(text, encoding="utf-8")
    return check(spec, None, _lock())


def _shown(diagnostics: tuple[Diagnostic, ...]) -> str:
    texts = read_lenient({"pipeline.yaml"})
    return render_human(diagnostics, texts, color=False, width=100)


@pytest.mark.parametrize(
    ("path", "text"), SPECS, ids=[f"{_name(path)}-{n}" for n, (path, _) in enumerate(SPECS)]
)
def test_a_whole_spec_compiles_without_findings(path: Path, text: str, tmp_path: Path) -> None:
    try:
        found = _check(text, tmp_path).diagnostics
    except SpecError as error:
        found = error.diagnostics
    assert [f"{d.code} {d.message}" for d in found] == [], _name(path)


def test_the_readme_shows_a_whole_spec_of_about_thirty_lines() -> None:
    (text,) = _blocks(REPO / "README.md")
    assert len(text.splitlines()) <= 36


def test_the_error_of_the_readme_is_what_check_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = _blocks(REPO / "README.md")
    broken = text.replace("windows: [6h, 24h]", "windows: [1h, 24h]")
    assert broken != text
    _says(_check(broken, Path()), REPO / "README.md")


def test_the_page_of_findings_shows_what_check_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = _blocks(REPO / "README.md")
    found = _check(text.replace("windows: [6h, 24h]", "windows: [1h, 24h]"), Path()).errors
    page = (REPO / "docs" / "findings.md").read_text("utf-8")
    ((kind, shown),) = _FENCE.findall(page)
    assert kind == "json"
    assert shown == render_json(found)
    tables = " ".join(re.findall(r"^\|.*", page, re.MULTILINE))
    told = set(re.findall(r"`(\w+)`", tables))
    assert _keys(json.loads(shown)) <= told


def _keys(data: object) -> set[str]:
    """Every key of every object in JSON."""
    if isinstance(data, list):
        return {key for one in data for key in _keys(one)}
    if isinstance(data, dict):
        return set(data) | {key for one in data.values() for key in _keys(one)}
    return set()


STATIC = (
    "    static: true                     "
    "# no event time: an aircraft's year and seats never change\n"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [(STATIC, ""), ("mean_delay: avg(dep_delay)", "mean_delay: avg(dep_dealy)")],
    ids=["warning", "error"],
)
def test_the_findings_of_the_tutorial_are_what_check_says(
    before: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = (REPO / "examples" / "flights" / "pipeline.yaml").read_text("utf-8").split("\n", 1)
    assert lines[0].startswith("# yaml-language-server"), "`onespec init` leaves this line out"
    assert before in lines[1]
    _says(_check(lines[1].replace(before, after, 1), Path()), REPO / "docs" / "tutorial.md")


def _says(checked: Checked, page: Path) -> None:
    shown = _shown(checked.errors or checked.diagnostics).rstrip()
    assert shown
    assert shown in page.read_text("utf-8"), f"{_name(page)} should show:\n{shown}"


def test_the_picture_of_the_graph_shows_every_node(tmp_path: Path) -> None:
    checked = _check((REPO / "examples/flights/pipeline.yaml").read_text("utf-8"), tmp_path)
    picture = (REPO / "docs" / "images" / "graph.svg").read_text("utf-8")
    drawn = set(re.findall(r"<title>([a-z]+ [a-z_]+), pipeline.yaml", picture))
    assert drawn == {name.replace(".", " ", 1) for name, _ in checked.graph.nodes()}
