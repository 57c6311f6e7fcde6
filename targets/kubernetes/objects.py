"""All objects of a bundle.

The seam for every kind: `objects(plan, settings) -> Iterator[Object]`. A kind of object is a
function in a file of its own that takes the plan, the settings and what the object is for, and
gives an `Object`: the file below `base/`, the body without a namespace, and the line of the spec
that asked for it (`Endpoint.at`, `Step.at`), which becomes the comment at the head of the file.
Pods are made by `pod.pod_spec` and `pod.container`, so that they are alike in all that matters for
security. What two environments do not have alike becomes a patch (`overlay.py`), with nothing to
be done for it here.
"""

from collections.abc import Iterator

from ...compiler.plan import Endpoint, Plan
from .autoscaler import autoscaler
from .deployment import deployment
from .disruption_budget import disruption_budget
from .ingress import ingress
from .jobs import jobs
from .kuberay.objects import ray_jobs, ray_service_objects
from .network_policy import endpoint_policy, network_policy
from .object import Object
from .secrets import external_secret
from .service import service
from .service_account import service_account
from .settings import KubernetesSettings
from .storage import state_volume
from .stores import embedded_stores


def objects(plan: Plan, settings: KubernetesSettings) -> Iterator[Object]:
    """Everything but the ConfigMap with the plan, which kustomize makes."""
    if settings.service_account.name is None:
        yield service_account(plan, settings)
    yield network_policy(plan, settings)
    if embedded_stores(plan):
        yield state_volume(plan, settings)
    if plan.secrets and settings.external_secrets is not None:
        yield external_secret(plan, settings, settings.external_secrets)
    yield from jobs(plan, settings)
    yield from ray_jobs(plan, settings)
    for endpoint in plan.endpoints:
        yield from _serving(plan, settings, endpoint)
    if settings.ingress is not None:
        yield ingress(plan, settings.ingress)


def _serving(plan: Plan, settings: KubernetesSettings, endpoint: Endpoint) -> Iterator[Object]:
    if settings.kuberay is not None:
        yield from ray_service_objects(plan, settings, settings.kuberay, endpoint)
        return
    yield deployment(plan, settings, endpoint)
    yield service(plan, endpoint)
    if endpoint.replicas.minimum < endpoint.replicas.maximum:
        yield autoscaler(plan, endpoint)
    if endpoint.replicas.minimum > 1:
        yield disruption_budget(plan, endpoint)
    yield endpoint_policy(plan, settings, endpoint)
