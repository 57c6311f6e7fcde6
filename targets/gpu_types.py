"""The GPU types that Ray knows, by Ray's names; a test compares them with the installed Ray.

TPUs, NPUs and the like are left out: Ray gives them by resources of their own, and the spec asks
for GPUs.
"""

ACCELERATORS = frozenset(
    {
        *("V100", "P100", "T4", "P4", "K80", "A10G", "L4", "L40S"),
        *("A100", "A100-40G", "A100-80G", "H100", "H200", "H20"),
        *("B200", "B300", "GB200", "GB300", "RTX-PRO-6000"),
        *("Intel-GPU-Max-1550", "Intel-GPU-Max-1100"),
        *("AMD-Instinct-MI100", "AMD-Instinct-MI210", "AMD-Instinct-MI250X"),
        *("AMD-Instinct-MI250X-MI250", "AMD-Instinct-MI300A", "AMD-Instinct-MI300X-OAM"),
        *("AMD-Instinct-MI300X-HF", "AMD-Instinct-MI308X", "AMD-Instinct-MI325X-OAM"),
        *("AMD-Instinct-MI350X-OAM", "AMD-Instinct-MI355X-OAM"),
        *("AMD-Radeon-R9-200-HD-7900", "AMD-Radeon-HD-7900"),
    }
)
