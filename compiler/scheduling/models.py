"""Steps that train, judge and promote a model."""

from ...specs.estimators import estimator
from ...specs.sections.models import Resources as ResourcesSection
from ..graph import ModelNode
from ..narrow_view import views_of
from ..plan import (
    Estimator,
    EvaluateParams,
    GateParams,
    ProbeParams,
    ProfileParams,
    PromoteParams,
    RegisterParams,
    Resources,
    Split,
    TrainingSetParams,
    TrainParams,
)
from .builder import Builder
from .features import schedule_examples


def resources_of(section: ResourcesSection) -> Resources:
    """The spec's resources as the plan's."""
    return Resources(
        section.cpu, section.memory, section.gpu, section.accelerator, section.fallback
    )


def schedule_model(builder: Builder, model: ModelNode) -> None:
    """From examples to the alias `champion`, or `challenger` where an endpoint rolls it out."""
    name, section, at = model.name, model.section, model.at
    tags = tuple(section.tags)
    spine, joined = schedule_examples(
        builder,
        name,
        model.source,
        views_of(model),
        at=(*at, "examples"),
        extra=tuple(section.slices),
        where=model.where,
        label=model.label,
        label_available_after=model.label_available_after,
        tags=tags,
    )
    split = section.split
    table = builder.add(
        f"training_set.{name}",
        TrainingSetParams(
            model.features,
            Split(split.by, split.train, split.validation, split.test, model.gap, split.seed),
        ),
        (*at, "features"),
        inputs=(spine, *joined),
        tags=tags,
    )
    info = estimator(section.estimator.class_)
    assert info is not None
    seed = section.estimator.seed
    train = builder.add(
        f"train.{name}",
        TrainParams(
            name,
            section.task,
            model.features,
            Estimator(section.estimator.class_, info.family, section.estimator.params),
            seed,
        ),
        (*at, "estimator"),
        inputs=(table,),
        resources=resources_of(section.resources),
        tags=tags,
    )
    evaluate = builder.add(
        f"evaluate.{name}",
        EvaluateParams(name, section.task, model.features, tuple(section.slices), seed),
        at,
        inputs=(train, table),
        tags=tags,
    )
    profile = builder.add(
        f"profile.{name}",
        ProfileParams(name, section.task, model.features),
        at,
        inputs=(train, table),
        tags=tags,
    )
    probe = builder.add(
        f"probe.{name}",
        ProbeParams(name, section.task, model.features),
        at,
        inputs=(train, table),
        tags=tags,
    )
    register = builder.add(
        f"register.{name}",
        RegisterParams(name),
        at,
        inputs=(train, evaluate, probe, profile),
        tags=tags,
    )
    gate_at = (*at, "gates") if section.gates else at
    gate = builder.add(
        f"gate.{name}",
        GateParams(name, model.gates),
        gate_at,
        inputs=(register, train, evaluate, probe, table),
        tags=tags,
    )
    endpoint, steps = builder.graph.rolled_out.get(name, (None, ()))
    builder.add(
        f"promote.{name}",
        PromoteParams(name, endpoint, steps),
        at,
        inputs=(register, gate, train),
        tags=tags,
    )
