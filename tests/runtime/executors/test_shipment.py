"""What travels to a cluster: the project without what belongs to this machine, and not too much."""

from pathlib import Path

import pytest

from onespec.runtime.errors import StepError
from onespec.runtime.executors import shipment
from onespec.runtime.executors.shipment import Shipment


def _project(folder: Path, sizes: dict[str, int]) -> Path:
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return folder


def test_what_is_too_large_is_told_with_the_largest_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipment, "MOST_BYTES", 4 << 20)
    kept = {".onespec/store/blob": 9 << 20, "sub/.venv/lib": 9 << 20, "build/plan.json": 9 << 20}
    project = _project(tmp_path, {**kept, "data/a.csv": 3 << 20})
    told = Shipment().runtime_env(project)
    assert "pip" not in told
    assert {".onespec", "**/.onespec", "**/.venv", "build"} <= set(told["excludes"])
    _project(tmp_path, {"data/b.csv": 2 << 20})
    with pytest.raises(StepError, match="has 5 MiB, and at most 4 MiB") as raised:
        Shipment().runtime_env(project)
    assert list(raised.value.rows) == ["3 MiB  data/a.csv", "2 MiB  data/b.csv"]


def test_packages_travel_by_name(tmp_path: Path) -> None:
    assert Shipment(("onespec==1",)).runtime_env(tmp_path)["pip"] == ["onespec==1"]
