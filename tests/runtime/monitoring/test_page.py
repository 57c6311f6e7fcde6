"""The page: well-formed, alone, inert whatever the names are, and true to the report."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from onespec.compiler.plan import Drift, Feature
from onespec.runtime.monitoring.axes import Axis, nice_values, ticks
from onespec.runtime.monitoring.page import code_spans, page
from onespec.runtime.monitoring.summary import summary_lines
from onespec.runtime.steps import profile as profile_step

from . import simulation, stage

VOID = {"meta", "br", "wbr", "input", "img", "link", "hr"}
HOSTILE = "</style><script>alert(1)</script>\"' onload=x `{{ 7*7 }}` \x1b[31m"


class Checker(HTMLParser):
    """Holds every tag against its end, and collects tags, attributes and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    return checker


@pytest.fixture(autouse=True)
def _known_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_step, "_score", stage.true_scores)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    worlds = {
        "cold": simulation.World(cold=12, strange=0.2),
        "calm": simulation.World(),
        "flipped": simulation.World(flipped=True, lost=0.6),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profile_step, "_score", stage.true_scores)
        return {
            name: stage.online_report(tmp_path_factory.mktemp(name), world)[0]
            for name, world in worlds.items()
        }


@pytest.mark.parametrize("name", ["cold", "calm", "flipped"])
def test_well_formed_alone_and_small(reports: dict[str, Any], name: str) -> None:
    html = page(reports[name])
    found = checked(html)
    assert not {"script", "iframe", "link", "img", "object", "form"} & set(found.tags)
    assert not re.search(r"https?:|url\(|@import|//[a-z]", html)
    assert not [
        key for key, _ in found.attributes if key.startswith("on") or key in ("src", "href")
    ]
    assert "default-src 'none'" in html
    assert len(html.encode()) < 400_000
    assert "nan" not in re.findall(r'd="([^"]*)"', html)


def test_the_page_tells_the_report(reports: dict[str, Any]) -> None:
    text = checked(page(reports["cold"])).text
    assert reports["cold"]["verdict"].replace("`", "") in text
    for name in ("weather_now.temp", "flight.carrier", "Alert", "api_health", "late_arrival"):
        assert name in text
    assert "Nothing unusual" in checked(page(reports["calm"])).text


def test_the_same_report_gives_the_same_page(reports: dict[str, Any]) -> None:
    again = json.loads(json.dumps(reports["cold"]))
    assert page(again) == page(reports["cold"])


def hostile_report(folder: Path) -> dict[str, Any]:
    """A report in which features, categories, names and reasons are hostile."""
    feature = Feature(f"v.{HOSTILE}", "string", True, "v", HOSTILE)
    features = (*simulation.FEATURES, feature)
    params = replace(
        simulation.MONITOR, features=features, monitor=HOSTILE, drift=Drift("js", 0.1, 0.2)
    )
    training = simulation.training_table()
    training = training.append_column(feature.reference, pa.array(["a"] * training.num_rows))
    plan = replace(simulation.product(params, features), name=HOSTILE)
    with stage.stage(plan, folder, training) as made:
        made.profile()
        stage.add_source(made, simulation.World())
        log = simulation.online_table(simulation.World())
        place = log.schema.get_field_index("degraded")
        reasons = pa.array([[HOSTILE]] * log.num_rows, pa.list_(pa.string()))
        log = log.set_column(place, "degraded", reasons)
        log = log.append_column(feature.reference, pa.array([HOSTILE, "x"] * (log.num_rows // 2)))
        stage.add_online(made, log)
        return made.monitor()[0]


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    report = hostile_report(tmp_path)
    assert report["drift"]["columns"][0]["name"].startswith("v.")
    html = page(report)
    found = checked(html)
    assert "script" not in found.tags
    assert html.count("</style>") == 1
    assert not [key for key, _ in found.attributes if key.startswith("on")]
    assert "{{ 7*7 }}" in found.text
    assert "alert(1)" in found.text
    lines = "\n".join(text for _, text in summary_lines(report))
    assert "\x1b" not in lines


def test_code_spans_escape() -> None:
    assert str(code_spans("`a.<b>` & c")) == "<code>a.<wbr>&lt;b&gt;</code> &amp; c"
    assert str(code_spans("an ` alone <")) == "an ` alone &lt;"


def test_summary_lines(reports: dict[str, Any]) -> None:
    lines = summary_lines(reports["cold"])
    assert lines[0][0] == "alert"
    assert lines[0][1].startswith("✗ Drift: `weather_now.temp`")
    assert [state for state, _ in lines[2:7]] == ["alert", "warn", "ok", "ok", "warn"]
    assert lines[-1][1].startswith("  next: train late_arrival again")


def test_ticks_are_round_numbers() -> None:
    assert nice_values(0.03, 0.83) == [0.2, 0.4, 0.6, 0.8]
    assert nice_values(-12, 31) == [-10, 0, 10, 20, 30]
    assert [tick.label for tick in ticks(Axis(0, 45_000))] == ["0", "10k", "20k", "30k", "40k"]
    for low, high in ((0.0, 1e-7), (5.0, 5.0), (-1e9, 1e9), (0.999, 1.001)):
        assert len(ticks(Axis(low, high))) <= 9
    assert np.isfinite(Axis(3.0, 3.0).place(3.0))
