"""What a spec needs of the files that it includes: a library offers more than one product uses."""

from ..specs.document import Document
from ..specs.sections.spec import Spec


def needed(document: Document, spec: Spec) -> Spec:
    """The spec without included feature views and sources that nothing stands on.

    They are neither bound nor locked, since their data may be nowhere near this product, and
    nobody is told that they are unused. What the spec's own file declares is kept, and so is
    everything while there is no model: the spec is then a catalogue, there to test its data.
    """
    if len(document.texts) == 1 or not spec.models:
        return spec
    views = {name for name in spec.features if not document.is_included(("features", name))}
    sources = {name for name in spec.sources if not document.is_included(("sources", name))}
    for model in spec.models.values():
        views |= {reference.partition(".")[0] for reference in model.features}
        sources.add(model.examples.source)
    sources |= {d.batch.source for d in spec.deploy.values() if d.batch is not None}
    features = {name: view for name, view in spec.features.items() if name in views}
    sources |= {view.source for view in features.values() if view.source is not None}
    kept = {name: source for name, source in spec.sources.items() if name in sources}
    return spec.model_copy(update={"features": features, "sources": kept})
