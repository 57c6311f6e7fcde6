"""The Ray target: the plan, a job definition, and a Serve config that Ray accepts."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ..artifact import Artifact
from ..asks import consumers
from ..rehearsal import Rehearsal, Stage
from ..target import Problem
from .capabilities import CAPABILITIES
from .launcher import check_launcher
from .settings import RaySettings


class RayTarget:
    """Emits `plan.json`, `job.yaml`; where they are asked for, `cluster.yaml`, `serve.yaml`."""

    name = "ray"
    summary = "a Ray job and a Ray Serve config, for a laptop or a cluster"
    settings = RaySettings
    capabilities = CAPABILITIES

    def check(self, plan: Plan, settings: RaySettings) -> Iterator[Problem]:
        """E602: Ray shares one GPU, but not the second of one and a half; and what `launcher` says
        of machines must fit the plan."""
        yield from check_launcher(plan, settings)
        for one in consumers(plan):
            gpu = one.resources.gpu
            if gpu > 1 and gpu % 1:
                yield Problem(
                    "E602",
                    f"`{one.name}` asks for {gpu:g} GPUs; more than one must be a whole number",
                    (*one.at, "gpu"),
                    f"ask for {gpu // 1:g} or {gpu // 1 + 1:g}",
                )

    def emit(self, plan: Plan, settings: RaySettings) -> Iterator[Artifact]:
        """The bundle."""
        from .bundle import bundle  # what writes files is not needed to check a spec

        return bundle(plan, settings)

    def rehearse(self, plan: Plan, settings: RaySettings, stage: Stage) -> Rehearsal:
        """By the entrypoint of the job, on a Ray of this machine."""
        from .rehearse import rehearse

        return rehearse(plan, settings, stage)


RAY = RayTarget()
