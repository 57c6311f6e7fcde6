"""What the Kubernetes target can be told."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ...specs.sections.base import Duration, Section, Size
from ..machines import MachineSettings
from .gateway_settings import Gateway
from .kuberay.settings import KubeRayChoice
from .monitoring.settings import MonitoringSettings

_GIB = 2**30
_HOUR = 3_600_000_000

Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
"""A DNS label: the name of a namespace."""
ObjectName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", max_length=253
    ),
]
"""A DNS subdomain: the name of most objects, and of a host."""
LabelKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
        max_length=317,
    ),
]
LabelValue = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", max_length=63),
]
Image = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
        r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$",
        max_length=500,
    ),
]
RelativePath = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")
]
Port = Annotated[int, Field(ge=1, le=65535)]


class Storage(Section):
    """The volume of the state folder, for stores that are embedded."""

    size: Size = 10 * _GIB
    """Its size."""
    storage_class: ObjectName | None = None
    """A class of block volumes; the cluster's default when left out. Never a network file system:
    SQLite does not work on one."""


class Data(Section):
    """Data that the spec reads and writes by path, on a volume that is there already; without it
    they are part of the image."""

    claim: ObjectName
    """A PersistentVolumeClaim in the namespace."""
    path: RelativePath = "data"
    """Where it appears in the project folder. It can be written only if an `output` lies there."""


class ServiceAccount(Section):
    """Who the pods are. They do not talk to the Kubernetes API and have no rights in it."""

    name: ObjectName | None = None
    """One that is there already; one is made when left out."""
    annotations: dict[LabelKey, str] = Field(
        default_factory=dict,
        examples=[{"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/flights"}],
    )
    """Of the one that is made: how a cloud gives it rights to buckets and databases."""


class ExternalSecrets(Section):
    """The External Secrets Operator makes the Secret out of a store outside the cluster."""

    store: ObjectName
    """The SecretStore's name."""
    kind: Literal["SecretStore", "ClusterSecretStore"] = "ClusterSecretStore"
    """Whether it is the namespace's or the cluster's."""
    key: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = Field(
        default=None, examples=["ml/flight-delays"]
    )
    """The entry that holds the secrets as properties of their names; an entry a secret, by its
    name, when left out."""
    refresh: Duration = _HOUR
    """How often it is read."""


class Toleration(Section):
    """A taint that pods may stand on."""

    key: LabelKey
    operator: Literal["Exists", "Equal"] = "Exists"
    value: LabelValue | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None


class Gpu(Section):
    """How the cluster gives GPUs."""

    resource: LabelKey = "nvidia.com/gpu"
    """What the device plugin calls one."""
    nodes: dict[str, dict[LabelKey, LabelValue]] = Field(
        default_factory=dict,
        examples=[{"H100": {"cloud.google.com/gke-accelerator": "nvidia-h100-80gb"}}],
    )
    """The labels of the nodes with an accelerator; what NVIDIA's GPU operator writes when left
    out."""
    tolerations: list[Toleration] = Field(
        default_factory=lambda: [Toleration(key="nvidia.com/gpu", effect="NoSchedule")]
    )
    """The taints of nodes with GPUs."""


class Network(Section):
    """What may pass, beside DNS and the stores of the spec."""

    clients: list[Label] = Field(default_factory=list, examples=[["ingress-nginx"]])
    """Namespaces whose pods may ask the endpoints, beside the product's own."""
    egress_ports: list[Port] = Field(default_factory=list)
    """Further TCP ports that the pods may reach anywhere."""


class Ingress(Section):
    """An Ingress for the endpoints that have a host."""

    hosts: dict[str, ObjectName] = Field(examples=[{"api": "scores.example.com"}])
    """The host of each endpoint."""
    ingress_class: ObjectName | None = None
    """The class; the cluster's default when left out."""
    tls_secret: ObjectName | None = None
    """The Secret with the certificate of all hosts."""


class KubernetesSettings(MachineSettings):
    """`targets: {kubernetes: …}`"""

    namespace: Label | None = None
    """Where everything lies; it must be there. The product's name when left out."""
    image: Image | None = Field(
        default=None, examples=["registry.example.com/flight-delays:1.4.0@sha256:…"]
    )
    """The image that the Dockerfile builds, by its digest. The product's name when left out, for a
    pipeline that sets it with `kustomize edit set image`."""
    requirements: RelativePath | None = Field(default=None, examples=["requirements.lock"])
    """A file of the project that the image installs; onespec with what the plan needs when left
    out."""
    pull_secrets: list[ObjectName] = Field(default_factory=list)
    """Secrets for the registry."""
    kuberay: KubeRayChoice = None
    """Jobs and endpoints as objects of the KubeRay operator; else plain ones."""
    memory: Size = 2 * _GIB
    """What a pod gets whose `resources` name no memory."""
    scratch: Size = 10 * _GIB
    """Space on the node that a pod may fill while it works."""
    timeout: Duration = 24 * _HOUR
    """A job that takes longer is ended."""
    storage: Storage = Field(default_factory=Storage)
    data: Data | None = None
    service_account: ServiceAccount = Field(default_factory=ServiceAccount)
    secret: ObjectName | None = None
    """The Secret that holds the spec's secrets by their names; `PRODUCT-secrets` when left out."""
    external_secrets: ExternalSecrets | None = None
    plan_in_image: bool = False
    """The plan is part of the image instead of a ConfigMap: for plans beyond 1 MiB."""
    gpu: Gpu = Field(default_factory=Gpu)
    node_selector: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """The labels of the nodes for all pods."""
    tolerations: list[Toleration] = Field(default_factory=list)
    """Taints that all pods may stand on."""
    network: Network = Field(default_factory=Network)
    ingress: Ingress | None = None
    gateway: Gateway | None = None
    monitoring: MonitoringSettings = Field(default_factory=MonitoringSettings)
    overlays: list[str] | None = None
    """The environments that get an overlay; all of the spec when left out."""
