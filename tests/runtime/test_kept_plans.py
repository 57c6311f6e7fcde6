"""Plans that were run: kept where whoever shares the results finds them."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from servers.s3 import Objects, S3Server

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import ArtifactsAt, Plan, Stores
from onespec.runtime.kept_plans import keep_plan, kept_plan, kept_step

EXAMPLE = Path(__file__).parents[2] / "examples" / "minimal" / "pipeline.yaml"
PLAN = compile_spec(EXAMPLE)
STEP = PLAN.step("source.orders")


@dataclass(frozen=True)
class Here:
    """A machine: the project is checked out, the state its own."""

    plan: Plan
    project: Path
    state: Path


def machines(folder: Path, at: ArtifactsAt | None) -> list[Here]:
    plan = replace(PLAN, stores=Stores(at))
    return [Here(plan, folder / "project", folder / name) for name in ("one", "two")]


def test_embedded_it_is_this_machine_s_own(tmp_path: Path) -> None:
    one, two = machines(tmp_path, None)
    sha256 = keep_plan(one.plan, one)
    assert kept_plan(one, sha256) == one.plan
    assert kept_step(one, sha256, STEP.id) == STEP
    assert kept_step(one, sha256, "source.y") is None
    assert kept_plan(two, sha256) is None
    assert kept_plan(one, "../../x") is None


@pytest.mark.parametrize("where", ["folder", "s3"])
def test_beside_shared_artifacts_another_machine_finds_it(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    at = ArtifactsAt("shared")
    if where == "s3":
        server: S3Server = request.getfixturevalue("s3")
        at = server.place()
    one, two = machines(tmp_path, at)
    sha256 = keep_plan(one.plan, one)
    assert keep_plan(one.plan, one) == sha256
    assert kept_plan(two, sha256) == one.plan
    assert kept_step(two, sha256, STEP.id) == STEP
    assert kept_plan(two, "0" * 64) is None


def test_a_plan_that_is_damaged_in_the_bucket_is_none(s3: S3Server, tmp_path: Path) -> None:
    at = s3.place()
    one, two = machines(tmp_path, at)
    sha256 = keep_plan(one.plan, one)
    Objects(at).write(f"plans/{sha256}.json", b"{}")
    assert kept_plan(two, sha256) is None
