"""What the target refuses, where no case among the specs can show it."""

from dataclasses import replace

import pytest

from onespec.compiler.plan import Plan
from onespec.targets.kubernetes import checks
from onespec.targets.kubernetes.target import KUBERNETES

from .bundles import plan_of, settings_of


def _repeated(plan: Plan, times: int) -> Plan:
    """The plan with its steps many times over, under names of their own."""
    steps = tuple(
        replace(step, id=f"{step.id}_{number}") for number in range(times) for step in plan.steps
    )
    return replace(plan, steps=steps)


def _codes(plan: Plan, **told: object) -> list[str]:
    return [problem.code for problem in KUBERNETES.check(plan, settings_of(plan, **told))]


def test_a_plan_that_fits_into_no_config_map_is_refused() -> None:
    plan = plan_of("flights")
    assert _codes(_repeated(plan, 10)) == []
    (problem,) = KUBERNETES.check(_repeated(plan, 100), settings_of(plan))
    assert problem.code == "E616"
    assert "MiB" in problem.message
    assert _codes(_repeated(plan, 100), plan_in_image=True) == []


def test_a_plan_is_measured_with_its_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` sees a plan without them, and `compile` must not emit what it let pass."""
    plan = _repeated(plan_of("flights"), 10)
    bare = replace(plan, steps=tuple(replace(step, fingerprint="") for step in plan.steps))
    size = len(checks.plan_text(plan).encode())
    monkeypatch.setattr(checks, "MAX_CONFIG_MAP", size - 1)
    assert _codes(bare) == ["E616"]
