"""What the Kubernetes target cannot honour, beyond what holds for any target."""

import posixpath
from collections.abc import Callable, Iterator

from ...compiler.plan import Plan, ScoreParams
from ...compiler.plan_file import plan_text
from ...specs.suggest import did_you_mean
from ..asks import consumers
from ..target import Problem
from .accelerators import known
from .kuberay.checks import check_kuberay
from .kustomization import ImageName
from .monitoring.checks import check_rules
from .pod import inside, mountable
from .settings import KubernetesSettings
from .stores import embedded_stores

MAX_CONFIG_MAP = 2**20
_FEW_STEPS = 300  # some hundred KiB: not worth the time to write them
_FINGERPRINT = 64
_AT = ("targets", "kubernetes")


def check(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    """All checks, each a function of plan and settings."""
    for one in _CHECKS:
        yield from one(plan, settings)


def _image(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    """E610, W617: two pods of one Deployment must run the same code."""
    del plan
    if settings.image is None:
        return
    image = ImageName.of(settings.image)
    if image.digest is not None:
        return
    at, pinned = (*_AT, "image"), f"{image.name}@sha256:…"
    if image.tag in (None, "latest"):
        what = "has no tag, which means `latest`" if image.tag is None else "is `latest`"
        yield Problem(
            "E610",
            f"the image {what}: every pod may run other code than the one before",
            at,
            f"name it by its digest, `{pinned}`, which `docker push` prints",
        )
    else:
        yield Problem(
            "W617",
            f"the image is named by the tag `{image.tag}`, which may be moved",
            at,
            f"name it by its digest, `{image.name}:{image.tag}@sha256:…`",
            severity="warning",
        )


def _one_volume(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    """E611: what lies on the volume of one node is not for pods on several."""
    embedded = embedded_stores(plan)
    if not embedded:
        return
    names = " and ".join(f"`{name}`" for name in embedded)
    stores = ", ".join(f"{name}: …" for name in embedded)
    hint = f"share them: `stores: {{{stores}}}`"
    if settings.kuberay:
        message = f"a Ray cluster has several nodes, and {names} would lie on the volume of one"
        yield Problem("E611", message, (*_AT, "kuberay"), hint)
    for one in plan.endpoints:
        if one.replicas.minimum > 1:
            yield Problem(
                "E611",
                f"`{one.name}` has {one.replicas.minimum} replicas at all times, and {names} "
                "would hold them on one node, since SQLite works on a volume of one node only",
                ("deploy", one.name, "resources", "replicas", "min"),
                hint,
            )


def _lost_scores(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    """E611: without a volume, a folder in the pod is gone with it."""
    kept = bool(embedded_stores(plan))
    for step in plan:
        if not isinstance(step.params, ScoreParams):
            continue
        output = posixpath.normpath(step.params.output)
        at = ("deploy", step.params.deployment, "batch", "output")
        if settings.data is not None and inside(output, settings.data.path):
            continue
        if not mountable(output):
            message = f"`{output}` cannot be the folder of a volume in the project"
            yield Problem("E602", message, at, "name a folder of the project, without a colon")
        elif not kept:
            yield Problem(
                "E611",
                f"the scores of `{step.params.deployment}` would be lost with the pod that "
                "writes them",
                at,
                "put the folder on a volume: below `targets.kubernetes`, "
                f"`data: {{claim: CLAIM, path: {output.partition('/')[0]}}}`",
            )


def _accelerators(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    """E602: nobody knows which nodes hold it."""
    for one in consumers(plan):
        wanted = one.resources.accelerator
        if wanted is not None and not known(wanted, settings.gpu):
            yield Problem(
                "E602",
                f"it is not known which nodes hold `{wanted}`",
                (*one.at, "accelerator"),
                f"tell their labels: `gpu: {{nodes: {{{wanted}: {{LABEL: VALUE}}}}}}`",
            )


def _hosts(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    """E602: a host for an endpoint that is not there."""
    names = [one.name for one in plan.endpoints]
    for name in settings.ingress.hosts if settings.ingress else ():
        if name not in names:
            yield Problem(
                "E602",
                f"there is no endpoint `{name}` for a host",
                (*_AT, "ingress", "hosts", name),
                label=did_you_mean(name, names),
                on_key=True,
            )


def _size(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    """E616: what a ConfigMap cannot hold. Fingerprints may be missing; they are counted."""
    if settings.plan_in_image or len(plan.steps) < _FEW_STEPS:
        return
    found = len(plan_text(plan).encode()) + _FINGERPRINT * len(plan.steps)
    if found > MAX_CONFIG_MAP:
        yield Problem(
            "E616",
            f"the plan has {found / 2**20:.1f} MiB, and a ConfigMap holds {MAX_CONFIG_MAP >> 20}",
            _AT,
            "put it into the image: `plan_in_image: true`",
            on_key=True,
        )


def _kuberay(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    if settings.kuberay is not None:
        yield from check_kuberay(plan, settings.kuberay)


def _rules(plan: Plan, settings: KubernetesSettings) -> Iterator[Problem]:
    del settings
    yield from check_rules(plan)


_CHECKS: tuple[Callable[[Plan, KubernetesSettings], Iterator[Problem]], ...] = (
    _kuberay,
    _rules,
    _image,
    _one_volume,
    _lost_scores,
    _accelerators,
    _hosts,
    _size,
)
