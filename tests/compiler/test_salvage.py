"""A part that is wrong in shape hides nothing else, and nothing else is blamed for it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from onespec.cli.targets import check_all
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.parts import SINGULAR

REPO = Path(__file__).parents[2]
FLIGHTS = REPO / "examples" / "flights"
SPEC: dict[str, Any] = yaml.safe_load((FLIGHTS / "pipeline.yaml").read_text())
PARTS = [(section, name) for section in SINGULAR for name in SPEC[section]]


def _found(folder: Path, data: dict[str, Any]) -> tuple[Diagnostic, ...]:
    (folder / "onespec.lock").write_text((FLIGHTS / "onespec.lock").read_text())
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    try:
        return check_all(folder / "pipeline.yaml", None).diagnostics
    except SpecError as error:
        return error.diagnostics


def _copy() -> dict[str, Any]:
    copied = yaml.safe_load(yaml.safe_dump(SPEC, sort_keys=False))
    assert isinstance(copied, dict)
    return copied


@pytest.mark.parametrize(("section", "name"), PARTS, ids=lambda p: p)
def test_only_the_broken_part_is_blamed(section: str, name: str, tmp_path: Path) -> None:
    data = _copy()
    data[section][name]["unheard_of"] = 1
    found = _found(tmp_path, data)
    assert [d.code for d in found] == ["E201"], found


@pytest.mark.parametrize(("section", "name"), PARTS, ids=lambda p: p)
def test_what_is_wrong_elsewhere_is_told_too(section: str, name: str, tmp_path: Path) -> None:
    data = _copy()
    data[section][name]["unheard_of"] = 1
    data["features"]["other"] = {"inputs": {"x": "float"}, "fields": {"y": "x + z"}}
    assert {"E201", "E204"} <= {d.code for d in _found(tmp_path, data)}


@pytest.mark.parametrize("key", ["name", "as_of", "targets", "environments", "tags", "unheard_of"])
def test_a_key_of_the_spec_hides_nothing(key: str, tmp_path: Path) -> None:
    data = _copy()
    data[key] = {"bad name!": 1.5}
    data["features"]["airport_load"]["fields"]["mean_delay"] = "avg(dep_dealy)"
    codes = [d.code for d in _found(tmp_path, data)]
    assert "E204" in codes
    assert codes != ["E204"]


def test_a_lock_file_that_is_missing_hides_no_shape(tmp_path: Path) -> None:
    data = _copy()
    data["features"]["weather_now"]["ttl"] = "3 hours"
    (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump(data))
    with pytest.raises(SpecError) as failed:
        check_all(tmp_path / "pipeline.yaml", None)
    assert [d.code for d in failed.value.diagnostics] == ["E301", "E210"]
