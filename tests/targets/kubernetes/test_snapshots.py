"""Every file of every example, as people will read it."""

from pathlib import PurePosixPath

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from onespec.compiler.plan_file import plan_text

from .bundles import SPECS, bundle, plan_of


def _extension(ending: str) -> type[SingleFileSnapshotExtension]:
    class Extension(SingleFileSnapshotExtension):
        _write_mode = WriteMode.TEXT
        file_extension = ending

    return Extension


@pytest.mark.parametrize("name", SPECS)
def test_every_file_of_every_spec(name: str, snapshot: SnapshotAssertion) -> None:
    for path, text in bundle(name).files.items():
        stem, _, ending = path.replace("/", "-").rpartition(".")
        if not path.endswith("plan.json"):
            one = _extension(ending if stem else "Dockerfile")
            assert text == snapshot(name=stem or "image", extension_class=one)


@pytest.mark.parametrize("name", SPECS)
def test_every_plan_is_that_of_its_environment(name: str) -> None:
    plans = {path: text for path, text in bundle(name).files.items() if path.endswith("plan.json")}
    assert len(plans) == 1 + len(bundle(name).environments)
    for path, text in plans.items():
        folder = PurePosixPath(path).parent.name
        assert text == plan_text(plan_of(name, None if folder == "base" else folder))
