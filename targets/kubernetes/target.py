"""The Kubernetes target: plain objects for `kubectl apply -k`, in a base and its overlays."""

from collections.abc import Iterator, Sequence

from ...compiler.plan import Plan
from ..artifact import Artifact
from ..rehearsal import Rehearsal, Stage
from ..target import Problem, Variant
from .capabilities import CAPABILITIES
from .checks import check
from .settings import KubernetesSettings


class KubernetesTarget:
    """Emits `base/`, `overlays/ENVIRONMENT/` and a Dockerfile."""

    name = "kubernetes"
    summary = "Kubernetes objects: a kustomize base, an overlay an environment, a Dockerfile"
    settings = KubernetesSettings
    capabilities = CAPABILITIES

    def check(self, plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
        """What the cluster would refuse, or would do otherwise than the spec says."""
        return check(plan, settings)

    def emit(self, plan: Plan, settings: KubernetesSettings) -> Iterator[Artifact]:
        """The bundle without overlays."""
        from .bundle import bundle  # what writes files is not needed to check a spec

        return bundle(plan, settings)

    def environments(self, settings: KubernetesSettings) -> Sequence[str] | None:
        """Those that the settings name."""
        return settings.overlays

    def overlays(
        self, plan: Plan, settings: KubernetesSettings, variants: Sequence[Variant]
    ) -> Iterator[Artifact]:
        """A folder an environment, over the base that `emit` gives."""
        from .bundle import overlays

        return overlays(plan, settings, variants)

    def rehearse(self, plan: Plan, settings: KubernetesSettings, stage: Stage) -> Rehearsal:
        """By the commands of the containers, as processes."""
        from .rehearse import rehearse

        return rehearse(plan, settings, stage)


KUBERNETES = KubernetesTarget()
