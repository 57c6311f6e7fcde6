"""Good specs with one thing broken: each mutant must be reported where it was broken."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from onespec.cli.targets import check_all
from onespec.compiler.lock import LOCK_NAME, Lock, load_lock
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.document import Document
from onespec.specs.document import Path as Place
from onespec.specs.read import read_text
from onespec.specs.sections.spec import Spec

from ..specs.mutants import places, value_at

REPO = Path(__file__).parents[2]
GOOD = {
    **{path: path.parent / LOCK_NAME for path in sorted(REPO.glob("examples/*/pipeline.yaml"))},
    **dict.fromkeys(sorted(REPO.glob("tests/specs/good/*.yaml")), REPO / "tests/specs" / LOCK_NAME),
}
LEAST = 0.95


@dataclass(frozen=True)
class Mutant:
    """A text with one thing broken, and the lines at which that may be reported."""

    operator: str
    at: Place
    text: str
    lines: frozenset[int]


@dataclass(frozen=True)
class Original:
    """A good spec, as it was read."""

    path: Path
    document: Document
    lock: Lock

    @property
    def text(self) -> str:
        return self.document.texts["pipeline.yaml"]

    def value(self, at: Place) -> Any:
        return value_at(self.document.data, at)

    def has(self, at: Place) -> bool:
        try:
            self.value(at)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def line(self, at: Place) -> int:
        return self.document.key_span(at).line

    def write(self, operator: str, at: Place, new: str, *beside: Place) -> Iterator[Mutant]:
        """The value at a place, written anew; it may also be reported at the places `beside`."""
        start, end = _value_offsets(self.document, at)
        yield self._mutant(operator, at, start, end, new, beside)

    def rename(self, operator: str, at: Place, new: str, *beside: Place) -> Iterator[Mutant]:
        _, start, end, _ = self.document.key(at)
        yield self._mutant(operator, at, start, end, new, beside)

    def remove(self, operator: str, at: Place, *beside: Place) -> Iterator[Mutant]:
        """Without a key. Where the text that is left says something else, nothing."""
        _, start, _, _ = self.document.key(at)
        _, end = _value_offsets(self.document, at)
        after = re.compile(r"[ ]*,[ ]*").match(self.text, end)
        before = re.compile(r",\s*$").search(self.text[:start])
        if after:
            end = after.end()
        elif before and self.document.span(at[:-1]).line == self.line(at):
            start = before.start()
        else:
            start = self.text.rfind("\n", 0, start) + 1
            end = self.text.find("\n", end) + 1
        wanted = _without(self.document.data, at)
        mutant = self._mutant(operator, at, start, end, "", (at[:-1], *beside))
        try:
            if read_text(mutant.text, "pipeline.yaml").data == wanted:
                yield mutant
        except SpecError:
            return

    def _mutant(
        self, operator: str, at: Place, start: int, end: int, new: str, beside: tuple[Place, ...]
    ) -> Mutant:
        first = self.text.count("\n", 0, start) + 1
        lines = {first, *(self.line(place) for place in beside)}
        return Mutant(operator, at, self.text[:start] + new + self.text[end:], frozenset(lines))


def _value_offsets(document: Document, at: Place) -> tuple[int, int]:
    place = document.places
    for step in at:
        inside: Any = place[3]
        place = inside[step][3] if isinstance(inside, dict) else inside[step]
    return place[1], place[2]


def _without(tree: Any, at: Place) -> Any:
    if len(at) == 1:
        return {key: value for key, value in tree.items() if key != at[0]}
    if isinstance(tree, list):
        return [_without(v, at[1:]) if n == at[0] else v for n, v in enumerate(tree)]
    return {key: _without(v, at[1:]) if key == at[0] else v for key, v in tree.items()}


def original(path: Path) -> Original:
    return Original(
        path, read_text(path.read_text("utf-8"), "pipeline.yaml"), load_lock(GOOD[path])
    )


# --- the shape: from the models -------------------------------------------------------------


def sections(spec: Original) -> Iterator[tuple[Place, type[BaseModel]]]:
    """Every section that a spec writes, with its model."""
    yield from _sections((), Spec, spec.document.data)


def _sections(at: Place, kind: Any, data: Any) -> Iterator[tuple[Place, type[BaseModel]]]:
    arguments = [a for a in get_args(kind) if a is not type(None)]
    if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(data, dict):
        yield at, kind
        for name, field in kind.model_fields.items():
            if (field.alias or name) in data:
                key = field.alias or name
                yield from _sections((*at, key), field.annotation, data[key])
    elif get_origin(kind) is dict and isinstance(data, dict):
        for key, value in data.items():
            yield from _sections((*at, key), arguments[-1], value)
    elif get_origin(kind) is list and isinstance(data, list):
        for index, value in enumerate(data):
            yield from _sections((*at, index), arguments[-1], value)
    elif len(arguments) == 1:
        yield from _sections(at, arguments[0], data)


def unknown_keys(spec: Original) -> Iterator[Mutant]:
    for at, _model in sections(spec):
        for key in spec.value(at):
            yield from spec.rename("unknown key", (*at, key), f"{key[:-1]}x{key[-1]}", at)


def missing_keys(spec: Original) -> Iterator[Mutant]:
    for at, model in sections(spec):
        for name, field in model.model_fields.items():
            key = field.alias or name
            if field.is_required() and (*at, key) in spec.document.keys:
                yield from spec.remove("missing key", (*at, key))


def doubled_keys(spec: Original) -> Iterator[Mutant]:
    for at in spec.document.keys:
        value = spec.value(at)
        line = spec.text.split("\n")[spec.line(at) - 1]
        alone = re.fullmatch(rf"( *){re.escape(str(at[-1]))}: +[^#]*?(\s+#.*)?", line)
        if alone and not isinstance(value, dict | list):
            lines = spec.text.split("\n")
            lines.insert(spec.line(at), f"{alone[1]}{at[-1]}: 1")
            yield Mutant("key twice", at, "\n".join(lines), frozenset({spec.line(at) + 1}))


def wrong_types(spec: Original) -> Iterator[Mutant]:
    """Mapping, list and scalar put for each other; nothing for something."""
    for at in places(spec.document.data):
        value = spec.value(at)
        if not at or _is_free(at):
            continue
        if isinstance(value, dict | list):
            yield from spec.write("collection → text", at, "oops", at)
            if value and not isinstance(at[-1], int):
                yield from spec.write("collection → list", at, "[[oops]]", at)
        else:
            yield from spec.write("scalar → mapping", at, "{oops: 1}")
            yield from spec.write("scalar → list", at, "[[oops]]")


def _is_free(at: Place) -> bool:
    """Environments hold anything until they are applied."""
    return bool(at) and at[0] == "environments"


def choices(spec: Original) -> Iterator[Mutant]:
    for at, model in sections(spec):
        for name, field in model.model_fields.items():
            key = field.alias or name
            if (*at, key) not in spec.document.values or key == "onespec":
                continue
            if "Literal" in repr(field.annotation) and isinstance(spec.value((*at, key)), str):
                word = str(spec.value((*at, key)))
                yield from spec.write("choice", (*at, key), word[:-1] + "q")
                yield from spec.write("choice", (*at, key), "7")


# --- scalars --------------------------------------------------------------------------------

_DURATION = re.compile(r"[0-9]+(ms|[smhdw])")


def durations(spec: Original) -> Iterator[Mutant]:
    for at in places(spec.document.data):
        value = spec.value(at)
        if _is_free(at) or not isinstance(value, str) or not _DURATION.fullmatch(value):
            continue
        yield from spec.write("duration without unit", at, value.rstrip("smhdw"))
        yield from spec.write("duration of unknown unit", at, value.rstrip("smhdw") + "q")
        yield from spec.write("negative duration", at, f"-{value}")


def numbers(spec: Original) -> Iterator[Mutant]:
    """Ports, shares, bounds and thresholds beyond their range."""
    beyond = {
        "port": ("0", "65536", "eight"),
        "train": ("95%", "0%", "170%", "0.7%%"),
        "test": ("60%", "0%"),
        "sample": ("101%", "-1%"),
        "error_rate": ("101%", "5"),
        "warn": ("0.9", ".nan", "high"),
        "alert": ("0.01", ".inf"),
        "cpu": ("0", "-1", ".inf", "two"),
        "seed": ("-1", "4294967296", "1.5"),
        "minimum_rows": ("0", "many"),
        "min": ("-1", "1.5", "0.5x"),
        "schedule": ("0 2 * *", "60 2 * * *", "@dayly", "0 0 31 2 *", "* * * * 7"),
        "as_of": ("2013-12-31", "2013-13-01T00:00:00Z", "yesterday", "2013-02-30T00:00:00Z"),
        "onespec": ("2", "true", "'1'"),
        "name": ("Flight", "a_b", "-a"),
        "every": ("7m", "5h", "25h", "0s"),
    }
    for at in places(spec.document.data):
        if not at or _is_free(at) or isinstance(spec.value(at), dict | list):
            continue
        if at[-1] == "every" and at[0] != "monitor":
            continue
        for new in beyond.get(str(at[-1]), ()):
            quoted = f'"{new}"' if new.startswith(("@", "*")) or " " in new else new
            yield from spec.write(f"{at[-1]} beyond its range", at, quoted, at[:-1])


def bounds(spec: Original) -> Iterator[Mutant]:
    for at in places(spec.document.data):
        if len(at) > 1 and at[-2] == "in_range":
            low, high = spec.value(at)
            yield from spec.write("bounds backwards", at, f"[{high}, {low}]")
            yield from spec.write("one bound", at, f"[{low}]")


def file_paths(spec: Original) -> Iterator[Mutant]:
    for at in places(spec.document.data):
        if at and at[-1] in ("path", "output") and not _is_free(at):
            for new in (
                f"../{spec.value(at)}",
                "/etc/x.csv",
                "https://a:b@example.com/x.csv",
                "''",
            ):
                yield from spec.write("path", at, new)
        if at and at[-1] == "path" and not _is_free(at) and "format" not in spec.value(at[:-1]):
            yield from spec.write("file ending", at, "data/x.xlsx")


# --- names ----------------------------------------------------------------------------------


def references(spec: Original) -> Iterator[Mutant]:
    """A near miss, and the name of something of another kind."""
    for at, kind in _references(spec):
        word = str(spec.value(at))
        others = [
            name
            for part in ("sources", "entities", "features", "models", "deploy")
            for name in spec.document.data.get(part, {})
            if part != kind and name not in spec.document.data.get(kind, {})
        ]
        yield from spec.write("reference, misspelt", at, word[:-1] + "x" + word[-1])
        yield from spec.write("reference to another kind", at, others[0])


def _references(spec: Original) -> Iterator[tuple[Place, str]]:
    kinds = {"source": "sources", "entity": "entities", "model": "models", "watch": "deploy"}
    for at in places(spec.document.data):
        if not at or _is_free(at) or not isinstance(spec.value(at), str):
            continue
        if at[-1] in kinds:
            yield at, kinds[str(at[-1])]
        elif at[-1] == "retrain":
            yield at, "models"
        elif at[0] == "models" and at[-2] == "features":
            yield at, "features"


def renamed(spec: Original) -> Iterator[Mutant]:
    """A declaration is renamed, and what refers to it is not."""
    for at, kind in _references(spec):
        name = str(spec.value(at)).partition(".")[0]
        declared = (kind, name)
        users = [p for p, k in _references(spec) if k == kind and spec.value(p) == name]
        if spec.has(declared):
            yield from spec.rename("declaration renamed", declared, f"{name}_new", *users)


# --- columns and expressions ----------------------------------------------------------------


def expressions(spec: Original) -> Iterator[tuple[Place, str | None]]:
    """The place of every expression, and its source; None for what reads the request."""
    data = spec.document.data
    for name, view in data.get("features", {}).items():
        for field in view["fields"]:
            yield ("features", name, "fields", field), view.get("source")
        if "where" in view:
            yield ("features", name, "where"), view["source"]
    for name, model in data.get("models", {}).items():
        for key in ("label", "where"):
            if key in model["examples"]:
                yield ("models", name, "examples", key), model["examples"]["source"]


def columns(spec: Original) -> Iterator[Mutant]:
    for at, source in expressions(spec):
        text = str(spec.value(at))
        inputs = spec.value(at[:2]).get("inputs", {})
        known = spec.lock.sources[source] if source else inputs
        for word in re.finditer(r"\w+", text):
            if word[0] in known and not text[word.end() :].startswith("("):
                unknown = text[: word.start()] + word[0] + "_x" + text[word.end() :]
                yield from spec.write("unknown column", at, _quoted(unknown))
                yield from _other_types(spec, at, text, word, source)
        broken = {
            "syntax": f"{text} > >",
            "unknown function": f"medain({text})",
            "not allowed": f"random() + ({text})",
            "bracket": f"({text}",
            "subquery": "(select 1)",
            "type": f"({text}) + interval '1 day' + 'a'",
        }
        for operator, new in broken.items():
            yield from spec.write(f"expression: {operator}", at, _quoted(new))


def _other_types(
    spec: Original, at: Place, text: str, word: re.Match[str], source: str | None
) -> Iterator[Mutant]:
    """A text where only a number or a time fits."""
    fits = re.search(r"(avg|sum|hour|dayofweek|month|ln)\(|[-+*<>]", text)
    known = spec.lock.sources[source] if source else {}
    texts = [name for name, kind in known.items() if str(kind.kind) == "string"]
    if fits and texts:
        new = text[: word.start()] + texts[0] + text[word.end() :]
        yield from spec.write("column of another type", at, _quoted(new))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def named_columns(spec: Original) -> Iterator[Mutant]:
    """Columns that stand as names: keys, times, tests, slices, inputs."""
    for at in places(spec.document.data):
        if not at or _is_free(at) or isinstance(spec.value(at), dict | list):
            continue
        value, last = str(spec.value(at)), at[-1]
        if last in ("key", "event_time", "created"):
            users = [
                ("features", name, "entity")
                for name, view in spec.document.data.get("features", {}).items()
                if last == "key" and view.get("entity") == at[1]
            ]
            yield from spec.write(f"{last} of no column", at, f"{value}_x", *users)
        if last == "event_time":
            kinds = spec.lock.sources[str(at[1])]
            texts = [n for n, kind in kinds.items() if str(kind.kind) in ("string", "int")]
            yield from spec.write("event time of another type", at, texts[0])
        if {"not_null", "unique", "slices"} & {*map(str, at[:-1])}:
            yield from spec.write("column of no source", at, f"{value}_x")
        if "inputs" in at:
            other = "timestamp" if value in ("string", "float") else "bool"
            yield from spec.write("input of another type", at, other)
            yield from spec.rename("input of no column", at, f"{last}_x", at)
    for at in spec.document.keys:
        if {"in_range", "accepted"} & {*map(str, at[:-1])}:
            yield from spec.rename("column of no source", at, f"{at[-1]}_x")


# --- time, leakage, models ------------------------------------------------------------------


def times(spec: Original) -> Iterator[Mutant]:
    for name, view in spec.document.data.get("features", {}).items():
        at = ("features", name)
        lag = (*at, "available_after")
        if "windows" in view:
            beside = (*at, "windows")
            if "available_after" in view:
                yield from spec.write("lag beyond every window", lag, "400d", beside)
                yield from spec.write("window within the lag", beside, "[1s]")
            for index, window in enumerate(view["windows"]):
                again = f"[{window}, {window}]"
                if not index:
                    yield from spec.write("window twice", beside, again)
        if "ttl" in view:
            yield from spec.write("ttl of nothing", (*at, "ttl"), "0s")
            if "refresh" in spec.document.data["sources"][view["source"]]:
                yield from spec.write("ttl below the refresh", (*at, "ttl"), "1s")
    for name, source in spec.document.data["sources"].items():
        if "refresh" in source:
            users = [
                ("features", n, "ttl")
                for n, v in spec.document.data.get("features", {}).items()
                if v.get("source") == name and "ttl" in v
            ]
            yield from spec.write(
                "refresh beyond the ttl", ("sources", name, "refresh"), "400d", *users
            )
    for name, monitor in spec.document.data.get("monitor", {}).items():
        performance, window = ("monitor", name, "performance"), ("monitor", name, "window")
        delay = _delay_of(spec, monitor) if "performance" in monitor else None
        if delay is not None:
            yield from spec.write("labels beyond the window", delay, "400d", performance)
            if "window" in monitor:
                yield from spec.write("window before labels", window, "1h", performance)


def _delay_of(spec: Original, monitor: Any) -> Place | None:
    deployment = spec.document.data["deploy"][monitor["watch"]]
    model = (deployment.get("online") or deployment["batch"])["model"]
    at = ("models", model, "examples", "label_available_after")
    return at if spec.has(at) else None


def leakage(spec: Original) -> Iterator[Mutant]:
    """A feature reads what the label reads, too early."""
    for name, model in spec.document.data.get("models", {}).items():
        examples = model["examples"]
        read = spec.lock.sources[examples["source"]]
        (column, *_) = [w for w in re.findall(r"\w+", examples["label"]) if w in read]
        label = ("models", name, "examples", "label")
        for view_name, view in spec.document.data["features"].items():
            at = ("features", view_name)
            if view_name in model["features"] and "inputs" in view:
                field = (*at, "fields", next(iter(view["fields"])))
                listed = ", ".join(f"{c}: {kind}" for c, kind in view["inputs"].items())
                for one in spec.write("", (*at, "inputs"), f"{{{listed}, {column}: float}}"):
                    asked = replace(spec, document=read_text(one.text, "pipeline.yaml"))
                    yield from asked.write("leakage from the request", field, column, label)
            if view_name in model["features"] and "available_after" in view:
                for field, text in view["fields"].items():
                    if view.get("source") == examples["source"] and "avg(" in text:
                        place = (*at, "fields", field)
                        new = f"avg({column})"
                        lag = (*at, "available_after")
                        for one in spec.write("", lag, "1s"):
                            early = replace(spec, document=read_text(one.text, "pipeline.yaml"))
                            yield from early.write("leakage", place, new, label, lag)
        delay = ("models", name, "examples", "label_available_after")
        leaks = [
            ("features", n, "fields", f)
            for n, v in spec.document.data["features"].items()
            if v.get("source") == examples["source"]
            for f, text in v["fields"].items()
            if column in text
        ]
        if leaks and spec.has(delay):
            yield from spec.write("label known later", delay, "300d", *leaks, label)


def gates(spec: Original) -> Iterator[Mutant]:
    for at in places(spec.document.data):
        if len(at) < 2 or at[-2] != "gates":
            continue
        text = str(spec.value(at))
        task = spec.value((*at[:2], "task"))
        other = "rmse" if task == "binary_classification" else "roc_auc"
        subject, comparison, bound = text.split(" ", 2)
        metric = subject.rpartition(".")[2]
        new = {
            "metric of another task": text.replace(metric, other),
            "unknown split": text.replace(subject.partition(".")[0], "tset", 1),
            "no comparison": text.replace(comparison, "=="),
            "no bound": f"{subject} {comparison}",
            "unknown metric": text.replace(metric, metric + "x"),
        }
        if "champion" not in bound and metric == "roc_auc":
            new["never passes"] = f"{subject} >= 1.5"
            new["never fails"] = f"{subject} >= 0"
            new["a duration for a share"] = f"{subject} >= 50ms"
        if metric.startswith("latency"):
            new["no unit"] = f"{subject} <= 50"
            new["never passes"] = f"{subject} < 0ms"
        if subject.startswith("slice."):
            new["undeclared slice"] = text.replace(subject.split(".")[1], "tailnum_x")
        for operator, gate in new.items():
            yield from spec.write(f"gate: {operator}", at, _quoted(gate))


def models(spec: Original) -> Iterator[Mutant]:
    for name in spec.document.data.get("models", {}):
        at = ("models", name)
        word = str(spec.value((*at, "estimator", "class")))
        here = (*at, "estimator", "class")
        task = (*at, "task")
        yield from spec.write("estimator, misspelt", here, word[:-1])
        yield from spec.write("estimator of another task", here, "sklearn.linear_model.Ridge", task)
        yield from spec.write("another task", task, "regression", here, (*at, "examples", "label"))
        if spec.has((*at, "estimator", "params")):
            for parameter in spec.value((*at, "estimator", "params")):
                place = (*at, "estimator", "params", parameter)
                yield from spec.rename("parameter, misspelt", place, f"{parameter}_x")
                for new in ("-1", "oops", "0"):
                    yield from spec.write("parameter beyond its range", place, new)
        label = (*at, "examples", "label")
        yield from spec.write("label of another type", label, "'lower(''A'')'")
    for name, monitor in spec.document.data.get("monitor", {}).items():
        if "performance" in monitor:
            metric = ("monitor", name, "performance", "metric")
            yield from spec.write("metric of another task", metric, "rmse")
            yield from spec.write("unknown metric", metric, "roc_acu")
        if "drift" in monitor:
            yield from spec.write(
                "drift of no feature",
                ("monitor", name, "drift"),
                "{features: [nothing.here]}",
            )


def targets(spec: Original) -> Iterator[Mutant]:
    for name, settings in spec.document.data.get("targets", {}).items():
        yield from spec.rename("unknown target", ("targets", name), f"{name}x")
        for key in settings:
            yield from spec.rename("unknown setting", ("targets", name, key), f"{key}_x")


OPERATORS: tuple[Callable[[Original], Iterator[Mutant]], ...] = (
    *(unknown_keys, missing_keys, doubled_keys, wrong_types, choices, durations, numbers, bounds),
    *(file_paths, references, renamed, columns, named_columns, times, leakage, gates, models),
    targets,
)


def mutants(spec: Original) -> list[Mutant]:
    """All mutants of a spec, each text once; none that says the same as the spec."""
    found: dict[str, Mutant] = {}
    for operator in OPERATORS:
        for one in operator(spec):
            found.setdefault(one.text, one)
    found.pop(spec.text, None)
    return [*found.values()]


def findings(text: str, lock: Path) -> tuple[Diagnostic, ...]:
    Path("pipeline.yaml").write_text(text, "utf-8")
    Path(LOCK_NAME).write_bytes(lock.read_bytes())
    try:
        return check_all(Path("pipeline.yaml"), None).diagnostics
    except SpecError as error:
        return error.diagnostics


def reported(mutant: Mutant, found: tuple[Diagnostic, ...]) -> bool:
    """Whether a finding stands, or points, where the spec was broken."""
    spans = [span for d in found for span in (d.span, *(r.span for r in d.related)) if span]
    return bool({span.line for span in spans} & mutant.lines)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_mutants_are_reported_where_they_are_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survivors = []
    total = 0
    for path, lock in GOOD.items():
        for mutant in mutants(original(path)):
            total += 1
            found = findings(mutant.text, lock)
            if not reported(mutant, found):
                told = [f"{d.code} at {d.span}" for d in found] or "nothing"
                survivors.append(
                    f"{path.parent.name}/{path.name}: {mutant.operator} at "
                    f"{'.'.join(map(str, mutant.at))} (line {sorted(mutant.lines)}): {told}"
                )
    listed = "\n".join(survivors)
    share = 1 - len(survivors) / total
    with capsys.disabled():
        print(f"\n  {total} mutants, {share:.1%} reported at their line; survivors:\n{listed}")
    assert total >= 300
    assert share >= LEAST, f"{len(survivors)} of {total} mutants survive:\n{listed}"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_originals_have_no_findings(path: Path, folder: Path) -> None:
    """The control: what is not broken is not reported."""
    assert findings(original(path).text, GOOD[path]) == ()


def test_a_compiler_that_looks_away_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the checks of the whole graph, their mutants survive."""
    monkeypatch.setattr("onespec.compiler.compile.CHECKS", ())
    path, lock = next((p, lock) for p, lock in GOOD.items() if p.parent.name == "flights")
    spec = original(path)
    contradictions = [*times(spec), *leakage(spec)]
    told = [reported(one, findings(one.text, lock)) for one in contradictions]
    assert told.count(False) > 5
