"""A contract as a person reads it, and as a program does."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import click

from ..compiler.contract import Contract, FeatureLink
from ..compiler.interfaces.log import EVENT_TIME, VALID_AT
from ..compiler.interfaces.model_inputs import TENSOR_TYPES
from ..compiler.interfaces.openapi import PREDICT
from ..compiler.interfaces.request import MOST_ROWS
from ..specs.render.visible import cells, visible

_NULLS = {"numeric": "null is NaN", "categorical": 'null is "\\x1a"'}
_LOG_PARTS = {
    "who": "who asked, who answered",
    "request": "the request",
    "feature": "features as they were used",
    "lookup": "where they were found",
    "outcome": "the outcome",
}


def contract_lines(contract: Contract, width: int) -> Iterator[str]:
    """The lines for a terminal of that many cells."""
    yield _spread(
        click.style(f"{contract.deployment}", fg="green", bold=True)
        + f", {'an endpoint' if contract.kind == 'endpoint' else 'a batch'} of "
        + click.style(contract.model, fg="magenta"),
        contract.place,
        width,
    )
    yield from _request(contract)
    yield from _features(contract, width)
    yield from _inputs(contract)
    yield from _answer(contract)
    yield from _log(contract, width)
    yield from _monitors(contract, width)
    yield from _assumptions(contract, width)


def contract_json(contract: Contract) -> str:
    """All links, for scripts."""
    data = asdict(contract)
    for link in (link for view in data["views"] for link in view["features"]):
        link["domain"] = _plain(link["domain"])
        for column in link["columns"]:
            column["domain"] = _plain(column["domain"])
    return json.dumps(data, indent=1, ensure_ascii=False)


def _plain(domain: dict[str, object]) -> dict[str, object]:
    """Without the paths inside the spec, and without what is not known."""
    return {k: v for k, v in domain.items() if not k.endswith("_at") and v is not None}


def _title(text: str) -> Iterator[str]:
    yield ""
    yield click.style(text, bold=True)


def _request(contract: Contract) -> Iterator[str]:
    if contract.kind == "endpoint":
        yield from _title(f"request: POST {PREDICT}, 1 to {MOST_ROWS} rows")
    else:
        yield from _title(f"rows of source {contract.source}")
    rows = [
        (
            visible(link.column.name),
            link.column.type + ("?" if link.column.nullable else ""),
            "; ".join(link.asked_by),
        )
        for link in contract.request
    ]
    yield from _table(rows)


def _features(contract: Contract, width: int) -> Iterator[str]:
    yield from _title("features: type, columns that it is made of, column of the model's input")
    rows = {link.reference: _row(link) for link in contract.features}
    sizes = _sizes(list(rows.values()))
    room = max(width - 4 - sizes[0] - sizes[1] - sizes[3] - 6, 10)
    for view in contract.views:
        where = "the request" if view.source is None else view.source
        by = f", by {', '.join(view.keys)}" if view.keys else ""
        name = "  " + click.style(view.name, fg="cyan") + f"  {visible(where + by)}"
        yield _spread(name, view.place, width)
        for link in view.features:
            row = (*rows[link.reference][:2], _cut(rows[link.reference][2], room))
            cell = (t.ljust(s) for t, s in zip(row, (*sizes[:2], min(sizes[2], room)), strict=True))
            yield f"    {'  '.join(cell)}  {rows[link.reference][3]}"
            if more := _more(contract, link):
                yield click.style("      " + _cut(more, width - 6), dim=True)


def _row(link: FeatureLink) -> tuple[str, str, str, str]:
    columns = ", ".join(f"{c.name.partition('.')[2]} {c.type}" for c in link.columns)
    name = visible(link.reference.partition(".")[2])
    return name, link.type, visible(columns or "rows alone"), f"{link.tensor}[{link.index}]"


def _more(contract: Contract, link: FeatureLink) -> str:
    """What data tests guarantee, the default, and who watches, where not everybody does."""
    told = []
    for column in link.columns:
        if str(column.domain):
            source, _, name = column.name.partition(".")
            where = " in the examples" if source == "request" else ""
            told.append(f"{name} is {column.domain}{where}")
    if link.default is not None:
        told.append(f"default {link.default}")
    drifts = [monitor.name for monitor in contract.monitors if monitor.drift]
    if unwatched := [name for name in drifts if name not in link.watched]:
        told.append(f"not watched by {', '.join(unwatched)}")
    return visible("; ".join(told))


def _inputs(contract: Contract) -> Iterator[str]:
    yield from _title("model input")
    rows = []
    for tensor, kind in TENSOR_TYPES.items():
        count = sum(link.tensor == tensor for link in contract.features)
        if count:
            rows.append((tensor, f"{kind}[rows, {count}]", _NULLS[tensor]))
    yield from _table(rows)


def _answer(contract: Contract) -> Iterator[str]:
    yield from _title("answer")
    rows = [("score", "float", f"the value of {contract.label}")]
    if contract.task == "binary_classification":
        rows = [("score", "float", f"the probability that {contract.label}")]
    elif contract.class_type is not None:
        rows = [
            ("prediction", contract.class_type, f"the likeliest class of {contract.label}"),
            ("score", "float", "its probability"),
            ("probabilities", "map of float", "the probability of each class"),
        ]
    if contract.arms:
        rows.append(("arm", "string", "`champion`, or `challenger` in a rollout"))
        rows.append(("version", "int", "the version that made it"))
    yield from _table([(name, kind, visible(what)) for name, kind, what in rows])


def _log(contract: Contract, width: int) -> Iterator[str]:
    yield from _title(f"prediction log: {len(contract.log)} columns")
    for part, title in _LOG_PARTS.items():
        columns = [column for column in contract.log if column.part == part]
        if part == "feature":
            told = f"{len(columns)} columns, each with the type of the feature"
        elif part == "lookup" and contract.kind == "endpoint":
            views = [view.name for view in contract.views if view.source is not None]
            told = f"{EVENT_TIME}VIEW and {VALID_AT}VIEW timestamps, for {', '.join(views)}"
        else:
            told = ", ".join(f"{visible(column.name)} {column.type}" for column in columns)
        if columns:
            yield from _wrapped(f"{title}: {told}", width)


def _monitors(contract: Contract, width: int) -> Iterator[str]:
    for monitor in contract.monitors:
        yield ""
        name = click.style("monitor ", bold=True) + click.style(monitor.name, fg="yellow")
        yield _spread(name, monitor.place, width)
        if monitor.drift:
            watched = [link for link in contract.features if monitor.name in link.watched]
            methods = dict.fromkeys(link.watched[monitor.name] for link in watched)
            told = "; ".join(
                f"{_counted(sum(x.watched[monitor.name] == m for x in watched), 'feature')} by {m}"
                for m in methods
            )
            answer = "the score" if contract.class_type is None else "the class and its score"
            yield from _wrapped(f"drift: {told}; {answer} by {monitor.drift}", width)
        if monitor.performance:
            yield from _wrapped(
                f"performance: {monitor.performance}, labels from {monitor.labels}", width
            )
        if monitor.service:
            yield "  service: latency and error"


def _assumptions(contract: Contract, width: int) -> Iterator[str]:
    yield from _title("no feature sees the label, provided that")
    for one in contract.assumptions:
        *above, last = _wrapped(visible(one.text), width - len(one.place) - 2)
        yield from above
        yield _spread(last, one.place, width)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _sizes(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(cells, column)) for column in zip(*rows, strict=True)]


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    sizes = _sizes(rows) if rows else []
    for row in rows:
        yield "  " + "  ".join(t.ljust(s) for t, s in zip(row, sizes, strict=True)).rstrip()


def _spread(left: str, right: str, width: int) -> str:
    """Two texts at the two ends of a line."""
    gap = max(2, width - cells(click.unstyle(left)) - cells(right))
    return left + " " * gap + click.style(right, dim=True)


def _wrapped(text: str, width: int) -> Iterable[str]:
    import textwrap

    return textwrap.wrap(
        text, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    )


def _cut(text: str, room: int) -> str:
    return text if cells(text) <= room else text[: room - 1].rstrip() + "…"
