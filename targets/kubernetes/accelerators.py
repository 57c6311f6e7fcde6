"""The nodes that hold a type of GPU, by the labels of NVIDIA's GPU feature discovery.

The names of the spec are Ray's; a test holds them to those. A cloud with labels of its own is told
by `gpu: {nodes: …}`.
"""

from typing import Any

from .settings import Gpu

LABEL = "nvidia.com/gpu.product"
PRODUCTS = {
    "K80": ("Tesla-K80",),
    "P4": ("Tesla-P4",),
    "P100": ("Tesla-P100-PCIE-12GB", "Tesla-P100-PCIE-16GB", "Tesla-P100-SXM2-16GB"),
    "V100": (
        *("Tesla-V100-PCIE-16GB", "Tesla-V100-PCIE-32GB"),
        *("Tesla-V100-SXM2-16GB", "Tesla-V100-SXM2-32GB", "Tesla-V100-SXM3-32GB"),
    ),
    "T4": ("Tesla-T4",),
    "L4": ("NVIDIA-L4",),
    "L40S": ("NVIDIA-L40S",),
    "A10G": ("NVIDIA-A10G",),
    "A100": (
        *("NVIDIA-A100-PCIE-40GB", "NVIDIA-A100-SXM4-40GB"),
        *("NVIDIA-A100-80GB-PCIe", "NVIDIA-A100-SXM4-80GB"),
    ),
    "A100-40G": ("NVIDIA-A100-PCIE-40GB", "NVIDIA-A100-SXM4-40GB"),
    "A100-80G": ("NVIDIA-A100-80GB-PCIe", "NVIDIA-A100-SXM4-80GB"),
    "H100": ("NVIDIA-H100-80GB-HBM3", "NVIDIA-H100-PCIe", "NVIDIA-H100-NVL"),
    "H200": ("NVIDIA-H200", "NVIDIA-H200-NVL"),
    "H20": ("NVIDIA-H20",),
    "B200": ("NVIDIA-B200",),
}


def known(accelerator: str, gpu: Gpu) -> bool:
    """Whether it can be said which nodes hold it."""
    return accelerator in gpu.nodes or accelerator in PRODUCTS


def gpu_affinity(accelerator: str, gpu: Gpu) -> dict[str, Any]:
    """A node affinity for the nodes that hold it; `check` has seen that it is known."""
    told = gpu.nodes.get(accelerator)
    wanted = (
        [(LABEL, PRODUCTS[accelerator])] if told is None else [(k, (v,)) for k, v in told.items()]
    )
    expressions = [{"key": k, "operator": "In", "values": list(v)} for k, v in wanted]
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": expressions}]
        }
    }
