"""Graph in, plan out: content-addressed steps in topological order, jobs and endpoints."""

from .cadence import cron_every
from .graph import Graph, ViewNode
from .passes import PASSES
from .plan import MAIN_JOB, Job, Plan
from .scheduling.builder import Builder
from .scheduling.deployments import endpoint_of, schedule_batch, schedule_monitor
from .scheduling.features import schedule_materialize, schedule_sources
from .scheduling.models import schedule_model
from .stores import stores_of


def schedule(graph: Graph, spec_name: str, *, hashed: bool = True) -> Plan:
    """Apply the passes, then lower what is left to steps: nothing is left to decide.

    Without `hashed` the fingerprints are empty, and it takes half the time: for those who only
    ask what the plan asks for.
    """
    for one in PASSES:
        graph = one(graph)
    builder = Builder(graph, hashed)
    schedule_sources(builder, graph)
    for model in graph.models.values():
        schedule_model(builder, model)
    schedule_materialize(builder, _looked_up(graph))
    online = [d for d in graph.deployments.values() if d.section.online]
    batches = [d for d in graph.deployments.values() if d.section.batch]
    for batch in batches:
        schedule_batch(builder, batch)
    jobs = [Job(MAIN_JOB, tuple(builder.steps))]
    for batch in batches:
        steps = builder.closure((f"score.{batch.name}",))
        jobs.append(Job(batch.name, steps, batch.section.schedule))
    for monitor in graph.monitors.values():
        steps = builder.closure((schedule_monitor(builder, monitor),))
        every = monitor.section.every
        jobs.append(Job(monitor.name, steps, None if every is None else cron_every(every)))
    spec = graph.spec
    return Plan(
        spec.name,
        spec_name,
        tuple(builder.steps.values()),
        tuple(jobs),
        tuple(endpoint_of(builder, node) for node in online),
        spec.as_of,
        graph.environment,
        spec.targets,
        stores_of(spec.stores),
    )


def _looked_up(graph: Graph) -> tuple[ViewNode, ...]:
    """The views that online deployments find by entity key, in the order of the spec."""
    used = {
        view.name
        for deployment in graph.deployments.values()
        if deployment.section.online
        for view in deployment.model.views
    }
    return tuple(view for view in graph.views.values() if view.name in used)
