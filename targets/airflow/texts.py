"""What the DAG files say about themselves: ours alone, no text of a spec."""

from dataclasses import dataclass

from .flows import Kind


@dataclass(frozen=True, slots=True)
class Text:
    """A line for lists, and a few for the page of the DAG."""

    title: str
    story: str


TEXTS: dict[Kind, Text] = {
    "features": Text(
        "Reads and tests the sources, and fills the online store.",
        """\
Each source becomes a new version of its asset when its data tests have passed, and
each view when it can be looked up. The training waits for the sources.""",
    ),
    "training": Text(
        "Trains the models, and promotes the versions that pass their gates.",
        """\
A gate that stays shut fails its task, which is not tried again, and nothing that
stands on it runs; the champion stays. A new champion is a new version of its asset.""",
    ),
    "batch": Text(
        "Scores a table with the champion.",
        """\
Each run scores what was known at the end of its data interval, so that a backfill
gives what the runs of that time would have given.""",
    ),
    "monitor": Text(
        "Compares what a deployment sees with what its model was trained on.",
        """\
A run looks at the window before the end of its data interval. An alert that asks for
training becomes a new version of an asset, with what was found in its `extra`; that
starts the retraining. The cooldown of the spec holds.""",
    ),
    "retraining": Text(
        "Trains a model because a monitor asks for it.",
        """\
What the monitor found is in the `extra` of the asset's event. The run goes by the
instant of the alert, and the version must pass the same gates as any other.""",
    ),
}
