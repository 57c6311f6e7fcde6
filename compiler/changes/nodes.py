"""What a change of the spec means for every node of the graph, why, and where it was written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ...specs.span import SourceSpan
from ..lower import lower_view
from ..plan import ViewProgram
from .causes import Causes, Root, by_node
from .edits import Edit, edits_between
from .labels import Label, in_order
from .params import Change, changed_values
from .requests import narrowed
from .sections import SPEC
from .side import KINDS, Side
from .steps import StepChange, changed_steps, roots

_DESCRIBED = frozenset(("description", "owner", "tags"))
_JUDGING = ("evaluate", "profile", "probe", "register", "gate", "promote")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node bears a label. `via` is the node whose own label brings it about; None where
    the edits do. `text` says more, where a label alone does not."""

    label: Label
    edits: tuple[Edit, ...]
    text: str = ""
    via: str | None = None


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A node with its labels, the worst first, and the place where each side declares it."""

    name: str
    labels: tuple[Label, ...]
    reasons: tuple[Reason, ...]
    old: SourceSpan | None
    new: SourceSpan | None

    @property
    def kind(self) -> str:
        return self.name.partition(".")[0]


def changed_nodes(before: Side, after: Side) -> tuple[NodeChange, ...]:
    """Every node of both sides in the order of the lifecycle, unchanged ones included.

    What belongs to no node (entities, targets, the spec's own name) comes last, as `spec`, where
    it was edited. With a plan on a side, words and places that only a spec has are not compared.
    """
    return tuple(_Judge(before, after).nodes())


class _Judge:
    """Reasons for each node: first of those that do something, then of what they read."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before, self.after = before, after
        self.steps = changed_steps(before.plan, after.plan)
        edits = _edits(before, after)
        self.own = by_node(edits)
        self.causes = Causes(before, after, edits)
        self.computing: dict[str, list[StepChange]] = {}
        for step, change in self.steps.items():
            kind, *names = step.split(".")
            if kind in ("features", "materialize"):
                self.computing.setdefault(names[-1], []).append(change)

    def nodes(self) -> Iterator[NodeChange]:
        of_plan = self.before.graph is None or self.after.graph is None
        old, new = self.before.nodes(of_plan=of_plan), self.after.nodes(of_plan=of_plan)
        both = [name for name in new if name in old]
        reasons: dict[str, list[Reason]] = {}
        for kind in ("model", "view", "deployment", "monitor"):
            for name in both:
                if name.startswith(f"{kind}."):
                    reasons[name] = list(self._reasons(name, reasons))
        used = {edit: r.label for rs in reasons.values() for r in rs for edit in r.edits}
        for name in both:
            if name.startswith("source."):
                reasons[name] = list(self._of_source(name, used))
                used |= {edit: r.label for r in reasons[name] for edit in r.edits}
        for name in sorted((*old, *(n for n in new if n not in old)), key=_rank):
            if name not in new:
                yield self._removed(name, old[name])
            elif name not in old:
                yield NodeChange(name, ("added",), (Reason("added", ()),), None, new[name])
            else:
                found = [*reasons[name], *self._metadata(name, used)]
                yield _node(name, found, old[name], new[name])
        yield from self._spec(used)

    def _reasons(self, name: str, known: dict[str, list[Reason]]) -> Iterator[Reason]:
        kind, _, short = name.partition(".")
        match kind:
            case "model":
                yield from self._of_model(short)
            case "view":
                yield from self._of_view(short)
            case "deployment":
                yield from self._of_deployment(short, known)
            case "monitor":
                yield from self._of_monitor(short, known)

    def _reason(self, label: Label, found: Iterable[Root]) -> Iterator[Reason]:
        edits = self.causes.of(found)
        if edits:
            yield Reason(label, edits)

    def _of_model(self, name: str) -> Iterator[Reason]:
        train = list(roots(self.steps, f"train.{name}"))
        yield from self._reason("retrain", train)
        learnt = set(self.causes.of(train))
        judged: list[Root] = []
        for kind in _JUDGING:
            step = f"{kind}.{name}"
            change = self.steps.get(step)
            if change is not None:
                own: list[Root] = [(step, c) for c in change.own]
                if train:
                    # The rest of what they are told is what the model is trained with.
                    own = [r for r in own if r[1] and r[1].path.startswith(("gates", "slices"))]
                elif change.code:
                    own.append((step, None))
                judged += own
        edits = tuple(edit for edit in self.causes.of(judged) if edit not in learnt)
        if edits:
            yield Reason("re-evaluate", edits)

    def _of_view(self, name: str) -> Iterator[Reason]:
        step = f"materialize.{name}"
        old, new = _program(self.before, name), _program(self.after, name)
        found: list[Root] = []
        if old is not None and new is not None:
            found += ((step, replace_path(c, "view")) for c in changed_values(old, new))
        for change in self.computing.get(name, ()):
            found += ((change.step, own) for own in change.own if own.path == "source")
            found += (r for i in change.inputs if i.startswith("source.") for r in self._roots(i))
            if change.code:
                found.append((change.step, None))
        yield from self._reason("rematerialise", found)

    def _of_deployment(self, name: str, known: dict[str, list[Reason]]) -> Iterator[Reason]:
        endpoint = f"endpoint.{name}"
        old, new = self.before.endpoint(name), self.after.endpoint(name)
        if old is not None:
            for narrowing in narrowed(old, new):
                change = Change(narrowing.param, None, None)
                behind = self.causes.of([(endpoint, change)]) if new else self._edited(name)
                yield Reason("breaks callers", behind, narrowing.message)
        found: list[Root] = list(roots(self.steps, f"score.{name}"))
        if old is not None and new is not None:
            differ = changed_values(replace(old, at=""), replace(new, at=""))
            found += ((endpoint, change) for change in differ)
        found += self._schedules(name, f"score.{name}")
        edits = (*self._edited(name), *self.causes.of(found))
        model = self.after.model_of(f"deployment.{name}")
        yield from _with("redeploy", edits, model, known, "a new champion answers")

    def _of_monitor(self, name: str, known: dict[str, list[Reason]]) -> Iterator[Reason]:
        step = f"monitor.{name}"
        found = [*self._roots(step), *self._schedules(name, step)]
        own = [e for e in self.own.get(step, ()) if not _describes(e)]
        edits = (*own, *self.causes.of(found))
        model = self.after.model_of(step)
        yield from _with("re-monitor", edits, model, known, "it compares with a new reference")

    def _of_source(self, name: str, used: dict[Edit, Label]) -> Iterator[Reason]:
        short = name.partition(".")[2]
        own = self.own.get(name, [])
        check = self.steps.get(f"check.{short}")
        if check is not None:
            tests = tuple(edit for edit in own if "checks" in edit.path)
            found: list[Root] = [(check.step, c) for c in check.own]
            yield Reason("re-check", tests or self.causes.of(found or [(check.step, None)]))
        read = {edit for edit in own if edit in used and "checks" not in edit.path}
        step = self.steps.get(f"source.{short}")
        if step is not None and step.state == "changed":  # else it is only used, or not used
            read |= set(self.causes.of(self._roots(step.step)))
        if read:
            yield Reason("re-read", tuple(e for e in dict.fromkeys((*own, *read)) if e in read))

    def _metadata(self, name: str, used: dict[Edit, Label]) -> Iterator[Reason]:
        left = tuple(edit for edit in self.own.get(name, ()) if edit not in used)
        if left:
            yield Reason("metadata only", left)

    def _removed(self, name: str, at: SourceSpan | None) -> NodeChange:
        endpoint = self.before.endpoint(name.partition(".")[2])
        found = [Reason("removed", ())]
        if name.startswith("deployment.") and endpoint is not None:
            told = narrowed(endpoint, None)
            found = [*(Reason("breaks callers", (), n.message) for n in told), *found]
        return _node(name, found, at, None)

    def _spec(self, used: dict[Edit, Label]) -> Iterator[NodeChange]:
        left = [edit for edit in self.own.get(SPEC, ()) if edit not in used]
        targets = tuple(edit for edit in left if edit.path[0] == "targets")
        stores = tuple(edit for edit in left if edit.path[0] == "stores")
        words = tuple(edit for edit in left if edit not in (*targets, *stores))
        found = [Reason("redeploy", targets, "a target's files are others")] if targets else []
        if stores:
            found.append(Reason("redeploy", stores, "what the stores of before hold stays there"))
        if words:
            found.append(Reason("metadata only", words))
        if found:
            yield _node(SPEC, found, None, None)

    def _roots(self, step: str) -> list[Root]:
        return list(roots(self.steps, step))

    def _edited(self, deployment: str) -> tuple[Edit, ...]:
        own = self.own.get(f"deployment.{deployment}", ())
        return tuple(edit for edit in own if not _describes(edit))

    def _schedules(self, job: str, step: str) -> Iterator[Root]:
        """Where only plans are known; of a spec it is an edit."""
        if self.before.graph is not None and self.after.graph is not None:
            return
        old, new = self.before.schedule(job), self.after.schedule(job)
        if old != new:
            yield step, Change("schedule", old, new)


def replace_path(change: Change, above: str) -> Change:
    """The same difference, named from one level above."""
    return replace(change, path=f"{above}.{change.path}")


def _edits(before: Side, after: Side) -> tuple[Edit, ...]:
    if before.graph is None or after.graph is None:
        return ()
    locks = (before.lock, after.lock) if before.lock and after.lock else None
    return edits_between(before.graph, after.graph, locks)


def _program(side: Side, view: str) -> ViewProgram | None:
    """All of a view; where only a plan is known, what its steps say of it."""
    if side.graph is None:
        return side.programs.get(view)
    node = side.graph.views.get(view)
    return None if node is None else lower_view(node)


def _with(
    label: Label,
    edits: Iterable[Edit],
    model: str | None,
    known: dict[str, list[Reason]],
    text: str,
) -> Iterator[Reason]:
    """The reason that edits give, and the one that a model gives which is trained anew; of an
    edit that trains it, the latter says enough."""
    trained = [r for r in known.get(f"model.{model}", ()) if r.label == "retrain"]
    told = {edit for reason in trained for edit in reason.edits}
    left = tuple(edit for edit in dict.fromkeys(edits) if edit not in told)
    if left:
        yield Reason(label, left)
    for reason in trained:
        yield Reason(label, reason.edits, text, f"model.{model}")


def _node(
    name: str, found: list[Reason], old: SourceSpan | None, new: SourceSpan | None
) -> NodeChange:
    labels = {reason.label for reason in found}
    if len(labels) > 1:
        labels.discard("metadata only")
    return NodeChange(name, in_order(labels) or ("unchanged",), tuple(found), old, new)


def _describes(edit: Edit) -> bool:
    return len(edit.path) > 2 and edit.path[2] in _DESCRIBED


def _rank(name: str) -> int:
    return KINDS.index(name.partition(".")[0])
