"""What Ray can do with a plan, and the names that it gives."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ..capabilities import Capabilities, Named, NameRule, Supported, Unsupported
from ..gpu_types import ACCELERATORS
from ..serve_config import application_name


def _applications(plan: Plan) -> Iterator[Named]:
    for one in plan.endpoints:
        yield Named(application_name(plan, one), ("deploy", one.name))


CAPABILITIES = Capabilities(
    {
        "schedules": Unsupported("starts nothing by itself", "cron calls {command}"),
        "retraining": Supported("by `onespec monitor run`, which waits for the training run"),
        "endpoints": Supported("by Ray Serve"),
        "several_endpoints": Supported("each below a path of its name"),
        "several_ports": Unsupported(
            "listens on one port", "all endpoints answer on the port of the first"
        ),
        "replicas": Supported(),
        "autoscaling": Supported("by the requests that are waiting"),
        "log_retention": Supported("each replica deletes old days when a new day begins"),
        "canary": Supported("each replica splits requests by entity; `onespec rollout` moves on"),
        "shadow": Supported("each replica asks it beside the requests"),
        "cpu": Supported("reserved, and the bound of a step's threads"),
        "cpu_fractions": Supported(),
        "memory": Supported("reserved; Ray does not hold a process to it"),
        "gpu": Supported("an actor holds it, alone among its steps"),
        "gpu_fractions": Supported("below one"),
        "accelerators": Supported(),
        "gpu_fallback": Supported("by the nodes that are there when the run starts"),
    },
    names=(
        # Part of the names of a replica's log files, which most file systems limit to 255 bytes.
        NameRule(
            "an application",
            _applications,
            max_length=150,
            pattern=r"[a-z][a-z0-9-]*",
            allowed="lower-case letters, digits and hyphens",
        ),
    ),
    accelerators=ACCELERATORS,
)
