"""Ten handwritten digits told apart: run, served, asked, scored and watched by the command."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_digits

from .project import Project

pytestmark = pytest.mark.slow

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
AS_OF = "2026-01-13T12:00:00Z"
# Written by a pen that nobody had used before the test split began.
SMUDGED = 12


def digits() -> pa.Table:
    """A digit each ten minutes: sixteen means of four pixels, and its name."""
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    blocks = data.images[order].reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    names = [NAMES[digit] for digit in data.target[order]]
    names[-SMUDGED:] = ["smudge"] * SMUDGED
    start = np.datetime64("2026-01-01T00:00:00", "us")
    times = start + np.arange(len(names)) * np.timedelta64(10, "m")
    columns = {"seen_at": pa.array(times, pa.timestamp("us", "UTC")), "name": pa.array(names)}
    return pa.table(columns | {f"ink_{i}": pa.array(blocks[:, i]) for i in range(16)})


def spec() -> str:
    inks = [f"ink_{i}" for i in range(16)]
    return f"""\
onespec: 1
name: digits
sources:
  digits: {{path: digits.parquet, event_time: seen_at}}
features:
  image:
    inputs: {{{", ".join(f"{ink}: float" for ink in inks)}}}
    fields: {{{", ".join(f"{ink}: {ink}" for ink in inks)}}}
models:
  digit:
    task: multiclass_classification
    examples: {{source: digits, label: name}}
    features: [image]
    estimator: {{class: sklearn.linear_model.LogisticRegression, params: {{max_iter: 300}}}}
    gates: [test.f1_macro >= 0.7, test.f1_macro >= champion.f1_macro - 0.01]
deploy:
  api:
    online: {{model: digit, port: 8000}}
  nightly:
    batch: {{model: digit, source: digits, output: scores/}}
monitor:
  health:
    watch: nightly
    every: 1d
    window: 14d
    drift: {{warn: 0.1, alert: 0.25}}
    performance: {{metric: f1_macro, min: 0.5}}
"""


def test_digits_from_data_to_the_report(tmp_path: Path) -> None:
    table = digits()
    pq.write_table(table, tmp_path / "digits.parquet")
    (tmp_path / "pipeline.yaml").write_text(spec())
    project = Project(tmp_path)
    project.call("lock")
    steps = project.run("--as-of", AS_OF)
    facts = steps["evaluate.digit"]["facts"]
    assert facts["test"]["f1_macro"] > 0.8
    # What is found least is what nobody could have found.
    assert facts["weakest"][0] == {"class": "smudge", "recall": 0.0, "rows": SMUDGED}
    assert steps["train.digit"]["facts"]["classes"] == sorted(NAMES)
    _check_metrics(project, steps)
    scores = pq.read_table(tmp_path / steps["score.nightly"]["facts"]["path"])
    _check_answers(project, table, scores)
    _check_report(project)


def _check_metrics(project: Project, steps: dict[str, Any]) -> None:
    value = project.values({"e": steps["evaluate.digit"]["key"]})["e"]
    with project.workspace() as workspace:
        report = json.loads(workspace.file(value, "metrics.json").read_text())
    assert report["strange_classes"] == ["smudge"]
    rows = np.array(report["confusion"]["rows"])
    assert report["confusion"]["classes"] == [*sorted(NAMES), "smudge"]
    assert rows.sum() == report["test"]["rows"]
    assert rows.trace() / rows.sum() == pytest.approx(report["test"]["accuracy"])
    assert rows[:, -1].sum() == 0
    bounds = report["intervals"]["test"]["f1_macro"]
    assert bounds["low"] < report["test"]["f1_macro"] < bounds["high"]


def _check_answers(project: Project, table: pa.Table, scores: pa.Table) -> None:
    """What is served over HTTP is what the batch says of the same rows."""
    asked = [
        {name: row[name] for name in row if name.startswith("ink_")}
        for row in table.slice(1500, 20).to_pylist()
    ]
    (project.folder / "rows.json").write_text(json.dumps(asked))
    with project.begin("serve", "--host", "process", "--port", "0") as server:
        url = server.told("serving on http://127.0.0.1:").split()[-1]
        answer = project.call("predict", "--url", url, "--json", "rows.json").json()
        shown = project.call("predict", "--url", url, "rows.json").out
        assert server.stop(signal.SIGTERM)[0] == 0
    batch = scores.slice(1500, 20).to_pylist()
    for served, row in zip(answer["predictions"], batch, strict=True):
        assert set(served) == {"prediction", "score", "probabilities", "degraded"}
        assert served["prediction"] == row["prediction"]
        assert list(served["probabilities"]) == sorted(NAMES)
        assert list(served["probabilities"].items()) == row["probabilities"]
        assert served["score"] == row["score"] == max(served["probabilities"].values())
        assert sum(served["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    first = answer["predictions"][0]
    assert shown.startswith(f"{first['prediction']}  {first['score']:.4f}  digit version 1\n")


def _check_report(project: Project) -> None:
    (report,) = project.call("monitor", "run", "--as-of", AS_OF, "--json").json()
    assert report["state"] == "ok"
    compared = {c["name"]: c for c in report["drift"]["columns"] if c["role"] == "prediction"}
    assert compared["prediction"]["kind"] == "categorical"
    assert compared["confidence"]["kind"] == "numeric"
    performance = report["performance"]
    assert performance["coverage"] == 1
    assert performance["by_class"]["smudge"]["recall"] == 0
    assert performance["by_class"]["zero"]["recall"] > 0.9
    # For a person the page is put where it is found by name.
    shown = project.call("monitor", "run", "--as-of", AS_OF).out
    assert "f1_macro" in shown
    page = (project.state / "reports" / "health.html").read_text()
    assert "Commonest mistakes" in page
    assert "the likeliest class" in page
